//go:build scratch

package store_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/store"
)

func TestBenchFill(t *testing.T) {
	n := 1000000
	path := os.Getenv("BENCHDB")
	if path == "" {
		t.Skip()
	}
	_, err := os.Stat(path)
	fresh := err != nil
	db := dbtest.Reopen(t, path)
	ctx := context.Background()
	if fresh {
		fill(t, db, n)
	}
	for _, b := range []struct {
		name string
		f    audit.Filter
	}{
		{"newest", audit.Filter{}},
		{"type", audit.Filter{Where: audit.Is{audit.ByType, []string{"opportunity.deleted"}}}},
		{"user rare", audit.Filter{Where: audit.Is{audit.ByUser, []string{"user-7"}}}},
		{"none", audit.Filter{Where: audit.Is{audit.ByUser, []string{"nobody"}}}},
		{"not", audit.Filter{Where: audit.Not{audit.Is{audit.ByAction, []string{"updated"}}}}},
		{"text", audit.Filter{Where: audit.Text{[]string{"opp", "1234"}}}},
		{"text none", audit.Filter{Where: audit.Text{[]string{"zebra"}}}},
		{"text cyr", audit.Filter{Where: audit.Text{[]string{"жук"}}}},
	} {
		for range 2 {
			start := time.Now()
			p, err := db.Events(ctx, "acc", audit.Query{Limit: 50, Filter: b.f})
			if err != nil {
				t.Fatal(err)
			}
			t.Log(b.name, time.Since(start), len(p.Events))
		}
	}
	start := time.Now()
	_, err = db.Facets(ctx, "acc", audit.Filter{})
	t.Log("facets", time.Since(start), err)
	start = time.Now()
	h, err := db.Histogram(ctx, "acc", audit.Filter{}, audit.Auto, time.UTC)
	t.Log("histogram", time.Since(start), len(h.Buckets), err)
}

func fill(t *testing.T, db *store.DB, n int) {
	ctx := context.Background()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	ids := audit.NewIDSource(clock)
	types := []string{"opportunity.updated", "opportunity.deleted", "contact.created", "contact.updated"}
	var cts []audit.EventType
	for i, ty := range types {
		cts = append(cts, audit.EventType{Type: audit.Type(ty), Module: "m", Action: []audit.Action{audit.Updated, audit.Deleted, audit.Created, audit.Updated}[i], Template: "Did {record}"})
	}
	cat, err := audit.NewCatalog([]audit.Module{{"m", "M"}}, cts)
	if err != nil {
		t.Fatal(err)
	}
	rec := audit.NewRecorder(clock, ids, cat)
	start := time.Now()
	for i := 0; i < n; {
		err := db.WriteRecords(ctx, "acc", func(tx crm.Tx) error {
			for range 1000 {
				now = now.Add(7 * time.Second)
				u := fmt.Sprint("user-", i%6)
				if i == n/10 {
					u = "user-7"
				}
				_, err := rec.One(ctx, tx, audit.Origin{Account: "acc", Actor: audit.Actor{Type: audit.User, ID: audit.ActorID(u), Name: "Ana Silva", Email: "ana@example.com"}, Channel: audit.Web,
					Context: audit.Context{IP: "192.0.2.1", UserAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36", Session: ids.Next(), Request: ids.Next()}},
					audit.Draft{Type: audit.Type(types[i%4]), Record: &audit.Ref{Object: "opportunity", ID: rec.NewID(), Name: fmt.Sprint("Opp ", i), Version: 2},
						Changes: []audit.Change{{Field: "value", Label: "Value", Before: audit.String("100.00"), After: audit.String("200.00")}}})
				if err != nil {
					return err
				}
				i++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Log("append", time.Since(start))
	start = time.Now()
	if err := db.Seal(ctx); err != nil {
		t.Fatal(err)
	}
	t.Log("seal", time.Since(start))
}
