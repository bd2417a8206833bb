package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// settingsObjects is where objects and fields are defined.
const settingsObjects = "/settings/objects"

// objectListPage is Settings > Objects.
type objectListPage struct {
	Base
	Custom  []objectLine
	BuiltIn []objectLine
	Fields  []formField // of the form for a new one
	Errors  *formErrors
	Deleted string // the log of deleted objects and fields, "" without the permission
}

// objectLine is an object in the list.
type objectLine struct {
	Label, Key, Href string
	Fields           int // all of them
	Own              int // the custom ones
	Records          string
}

// definePage is the base of a page about definitions, for those who may change them.
func (s *site) definePage(v *visit, title string) (Base, error) {
	return s.base(v, title, "objects"), crm.MayDefine(v.caller())
}

func (s *site) objectList(v *visit) error { return s.showObjects(v, url.Values{}, nil) }

func (s *site) showObjects(v *visit, form url.Values, problem error) error {
	base, err := s.definePage(v, "Objects")
	if err != nil {
		return err
	}
	page := &objectListPage{Base: base}
	for _, o := range v.schema().Objects() {
		line := objectLine{Label: o.LabelPlural, Key: o.Key, Href: settingsObjects + "/" + o.Key, Fields: len(o.Fields)}
		for i := range o.Fields {
			if o.Fields[i].Custom() {
				line.Own++
			}
		}
		if o.Custom {
			line.Records = objectsPath + "/" + o.Key
			page.Custom = append(page.Custom, line)
		} else {
			page.BuiltIn = append(page.BuiltIn, line)
		}
	}
	page.Fields = []formField{
		{Key: "label", Label: "Label", Kind: "input", Type: "text", Value: form.Get("label"), Required: true, Hint: "One of them, such as Property."},
		{Key: "label_plural", Label: "Plural", Kind: "input", Type: "text", Value: form.Get("label_plural"), Hint: "Such as Properties. Made of the label when empty."},
		{Key: "key", Label: "Key", Kind: "input", Type: "text", Value: form.Get("key"), Hint: "Its name in the API and in the log, for good. Made of the label when empty."},
	}
	for i := range page.Fields {
		page.Fields[i].Error = mistakeAt(problem, page.Fields[i].Key)
	}
	page.Errors = summarize(problem, func(key string) bool { return key == "label" || key == "label_plural" || key == "key" })
	if v.may(audit.AuditRead) {
		page.Deleted = auditPath + "?type=object.deleted&type=field.removed"
	}
	return v.render(statusOfForm(problem), "settings_objects", page)
}

func (s *site) objectCreate(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	label, plural := form.Get("label"), form.Get("label_plural")
	o, err := s.ws.Engine.CreateObject(v.Context(), v.caller(), crm.ObjectInput{Key: strings.TrimSpace(form.Get("key")), Label: &label, LabelPlural: &plural})
	if err != nil && shownOnForm(err) {
		return s.showObjects(v, form, err)
	}
	if err != nil {
		return err
	}
	return v.redirect(settingsObjects+"/"+o.Key, Success("Created the object "+audit.Quote(o.Label)+". Add the fields that it needs."))
}

// objectPage is an object with its fields.
type objectPage struct {
	Base
	objectHead
	BuiltIn []fieldRow
	Own     []fieldRow
	Form    []formField // label, plural and title of a custom object
	Errors  *formErrors
	Version int64
	Delete  string
	API     string // where its records are in the API
}

// objectHead is what the pages about one object have in common.
type objectHead struct {
	Heading  string
	Settings string // the address of the object's settings
	Custom   bool
	Records  string // its list, "" for none
	Log      string // its audit log, "" without the permission
	Tab      string
}

// fieldRow is a field in the list.
type fieldRow struct {
	Label, Key, Type string
	Marks            []string
	Edit, Remove     string // "" for a built-in field
}

func (v *visit) objectHead(o *crm.Object, tab string) objectHead {
	head := objectHead{Heading: o.LabelPlural, Settings: settingsObjects + "/" + o.Key, Custom: o.Custom, Tab: tab}
	if view := v.views()[o.Key]; view != nil && view.part == "" {
		head.Records = view.listPath()
	}
	if v.may(audit.AuditRead) {
		head.Log = head.Settings + "/audit-log"
	}
	return head
}

// definedObject is the object in the address, for those who may change it.
func (s *site) definedObject(v *visit) (*crm.Object, error) {
	if err := crm.MayDefine(v.caller()); err != nil {
		return nil, err
	}
	return v.schema().Object(v.PathValue("object"))
}

func (s *site) objectShow(v *visit) error {
	o, err := s.definedObject(v)
	if err != nil {
		return err
	}
	return s.showObject(v, o, nil, nil)
}

