package modules_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/restore"
)

func detail(err error) string { return errs.Of(err).Detail }

// Messages: what went out, failed or came in, whether entered as such or later, and never the text.
func TestMessages(t *testing.T) {
	l := newLife(t)
	talk := l.make("conversation", "contact", string(l.bo.ID), "channel", "email")
	n := len(l.events())
	in := l.make("message", "conversation", string(talk.ID), "direction", "in", "from", "bo@example.com", "subject", "Hello", "body", "SECRET TEXT")
	l.wrote(n, `message.received: Received message "Hello" from bo@example.com`, `message.created: Created message "Hello"`)
	n = len(l.events())
	out := l.make("message", "conversation", string(talk.ID), "to", "bo@example.com", "body", "SECRET TEXT")
	l.must(l.edit(out, "status", "sent"))
	l.must(l.edit(out, "status", "failed", "error", "It came back."))
	l.wrote(n, `message.created: Created message "Message to bo@example.com"`, `message.sent: Sent message "Message to bo@example.com"`,
		`message.failed: Could not send message "Message to bo@example.com": It came back.`)
	if in.Fields["status"].Text() != "received" || in.Fields["sent_at"] == audit.None {
		t.Errorf("an incoming message is %v", in.Fields)
	}
	for _, e := range l.events() {
		if strings.Contains(e.Description, "SECRET") || e.Record != nil && strings.Contains(e.Record.Name, "SECRET") {
			t.Errorf("%s holds the text: %q", e.Type, e.Description)
		}
		if e.Type == "message.sent" {
			if _, err := l.restore.PreviewUndo(t.Context(), l.caller, e.ID, restore.Request{}); detail(err) != "A message that was sent cannot be called back. Send another one that sets it right." {
				t.Errorf("sent is undone: %v", err)
			}
		}
	}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{l.edit(in, "body", "other"), "body already_sent"},
		{l.edit(in, "status", "draft"), "status wrong_direction"},
		{second(l.try("message", "conversation", string(talk.ID), "body", "x", "status", "failed")), "error required"},
		{second(l.try("message", "conversation", string(talk.ID), "body", "x", "status", "received")), "status wrong_direction"},
	} {
		if got := code(tt.err); got != tt.want {
			t.Errorf("%v, want %s", tt.err, tt.want)
		}
	}
}

func TestBadInput(t *testing.T) {
	l := newLife(t)
	cal := l.make("calendar", "name", "C")
	for _, tt := range []struct {
		object, want string
		pairs        []string
	}{
		{"appointment", "end before_start", []string{"calendar", string(cal.ID), "title", "T", "start", "2026-03-01T10:00:00Z", "end", "2026-03-01T09:00:00Z"}},
		{"appointment", "end before_start", []string{"calendar", string(cal.ID), "title", "T", "start", "2026-03-01T10:00:00Z", "end", "2026-03-01T11:00:00+01:00"}},
		{"calendar", "timezone invalid_timezone", []string{"name", "D", "timezone", "Mars/Base"}},
		{"calendar", "slot_minutes out_of_range", []string{"name", "D", "slot_minutes", "0"}},
		{"calendar", "name unique_taken", []string{"name", "c"}},
		{"business_profile", "timezone invalid_timezone", []string{"name", "A", "timezone", "Local"}},
		{"business_profile", "smtp_port out_of_range", []string{"name", "A", "smtp_port", "70000"}},
		{"phone_number", "number invalid_phone", []string{"number", "none"}},
		{"workflow", "trigger invalid_trigger", []string{"name", "W", "trigger", "everything"}},
		{"workflow", "trigger invalid_trigger", []string{"name", "W", "trigger", "*.*"}},
		{"workflow", "steps required", []string{"name", "W", "trigger", "contact.*", "enabled", "true"}},
		{"workflow", "steps invalid_option", []string{"name", "W", "trigger", "contact.*", "steps", `[{"action":"explode"}]`}},
	} {
		if _, err := l.try(tt.object, tt.pairs...); code(err) != tt.want {
			t.Errorf("%s %v: %v, want %s", tt.object, tt.pairs, err, tt.want)
		}
	}
}

// The account has one business profile, for good.
func TestBusinessProfileIsOne(t *testing.T) {
	l := newLife(t)
	profile := l.make("business_profile", "name", "Acme", "smtp_password", "hush")
	if _, err := l.try("business_profile", "name", "Other"); code(err) != "only_one" {
		t.Errorf("a second one: %v", err)
	}
	if err := l.delete(profile); code(err) != "only_one" {
		t.Errorf("it is deleted: %v", err)
	}
	n := len(l.events())
	l.must(l.edit(profile, "smtp_password", "other", "currency", "gbp"))
	l.wrote(n, `settings.business_profile_updated: Updated Currency and SMTP password of business profile "Acme"`)
	for _, e := range l.events() {
		for _, c := range e.Changes {
			if c.Secret && (c.Before != audit.None || c.After != audit.None) {
				t.Errorf("%s holds a secret", e.Type)
			}
		}
	}
	member := l.caller
	member.Actor, member.Permissions = audit.Actor{Type: audit.User, Name: "M"}, map[audit.Permission]bool{audit.RecordsRead: true, audit.RecordsWrite: true}
	for _, object := range []string{"business_profile", "phone_number", "integration"} {
		if _, err := l.engine.Create(t.Context(), member, object, crm.Input{}); !errs.Is(err, errs.Forbidden) {
			t.Errorf("a member makes a %s: %v", object, err)
		}
	}
}

