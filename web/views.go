package web

import (
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// objectView says how the pages show an object: everything else about it is the object's own definition.
type objectView struct {
	key    string // of the object
	object *crm.Object
	path   string // of its records
	nav    string // key of its entry in the navigation
	// columns and filters of the list are field keys, or "updated_at" for a column; unlisted objects have none.
	columns []string
	filters []string
	sort    string // of the list, by name when empty; with a minus it goes down
	groups  []fieldGroup
	// closed lists the words that a set of words may hold; the form shows them as boxes to tick.
	closed map[string][]crm.Option
	// grouped names reference fields whose choices stand in groups, by the field of what they point at that this
	// object has as well: the stage of an opportunity by its pipeline. The choice fills that field in too.
	grouped map[string]string
	related []relatedList
	// closedForm are fields that the form leaves out though a person may change them: buttons on the page do.
	closedForm []string
	steps      []statusStep
	ownList    bool // the list is not the generic one; see site.routes
	ownPage    bool // a record's page is not the generic one; see site.routes
	ownForm    bool // it is made and edited by a form of its own
	// part marks what is shown on the page of another record, which this reference field names.
	part    string
	avatar  bool
	imports bool   // files of them can be imported
	tabs    string // key of the entry in the tabs of opportunities, "" for no tabs
	// siblings are the objects, this one among them, whose lists stand under one entry of the navigation.
	siblings []string
	hint     string            // on the form of a new one; may be empty
	hints    map[string]string // under fields of the form
	// prefill fills in what a new one's form starts with, from what the address gave; nil for nothing.
	prefill func(s *site, v *visit, texts map[string]string) error
	// saved adds to the message after a save what there is to say about the record; nil for nothing.
	saved  func(s *site, v *visit, rec *crm.Record, said *Flash) (*Flash, error)
	submit string // the form's button for a new one, "Create" when empty
	// created is what follows when one was made by the form; nil for its page.
	created func(s *site, v *visit, rec *crm.Record) error
}

// fieldGroup is a stretch of a form with a heading.
type fieldGroup struct {
	Label  string
	Fields []string
}

// statusStep is a button on a record's page that gives it another status.
type statusStep struct{ From, To, Label, Confirm string }

// relatedList is a list on a record's page: the records of another object that point at it.
type relatedList struct {
	object string
	field  string // of object
	sort   string
	detail []string // fields shown beside the name
	add    bool     // one can be added here
}

// views are the objects with pages of the generic kind, by the object's key.
func views(schema *crm.Schema) map[string]*objectView {
	all := map[string]*objectView{}
	for _, v := range slices.Concat(contactViews(), calendarViews(), communicationViews(), paymentViews(), automationViews(), settingViews()) {
		object, err := schema.Object(v.key)
		if err != nil {
			panic(err) // built in
		}
		v.object, v.path = object, recordPaths[v.key]
		all[v.key] = v
	}
	return all
}

// contactViews are those of the modules contacts, opportunities and staff.
func contactViews() []*objectView {
	return []*objectView{
		{
			key: "contact", imports: true, nav: "contacts", avatar: true,
			columns: []string{"email", "phone", "company", "type", "owner", "tags", "updated_at"},
			filters: []string{"type", "owner", "tags"},
			groups: []fieldGroup{
				{"", []string{"first_name", "last_name", "email", "phone", "company", "type", "owner", "source", "tags"}},
				{"Address", []string{"address", "city", "state", "postal_code", "country", "timezone"}},
				{"More", []string{"website", "date_of_birth", "dnd", "dnd_channels"}},
			},
			related: []relatedList{
				{object: "opportunity", field: "contact", sort: "-updated_at", detail: []string{"status", "value"}, add: true},
				{object: "conversation", field: "contact", sort: "-updated_at", detail: []string{"status"}, add: true},
				{object: "invoice", field: "contact", sort: "-created_at", detail: []string{"status", "total"}, add: true},
				{object: "appointment", field: "contact", sort: "-start", detail: []string{"start", "status"}, add: true},
			},
		},
		{
			key: "company", imports: true, nav: "companies", avatar: true,
			columns: []string{"industry", "city", "country", "employees", "owner", "updated_at"},
			filters: []string{"owner"},
			groups: []fieldGroup{
				{"", []string{"name", "industry", "phone", "email", "website", "parent", "owner"}},
				{"Address", []string{"address", "city", "state", "postal_code", "country"}},
				{"Size", []string{"employees", "revenue", "founded"}},
			},
			related: []relatedList{
				{object: "contact", field: "company", detail: []string{"email", "phone"}, add: true},
				{object: "opportunity", field: "company", sort: "-updated_at", detail: []string{"status", "value"}, add: true},
				{object: "company", field: "parent", detail: []string{"city"}},
			},
		},
		{
			key: "opportunity", imports: true, nav: "opportunities", tabs: "list",
			columns: []string{"stage", "status", "value", "contact", "owner", "expected_close", "pipeline", "updated_at"},
			filters: []string{"pipeline", "stage", "status", "owner"},
			sort:    "-updated_at",
			groups: []fieldGroup{
				{"", []string{"name", "stage", "status", "value", "currency", "contact", "company", "owner", "expected_close"}},
				{"More", []string{"opened", "closed", "lost_reason", "product", "source", "tags"}},
			},
			grouped: map[string]string{"stage": "pipeline"},
		},
		{
			key: "task", nav: "tasks",
			columns: []string{"contact", "assignee", "due", "completed"},
			filters: []string{"completed", "assignee"},
			sort:    "due",
			groups:  []fieldGroup{{"", []string{"title", "contact", "assignee", "due", "body", "completed"}}},
		},
		{
			key: "note", nav: "contacts", part: "contact",
			groups: []fieldGroup{{"", []string{"contact", "body"}}},
		},
		{
			key: "staff", imports: true, nav: "staff", avatar: true,
			columns: []string{"email", "title", "role", "status", "updated_at"},
			filters: []string{"role", "status"},
			groups: []fieldGroup{
				{"", []string{"name", "email", "phone", "title", "role", "status"}},
				{"", []string{"permissions"}},
			},
			closed: map[string][]crm.Option{"permissions": permissionOptions()},
			hints:  map[string]string{"permissions": "On top of what the role gives: see Settings, Roles. Nobody can give what they may not do themselves."},
			related: []relatedList{
				{object: "contact", field: "owner", sort: "-updated_at", detail: []string{"email"}},
				{object: "opportunity", field: "owner", sort: "-updated_at", detail: []string{"status", "value"}},
			},
			closedForm: []string{"status"},
			hint:       "They get a link by which they come in: it is sent by email when the business profile names a mail server, and shown to you otherwise.",
			submit:     "Invite",
			created:    func(s *site, v *visit, rec *crm.Record) error { return s.invite(v, rec.ID) },
		},
	}
}

func permissionOptions() []crm.Option {
	var options []crm.Option
	for _, p := range audit.Permissions {
		options = append(options, crm.Option{Key: string(p), Label: p.Label()})
	}
	return options
}

// listPath is where the view's list is; the board has the path of the opportunities.
func (view *objectView) listPath() string {
	switch {
	case view.tabs != "":
		return view.path + "/list"
	case view.part != "":
		return "/" + view.nav
	}
	return view.path
}

// address is a record's page.
func (view *objectView) address(id audit.RecordID) string { return view.path + "/" + string(id) }

// recordPaths are where the records of each object have their pages.
var recordPaths = map[string]string{
	"contact": "/contacts", "company": "/companies", "note": "/notes", "task": "/tasks",
	"opportunity": "/opportunities", "pipeline": "/pipelines",
	"calendar": "/calendars", "appointment": "/appointments",
	"conversation": "/conversations", "message": "/messages", "template": "/templates",
	"invoice": "/invoices", "payment": "/payments", "workflow": "/workflows",
	"staff": "/settings/staff", "business_profile": "/settings/business-profile", "phone_number": "/settings/phone-numbers",
	"integration": "/settings/integrations",
}

// recordAddress is the page of a record, "" when its object has none of its own.
func recordAddress(object string, id audit.RecordID) string {
	if path := recordPaths[object]; path != "" {
		return path + "/" + string(id)
	}
	if withoutPage[object] {
		return ""
	}
	return objectsPath + "/" + object + "/" + string(id)
}

// mayWrite reports whether the visitor may change records of the view's object.
func (v *visit) mayWrite(o *crm.Object) bool {
	return v.mustWrite(o) == nil
}