// showObject shows an object; form is what was sent, nil for what holds.
func (s *site) showObject(v *visit, o *crm.Object, form url.Values, problem error) error {
	base, err := s.definePage(v, o.LabelPlural)
	if err != nil {
		return err
	}
	page := &objectPage{Base: base, objectHead: v.objectHead(o, "fields"), API: "/api/v1/records/" + o.Key}
	for i := range o.Fields {
		f := &o.Fields[i]
		line := fieldRow{Label: f.Label, Key: f.Key, Type: s.fieldWords(v, f), Marks: fieldMarks(o, f)}
		if !f.Custom() {
			page.BuiltIn = append(page.BuiltIn, line)
			continue
		}
		line.Edit = page.Settings + "/fields/" + f.Key
		line.Remove = line.Edit + "/remove"
		page.Own = append(page.Own, line)
	}
	if o.Custom {
		page.Delete, page.Version = page.Settings+"/delete", o.Definition.Version
		page.Form = objectForm(o, form, problem)
		page.Errors = summarize(problem, func(key string) bool { return key == "label" || key == "label_plural" || key == "title" })
	}
	return v.render(statusOfForm(problem), "settings_object", page)
}

func objectForm(o *crm.Object, form url.Values, problem error) []formField {
	label, plural, title := o.Label, o.LabelPlural, o.Definition.Title
	if form != nil {
		label, plural, title = form.Get("label"), form.Get("label_plural"), formTitle(form)
	}
	names := formField{Key: "title", Label: "A record is named by", Kind: "boxes", Wide: true, Hint: "Several are joined, in the order of the fields."}
	for i := range o.Fields {
		if f := &o.Fields[i]; crm.TitleType(f.Type) {
			names.Boxes = append(names.Boxes, formOption{f.Key, f.Label, slices.Contains(title, f.Key)})
		}
	}
	fields := []formField{{Key: "label", Label: "Label", Kind: "input", Type: "text", Value: label, Required: true},
		{Key: "label_plural", Label: "Plural", Kind: "input", Type: "text", Value: plural, Required: true}, names}
	for i := range fields {
		fields[i].Error = mistakeAt(problem, fields[i].Key)
	}
	return fields
}

func formTitle(form url.Values) []string {
	return slices.DeleteFunc(slices.Clone(form["title"]), func(s string) bool { return s == "" })
}

// fieldWords say a field's type with what belongs to it.
func (s *site) fieldWords(v *visit, f *crm.Field) string {
	switch f.Type {
	case crm.Select:
		return f.Type.Label() + ": " + joinLabels(f.Options)
	case crm.RefType:
		return f.Type.Label() + " to " + objectWord(v.schema(), f.Object).One
	}
	return f.Type.Label()
}

// joinLabels are the first options of a choice.
func joinLabels(options []crm.Option) string {
	const most = 5
	var labels []string
	for _, o := range options[:min(len(options), most)] {
		labels = append(labels, o.Label)
	}
	if more := len(options) - most; more > 0 {
		labels = append(labels, strconv.Itoa(more)+" more")
	}
	return strings.Join(labels, ", ")
}

var onDeleteLabels = map[crm.OnDelete]string{crm.Cascade: "goes along when that is deleted", crm.Clear: "emptied when that is deleted", crm.Refuse: "keeps that from being deleted"}

func fieldMarks(o *crm.Object, f *crm.Field) []string {
	var marks []string
	add := func(is bool, mark string) {
		if is {
			marks = append(marks, mark)
		}
	}
	add(o.Definition != nil && slices.Contains(o.Definition.Title, f.Key), "names the record")
	add(f.Required, "required")
	add(f.Unique || f.UniqueWithin != "", "unique")
	add(f.Computed, "worked out")
	add(f.Type == crm.RefType, onDeleteLabels[f.OnDelete])
	return marks
}

// objectSave gives a custom object other labels or another title.
func (s *site) objectSave(v *visit, form url.Values, o *crm.Object) error {
	label, plural := form.Get("label"), form.Get("label_plural")
	title := formTitle(form)
	if title == nil {
		title = []string{}
	}
	// The order in which the boxes stand is that of the fields; a title in another order stays as it is.
	if o.Custom && slices.Equal(audit.SortedSet(title), audit.SortedSet(o.Definition.Title)) {
		title = nil
	}
	return s.change(v, o, form, crm.ObjectInput{Label: &label, LabelPlural: &plural, Title: title},
		func(problem error) error { return s.showObject(v, o, form, problem) }, "Saved.")
}

