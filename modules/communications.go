package modules

import (
	"cmp"
	"context"
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
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
	},
	Rules: []crm.Rule{
		{Verb: "sent", Field: "status", To: []string{"sent"}, Takes: []string{"sent_at", "from", "to"}, Label: "Sent",
			Birth: true, Action: audit.Executed, Final: sentForGood, Note: toWhom,
			Template: "Sent message {record}{note}", When: "A message went out. For one that is entered as sent it comes before the entry that says that the record was made."},
		{Verb: "failed", Field: "status", To: []string{"failed"}, Takes: []string{"error", "sent_at"}, Label: "Failed",
			Birth: true, Action: audit.Executed, Final: "An attempt to send cannot be undone. Send the message again.", Note: reason,
			Template: "Could not send message {record}: {note}", When: "A message could not be sent; the change Error says why."},
		{Verb: "received", Field: "status", To: []string{"received"}, Takes: []string{"sent_at", "from", "to"}, Label: "Received",
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

// gone are the states of a message that has left or come in.
var gone = []string{"sent", "delivered", "received"}

// fillMessage dates what is sent or received. What is entered as incoming was received.
func fillMessage(_ context.Context, w *crm.Write) error {
	f := w.After.Fields
	if w.Before == nil && f["direction"].Text() == "in" && f["status"].Text() == "draft" {
		f["status"] = audit.String("received")
	}
	if slices.Contains(gone, f["status"].Text()) && w.Changed("status") && f["sent_at"] == audit.None {
		f["sent_at"] = w.Now()
	}
	return nil
}

// checkMessage keeps the states in their order and what was sent or received as it was.
func checkMessage(_ context.Context, w *crm.Write) error {
	if w.After == nil {
		return nil
	}
	status, direction := w.After.Fields["status"].Text(), w.After.Fields["direction"].Text()
	if in := status == "received"; in != (direction == "in") && status != "" {
		return errs.InvalidField("status", "wrong_direction", "An incoming message is Received, an outgoing one is not.")
	}
	if status == "failed" && w.After.Fields["error"] == audit.None {
		return errs.InvalidField("error", "required", "Error must say why the message failed.")
	}
	if w.Before == nil {
		return nil
	}
	was := w.Before.Fields["status"].Text()
	if !slices.Contains(gone, was) {
		return nil
	}
	for _, key := range []string{"conversation", "direction", "subject", "body", "from", "to", "sent_at"} {
		if w.Changed(key) {
			f, _ := w.Object.Field(key)
			return errs.InvalidField(key, "already_sent", "%s cannot be changed: the message was sent or received.", f.Label)
		}
	}
	// A server may say later that it was delivered, or that it came back.
	if w.Changed("status") && !(was == "sent" && slices.Contains([]string{"delivered", "failed"}, status)) {
		return errs.InvalidField("status", "already_sent", "The message was sent or received; that cannot be taken back.")
	}
	return nil
}

var template = &crm.Object{
	Key: "template", Label: "Template", LabelPlural: "Templates", Module: "communications",
	Title: [][]string{{"name"}},
	Fields: []crm.Field{
		required(unique(field("name", "Name", crm.Text))),
		byDefault(choice("channel", "Channel", "email", "Email", "sms", "SMS"), "email"),
		field("subject", "Subject", crm.Text),
		required(field("body", "Text", crm.Long)),
	},
}
