package mail

import (
	"cmp"
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// Incoming is an email that came in, as a mail gateway brings it.
type Incoming struct {
	From      string // a bare address
	FromName  string // for a contact that is made; may be empty
	To        string
	Subject   string
	Text      string
	MessageID string // without angle brackets; the same one is taken once, in capital letters or small ones
	InReplyTo string // the MessageID of ours that it answers; may be empty
	At        time.Time
	// NewContacts lets an address that no contact has become one.
	NewContacts bool
}

// Received is what became of it.
type Received struct {
	Message, Conversation, Contact *crm.Record
	// Duplicate says that the message was there already, and nothing was written.
	Duplicate bool
}

// Receive puts an incoming email where it belongs: into the conversation of the message that it answers, or else the newest
// one by email with the contact of its sender, which is opened again when it was closed, or a new one. errs.NotFound no_contact
// when no contact has the address.
func (s *Service) Receive(ctx context.Context, c audit.Caller, in Incoming) (Received, error) {
	var r Received
	err := s.Engine.Do(ctx, c, func(op *crm.Operation) (err error) {
		r = Received{}
		if !ValidAddress(in.From) {
			return errs.InvalidField("from", "invalid_email", "From must be one email address such as ana@example.com.")
		}
		if in.MessageID != "" && !ValidMessageID(in.MessageID) {
			return errs.InvalidField("message_id", "invalid_message_id", "The Message-ID must look like abc@example.com, without angle brackets.")
		}
		if r.Message, err = byMessageID(ctx, op, in.MessageID); err != nil {
			return err
		}
		r.Duplicate = r.Message != nil
		if r.Duplicate && r.Message.Fields["direction"].Text() != "in" {
			return errs.InvalidField("message_id", "unique_taken", "The Message-ID is that of a message of ours.")
		}
		if err := s.place(ctx, op, in, &r); err != nil || r.Duplicate {
			return err
		}
		texts := map[string]string{"conversation": string(r.Conversation.ID), "direction": "in", "status": "received", "subject": oneLine(in.Subject),
			"body": cmp.Or(in.Text, "(no text)"), "from": in.From, "to": in.To, "message_id": in.MessageID}
		if !in.At.IsZero() {
			texts["sent_at"] = in.At.UTC().Format(crm.TimeLayout)
		}
		if r.Message, err = op.Create(ctx, "message", s.texts("message", texts)); err != nil || r.Conversation.Fields["status"].Text() != "closed" {
			return err
		}
		r.Conversation, err = op.Update(ctx, "conversation", r.Conversation.ID, s.texts("conversation", map[string]string{"status": "open"}), 0)
		return err
	})
	return r, err
}

// place finds the conversation and the contact.
func (s *Service) place(ctx context.Context, op *crm.Operation, in Incoming, r *Received) error {
	of := r.Message
	if of == nil {
		answers, err := byMessageID(ctx, op, in.InReplyTo)
		if err != nil {
			return err
		}
		of = answers
	}
	var err error
	if of != nil {
		if r.Conversation, err = op.Record(ctx, "conversation", audit.RecordID(of.Fields["conversation"].Text())); err != nil {
			return err
		}
		r.Contact, err = op.Record(ctx, "contact", audit.RecordID(r.Conversation.Fields["contact"].Text()))
		return err
	}
	if r.Contact, err = s.sender(ctx, op, in); err != nil {
		return err
	}
	if r.Conversation, err = s.newest(ctx, op, r.Contact.ID, "email", "open", "closed"); err != nil || r.Conversation != nil {
		return err
	}
	r.Conversation, err = op.Create(ctx, "conversation", s.texts("conversation", map[string]string{"contact": string(r.Contact.ID), "channel": "email"}))
	return err
}

// byMessageID is the message with an id, nil for none. Capital and small letters are the same: gateways that write them anew
// do not bring a message twice.
func byMessageID(ctx context.Context, op *crm.Operation, id string) (*crm.Record, error) {
	if id == "" {
		return nil, nil
	}
	return op.Holder(ctx, "message", "message_id", audit.String(id))
}

// sender is the contact with the address from which it came, or a new one.
func (s *Service) sender(ctx context.Context, op *crm.Operation, in Incoming) (*crm.Record, error) {
	address := crm.Field{Key: "from", Label: "From", Type: crm.Email}
	v, err := address.Value(address.TextInput(in.From)) // in the form in which contacts have it
	if err != nil {
		return nil, err
	}
	contact, err := op.Holder(ctx, "contact", "email", v)
	if err != nil || contact != nil {
		return contact, err
	}
	if !in.NewContacts {
		return nil, errs.New(errs.NotFound, "no_contact", "No contact has the email %s.", audit.Quote(in.From)).
			WithFix("Create the contact first, or send create_contact: true.")
	}
	return op.Create(ctx, "contact", s.texts("contact", map[string]string{"first_name": oneLine(in.FromName), "email": in.From, "source": "Email"}))
}
