package client

import (
	"context"
	"time"
)

// OutgoingMessage is an email that shall leave, or what was said or sent elsewhere and is only entered.
type OutgoingMessage struct {
	Conversation string     `json:"conversation,omitempty"` // "" for the newest open one with Contact by Channel, or a new one
	Contact      string     `json:"contact,omitempty"`      // an id; needed without a conversation
	Channel      string     `json:"channel,omitempty"`      // email when ""; sms, call and note are entered
	To           string     `json:"to,omitempty"`           // the contact's own when ""
	Subject      string     `json:"subject,omitempty"`
	Body         string     `json:"body,omitempty"`     // {{first_name}} and so on are filled in
	Template     string     `json:"template,omitempty"` // fills in what is empty of Subject and Body
	Draft        bool       `json:"draft,omitempty"`
	Incoming     bool       `json:"incoming,omitempty"` // of what is entered: the contact said it
	At           *time.Time `json:"at,omitempty"`       // of what is entered; now when nil
}

// SendMessage makes a message and returns it, an email as queued: its status says later what became of it.
func (c *Client) SendMessage(ctx context.Context, m OutgoingMessage) (Record, error) {
	var r Record
	err := c.post(ctx, m, &r, "messages", "send")
	return r, err
}

// SendMessageAgain sends a draft, or a failed message again. is_queued, already_sent.
func (c *Client) SendMessageAgain(ctx context.Context, id string) (Record, error) {
	var r Record
	err := c.post(ctx, nil, &r, "messages", id, "send")
	return r, err
}

// IncomingMessage is an email that came in.
type IncomingMessage struct {
	From          string     `json:"from"`
	FromName      string     `json:"from_name,omitempty"`
	To            string     `json:"to,omitempty"`
	Subject       string     `json:"subject,omitempty"`
	Text          string     `json:"text,omitempty"`
	MessageID     string     `json:"message_id,omitempty"`  // without angle brackets; the same one is taken once
	InReplyTo     string     `json:"in_reply_to,omitempty"` // without angle brackets
	ReceivedAt    *time.Time `json:"received_at,omitempty"` // now when nil
	CreateContact bool       `json:"create_contact,omitempty"`
}

// ReceivedMessage is what became of it.
type ReceivedMessage struct {
	Message      Record `json:"message"`
	Conversation Record `json:"conversation"`
	Contact      Record `json:"contact"`
	Duplicate    bool   `json:"duplicate"` // it was there already
}

// ReceiveMessage puts an email that came in where it belongs. no_contact.
func (c *Client) ReceiveMessage(ctx context.Context, m IncomingMessage) (ReceivedMessage, error) {
	var r ReceivedMessage
	err := c.post(ctx, m, &r, "messages", "receive")
	return r, err
}

// SendTestMail sends a test email by the account's mail server, now. It needs settings.manage.
func (c *Client) SendTestMail(ctx context.Context, to string) error {
	return c.post(ctx, map[string]string{"to": to}, nil, "account", "test-mail")
}
