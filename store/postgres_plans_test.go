package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/internal/dbtest"
)

// TestPlansOfPostgres holds in place how the log is read there, with the policies in force: down an index in the order
// of the log, never by sorting an account or reading all of it.
func TestPlansOfPostgres(t *testing.T) {
	db := dbtest.Postgres(t)
	first := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var sample *audit.Event
	const events = 6000
	for n := 0; n < events; {
		account := audit.AccountID([]string{"a", "b"}[n%2])
		if err := db.WriteRecords(t.Context(), account, func(tx crm.Tx) error {
			var some []audit.Encoded
			for range 300 {
				n++
				at := first.Add(time.Duration(n) * time.Minute)
				e := &audit.Event{ID: audit.EventID(testIDs.Next()), Account: account, OccurredAt: at, RecordedAt: at, Actor: audit.Actor{Type: audit.User, ID: audit.ActorID(fmt.Sprint("user", n%7))},
					Channel: audit.Web, Module: "contacts", Type: "contact.updated", Action: audit.Updated, Outcome: audit.Success,
					Record: &audit.Ref{Object: "contact", ID: audit.RecordID(fmt.Sprint("record", n%500)), Name: "Acme"}, Description: "Updated contact"}
				if n%5 < 2 {
					e.Record.ID = "busy"
				}
				e.Operation = audit.OperationID(e.ID)
				some = append(some, audit.Encoded{Event: e, Body: e.AppendCanonical(nil)})
				if account == "a" {
					sample = e
				}
			}
			return tx.AppendEvents(t.Context(), some)
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.Change(t.Context(), "*", "ANALYZE events, pending, undone"); err != nil {
		t.Fatal(err)
	}
	is := func(p audit.Property, v ...string) audit.Expr { return audit.Is{Property: p, Values: v} }
	for _, tt := range []struct {
		name   string
		filter audit.Filter
		after  audit.Position
		index  string
	}{
		{name: "newest page", index: "events_time"},
		{name: "a later page", after: audit.Position{OccurredAt: first.Add(1000 * time.Minute), ID: sample.ID}, index: "events_time"},
		{name: "between", filter: audit.Filter{From: first.Add(time.Hour), To: first.Add(50 * time.Hour)}, index: "events_time"},
		{name: "user", filter: audit.Filter{Where: is(audit.ByUser, "user3")}, index: "events_time"},
		{name: "user who did nothing", filter: audit.Filter{Where: is(audit.ByUser, "nobody")}, index: "events_time"},
		{name: "type", filter: audit.Filter{Where: is(audit.ByType, "contact.*", "*.deleted")}, index: "events_time"},
		{name: "words", filter: audit.Filter{Where: audit.Text{Words: []string{"acme"}}}, index: "events_time"},
		{name: "record", filter: audit.Filter{Where: is(audit.ByRecord, "record17")}, index: "events_record"},
		{name: "record that is most of the log", filter: audit.Filter{Where: is(audit.ByRecord, "busy")}, index: "events_record"},
		{name: "record, a later page", filter: audit.Filter{Where: is(audit.ByRecord, "busy")}, after: audit.Position{OccurredAt: first.Add(1000 * time.Minute), ID: sample.ID}, index: "events_record"},
		{name: "cause", filter: audit.Filter{Where: is(audit.ByCause, string(sample.ID))}, index: "events_cause"},
	} {
		plans, err := db.Explain(context.WithoutCancel(t.Context()), "a", audit.Query{Filter: tt.filter, After: tt.after, Limit: 50})
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		found := false
		for text, plan := range plans {
			if !strings.Contains(text, "FROM events") {
				continue
			}
			found = found || strings.Contains(plan, "using "+tt.index) || strings.Contains(plan, "on "+tt.index)
			few := tt.index != "events_time" // what an index of its own finds is sorted: it is little
			if strings.Contains(plan, "Seq Scan on events") || !few && strings.Contains(plan, "Sort") {
				t.Errorf("%s reads or sorts too much:\n%s\n%s", tt.name, text, plan)
			}
		}
		if !found {
			t.Errorf("%s does not read by %s: %v", tt.name, tt.index, plans)
		}
	}
}
