package integrity_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/store"
)

// usual is an event with two changes, as most are.
func usual(i int) audit.Encoded {
	e := eventOf(acme, i)
	e.Size, e.Operation, e.Cause = 0, audit.OperationID(e.ID), ""
	e.Actor = audit.Actor{Type: audit.User, ID: "01890000-0000-7000-8000-00000000aaaa", Name: "Ana Silva", Email: "ana@example.com"}
	e.Changes = []audit.Change{
		{Field: "city", Label: "City", Before: audit.String("Lisbon"), After: audit.String(fmt.Sprint("Porto ", i))},
		{Field: "owner", Label: "Owner", Before: audit.String("01890000-0000-7000-8000-00000000aaaa"), After: audit.String("01890000-0000-7000-8000-00000000bbbb"),
			BeforeText: "Ana Silva", AfterText: "Rui Costa"}}
	e.Context = audit.Context{IP: "192.0.2.17", Session: "01890000-0000-7000-8000-00000000dddd", Request: string(eventID(i)),
		UserAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"}
	return audit.Encoded{Event: e, Body: e.AppendCanonical(nil)}
}

// fill makes a sealed log of n usual events.
func fill(b *testing.B, db *store.DB, n int) {
	b.Helper()
	const some = 2000
	for i := 0; i < n; i += some {
		err := db.WriteRecords(b.Context(), acme, func(tx crm.Tx) error {
			events := make([]audit.Encoded, 0, some)
			for j := i; j < min(n, i+some); j++ {
				events = append(events, usual(j))
			}
			return tx.AppendEvents(b.Context(), events)
		})
		if err == nil {
			err = db.Seal(b.Context())
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCheck checks a log of a million events; one of each database is made first, which takes minutes.
func BenchmarkCheck(b *testing.B) {
	const n = 1_000_000
	for _, of := range []struct {
		name string
		open func(testing.TB) *store.DB
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		b.Run(of.name, func(b *testing.B) {
			db := of.open(b)
			begun := time.Now()
			fill(b, db, n)
			b.Logf("%d events were made in %s", n, time.Since(begun).Round(time.Second))
			for b.Loop() {
				if r := checkStore(b, db); !r.OK() || r.Events != n {
					b.Fatalf("%d events, %v", r.Events, r.Findings)
				}
			}
			b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
