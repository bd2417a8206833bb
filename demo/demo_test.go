package demo_test

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/agency"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/demo"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/internal/replay"
	"github.com/backtrail/backtrail/restore"
	"github.com/backtrail/backtrail/store"
	"github.com/backtrail/backtrail/workspace"
)

// life is a demo that was filled for the tests, with its end as the present.
type life struct {
	db      *store.DB
	w       *workspace.Workspace
	account audit.AccountID
	now     time.Time
}

// light is a hash of passwords that costs next to nothing.
var light = argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// options are those of a life that ends now.
func options(now time.Time) demo.Options { return demo.Options{Now: now, Seed: 7, Hashing: &light} }

func fill(t *testing.T, now time.Time) life {
	t.Helper()
	db := dbtest.Open(t)
	account, err := demo.Fill(t.Context(), db, options(now))
	if err != nil {
		t.Fatal(err)
	}
	return lifeIn(t, db, account, now)
}

func lifeIn(t *testing.T, db *store.DB, account audit.AccountID, now time.Time) life {
	t.Helper()
	w, err := workspace.New(db, workspace.Options{Clock: func() time.Time { return now }, Hashing: &light})
	if err != nil {
		t.Fatal(err)
	}
	return life{db, w, account, now}
}

// noon is the end of the life that several tests look at, each in a copy of its own.
var noon = time.Date(2026, 5, 20, 14, 30, 0, 0, time.UTC)

var (
	scratch  string
	lived    audit.AccountID
	original = dbtest.Original{Folder: func() string { return scratch }, Fill: func(db *store.DB) (err error) {
		lived, err = demo.Fill(context.Background(), db, options(noon))
		return err
	}}
)

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "backtrail-demo-"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(scratch)
	os.Exit(code)
}

func TestFill(t *testing.T) {
	t.Parallel()
	db := original.Copy(t) // which sets lived
	l := lifeIn(t, db, lived, noon)
	events := replay.Check(t, l.db, l.account)
	l.checkTimes(t, events)
	l.checkTypes(t, events)
	l.checkRecords(t)
	l.checkDeletions(t, events)
	l.checkLogins(t)
	l.checkAgency(t)
}

// TestFillAtNight fills on a Sunday before dawn, on the day on which summer time ends; and again, to the same life.
func TestFillAtNight(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 10, 25, 1, 10, 0, 0, time.UTC)
	l := fill(t, now)
	events := replay.Check(t, l.db, l.account)
	l.checkTimes(t, events)
	l.checkDeletions(t, events)
	again := fill(t, now)
	if diff := cmp.Diff(told(events), told(replay.Check(t, again.db, again.account))); diff != "" {
		t.Errorf("the same seed gave another life (-first +second):\n%s", diff)
	}
}

// told is what a person reads of events.
func told(events []*audit.Event) []string {
	var lines []string
	for _, e := range events {
		lines = append(lines, e.OccurredAt.Format(audit.TimeLayout)+" "+e.Actor.Name+" "+e.Context.IP+": "+e.Description)
	}
	return lines
}

// checkTimes: within the ninety days, in the order of the ledger, ids included.
func (l life) checkTimes(t *testing.T, events []*audit.Event) {
	t.Helper()
	var last *audit.Event
	for _, e := range events {
		if e.OccurredAt.After(l.now) || e.OccurredAt.Before(l.now.AddDate(0, 0, -demo.Days-1)) {
			t.Errorf("%s happened at %s", e.Type, e.OccurredAt)
		}
		if last != nil && (e.OccurredAt.Before(last.OccurredAt) || e.ID <= last.ID) {
			t.Errorf("%s (%s, %s) comes behind %s (%s, %s)", e.Type, e.OccurredAt, e.ID, last.Type, last.OccurredAt, last.ID)
		}
		last = e
	}
	if last.OccurredAt.Before(l.now.Add(-time.Hour)) {
		t.Errorf("the last event was at %s", last.OccurredAt)
	}
}

