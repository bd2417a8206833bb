package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/client"
	"github.com/backtrail/backtrail/mail/mailtest"
)

// becomes waits until a message has a status.
func (h *house) becomes(id, status string) client.Record {
	h.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		rec, err := h.owner.Record(h.t.Context(), "message", id)
		must(h.t, err)
		if rec.Fields["status"] == status {
			return rec
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("the message is %v: %v", rec.Fields["status"], rec.Fields["error"])
		}
	}
}

func TestMessages(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	ana := h.create("contact", client.Fields{"first_name": "Ana", "email": "ana@example.org", "phone": "+351 21 123 4567"})

	// Without a mail server it fails, and says why.
	wantCode(t, h.owner.SendTestMail(ctx, "olga@example.com"), 422, "mail_not_set_up")
	sent, err := h.owner.SendMessage(ctx, client.OutgoingMessage{Contact: ana.ID, Subject: "Hello {{first_name}}", Body: "Dear {{first_name}}"})
	must(t, err)
	if sent.Fields["status"] != "queued" || sent.Fields["subject"] != "Hello Ana" || sent.Fields["to"] != "ana@example.org" {
		t.Errorf("%v", sent.Fields)
	}
	failed := h.becomes(sent.ID, "failed")
	if reason, _ := failed.Fields["error"].(string); !strings.Contains(reason, "business profile") {
		t.Errorf("the reason is %q", reason)
	}

	// With one it leaves.
	s := &mailtest.Server{}
	to := s.Start(t)
	profiles, err := h.owner.RecordPage(ctx, "business_profile", client.Query{}, client.Paging{})
	must(t, err)
	_, err = h.owner.Update(ctx, "business_profile", profiles.Items[0].ID, client.Fields{"smtp_host": to.Host, "smtp_port": to.Port, "mail_from": "studio@example.com"}, 0)
	must(t, err)
	_, err = h.owner.SendMessageAgain(ctx, sent.ID)
	must(t, err)
	left := h.becomes(sent.ID, "sent")
	must(t, h.owner.SendTestMail(ctx, "olga@example.com"))
	if mails := s.Mails(); len(mails) != 2 || mails[0].To != "ana@example.org" {
		t.Errorf("%d mails", len(mails))
	}
	_, err = h.owner.SendMessageAgain(ctx, sent.ID)
	wantCode(t, err, 400, "already_sent")
	e := h.last("message.sent")
	if e.Actor.OnBehalfOf == nil || e.Actor.Type != "system" {
		t.Errorf("the event is by %+v", e.Actor)
	}

	// An answer comes in, twice.
	in := client.IncomingMessage{From: "ana@example.org", Subject: "Re: Hello", Text: "Yes", MessageID: "1@example.org", InReplyTo: left.Fields["message_id"].(string)}
	first, err := h.owner.ReceiveMessage(ctx, in)
	must(t, err)
	second, err := h.owner.ReceiveMessage(ctx, in)
	must(t, err)
	if first.Duplicate || !second.Duplicate || first.Message.ID != second.Message.ID || first.Conversation.ID != sent.Fields["conversation"] || first.Contact.ID != ana.ID {
		t.Errorf("%+v, then %+v", first, second)
	}
	_, err = h.owner.ReceiveMessage(ctx, client.IncomingMessage{From: "nobody@example.org", Text: "Hi"})
	wantCode(t, err, 404, "no_contact")
	_, err = h.owner.ReceiveMessage(ctx, client.IncomingMessage{From: "nobody", Text: "Hi"})
	wantCode(t, err, 400, "invalid_email")

	// An SMS is entered.
	at := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	sms, err := h.owner.SendMessage(ctx, client.OutgoingMessage{Contact: ana.ID, Channel: "sms", Body: "On our way", At: &at})
	must(t, err)
	if sms.Fields["status"] != "sent" || sms.Fields["sent_at"] != "2026-03-01T09:30:00.000000Z" {
		t.Errorf("%v", sms.Fields)
	}

	// What may not be.
	_, err = h.owner.SendMessage(ctx, client.OutgoingMessage{Contact: ana.ID, Body: "{{shoe_size}}"})
	wantCode(t, err, 400, "unknown_placeholder")
	wantCode(t, h.member.SendTestMail(ctx, "olga@example.com"), 403, "forbidden")
	_, err = h.other.SendMessage(ctx, client.OutgoingMessage{Contact: ana.ID, Body: "x"})
	wantCode(t, err, 404, "not_found")
}
