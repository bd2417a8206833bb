package modules

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// contacts are the objects of the module contacts.
var contacts = []*crm.Object{contact, company, note, task}

var contact = &crm.Object{
	Key: "contact", Label: "Contact", LabelPlural: "Contacts", Module: "contacts",
	Title:    [][]string{{"first_name", "last_name"}, {"email"}, {"phone"}},
	Assignee: "owner",
	Check:    checkContact,
	Merges:   true,
	Fields: []crm.Field{
		field("first_name", "First name", crm.Text),
		field("last_name", "Last name", crm.Text),
		unique(field("email", "Email", crm.Email)),
		field("phone", "Phone", crm.Phone),
		ref("company", "Company", "company", crm.Clear),
		byDefault(choice("type", "Type", "lead", "Lead", "customer", "Customer"), "lead"),
		field("source", "Source", crm.Text),
		field("tags", "Tags", crm.Tags),
		ref("owner", "Owner", "staff", crm.Clear),
		field("website", "Website", crm.URL),
		field("address", "Address", crm.Text),
		field("city", "City", crm.Text),
		field("state", "State", crm.Text),
		field("postal_code", "Postal code", crm.Text),
		field("country", "Country", crm.Text),
		field("date_of_birth", "Date of birth", crm.Date),
		field("timezone", "Time zone", crm.Text),
		field("dnd", "Do not disturb", crm.Boolean),
		field("dnd_channels", "Do not disturb by", crm.Tags),
	},
	Rules: []crm.Rule{
		{Verb: "tag_added", Kind: crm.OnAdded, Field: "tags", Label: "Tag added",
			Template: "Added the tag {note} to contact {record}", When: "A tag was added; one event for each tag."},
		{Verb: "tag_removed", Kind: crm.OnRemoved, Field: "tags", Label: "Tag removed",
			Template: "Removed the tag {note} from contact {record}", When: "A tag was removed; one event for each tag."},
		{Verb: "owner_changed", Field: "owner", Label: "Owner changed",
			Template: "Changed the owner of contact {record} from {owner.before} to {owner.after}", When: "The contact got another owner, or none."},
		{Verb: "type_changed", Field: "type", Label: "Type changed",
			Template: "Changed contact {record} from {type.before} to {type.after}", When: "A lead became a customer, or the reverse."},
		{Verb: "dnd_changed", Field: "dnd", Takes: []string{"dnd_channels"}, Label: "Do not disturb changed",
			Template: "Changed do not disturb of contact {record} from {dnd.before} to {dnd.after}", When: "Do not disturb was switched; its channels that changed with it are in the event."},
		{Verb: "company_changed", Field: "company", Label: "Company changed",
			Template: "Moved contact {record} from company {company.before} to {company.after}", When: "The contact got another company, or none."},
	},
}

// checkContact asks for something to know a contact by.
func checkContact(_ context.Context, w *crm.Write) error {
	if w.After == nil {
		return nil
	}
	for _, key := range []string{"first_name", "last_name", "email", "phone"} {
		if w.After.Fields[key] != audit.None {
			return nil
		}
	}
	return errs.InvalidField("first_name", "required", "A contact needs a name, an email or a phone number.")
}

var company = &crm.Object{
	Key: "company", Label: "Company", LabelPlural: "Companies", Module: "contacts",
	Title:    [][]string{{"name"}},
	Assignee: "owner",
	Fields: []crm.Field{
		required(unique(field("name", "Name", crm.Text))),
		field("phone", "Phone", crm.Phone),
		field("email", "Email", crm.Email),
		field("website", "Website", crm.URL),
		field("industry", "Industry", crm.Text),
		field("address", "Address", crm.Text),
		field("city", "City", crm.Text),
		field("state", "State", crm.Text),
		field("postal_code", "Postal code", crm.Text),
		field("country", "Country", crm.Text),
		field("employees", "Employees", crm.Number),
		field("revenue", "Revenue", crm.Money),
		field("founded", "Founded", crm.Number),
		ref("parent", "Parent company", "company", crm.Clear),
		ref("owner", "Owner", "staff", crm.Clear),
	},
}

var note = &crm.Object{
	Key: "note", Label: "Note", LabelPlural: "Notes", Module: "contacts",
	Title: [][]string{{"body"}},
	Fields: []crm.Field{
		required(ref("contact", "Contact", "contact", crm.Cascade)),
		required(field("body", "Text", crm.Long)),
	},
}

var task = &crm.Object{
	Key: "task", Label: "Task", LabelPlural: "Tasks", Module: "contacts",
	Title:     [][]string{{"title"}},
	Assignee:  "assignee",
	Generated: true,
	Fields: []crm.Field{
		ref("contact", "Contact", "contact", crm.Cascade),
		required(field("title", "Title", crm.Text)),
		field("body", "Details", crm.Long),
		ref("assignee", "Assigned to", "staff", crm.Clear),
		field("due", "Due", crm.DateTime),
		field("completed", "Completed", crm.Boolean),
	},
	Rules: []crm.Rule{
		{Verb: "completed", Field: "completed", To: []string{"true"}, Label: "Completed",
			Template: "Completed task {record}", When: "A task was ticked off."},
		{Verb: "reopened", Field: "completed", From: []string{"true"}, Label: "Reopened",
			Template: "Reopened task {record}", When: "A completed task was opened again."},
	},
}

// contactEvents are written for a whole import, of whatever object.
var contactEvents = []audit.EventType{
	{Type: "contacts.imported", Module: "contacts", Action: audit.Executed, Label: "Import",
		Template: "Imported {note}", When: "A CSV file was imported; one event for the file, and one for each record."},
}
