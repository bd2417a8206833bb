package automation

import (
	"context"
	"encoding/json"
	"regexp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// Outbox is a Mailer that puts messages where those stand that wait to be sent.
type Outbox struct {
	Schema func(audit.AccountID) *crm.Schema
}

var _ Mailer = Outbox{}

// SendTemplate implements Mailer: the message is queued in the contact's newest open conversation by email, or in a new one.
func (o Outbox) SendTemplate(ctx context.Context, op *crm.Operation, contact, template *crm.Record) (*crm.Record, error) {
	talk, err := o.conversation(ctx, op, contact)
	if err != nil {
		return nil, err
	}
	text := func(s string) json.RawMessage { return json.RawMessage(audit.String(s)) }
	in := crm.Input{"conversation": text(string(talk)), "direction": text("out"), "status": text("queued"), "to": text(contact.Fields["email"].Text()),
		"body": text(fill(template.Fields["body"].Text(), contact))}
	if subject := template.Fields["subject"].Text(); subject != "" {
		in["subject"] = text(fill(subject, contact))
	}
	return op.Create(ctx, "message", in)
}

func (o Outbox) conversation(ctx context.Context, op *crm.Operation, contact *crm.Record) (audit.RecordID, error) {
	object, err := o.Schema(op.Caller().Account).Object("conversation")
	if err != nil {
		return "", err
	}
	where := func(key, value string) crm.Condition {
		f, _ := object.Field(key)
		return crm.Condition{Field: f, Values: []string{value}}
	}
	found, _, err := op.Find(ctx, crm.Query{Object: object, Sort: "updated_at", Desc: true, Limit: 1,
		Where: []crm.Condition{where("contact", string(contact.ID)), where("channel", "email"), where("status", "open")}})
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		return found[0].ID, nil
	}
	rec, err := op.Create(ctx, "conversation", crm.Input{"contact": json.RawMessage(audit.String(string(contact.ID))), "channel": json.RawMessage(`"email"`)})
	if err != nil {
		return "", err
	}
	return rec.ID, nil
}

var place = regexp.MustCompile(`\{\{\s*(?:contact\.)?([a-z][a-z0-9_]*)\s*\}\}`)

// fill puts a contact's fields into the places of a text: {{first_name}} or {{contact.first_name}}.
func fill(text string, contact *crm.Record) string {
	return place.ReplaceAllStringFunc(text, func(found string) string {
		key := place.FindStringSubmatch(found)[1]
		if key == "name" {
			return contact.Name
		}
		return contact.Fields[key].Text()
	})
}
