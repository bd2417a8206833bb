package modules

import (
	"context"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// gone are the states of a message that has left or come in.
var gone = []string{"sent", "delivered", "received"}

// fillMessage dates what is sent or received. What is entered as incoming was received. A message that is to be sent
// goes to the contact of its conversation, unless it says to whom else.
func fillMessage(ctx context.Context, w *crm.Write) error {
	f := w.After.Fields
	if w.Before == nil && f["direction"].Text() == "in" && f["status"].Text() == "draft" {
		f["status"] = audit.String("received")
	}
	if !w.Changed("status") {
		return nil
	}
	switch status := f["status"].Text(); {
	case slices.Contains(gone, status):
		delete(f, "error")
		if f["sent_at"] == audit.None {
			f["sent_at"] = w.Now()
		}
	case status == "queued":
		delete(f, "error")
		if _, contact, err := talkOf(ctx, w); err != nil || contact == nil || f["to"] != audit.None {
			return err
		} else if to := contact.Fields["email"]; to != audit.None {
			f["to"] = to
		}
	}
	return nil
}

// talkOf is the message's conversation and its contact, nil where there is none.
func talkOf(ctx context.Context, w *crm.Write) (talk, contact *crm.Record, err error) {
	talk, err = w.Record(ctx, "conversation", audit.RecordID(w.After.Fields["conversation"].Text()))
	if err != nil || talk == nil {
		return nil, nil, err
	}
	contact, err = w.Record(ctx, "contact", audit.RecordID(talk.Fields["contact"].Text()))
	return talk, contact, err
}

// checkMessage keeps the states in their order and what was sent or received as it was.
func checkMessage(ctx context.Context, w *crm.Write) error {
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
	if status == "queued" && w.Changed("status") {
		if err := checkQueued(ctx, w); err != nil {
			return err
		}
	}
	if w.Before == nil {
		return nil
	}
	return checkMessageChange(w, w.Before.Fields["status"].Text(), status)
}

// checkMessageChange keeps what is on its way, or was sent or received, as it is.
func checkMessageChange(w *crm.Write, was, status string) error {
	left := slices.Contains(gone, was)
	keep := []string{"conversation", "direction", "subject", "body", "to"}
	if left {
		keep = append(keep, "from", "sent_at", "message_id")
	}
	if !left && was != "queued" {
		return nil
	}
	for _, key := range keep {
		if !w.Changed(key) {
			continue
		}
		f, _ := w.Object.Field(key)
		if left {
			return errs.InvalidField(key, "already_sent", "%s cannot be changed: the message was sent or received.", f.Label)
		}
		return errs.InvalidField(key, "is_queued", "%s cannot be changed while the message waits to be sent. Make it a draft first.", f.Label)
	}
	// A server may say later that it was delivered, or that it came back.
	if left && w.Changed("status") && !(was == "sent" && slices.Contains([]string{"delivered", "failed"}, status)) {
		return errs.InvalidField("status", "already_sent", "The message was sent or received; that cannot be taken back.")
	}
	return nil
}

// checkQueued wants a message that shall be sent to be an email with one recipient who may be written to.
func checkQueued(ctx context.Context, w *crm.Write) error {
	talk, contact, err := talkOf(ctx, w)
	if err != nil || talk == nil || w.Coming(talk.ID) {
		return err
	}
	if channel := talk.Fields["channel"].Text(); channel != "email" {
		return errs.InvalidField("status", "not_an_email", "Only email is sent from here. Enter what was said or sent elsewhere as Sent.")
	}
	who := "The contact"
	if contact != nil {
		who = contact.Name
		if contact.Fields["dnd"].Bool() || slices.ContainsFunc(contact.Fields["dnd_channels"].Strings(), func(c string) bool { return strings.EqualFold(c, "email") }) {
			return errs.InvalidField("status", "do_not_disturb", "%s does not want to be written to by email (do not disturb).", who)
		}
	}
	to := w.After.Fields["to"]
	if to == audit.None {
		return errs.InvalidField("to", "no_email", "%s has no email address to send it to.", who).WithFix("Enter the contact's email first.")
	}
	address := crm.Field{Key: "to", Label: "To", Type: crm.Email}
	if _, err := address.Value(address.TextInput(to.Text())); err != nil {
		return errs.InvalidField("to", "invalid_email", "To must be one email address such as ana@example.com.")
	}
	return nil
}
