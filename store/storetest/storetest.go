// Package storetest is the conformance suite of package store: everything that its callers rely on, run on each
// database. What is particular to one (its files, its triggers, its query plans) is tested beside it.
package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/store"
)

// Run runs the suite. open makes a new, empty database that is closed when the test ends; no sealer runs on it.
func Run(t *testing.T, open func(t *testing.T) *store.DB) {
	for _, part := range []struct {
		name string
		test func(t *testing.T, db *store.DB)
	}{
		{"write/neighbours", testNeighbours},
		{"write/queued", testQueuedIsNotRun},
		{"write/nested", testNestedWrite},
		{"write/failed statement", testFailedStatement},
		{"write/after the end", testAfterTheEnd},
		{"write/snapshot", testSnapshot},
		{"events/order", testOrderOfTheLog},
		{"events/several accounts", testSeveralAccounts},
		{"events/taken ids", testTakenIDs},
		{"events/unicode", testUnicode},
		{"events/paging", testPaging},
		{"events/random filters", testRandomFilters},
		{"events/large operation", testLargeOperation},
		{"events/operation", testOperation},
		{"events/words", testWords},
		{"events/undone", testUndone},
		{"events/deletion", testDeletion},
		{"events/several logs as one", testAgency},
		{"events/histogram", testHistogram},
		{"seal/concurrent", testSealConcurrently},
		{"seal/between batches", testSealBetweenBatches},
		{"seal/first since", testFirstSince},
		{"records/round trip", testRecords},
		{"records/conflicts", testConflicts},
		{"records/referrers", testReferrers},
		{"records/random queries", testRandomQueries},
		{"records/sorting", testSorting},
		{"records/tally", testTally},
		{"records/edges", testEdges},
		{"records/secrets", testSecrets},
		{"records/definitions", testDefinitions},
		{"auth", testAuth},
		{"auth/members", testMembers},
		{"auth/ways", testWays},
		{"auth/roles", testRoleTables},
		{"jobs", testJobs},
		{"jobs/with records", testTxJobs},
		{"automation/cursors", testCursors},
		{"automation/runs", testRuns},
		{"automation/turns", testTurns},
		{"publish/targets", testTargets},
		{"publish/heads", testHeads},
		{"views", testViews},
		{"alerts", testAlerts},
		{"alerts/readers", testReaders},
		{"accounts are apart", testAccountsApart},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, open(t)) })
	}
}

// RunFilters runs the part that compares what filters find with their definitions.
func RunFilters(t *testing.T, db *store.DB) { testRandomFilters(t, db) }

const (
	acme  audit.AccountID = "01890000-0000-7000-8000-00000000000a"
	other audit.AccountID = "01890000-0000-7000-8000-00000000000b"
)

var start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

var ids = audit.NewIDSource(time.Now)

func newID() audit.RecordID { return audit.RecordID(ids.Next()) }

// happening makes an event by itself, with what change says different.
func happening(account audit.AccountID, at time.Time, change ...func(*audit.Event)) *audit.Event {
	e := &audit.Event{ID: audit.EventID(ids.Next()), Account: account, OccurredAt: at, RecordedAt: at,
		Actor: audit.Actor{Type: audit.User, ID: "ana", Name: "Ana Silva"}, Channel: audit.Web, Module: "contacts",
		Type: "contact.updated", Action: audit.Updated, Outcome: audit.Success,
		Record: &audit.Ref{Object: "contact", ID: newID(), Name: "Acme"}, Description: "Updated contact"}
	e.Operation = audit.OperationID(e.ID)
	for _, c := range change {
		c(e)
	}
	return e
}

// operation makes n events of one operation, in the order of their ids; the first one leads.
func operation(account audit.AccountID, at time.Time, n int, change ...func(*audit.Event)) []*audit.Event {
	events := make([]*audit.Event, n)
	for i := range events {
		events[i] = happening(account, at, change...)
		events[i].Operation = audit.OperationID(events[0].ID)
	}
	if n > 1 {
		events[0].Size = n
	}
	return events
}

// write appends each list in a transaction of its own, the first event of a list last, as the recorder does.
func write(t *testing.T, db *store.DB, account audit.AccountID, lists ...[]*audit.Event) {
	t.Helper()
	for _, events := range lists {
		if err := db.WriteRecords(t.Context(), account, func(tx crm.Tx) error {
			return tx.AppendEvents(t.Context(), encoded(append(slices.Clone(events[1:]), events[0])))
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func encoded(events []*audit.Event) []audit.Encoded {
	out := make([]audit.Encoded, len(events))
	for i, e := range events {
		out[i] = audit.Encoded{Event: e, Body: e.AppendCanonical(nil)}
	}
	return out
}

func seal(t *testing.T, db *store.DB) {
	t.Helper()
	if err := db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// page reads one page of the log.
func page(t *testing.T, db *store.DB, account audit.AccountID, q audit.Query) audit.Page {
	t.Helper()
	p, err := db.Events(t.Context(), account, q)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// pages reads the whole answer, in pages of q.Limit.
func pages(t *testing.T, db *store.DB, account audit.AccountID, q audit.Query) []audit.Stored {
	t.Helper()
	var out []audit.Stored
	for {
		p := page(t, db, account, q)
		if len(p.Events) > q.Limit {
			t.Fatalf("a page of %d has %d events", q.Limit, len(p.Events))
		}
		out = append(out, p.Events...)
		if p.Next.IsZero() {
			return out
		}
		q.After = p.Next
	}
}

func eventIDs(t *testing.T, events []audit.Stored) []audit.EventID {
	t.Helper()
	out := []audit.EventID{}
	for _, s := range events {
		e, err := s.Event()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e.ID)
	}
	return out
}

func is(p audit.Property, values ...string) audit.Is { return audit.Is{Property: p, Values: values} }

// records runs fn in a transaction that must succeed.
func records(t *testing.T, db *store.DB, account audit.AccountID, fn func(ctx context.Context, tx crm.Tx) error) {
	t.Helper()
	if err := db.WriteRecords(t.Context(), account, func(tx crm.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

// view runs fn on a snapshot; it must succeed.
func view(t *testing.T, db *store.DB, account audit.AccountID, fn func(ctx context.Context, v crm.View) error) {
	t.Helper()
	if err := db.ReadRecords(t.Context(), account, func(v crm.View) error { return fn(t.Context(), v) }); err != nil {
		t.Fatal(err)
	}
}

// row is a record of an object with just a name.
func row(object string, id audit.RecordID, name string) crm.Row {
	return crm.Row{Record: crm.Record{Object: object, ID: id, Name: name, Version: 1, CreatedAt: start, UpdatedAt: start,
		Fields: map[string]audit.Value{"name": audit.String(name)}}, Search: name}
}

func exists(t *testing.T, db *store.DB, account audit.AccountID, object string, id audit.RecordID) bool {
	t.Helper()
	var n int
	view(t, db, account, func(ctx context.Context, v crm.View) error {
		rows, err := v.Rows(ctx, object, []audit.RecordID{id})
		n = len(rows)
		return err
	})
	return n == 1
}

func numbered(n int) audit.RecordID {
	return audit.RecordID(fmt.Sprintf("01890000-0000-7000-8000-%012d", n))
}
