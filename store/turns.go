package store

import (
	"context"
	"sync"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// turns lets the writers of an account in this process come one after the other. On PostgreSQL the account's lock does
// so between processes; but who waits for that one holds a connection, and one account must not hold all of them.
type turns struct {
	patience time.Duration // how long a writer waits; 0 is for ever

	mu     sync.Mutex
	queues map[audit.AccountID]*turnQueue // guarded by mu
}

type turnQueue struct {
	free chan struct{} // holds a token while it is nobody's turn
	n    int           // how many hold or want a turn; guarded by turns.mu
}

// take waits for the account's turn. end gives it on.
func (t *turns) take(ctx context.Context, account audit.AccountID) (end func(), err error) {
	t.mu.Lock()
	if t.queues == nil {
		t.queues = map[audit.AccountID]*turnQueue{}
	}
	q := t.queues[account]
	if q == nil {
		q = &turnQueue{free: make(chan struct{}, 1)}
		q.free <- struct{}{}
		t.queues[account] = q
	}
	q.n++
	t.mu.Unlock()
	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if q.n--; q.n == 0 {
			delete(t.queues, account)
		}
	}
	var late <-chan time.Time
	if t.patience > 0 {
		timer := time.NewTimer(t.patience)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-q.free:
		return func() {
			q.free <- struct{}{}
			leave()
		}, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	case <-late:
		leave()
		return nil, errs.New(errs.Unavailable, "database_slow", "Another write of the account takes too long.").
			WithFix("Try again when it has ended: an import, or the deletion of many records.")
	}
}