// checkTypes wants every kind of event that happens in the modules that are there, each from somewhere.
func (l life) checkTypes(t *testing.T, events []*audit.Event) {
	t.Helper()
	seen := map[audit.Type]int{}
	for _, e := range events {
		seen[e.Type]++
		if e.Description == "" || e.Description != strings.TrimSpace(e.Description) || e.Actor.Name == "" {
			t.Errorf("%s has no actor, or the description %q", e.Type, e.Description)
		}
		if (e.Channel == audit.Web || e.Channel == audit.API) && (e.Context.IP == "" || e.Context.UserAgent == "" || e.Context.Request == "") {
			t.Errorf("%s %q comes from nowhere: %+v", e.Type, e.Description, e.Context)
		}
	}
	var missing []audit.Type
	for _, row := range l.w.Catalog.Types() {
		if seen[row.Type] == 0 {
			missing = append(missing, row.Type)
		}
	}
	// What nobody in this company does.
	rare := []audit.Type{"company.deleted", "company.restored", "note.updated", "task.updated", "stage.updated", "stage.restored",
		"pipeline.updated", "pipeline.renamed", "pipeline.restored", "opportunity.restored", "opportunity.pipeline_changed",
		"audit.settings_updated", "audit.export_retried", "audit.checkpoint_exported", // they have no auditor outside
		"audit.view_updated", "audit.view_deleted", // the two that they have suit them
		"audit.alert_created", "audit.alert_deleted", "audit.alert_failed", "audit.alert_tested", // they have one that was ready-made
		"staff.reactivated", "staff.removed", "staff.restored", "note.deleted", "note.restored", "task.deleted", "task.restored",
		"calendar.updated", "calendar.deleted", "calendar.restored", "appointment.deleted", "appointment.restored",
		"template.updated", "template.deleted", "template.restored", "integration.deleted", "integration.restored", "phone_number.restored",
		"workflow.deleted", "workflow.restored", "invoice.deleted", "invoice.restored", "payment.updated", "payment.deleted", "payment.restored",
		"conversation.updated", "message.updated"}
	for _, m := range missing {
		together := strings.HasSuffix(string(m), ".bulk_updated") || strings.HasSuffix(string(m), ".bulk_deleted") // but for contacts, below
		if !slices.Contains(rare, m) && !together {
			t.Errorf("the demo has no %s", m)
		}
	}
	if seen["contact.bulk_updated"] != 3 || seen["contact.merged"] != 1 {
		t.Errorf("contacts were changed together %d times and merged %d times", seen["contact.bulk_updated"], seen["contact.merged"])
	}
	if n := len(events); n < 4000 || n > 9000 {
		t.Errorf("the demo has %d events", n)
	}
}

func (l life) count(t *testing.T, object string) map[string]int {
	t.Helper()
	o, err := l.w.Schema.Object(object)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]string{"opportunity": "status", "staff": "status", "stage": "pipeline"}[object]
	if by == "" {
		by = o.Fields[0].Key
	}
	groups, err := l.w.Engine.Tally(t.Context(), auth.SystemCaller(l.account, "Test"), crm.Query{Object: o}, by, "")
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, g := range groups {
		counts[g.Key] = g.Count
		counts["all"] += g.Count
	}
	return counts
}

func (l life) checkRecords(t *testing.T) {
	t.Helper()
	for _, want := range []struct {
		object, key string
		low, high   int
	}{
		{"staff", "active", 5, 5}, {"staff", "invited", 1, 1}, {"staff", "deactivated", 1, 1},
		{"contact", "all", 380, 420}, {"company", "all", 80, 80}, {"pipeline", "all", 2, 2}, {"stage", "all", 10, 10},
		{"opportunity", "all", 285, 320}, {"opportunity", "open", 40, 160}, {"opportunity", "won", 60, 180}, {"opportunity", "lost", 40, 160},
		{"note", "all", 200, 700}, {"task", "all", 120, 500},
	} {
		if got := l.count(t, want.object)[want.key]; got < want.low || got > want.high {
			t.Errorf("%s %s: %d, not between %d and %d", want.object, want.key, got, want.low, want.high)
		}
	}
}

