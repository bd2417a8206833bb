package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/store"
)

// testSealConcurrently lets 32 writers, some of whose transactions are rolled back, and two sealers work at once.
func testSealConcurrently(t *testing.T, db *store.DB) {
	ctx, cancel := context.WithCancel(t.Context())
	var sealers, writers sync.WaitGroup
	for range 2 {
		sealers.Go(func() {
			db.RunSealer(ctx, func(err error) { t.Error(err) })
		})
	}
	var mu sync.Mutex
	kept := map[audit.AccountID][][]*audit.Event{}
	rolledBack := errors.New("rolled back")
	each := 40
	if testing.Short() {
		each = 10
	}
	for w := range 32 {
		writers.Go(func() {
			account := []audit.AccountID{acme, other, "third"}[w%3]
			for i := range each {
				op := operation(account, start, 1+(w+i)%4)
				err := db.WriteRecords(ctx, account, func(tx crm.Tx) error {
					for _, e := range append(slices.Clone(op[1:]), op[0]) {
						if err := tx.AppendEvents(ctx, encoded([]*audit.Event{e})); err != nil {
							return err
						}
					}
					if i%5 == 4 {
						return rolledBack
					}
					return nil
				})
				if errors.Is(err, rolledBack) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				kept[account] = append(kept[account], op)
				mu.Unlock()
			}
		})
	}
	writers.Wait()
	cancel()
	sealers.Wait() // what was left is sealed now
	for account, ops := range kept {
		want := idsOf(ops...)
		got := bySeq(t, db, account)
		at := map[audit.EventID]int{}
		for i, id := range got {
			at[id] = i
		}
		for _, op := range ops {
			for i, e := range op {
				if at[e.ID] != at[op[0].ID]+i {
					t.Fatalf("account %s: an operation lies apart in the ledger", account)
				}
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("account %s: %s", account, diff)
		}
	}
}

// testSealBetweenBatches stops the sealer in the middle of an operation, and lets others write meanwhile.
func testSealBetweenBatches(t *testing.T, db *store.DB) {
	first, second := operation(acme, start, 25), operation(acme, start, 4)
	write(t, db, acme, first)
	if n, err := db.SealBatch(t.Context(), acme, 10); err != nil || n != 10 {
		t.Fatal(n, err)
	}
	write(t, db, acme, second)
	write(t, db, other, operation(other, start, 3))
	if got := len(pages(t, db, acme, audit.Query{Limit: 10})); got != 29 {
		t.Errorf("%d events are seen", got)
	}
	for {
		n, err := db.SealBatch(t.Context(), acme, 10)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	if diff := cmp.Diff(idsOf(first, second), bySeq(t, db, acme)); diff != "" {
		t.Error(diff)
	}
	if s := db.Stats(); s.Sealed != 29 {
		t.Errorf("stats %+v", s)
	}
}
