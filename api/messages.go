package api

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/mail"
)

// sendBody is an email that shall leave, or what was said or sent elsewhere.
type sendBody struct {
	Conversation audit.RecordID `json:"conversation,omitempty" doc:"Where the message belongs; without it, the newest open conversation with the contact by this channel, or a new one"`
	Contact      audit.RecordID `json:"contact,omitempty" doc:"Who it is for; needed without a conversation"`
	Channel      string         `json:"channel,omitempty" enum:"email,sms,call,note" doc:"email when it is left out. An email is sent; anything else is entered as sent, or as received with incoming"`
	To           string         `json:"to,omitempty" doc:"One address; the contact's own when it is left out"`
	Subject      string         `json:"subject,omitempty" doc:"One line, at most 1,000 characters"`
	Body         string         `json:"body,omitempty" doc:"Plain text, at most 64 KiB. Placeholders such as {{first_name}} are filled in; one that there is not is refused"`
	Template     audit.RecordID `json:"template,omitempty" doc:"Fills in what is left out of subject and body"`
	Draft        bool           `json:"draft,omitempty" doc:"Keep the email, do not send it"`
	Incoming     bool           `json:"incoming,omitempty" doc:"The contact said it; for sms, call and note"`
	At           string         `json:"at,omitempty" format:"date-time" doc:"When it was said or sent; for sms, call and note"`
}

// sendMessage answers 202: the message is queued, and its status says what became of it.
func (a *API) sendMessage(ctx context.Context, in *struct{ Body sendBody }) (*recordAnswer, error) {
	b := in.Body
	at, err := timeAt("at", b.At)
	if err != nil {
		return nil, err
	}
	rec, err := a.Mail.Write(ctx, callerOf(ctx), mail.Outgoing{Conversation: b.Conversation, Contact: b.Contact, Channel: b.Channel, To: b.To,
		Subject: b.Subject, Body: b.Body, Template: b.Template, Draft: b.Draft, Incoming: b.Incoming, At: at})
	if err != nil {
		return nil, err
	}
	o, err := a.schema(ctx).Object("message")
	return answerRecord(o, rec), err
}

func (a *API) sendMessageAgain(ctx context.Context, in *struct {
	ID audit.RecordID `path:"id" doc:"Id of the message"`
}) (*recordAnswer, error) {
	rec, err := a.Mail.SendAgain(ctx, callerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	o, err := a.schema(ctx).Object("message")
	return answerRecord(o, rec), err
}

// receiveBody is an email that came in.
type receiveBody struct {
	From          string `json:"from" doc:"One bare address" example:"ana@example.com"`
	FromName      string `json:"from_name,omitempty" doc:"The first name of a contact that is made"`
	To            string `json:"to,omitempty"`
	Subject       string `json:"subject,omitempty" doc:"At most 1,000 characters; line breaks become spaces"`
	Text          string `json:"text,omitempty" doc:"Plain text, at most 64 KiB"`
	MessageID     string `json:"message_id,omitempty" doc:"Without angle brackets. The same one is taken once: a gateway may repeat the call" example:"42@example.com"`
	InReplyTo     string `json:"in_reply_to,omitempty" doc:"The message_id of the message that it answers, without angle brackets"`
	ReceivedAt    string `json:"received_at,omitempty" format:"date-time" doc:"Now when it is left out"`
	CreateContact bool   `json:"create_contact,omitempty" doc:"Make a contact of an address that none has; 404 no_contact without"`
}

// Received is what became of an incoming email.
type Received struct {
	Message      Record `json:"message"`
	Conversation Record `json:"conversation"`
	Contact      Record `json:"contact"`
	Duplicate    bool   `json:"duplicate" doc:"The message was there already; nothing was written"`
}

type receivedAnswer struct{ Body Received }

func (a *API) receiveMessage(ctx context.Context, in *struct{ Body receiveBody }) (*receivedAnswer, error) {
	b := in.Body
	at, err := timeAt("received_at", b.ReceivedAt)
	if err != nil {
		return nil, err
	}
	r, err := a.Mail.Receive(ctx, callerOf(ctx), mail.Incoming{From: b.From, FromName: b.FromName, To: b.To, Subject: b.Subject, Text: b.Text,
		MessageID: b.MessageID, InReplyTo: b.InReplyTo, At: at, NewContacts: b.CreateContact})
	if err != nil {
		return nil, err
	}
	out := &receivedAnswer{Received{Duplicate: r.Duplicate}}
	for _, part := range []struct {
		to *Record
		is *crm.Record
	}{{&out.Body.Message, r.Message}, {&out.Body.Conversation, r.Conversation}, {&out.Body.Contact, r.Contact}} {
		o, err := a.schema(ctx).Object(part.is.Object)
		if err != nil {
			return nil, err
		}
		*part.to = recordOf(o, part.is)
	}
	return out, nil
}

// timeAt reads a time, zero for none.
func timeAt(field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return t, errs.InvalidField(field, "invalid_datetime", "%s must be a time such as 2026-03-01T09:30:00Z.", field)
	}
	return t, nil
}

// sendTestMail answers when the mail server has taken the mail, or has not.
func (a *API) sendTestMail(ctx context.Context, in *struct {
	Body struct {
		To string `json:"to" doc:"One bare address" example:"ana@example.com"`
	}
}) (*none, error) {
	return nil, a.Mail.SendTest(ctx, callerOf(ctx), in.Body.To)
}
