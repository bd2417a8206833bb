package modules_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// row is an act and the first event that it writes.
type row struct {
	act     func() error
	kind    audit.Type
	says    string
	changes []string // as told gives them; nil for what this test does not look at
}

// Every row of the modules is written by what it is said to be written by, with who did it, words, and what changed.
func TestEveryRowIsWritten(t *testing.T) {
	l := newLife(t)
	seen := map[audit.Type]bool{}
	for _, r := range slices.Concat(l.calendarRows(), l.communicationRows(), l.settingRows(), l.automationRows(), l.paymentRows(), l.definitionRows(), l.customRows()) {
		n := len(l.events())
		if err := r.act(); err != nil {
			t.Fatalf("%s: %v", r.kind, err)
		}
		written := l.events()[n:]
		for _, e := range written {
			seen[e.Type] = true
			if e.Actor != l.caller.Actor || e.Outcome != audit.Success || e.Record == nil {
				t.Errorf("%s by %+v about %+v", e.Type, e.Actor, e.Record)
			}
		}
		e := written[0]
		if e.Type != r.kind || e.Description != r.says {
			t.Errorf("got %s %q, want %s %q", e.Type, e.Description, r.kind, r.says)
		}
		if diff := cmp.Diff(r.changes, told(e)); r.changes != nil && diff != "" {
			t.Errorf("%s: %s", e.Type, diff)
		}
	}
	elsewhere := []string{"account.", "api_key.", "permissions.", "workflow.failed", "workflow.webhook_called", "settings.mail_tested"} // packages auth, automation and mail write them
	for _, row := range l.catalog.Types() {
		ours := slices.Contains([]string{"calendars", "communications", "settings", "automation", "payments"}, row.Module)
		if together := strings.Contains(string(row.Type), ".bulk_"); together {
			continue // TestEveryObjectIsChangedTogether
		}
		if ours && !seen[row.Type] && !slices.ContainsFunc(elsewhere, func(p string) bool { return strings.HasPrefix(string(row.Type), p) }) {
			t.Errorf("%s was never written", row.Type)
		}
	}
}

// made is an act that makes a record and keeps it.
func (l *life) made(rec **crm.Record, object string, pairs ...string) func() error {
	return func() (err error) {
		*rec, err = l.try(object, pairs...)
		return err
	}
}

func (l *life) edited(rec **crm.Record, pairs ...string) func() error {
	return func() error { return l.edit(*rec, pairs...) }
}

func (l *life) deleted(rec **crm.Record) func() error {
	return func() error { return l.delete(*rec) }
}

// back restores a record that was deleted; what leads its operation is the restore.
func (l *life) back(rec **crm.Record, word string) row {
	return row{act: func() error { l.restored(*rec); return nil }, kind: "audit.restore_applied", says: "Restored " + word}
}

func (l *life) calendarRows() []row {
	var cal, visit *crm.Record
	cal = l.make("calendar", "name", "Spare")
	on := string(cal.ID)
	return []row{
		{l.made(&cal, "calendar", "name", "Showroom"), "calendar.created", `Created calendar "Showroom"`, []string{"name: nothing -> Showroom", "active: nothing -> yes"}},
		{l.edited(&cal, "colour", "teal"), "calendar.updated", `Updated Colour of calendar "Showroom"`, []string{"colour: nothing -> teal"}},
		{l.edited(&cal, "active", "false"), "calendar.deactivated", `Deactivated calendar "Showroom"`, []string{"active: yes -> no"}},
		{l.edited(&cal, "active", "true"), "calendar.activated", `Activated calendar "Showroom"`, []string{"active: no -> yes"}},
		{l.deleted(&cal), "calendar.deleted", `Deleted calendar "Showroom"`, nil},
		l.back(&cal, `calendar "Showroom"`),
		{l.made(&visit, "appointment", "title", "Visit", "calendar", on, "contact", string(l.bo.ID), "start", "2026-03-02T10:00:00Z", "end", "2026-03-02T11:00:00Z"), "appointment.created", `Created appointment "Visit"`,
			[]string{"calendar: nothing -> Spare", "contact: nothing -> Bo", "title: nothing -> Visit", "start: nothing -> 2026-03-02 10:00 UTC", "end: nothing -> 2026-03-02 11:00 UTC", "status: nothing -> New"}},
		{l.edited(&visit, "location", "Here"), "appointment.updated", `Updated Location of appointment "Visit"`, []string{"location: nothing -> Here"}},
		{l.edited(&visit, "end", "2026-03-02T12:00:00Z"), "appointment.rescheduled", `Rescheduled appointment "Visit" to 2026-03-02 10:00 – 12:00 UTC`, []string{"end: 2026-03-02 11:00 UTC -> 2026-03-02 12:00 UTC"}},
		{l.edited(&visit, "status", "no_show"), "appointment.status_changed", `Changed the status of appointment "Visit" from New to No-show`, []string{"status: New -> No-show"}},
		{l.edited(&visit, "status", "cancelled"), "appointment.cancelled", `Cancelled appointment "Visit"`, []string{"status: No-show -> Cancelled"}},
		{l.edited(&visit, "assignee", string(l.ana.ID)), "appointment.reassigned", `Reassigned appointment "Visit" from nothing to Ana Silva`, []string{"assignee: nothing -> Ana Silva"}},
		{l.deleted(&visit), "appointment.deleted", `Deleted appointment "Visit"`, nil},
		l.back(&visit, `appointment "Visit"`),
	}
}

