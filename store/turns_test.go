package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ts := &turns{patience: time.Minute}
		var inside, most atomic.Int64
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				account := audit.AccountID("a")
				if i%4 == 0 {
					account = "b"
				}
				end, err := ts.take(t.Context(), account)
				if err != nil {
					t.Error(err)
					return
				}
				if account == "a" {
					most.Store(max(most.Load(), inside.Add(1)))
					time.Sleep(time.Second)
					inside.Add(-1)
				}
				end()
			})
		}
		wg.Wait()
		if most.Load() != 1 || len(ts.queues) != 0 {
			t.Errorf("%d writers of an account at once, %d queues are left", most.Load(), len(ts.queues))
		}

		end, err := ts.take(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ts.take(t.Context(), "a"); errs.Code(err) != "database_slow" {
			t.Errorf("after a minute: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := ts.take(ctx, "a"); !errors.Is(err, context.Canceled) {
			t.Errorf("given up: %v", err)
		}
		end()
		if len(ts.queues) != 0 {
			t.Errorf("%d queues are left", len(ts.queues))
		}
	})
}
