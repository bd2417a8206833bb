package modules

import (
	"cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// communications are the objects of the module communications.
var communications = []*crm.Object{conversation, message, template}

var conversation = &crm.Object{
	Key: "conversation", Label: "Conversation", LabelPlural: "Conversations", Module: "communications",
	Title:     [][]string{{"contact"}},
	Naming:    nameConversation,
	Assignee:  "assignee",
	Generated: true,
	Fields: []crm.Field{
		required(ref("contact", "Contact", "contact", crm.Cascade)),
		byDefault(required(choice("channel", "Channel", "email", "Email", "sms", "SMS", "call", "Call", "note", "Note")), "email"),
		byDefault(choice("status", "Status", "open", "Open", "closed", "Closed"), "open"),
		ref("assignee", "Assigned to", "staff", crm.Clear),
		field("starred", "Starred", crm.Boolean),
	},
	Rules: []crm.Rule{
		{Verb: "assigned", Field: "assignee", Label: "Assigned",
			Template: "Assigned conversation {record} from {assignee.before} to {assignee.after}", When: "A conversation was given to a person, or to nobody."},
		{Verb: "closed", Field: "status", To: []string{"closed"}, Label: "Closed",
			Template: "Closed conversation {record}", When: "A conversation was closed."},
		{Verb: "reopened", Field: "status", From: []string{"closed"}, Label: "Reopened",
			Template: "Reopened conversation {record}", When: "A closed conversation was opened again."},
		{Verb: "starred", Field: "starred", To: []string{"true"}, Label: "Starred",
			Template: "Starred conversation {record}", When: "A conversation got a star. Taking it off is an update."},
	},
}

// nameConversation names a conversation after the channel and the contact, as both were when it was last written.
func nameConversation(text func(string) string) string {
	joint := " with "
	if text("channel") == "Note" {
		joint = " about "
	}
	return cmp.Or(text("channel"), "Conversation") + joint + cmp.Or(text("contact"), "nobody")
}

// sentForGood is why what left the house cannot be undone.
const sentForGood = "A message that was sent cannot be called back. Send another one that sets it right."

var message = &crm.Object{
	Key: "message", Label: "Message", LabelPlural: "Messages", Module: "communications",
	Title:     [][]string{{"subject"}},
	Naming:    nameMessage,
	Fill:      fillMessage,
	Check:     checkMessage,
	Generated: true,
	Fields: []crm.Field{
		required(ref("conversation", "Conversation", "conversation", crm.Cascade)),
		byDefault(choice("direction", "Direction", "in", "Incoming", "out", "Outgoing"), "out"),
		field("subject", "Subject", crm.Text),
		required(field("body", "Text", crm.Long)),
		field("from", "From", crm.Text),
		field("to", "To", crm.Text),
		byDefault(choice("status", "Status", "draft", "Draft", "queued", "Queued", "sent", "Sent", "delivered", "Delivered", "failed", "Failed", "received", "Received"), "draft"),
		field("sent_at", "Sent", crm.DateTime),
		field("error", "Error", crm.Text),
		unique(field("message_id", "Message-ID", crm.Text)),
	},
	Rules: []crm.Rule{
		{Verb: "queued", Field: "status", To: []string{"queued"}, Takes: []string{"to", "error"}, Label: "Queued", Note: toWhom,
			Template: "Queued message {record}{note}", When: "A message that was there already was given to be sent: a draft, or one that had failed. One that is made to be sent at once has its created event."},
		{Verb: "sent", Field: "status", To: []string{"sent"}, Takes: []string{"sent_at", "from", "to", "message_id", "error"}, Label: "Sent",
			Birth: true, Action: audit.Executed, Final: sentForGood, Note: toWhom,
			Template: "Sent message {record}{note}", When: "A message went out. For one that is entered as sent it comes before the entry that says that the record was made."},
		{Verb: "failed", Field: "status", To: []string{"failed"}, Takes: []string{"error", "sent_at"}, Label: "Failed",
			Birth: true, Action: audit.Executed, Final: "An attempt to send cannot be undone. Send the message again.", Note: reason,
			Template: "Could not send message {record}: {note}", When: "A message could not be sent; the change Error says why."},
		{Verb: "received", Field: "status", To: []string{"received"}, Takes: []string{"sent_at", "from", "to", "message_id"}, Label: "Received",
			Birth: true, Action: audit.Executed, Final: "A message that came in cannot be undone. Delete the record if it should not be kept.", Note: fromWhom,
			Template: "Received message {record}{note}", When: "A message came in. It comes before the entry that says that the record was made, which holds the text."},
	},
}

// nameMessage never takes the text of a message: names stand in descriptions.
func nameMessage(text func(string) string) string {
	if subject := text("subject"); subject != "" {
		return subject
	}
	if text("direction") == "Incoming" {
		return "Message from " + cmp.Or(text("from"), "unknown")
	}
	return "Message to " + cmp.Or(text("to"), "nobody yet")
}

func toWhom(f map[string]audit.Value) string {
	if f["subject"] == audit.None {
		return "" // the name says it
	}
	return after(" to ", f["to"])
}

func fromWhom(f map[string]audit.Value) string {
	if f["subject"] == audit.None {
		return ""
	}
	return after(" from ", f["from"])
}

func reason(f map[string]audit.Value) string { return f["error"].Text() }

// after puts a word before a value, if there is one.
func after(word string, v audit.Value) string {
	if v == audit.None {
		return ""
	}
	return word + v.Text()
}

var template = &crm.Object{
	Key: "template", Label: "Template", LabelPlural: "Templates", Module: "communications",
	Title: [][]string{{"name"}},
	Check: checkTemplate,
	Fields: []crm.Field{
		required(unique(field("name", "Name", crm.Text))),
		byDefault(choice("channel", "Channel", "email", "Email", "sms", "SMS"), "email"),
		field("subject", "Subject", crm.Text),
		required(field("body", "Text", crm.Long)),
	},
}