func (l *life) communicationRows() []row {
	var talk, said, letter, offer, text *crm.Record
	keep := l.make("conversation", "contact", string(l.bo.ID), "channel", "call")
	in := string(keep.ID)
	post := string(l.make("conversation", "contact", string(l.bo.ID), "channel", "email").ID)
	return []row{
		{l.made(&talk, "conversation", "contact", string(l.bo.ID), "channel", "note"), "conversation.created", `Created conversation "Note about Bo"`, nil},
		{l.edited(&talk, "channel", "sms"), "conversation.updated", `Updated Channel of conversation "SMS with Bo"`, []string{"channel: Note -> SMS"}},
		{l.edited(&talk, "assignee", string(l.ana.ID)), "conversation.assigned", `Assigned conversation "SMS with Bo" from nothing to Ana Silva`, []string{"assignee: nothing -> Ana Silva"}},
		{l.edited(&talk, "status", "closed"), "conversation.closed", `Closed conversation "SMS with Bo"`, []string{"status: Open -> Closed"}},
		{l.edited(&talk, "status", "open"), "conversation.reopened", `Reopened conversation "SMS with Bo"`, []string{"status: Closed -> Open"}},
		{l.edited(&talk, "starred", "true"), "conversation.starred", `Starred conversation "SMS with Bo"`, []string{"starred: nothing -> yes"}},
		{l.deleted(&talk), "conversation.deleted", `Deleted conversation "SMS with Bo"`, nil},
		l.back(&talk, `conversation "SMS with Bo"`),
		{l.made(&said, "message", "conversation", in, "direction", "in", "from", "bo@example.com", "subject", "Hello", "body", "B"), "message.received", `Received message "Hello" from bo@example.com`, nil},
		{l.made(&letter, "message", "conversation", in, "to", "bo@example.com", "subject", "Quote", "body", "B"), "message.created", `Created message "Quote"`, nil},
		{l.edited(&letter, "body", "C"), "message.updated", `Updated Text of message "Quote"`, []string{"body: B -> C"}},
		{l.edited(&letter, "status", "failed", "error", "No mailbox."), "message.failed", `Could not send message "Quote": No mailbox.`, []string{"status: Draft -> Failed", "error: nothing -> No mailbox."}},
		{l.edited(&letter, "status", "sent"), "message.sent", `Sent message "Quote" to bo@example.com`, nil},
		{l.deleted(&letter), "message.deleted", `Deleted message "Quote"`, nil},
		l.back(&letter, `message "Quote"`),
		{l.made(&offer, "message", "conversation", post, "subject", "Offer", "body", "B"), "message.created", `Created message "Offer"`, nil},
		{l.edited(&offer, "status", "queued"), "message.queued", `Queued message "Offer" to bo@example.com`, []string{"to: nothing -> bo@example.com", "status: Draft -> Queued"}},
		{l.made(&text, "template", "name", "Thanks", "body", "Dear …"), "template.created", `Created template "Thanks"`, nil},
		{l.edited(&text, "subject", "Thank you"), "template.updated", `Updated Subject of template "Thanks"`, []string{"subject: nothing -> Thank you"}},
		{l.deleted(&text), "template.deleted", `Deleted template "Thanks"`, nil},
		l.back(&text, `template "Thanks"`),
	}
}

func (l *life) settingRows() []row {
	var profile, line, shop *crm.Record
	return []row{
		{l.made(&profile, "business_profile", "name", "Acme"), "business_profile.created", `Created business profile "Acme"`, nil},
		{l.edited(&profile, "city", "Porto"), "settings.business_profile_updated", `Updated City of business profile "Acme"`, []string{"city: nothing -> Porto"}},
		{l.made(&line, "phone_number", "number", "+44 20 7946 0001"), "phone_number.added", `Added phone number "+44 20 7946 0001"`, nil},
		{l.edited(&line, "label", "Desk"), "phone_number.updated", `Updated Label of phone number "+44 20 7946 0001"`, nil},
		{l.deleted(&line), "phone_number.released", `Released phone number "+44 20 7946 0001"`, nil},
		l.back(&line, `phone number "+44 20 7946 0001"`),
		{l.made(&shop, "integration", "provider", "Stripe", "api_key", "one"), "integration.created", `Created integration "Stripe"`, nil},
		{l.edited(&shop, "scopes", "refunds"), "integration.updated", `Updated Scopes of integration "Stripe"`, []string{"scopes: nothing -> refunds"}},
		{l.edited(&shop, "api_key", "two"), "integration.key_rotated", `Changed the API key of integration "Stripe"`, []string{"api_key: nothing -> nothing"}}, // it is a secret
		{l.edited(&shop, "status", "disconnected"), "integration.disconnected", `Disconnected integration "Stripe"`, []string{"status: Connected -> Disconnected"}},
		{l.edited(&shop, "status", "connected"), "integration.connected", `Connected integration "Stripe"`, []string{"status: Disconnected -> Connected"}},
		{l.deleted(&shop), "integration.deleted", `Deleted integration "Stripe"`, nil},
		l.back(&shop, `integration "Stripe"`),
	}
}