// objectDeletePage asks whether an object shall go.
type objectDeletePage struct {
	Base
	objectHead
	Name    string
	Taken   []string
	Last    *lastWord // nil where nothing is lost for good
	Problem *formErrors
	Days    int
	Version int64
}

func (s *site) objectDeleteAsk(v *visit) error {
	o, err := s.definedObject(v)
	if err != nil {
		return err
	}
	last, err := s.lastWordOfAll(v, o)
	if err != nil {
		return err
	}
	return s.showObjectDelete(v, o, last, nil)
}

func (s *site) showObjectDelete(v *visit, o *crm.Object, last *lastWord, problem error) error {
	if !o.Custom {
		return errs.New(errs.NotPossible, "built_in", "%s is a built-in object; it cannot be deleted.", o.Label)
	}
	base, err := s.definePage(v, "Delete "+o.Label)
	if err != nil {
		return err
	}
	page := &objectDeletePage{Base: base, objectHead: v.objectHead(o, ""), Name: o.Label, Days: v.id.Account.RestoreWindowDays, Version: o.Definition.Version, Last: last}
	counts, err := s.ws.Engine.PreviewDeletion(v.Context(), v.caller(), o.Key)
	if errs.Is(err, errs.Conflict) && problem == nil {
		problem = err
	} else if err != nil {
		return err
	}
	for _, other := range v.schema().Objects() {
		if n := counts[other.Key]; n > 0 {
			page.Taken = append(page.Taken, other.Word().Count(n))
		}
	}
	if n := counts[crm.FieldRecord]; n > 0 {
		page.Taken = append(page.Taken, audit.Word{One: "field of another object that points at it", Many: "fields of other objects that point at it"}.Count(n))
	}
	page.Problem = summarizeLast(problem)
	return v.render(statusOfForm(problem), "settings_object_delete", page)
}

// lastWordOfAll asks for an object's name when its deletion loses secrets of its records.
func (s *site) lastWordOfAll(v *visit, o *crm.Object) (*lastWord, error) {
	return s.lastWordFor(v, crm.Selection{Object: o.Key, Query: &crm.Query{Object: o}}, o.Label)
}

func (s *site) objectDelete(v *visit, form url.Values, o *crm.Object) error {
	last, err := s.lastWordOfAll(v, o)
	if err != nil {
		return err
	}
	if err := last.missing(form); err != nil {
		return s.showObjectDelete(v, o, last, err)
	}
	done, err := s.ws.Engine.DeleteObject(v.Context(), v.caller(), o.Key, versionIn(form))
	if errs.Is(err, errs.Conflict) || errs.Is(err, errs.Stale) {
		return s.showObjectDelete(v, o, last, err)
	}
	if err != nil {
		return err
	}
	f := Success("Deleted the object " + audit.Quote(o.Label) + " with its records. It can be restored from the audit log.")
	if v.may(audit.AuditRead) {
		f.WithLink(operationList(done.Operation), "Show it in the audit log")
	}
	return v.redirect(settingsObjects, f)
}

// versionIn is the version of a definition that a form was made from, 0 for none.
func versionIn(form url.Values) int64 {
	n, _ := strconv.ParseInt(form.Get("_version"), 10, 64)
	return max(n, 0)
}

// objectAuditLog is the audit log of one object: of its records, or of what was done to its definition.
func (s *site) objectAuditLog(v *visit) error {
	o, err := v.schema().Object(v.PathValue("object"))
	if err != nil {
		return err
	}
	if err := s.auditVisit(v); err != nil {
		return err
	}
	params := v.URL.Query()
	params.Del("object")
	scope := &auditScope{objectHead: v.objectHead(o, "log")}
	scope.Records, scope.Definition = scope.Log, scope.Log+"?of=definition"
	f := s.auditFilter(v, params)
	if params.Get(scopeParam) == "definition" && o.Definition != nil {
		scope.OfDefinition = true
		ids := o.Definition.History()
		values := make([]string, len(ids))
		for i, id := range ids {
			values[i] = string(id)
		}
		f.address.Set(scopeParam, "definition")
		f.narrow(scope.Log, audit.ByRecord, values...)
	} else {
		f.narrow(scope.Log, audit.ByObject, o.Key)
	}
	if o.Definition == nil {
		scope.Definition = ""
	}
	page := &auditLogPage{Base: s.base(v, "Audit log of "+o.LabelPlural, "objects"), Tab: "log", Scope: scope}
	return s.showAuditLog(v, page, &f)
}

// scopeParam says whether the log of an object is that of its records or of its definition.
const scopeParam = "of"

// auditScope is the object that a page of the log is narrowed to.
type auditScope struct {
	objectHead
	Records, Definition string // the two lists; Definition is "" when there is none
	OfDefinition        bool
}
