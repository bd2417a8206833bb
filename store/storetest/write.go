package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/store"
)

// testNeighbours lets closures that succeed, fail, panic and are cancelled come together; each must answer for itself.
func testNeighbours(t *testing.T, db *store.DB) {
	const n = 120
	failure := errors.New("the closure's own error")
	var wg sync.WaitGroup
	outcomes := make([]any, n)
	for i := range n {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			defer func() {
				if p := recover(); p != nil {
					outcomes[i] = p
				}
			}()
			err := db.WriteRecords(ctx, acme, func(tx crm.Tx) error {
				if err := tx.Insert(ctx, []crm.Row{row("contact", numbered(i), "x")}); err != nil {
					return err
				}
				if err := tx.AppendEvents(ctx, encoded([]*audit.Event{happening(acme, start)})); err != nil {
					return err
				}
				switch i % 4 {
				case 1:
					return failure
				case 2:
					panic(i)
				case 3:
					cancel()
					_, err := tx.Rows(ctx, "contact", []audit.RecordID{numbered(i)})
					return err
				}
				return nil
			})
			if err != nil {
				outcomes[i] = err
			}
		})
	}
	wg.Wait()
	for i, got := range outcomes {
		ok := false
		switch i % 4 {
		case 0:
			ok = got == nil
		case 1:
			ok = got == failure
		case 2:
			ok = got == i
		case 3:
			err, _ := got.(error)
			ok = errors.Is(err, context.Canceled)
		}
		if !ok {
			t.Errorf("closure %d got %v", i, got)
		}
		if exists(t, db, acme, "contact", numbered(i)) != (i%4 == 0) {
			t.Errorf("closure %d: its record is there or gone against its outcome %v", i, got)
		}
	}
	if got := len(pages(t, db, acme, audit.Query{Limit: 100})); got != n/4 {
		t.Errorf("%d events, want %d", got, n/4)
	}
	if s := db.Stats(); s.Writes != n/4 || s.Appended != n/4 || s.Commits > s.Writes {
		t.Errorf("stats %+v", s)
	}
}

func testQueuedIsNotRun(t *testing.T, db *store.DB) {
	running, release, done := make(chan bool), make(chan bool), make(chan error)
	go func() {
		done <- db.WriteRecords(t.Context(), acme, func(crm.Tx) error {
			close(running)
			<-release
			return nil
		})
	}()
	<-running
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error)
	go func() {
		waiting <- db.WriteRecords(ctx, other, func(crm.Tx) error {
			if ctx.Err() != nil {
				t.Error("a closure began after its context had ended")
			}
			return ctx.Err()
		})
	}()
	cancel()
	if err := <-waiting; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func testNestedWrite(t *testing.T, db *store.DB) {
	err := db.WriteRecords(t.Context(), acme, func(tx crm.Tx) error {
		return db.WriteRecords(t.Context(), other, func(crm.Tx) error { return nil })
	})
	if errs.Code(err) != "nested_write" || !errs.Is(err, errs.Internal) {
		t.Errorf("got %v", err)
	}
	if err := db.WriteRecords(t.Context(), acme, func(crm.Tx) error { return nil }); err != nil {
		t.Errorf("the next write: %v", err)
	}
}

// testFailedStatement overlooks an error on purpose.
func testFailedStatement(t *testing.T, db *store.DB) {
	err := db.WriteRecords(t.Context(), acme, func(tx crm.Tx) error {
		first := []crm.Row{row("contact", numbered(1), "x")}
		if err := tx.Insert(t.Context(), first); err != nil {
			return err
		}
		_ = tx.Insert(t.Context(), first)
		return nil
	})
	if err == nil || exists(t, db, acme, "contact", numbered(1)) {
		t.Errorf("a transaction with a failed statement was committed: %v", err)
	}
}

func testAfterTheEnd(t *testing.T, db *store.DB) {
	var kept crm.Tx
	records(t, db, acme, func(ctx context.Context, tx crm.Tx) error {
		kept = tx
		return nil
	})
	if err := kept.Insert(t.Context(), []crm.Row{row("contact", numbered(1), "x")}); err == nil {
		t.Error("a transaction could be used after its end")
	}
	if exists(t, db, acme, "contact", numbered(1)) {
		t.Error("the record is there")
	}
}

// testSnapshot reads twice with a write between.
func testSnapshot(t *testing.T, db *store.DB) {
	view(t, db, acme, func(ctx context.Context, v crm.View) error {
		for i := range 3 {
			rows, err := v.Rows(ctx, "contact", []audit.RecordID{numbered(0), numbered(1), numbered(2)})
			if err != nil {
				return err
			}
			if len(rows) != 0 {
				return fmt.Errorf("the snapshot shows %d later records", len(rows))
			}
			records(t, db, acme, func(ctx context.Context, tx crm.Tx) error {
				return tx.Insert(ctx, []crm.Row{row("contact", numbered(i), "x")})
			})
		}
		return nil
	})
}