// What goes along with a calendar or a contact comes back exactly.
func TestRestoreIsIdentity(t *testing.T) {
	l := newLife(t)
	cal := l.make("calendar", "name", "Showroom", "owner", string(l.ana.ID))
	visit := l.make("appointment", "calendar", string(cal.ID), "contact", string(l.bo.ID), "title", "Visit", "start", "2026-03-02T10:00:00Z", "end", "2026-03-02T11:00:00Z")
	talk := l.make("conversation", "contact", string(l.bo.ID), "channel", "sms", "starred", "true")
	said := l.make("message", "conversation", string(talk.ID), "direction", "in", "from", "+44 20 7946 0001", "body", "Hello")
	sent := l.make("message", "conversation", string(talk.ID), "to", "+44 20 7946 0001", "body", "Hello", "status", "sent")
	flow := l.make("workflow", "name", "W", "trigger", "*.deleted", "steps", `[{"action":"wait","settings":"{\"amount\":1,\"unit\":\"days\"}"}]`)
	draft := l.make("invoice", "contact", string(l.make("contact", "first_name", "Cy").ID), "currency", "EUR", "items", `[{"name":"a","quantity":"1","price":"2","tax":"5"}]`)
	line := l.make("phone_number", "number", "+44 20 7946 0001", "assignee", string(l.ana.ID))
	for _, tt := range []struct {
		gone  *crm.Record
		along []*crm.Record
	}{{cal, []*crm.Record{visit}}, {talk, []*crm.Record{said, sent}}, {l.bo, []*crm.Record{talk, said, sent}}, {flow, nil}, {draft, nil}, {line, nil}} {
		all := append([]*crm.Record{tt.gone}, tt.along...)
		var before []*crm.Record
		for _, rec := range all {
			before = append(before, l.look(rec))
		}
		l.must(l.delete(tt.gone))
		events := l.events()
		del := events[len(events)-1]
		for _, e := range events {
			if e.Action == audit.Deleted && e.Record.ID == tt.gone.ID {
				del = e
			}
		}
		plan, err := l.restore.Apply(t.Context(), l.caller, del.ID, restore.Request{})
		if err != nil || plan.Unresolved > 0 {
			t.Fatalf("%s: %+v, %v", tt.gone.Name, plan, err)
		}
		for i, rec := range all {
			got := l.look(rec)
			got.Version, got.UpdatedAt = before[i].Version, before[i].UpdatedAt // a restored record is one version on
			if diff := cmp.Diff(before[i], got); diff != "" {
				t.Errorf("%s came back differently:\n%s", rec.Name, diff)
			}
		}
		l.events()
	}
	if l.look(visit).Fields["contact"].Text() != string(l.bo.ID) {
		t.Error("the appointment lost its contact for good")
	}
}

// Who sees only what is assigned to them sees no invoice or payment of others.
func TestMoneyOfOthersIsNotSeen(t *testing.T) {
	l := newLife(t)
	mine := l.make("contact", "first_name", "Mine", "owner", string(l.ana.ID))
	own := l.make("invoice", "contact", string(mine.ID), "currency", "GBP", "items", `[{"name":"a","quantity":"1","price":"2"}]`, "status", "sent")
	theirs := l.invoice("status", "sent")
	paid := []*crm.Record{}
	for _, inv := range []*crm.Record{own, theirs} {
		paid = append(paid, l.make("payment", "invoice", string(inv.ID), "amount", "1", "method", "cash"))
	}
	caller := l.caller
	caller.Actor = audit.Actor{Type: audit.User, ID: audit.ActorID(l.ana.ID), Name: "Ana"}
	caller.Permissions = map[audit.Permission]bool{audit.RecordsRead: true, audit.RecordsWrite: true, audit.RecordsOnlyAssigned: true}
	for _, pair := range [][]*crm.Record{{own, theirs}, paid} {
		o, _ := l.schema.Object(pair[0].Object)
		found, _, err := l.engine.Find(t.Context(), caller, crm.Query{Object: o, Sort: "name", Limit: 10})
		if err != nil || len(found) != 1 || found[0].ID != pair[0].ID {
			t.Errorf("%s: %v, %v", o.Key, found, err)
		}
		if _, err := l.engine.Record(t.Context(), caller, o.Key, pair[1].ID); !errs.Is(err, errs.NotFound) {
			t.Errorf("%s of somebody else: %v", o.Key, err)
		}
	}
}