// checkDeletions wants one pipeline that can be restored whole, and one that no longer can.
func (l life) checkDeletions(t *testing.T, events []*audit.Event) {
	t.Helper()
	got := map[string]restore.State{}
	for _, e := range events {
		if e.Type != "pipeline.deleted" && e.Type != "contact.deleted" {
			continue
		}
		plan, err := l.w.Restore.Preview(t.Context(), auth.SystemCaller(l.account, "Test"), e.ID, restore.Request{})
		if err != nil {
			t.Fatalf("preview of %q: %v", e.Description, err)
		}
		name := e.Record.Name
		if e.Type == "contact.deleted" {
			name = "a contact"
		}
		if plan.Merge != nil {
			name = "a double"
		}
		got[name] = plan.State
		if name == "Trade fair leads" {
			want := []restore.Count{{Object: "pipeline", Count: 1}, {Object: "stage", Count: 5}, {Object: "opportunity", Count: 40}}
			if !slices.Equal(plan.Restores, want) || plan.Unresolved != 0 {
				t.Errorf("the restore of %s would bring back %v with %d conflicts", name, plan.Restores, plan.Unresolved)
			}
		}
	}
	want := map[string]restore.State{"Trade fair leads": restore.Available, "Spring showroom": restore.Expired, "a contact": restore.Restored, "a double": restore.Available}
	if !maps.Equal(got, want) {
		t.Errorf("deletions: %v, want %v", got, want)
	}
}

func (l life) checkLogins(t *testing.T) {
	t.Helper()
	for _, login := range demo.Logins {
		in, err := l.w.Auth.Login(t.Context(), login.Email, demo.Password, audit.Origin{Channel: audit.Web})
		if err != nil {
			t.Fatalf("%s: %v", login.Email, err)
		}
		if in.Memberships[0].Role != login.Role {
			t.Errorf("%s is %s, not %s", login.Email, in.Memberships[0].Role, login.Role)
		}
	}
}

// checkAgency: the agency sees the logs of its two accounts as one, with something that happened just now, and not the house's.
func (l life) checkAgency(t *testing.T) {
	t.Helper()
	in, err := l.w.Auth.Login(t.Context(), "agency@demo.test", demo.Password, audit.Origin{Channel: audit.Web})
	if err != nil {
		t.Fatal(err)
	}
	id, err := l.w.Auth.Authenticate(t.Context(), auth.Credentials{Cookie: in.Token})
	if err != nil {
		t.Fatal(err)
	}
	view, err := l.w.Agency.View(t.Context(), id, nil)
	if err != nil {
		t.Fatal(err)
	}
	found, err := view.Events(t.Context(), agency.Query{Limit: 500}, "")
	if err != nil {
		t.Fatal(err)
	}
	types := map[audit.AccountID]map[audit.Type]int{}
	for i, e := range found.Events {
		parsed, err := e.Event()
		if err != nil {
			t.Fatal(err)
		}
		if types[e.Account] == nil {
			types[e.Account] = map[audit.Type]int{}
			replay.Check(t, l.db, e.Account)
		}
		types[e.Account][parsed.Type]++
		if parsed.OccurredAt.After(l.now) || i == 0 && parsed.OccurredAt.Before(l.now.Add(-time.Hour)) {
			t.Errorf("%q happened at %s", parsed.Description, parsed.OccurredAt)
		}
	}
	if len(view.All) != 2 || len(types) != 2 || types[l.account] != nil {
		t.Errorf("it sees %d accounts, and events of %v", len(view.All), types)
	}
	for account, seen := range types {
		for _, kind := range []audit.Type{"contact.restored", "opportunity.stage_changed", "staff.joined"} {
			if seen[kind] == 0 {
				t.Errorf("in %s there is no %s", account, kind)
			}
		}
	}
}
