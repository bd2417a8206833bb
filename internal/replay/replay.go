// Package replay checks, in tests, that a log is complete: folding an account's sealed events from the first to the last
// gives exactly its present records.
package replay

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/modules"
	"github.com/backtrail/backtrail/store"
)

// page is how much is read at a time.
const page = 500

// Check seals what waits, compares the log with the records, and returns the events in the order of the ledger.
func Check(t testing.TB, db *store.DB, account audit.AccountID) []*audit.Event {
	t.Helper()
	if err := db.Seal(t.Context()); err != nil {
		t.Fatalf("seal: %v", err)
	}
	schema, _, err := modules.All()
	if err != nil {
		t.Fatal(err)
	}
	err = db.ReadRecords(t.Context(), account, func(v crm.View) error {
		definitions, err := v.Definitions(t.Context())
		schema = schema.With(definitions)
		return err
	})
	if err != nil {
		t.Fatalf("read the definitions: %v", err)
	}
	events := ledger(t, db, account)
	told := crm.State{}
	for _, e := range events {
		told.Apply(schema, e)
	}
	held := records(t, db, schema, account)
	for key, rec := range held {
		if diff := cmp.Diff(rec, told[key]); diff != "" {
			t.Errorf("%s %s: the records and the log differ (-record +log):\n%s", key.Object, key.ID, diff)
		}
	}
	for key, rec := range told {
		if held[key] == nil {
			t.Errorf("the log tells of the %s %q, which is not there", key.Object, rec.Name)
		}
	}
	return events
}

// ledger returns the account's events by seq, and checks that each has its place.
func ledger(t testing.TB, db *store.DB, account audit.AccountID) []*audit.Event {
	t.Helper()
	bySeq := map[int64]*audit.Event{}
	for q := (audit.Query{Limit: page}); ; {
		got, err := db.Events(t.Context(), account, q)
		if err != nil {
			t.Fatalf("read the log: %v", err)
		}
		for _, s := range got.Events {
			e, err := s.Event()
			if err != nil {
				t.Fatalf("event %d: %v", s.Seq, err)
			}
			bySeq[s.Seq] = e
		}
		if q.After = got.Next; q.After.IsZero() {
			break
		}
	}
	events := make([]*audit.Event, len(bySeq))
	for seq, e := range bySeq {
		if seq < 1 || seq > int64(len(events)) {
			t.Fatalf("the log has %d events, and one of them is the %dth", len(events), seq)
		}
		events[seq-1] = e
	}
	return events
}

// records returns all records of the account.
func records(t testing.TB, db *store.DB, schema *crm.Schema, account audit.AccountID) crm.State {
	t.Helper()
	held := crm.State{}
	err := db.ReadRecords(t.Context(), account, func(v crm.View) error {
		for _, o := range schema.Objects() {
			for q := (crm.Query{Object: o, Sort: "created_at", Limit: page}); ; {
				recs, next, err := v.Find(t.Context(), q)
				if err != nil {
					return err
				}
				for _, rec := range recs {
					forgetSecrets(o, rec)
					held[crm.RecordKey{Object: o.Key, ID: rec.ID}] = rec
				}
				if q.After = next; next == nil {
					break
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("read the records: %v", err)
	}
	return held
}

// forgetSecrets takes out what no event holds.
func forgetSecrets(o *crm.Object, rec *crm.Record) {
	for _, f := range o.Fields {
		if f.Type == crm.Secret {
			delete(rec.Fields, f.Key)
		}
	}
}