func (l *life) automationRows() []row {
	var flow *crm.Record
	return []row{
		{l.made(&flow, "workflow", "name", "Welcome", "trigger", "contact.created"), "workflow.created", `Created workflow "Welcome"`, nil},
		{l.edited(&flow, "folder", "Leads"), "workflow.updated", `Updated Folder of workflow "Welcome"`, nil},
		{l.edited(&flow, "steps", `[{"action":"add_tag","settings":"{\"tag\":\"new\"}"},{"action":"wait","settings":"{\"amount\":1,\"unit\":\"days\"}"}]`), "workflow.steps_changed", `Changed the steps of workflow "Welcome"`, []string{"steps: nothing -> Add a tag, {\"tag\":\"new\"}; Wait, {\"amount\":1,\"unit\":\"days\"}"}},
		{l.edited(&flow, "enabled", "true"), "workflow.enabled", `Enabled workflow "Welcome"`, []string{"enabled: nothing -> yes"}},
		{l.edited(&flow, "enabled", "false"), "workflow.disabled", `Disabled workflow "Welcome"`, []string{"enabled: yes -> no"}},
		{l.edited(&flow, "name", "Hello"), "workflow.renamed", `Renamed workflow "Welcome" to "Hello"`, []string{"name: Welcome -> Hello"}},
		{l.deleted(&flow), "workflow.deleted", `Deleted workflow "Hello"`, nil},
		l.back(&flow, `workflow "Hello"`),
	}
}

func (l *life) paymentRows() []row {
	var draft, bill, pay, later *crm.Record
	of := l.invoice("status", "sent", "items", `[{"name":"Design","quantity":"10","price":"100","tax":"20"}]`)
	paid := func(rec **crm.Record, more ...string) func() error {
		return l.made(rec, "payment", append([]string{"invoice", string(of.ID), "amount", "1200", "method", "card"}, more...)...)
	}
	return []row{
		{l.made(&draft, "invoice", "contact", string(l.bo.ID), "currency", "EUR"), "invoice.created", `Created invoice "INV-000002"`,
			[]string{"number: nothing -> INV-000002", "contact: nothing -> Bo", "currency: nothing -> EUR", "total: nothing -> 0.00 EUR", "paid: nothing -> 0.00 EUR", "status: nothing -> Draft"}},
		{l.edited(&draft, "items", `[{"name":"Oak","quantity":"3","price":"1200","tax":"10"}]`), "invoice.updated", `Updated Lines and Total of invoice "INV-000002"`,
			[]string{"items: nothing -> Oak, 3, 1,200.00 EUR, 10", "total: 0.00 EUR -> 3,960.00 EUR"}},
		{l.deleted(&draft), "invoice.deleted", `Deleted invoice "INV-000002"`, nil},
		l.back(&draft, `invoice "INV-000002"`),
		{l.edited(&draft, "status", "sent", "issued", "2026-03-01"), "invoice.sent", `Sent invoice "INV-000002" over 3,960.00 EUR`, []string{"status: Draft -> Sent", "issued: nothing -> 2026-03-01"}},
		{l.edited(&draft, "status", "void"), "invoice.voided", `Voided invoice "INV-000002"`, []string{"status: Sent -> Void"}},
		{l.made(&bill, "invoice", "contact", string(l.bo.ID), "currency", "EUR", "status", "sent", "items", `[{"name":"a","quantity":"1","price":"1"}]`), "invoice.sent", `Sent invoice "INV-000003" over 1.00 EUR`, nil},
		{paid(&pay), "payment.received", `Received payment "1,200.00 GBP for INV-000001"`, nil},
		{l.edited(&pay, "reference", "R1"), "payment.updated", `Updated Reference of payment "1,200.00 GBP for INV-000001"`, []string{"reference: nothing -> R1"}},
		{l.edited(&pay, "status", "refunded"), "payment.refunded", `Refunded 1,200.00 GBP of payment "1,200.00 GBP for INV-000001"`, []string{"status: Succeeded -> Refunded", "refunded: nothing -> 1,200.00 GBP"}},
		{paid(&later, "status", "pending"), "payment.created", `Created payment "1,200.00 GBP for INV-000001"`, nil},
		{l.edited(&later, "status", "failed"), "payment.status_changed", `Changed the status of payment "1,200.00 GBP for INV-000001" from Pending to Failed`, []string{"status: Pending -> Failed"}},
		{l.deleted(&later), "payment.deleted", `Deleted payment "1,200.00 GBP for INV-000001"`, nil},
		l.back(&later, `payment "1,200.00 GBP for INV-000001"`),
	}
}
