package mail

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// Outgoing is a message as somebody writes it: an email to be sent, or what was said or sent elsewhere and is only
// entered.
type Outgoing struct {
	// Conversation is where it belongs; "" for the newest one with Contact by Channel that is open, or a new one.
	Conversation audit.RecordID
	Contact      audit.RecordID
	Channel      string // email, sms, call or note; "" is that of the conversation, or email
	To           string // "" for the contact's email or phone
	Subject      string
	Body         string
	// Template fills what is empty of Subject and Body; "" for none.
	Template audit.RecordID
	Draft    bool // an email that is kept and not sent
	// Incoming says that the contact said it, of an SMS, a call or a note.
	Incoming bool
	At       time.Time // when it was said or sent, of what is entered; now when zero
}

// Write makes a message. An email is queued, and leaves in the background; anything else is entered as sent or received. Its
// placeholders are filled in with what the contact has; what an email cannot be sent for is errs.Invalid and names the field.
func (s *Service) Write(ctx context.Context, c audit.Caller, o Outgoing) (*crm.Record, error) {
	var rec *crm.Record
	err := s.Engine.Do(ctx, c, func(op *crm.Operation) (err error) {
		rec, err = s.WriteIn(ctx, op, o)
		return err
	})
	if err == nil {
		s.Wake()
	}
	return rec, err
}

// Wake lets what was queued leave now, rather than at the next look at the queue. It follows WriteIn, after the commit.
func (s *Service) Wake() { s.Runner.Wake() }

// WriteIn is Write as a part of op.
func (s *Service) WriteIn(ctx context.Context, op *crm.Operation, o Outgoing) (*crm.Record, error) {
	talk, contact, err := s.talk(ctx, op, &o)
	if err != nil {
		return nil, err
	}
	o.Channel = talk.Fields["channel"].Text()
	if o.Draft && o.Channel != "email" || o.Incoming && o.Channel == "email" {
		return nil, errs.InvalidField("channel", "not_possible", "Only an email can be a draft, and only what is no email can be entered as incoming here.")
	}
	f, err := s.fill(ctx, op, contact, o)
	if err != nil {
		return nil, err
	}
	return op.Create(ctx, "message", s.texts("message", o.texts(talk, contact, f)))
}

// SendTemplate queues an email made of a template in the newest open conversation with a contact, or a new one, as part of
// op; what it cannot be sent for is errs.Invalid.
func (s *Service) SendTemplate(ctx context.Context, op *crm.Operation, contact, template *crm.Record) (*crm.Record, error) {
	return s.WriteIn(ctx, op, Outgoing{Contact: contact.ID, Template: template.ID})
}

// texts are the fields of the message.
func (o Outgoing) texts(talk, contact *crm.Record, f Filled) map[string]string {
	texts := map[string]string{"conversation": string(talk.ID), "direction": "out", "subject": f.Subject, "body": f.Body, "to": o.To}
	if o.Channel == "email" {
		texts["status"] = "queued"
		if o.Draft {
			texts["status"] = "draft"
		}
		return texts
	}
	texts["status"] = "sent"
	side := "to"
	if o.Incoming {
		texts["direction"], texts["status"], side = "in", "received", "from"
	}
	if texts[side] == "" {
		texts[side] = contact.Fields["phone"].Text()
	}
	if !o.At.IsZero() {
		texts["sent_at"] = o.At.UTC().Format(crm.TimeLayout)
	}
	return texts
}

// talk is the conversation of the message with its contact.
func (s *Service) talk(ctx context.Context, op *crm.Operation, o *Outgoing) (talk, contact *crm.Record, err error) {
	if o.Conversation != "" {
		if talk, err = op.Record(ctx, "conversation", o.Conversation); err != nil {
			return nil, nil, err
		}
		contact, err = op.Record(ctx, "contact", audit.RecordID(talk.Fields["contact"].Text()))
		return talk, contact, err
	}
	if o.Contact == "" {
		return nil, nil, errs.InvalidField("contact", "required", "Say to whom: give a conversation or a contact.")
	}
	if o.Channel == "" {
		o.Channel = "email"
	}
	if contact, err = op.Record(ctx, "contact", o.Contact); err != nil {
		return nil, nil, err
	}
	if talk, err = s.newest(ctx, op, contact.ID, o.Channel, "open"); err != nil || talk != nil {
		return talk, contact, err
	}
	talk, err = op.Create(ctx, "conversation", s.texts("conversation", map[string]string{"contact": string(contact.ID), "channel": o.Channel}))
	return talk, contact, err
}

// newest is the conversation with a contact that was changed last, of one of the statuses; nil when there is none.
func (s *Service) newest(ctx context.Context, op *crm.Operation, contact audit.RecordID, channel string, statuses ...string) (*crm.Record, error) {
	object, err := s.Engine.Schema(op.Caller().Account).Object("conversation")
	if err != nil {
		return nil, err
	}
	q := crm.Query{Object: object, Sort: "updated_at", Desc: true, Limit: 1}
	for _, is := range []struct {
		key    string
		values []string
	}{{"contact", []string{string(contact)}}, {"channel", []string{channel}}, {"status", statuses}} {
		f, _ := object.Field(is.key)
		q.Where = append(q.Where, crm.Condition{Field: f, Values: is.values})
	}
	found, _, err := op.Find(ctx, q)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}
