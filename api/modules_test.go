package api_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/client"
)

// Every object can be made, read, changed and deleted by the same calls; what is worked out is answered, and refused.
func TestModulesByAPI(t *testing.T) {
	h := newHouse(t)
	contact := h.create("contact", client.Fields{"first_name": "Ana"})
	invoice := h.create("invoice", client.Fields{"contact": contact.ID, "currency": "eur", "discount": "0.10",
		"items": []map[string]any{{"name": "Oak", "quantity": "3", "price": 19.99, "tax": "23"}}})
	want := map[string]any{"number": "INV-000001", "currency": "EUR", "total": "73.66", "paid": "0.00", "status": "draft",
		"items": []any{map[string]any{"name": "Oak", "quantity": "3", "price": "19.99", "tax": "23"}}}
	for field, value := range want {
		if diff := cmp.Diff(value, invoice.Fields[field]); diff != "" {
			t.Errorf("%s: %s", field, diff)
		}
	}
	_, err := h.owner.Update(t.Context(), "invoice", invoice.ID, client.Fields{"total": "1.00"}, 0)
	wantCode(t, err, 400, "read_only")
	_, err = h.owner.Update(t.Context(), "invoice", invoice.ID, client.Fields{"status": "sent"}, 0)
	must(t, err)
	h.create("payment", client.Fields{"invoice": invoice.ID, "amount": "73.66", "method": "bank"})
	paid, err := h.owner.Record(t.Context(), "invoice", invoice.ID)
	must(t, err)
	if paid.Fields["status"] != "paid" || paid.Fields["paid"] != "73.66" {
		t.Errorf("after the payment: %v", paid.Fields)
	}
	received, settled := h.last("payment.received"), h.last("invoice.status_changed")
	if received.Action != "executed" || settled.Operation != received.Operation || settled.Cause != received.ID {
		t.Errorf("the payment is %+v, what follows %+v", received, settled)
	}
	_, err = h.owner.Delete(t.Context(), "invoice", invoice.ID)
	wantCode(t, err, 409, "still_referenced")
	_, err = h.member.Create(t.Context(), "integration", client.Fields{"provider": "Stripe"})
	wantCode(t, err, 403, "forbidden")
	profiles, err := h.owner.RecordPage(t.Context(), "business_profile", client.Query{}, client.Paging{})
	must(t, err)
	if len(profiles.Items) != 1 {
		t.Fatalf("a new account has %d business profiles", len(profiles.Items))
	}
	set, err := h.owner.Update(t.Context(), "business_profile", profiles.Items[0].ID, client.Fields{"smtp_password": "hush"}, 0)
	must(t, err)
	if set.Fields["smtp_password"] != true {
		t.Errorf("the password is answered as %v", set.Fields["smtp_password"])
	}
	_, err = h.owner.Update(t.Context(), "business_profile", set.ID, client.Fields{"smtp_host": "mail.evil.example", "smtp_user": "studio"}, 0)
	wantCode(t, err, 400, "password_needed")
	_, err = h.owner.Update(t.Context(), "business_profile", set.ID, client.Fields{"smtp_host": "mail.example.com", "smtp_user": "studio", "smtp_password": "hush"}, 0)
	must(t, err)
}

func TestImportOfModules(t *testing.T) {
	h := newHouse(t)
	h.create("contact", client.Fields{"first_name": "Ana"})
	h.create("calendar", client.Fields{"name": "Showroom"})
	for _, tt := range []struct{ object, file, last string }{
		{"appointment", "Title,Calendar,Contact,Start,End\r\nVisit,Showroom,Ana,2026-12-01 10:00,2026-12-01 11:00\r\n", "appointment.created"},
		{"conversation", "Contact,Channel\r\nAna,SMS\r\n", "conversation.created"},
		{"message", "Conversation,Direction,Text,From\r\nSMS with Ana,Incoming,Hello,+44 20 7946 0001\r\n", "message.received"},
		{"invoice", "Contact,Currency\r\nAna,EUR\r\n", "invoice.created"},
		{"phone_number", "Number\r\n+44 20 7946 0001\r\n", "phone_number.added"},
		{"workflow", "Name,Trigger\r\nWelcome,contact.created\r\n", "workflow.created"},
	} {
		res, err := h.owner.Import(t.Context(), tt.object, client.Import{FileName: "a.csv", File: strings.NewReader(tt.file)})
		must(t, err)
		if res.Created != 1 {
			t.Errorf("%s: %+v", tt.object, res)
			continue
		}
		if e := h.last(tt.last); e.Channel != "import" || e.Operation != res.Operation {
			t.Errorf("%s is logged as %+v", tt.object, e)
		}
	}
}
