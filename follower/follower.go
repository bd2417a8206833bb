// Package follower brings a reader of the log along the sealed events of every account, in their order, each event once.
//
// What is in: the cursors that say how far a reader has come, and the loop that hands it the events behind them in batches,
// account by account. What is out: what a reader does with a batch, and SQL (package store keeps the promises of [Store] and
// [Tx]).
//
// # Once
//
// A reader moves its cursor in the same transaction in which it writes what follows from a batch, by compare-and-swap. So a
// batch is taken by one server, however many run, and a server may die anywhere: either both are there or neither. Following
// what is sealed, and not what is committed, is what makes a cursor possible: the order of the sealed log never changes.
//
// Workflows (package automation) and alerts (package alerts) are readers. Each has a cursor of its own, and only accounts
// where it has something to do are followed.
package follower

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// Reader names whose cursors they are.
type Reader string

// The readers.
const (
	Workflows Reader = "workflows"
	Alerts    Reader = "alerts"
)

// Cursor is how far the log of an account was followed.
type Cursor struct {
	Account audit.AccountID
	Seq     int64 // the last event that was followed
	Head    int64 // the last that is sealed
}

// Store looks across accounts. All methods are safe for concurrent use.
type Store interface {
	// Behind returns the accounts that the reader follows and that have sealed events beyond its cursor, at most limit,
	// those that are furthest behind last.
	Behind(ctx context.Context, reader Reader, limit int) ([]Cursor, error)
	// Unfollowed counts the sealed events that no server has followed for the reader, in the accounts that it follows, and says
	// when the oldest of them was recorded; zero for none.
	Unfollowed(ctx context.Context, reader Reader) (n int64, since time.Time, err error)
	// SealedAfter returns the sealed events of an account above a place, in their order, at most limit, and no more after
	// those that together have as many bytes as given.
	SealedAfter(ctx context.Context, account audit.AccountID, seq int64, limit, bytes int) ([]audit.Stored, error)
}

// Tx writes the cursors of one account.
type Tx interface {
	// MoveCursor moves the reader's cursor, if it is still at from, and reports whether it was.
	MoveCursor(ctx context.Context, reader Reader, from, to int64) (bool, error)
	// FollowAccount lets the account be followed: from the head on, when it was not.
	FollowAccount(ctx context.Context, reader Reader) error
	// LeaveAccount ends that, until FollowAccount.
	LeaveAccount(ctx context.Context, reader Reader) error
}

// Outcome is what became of a batch.
type Outcome int

const (
	Lost Outcome = iota // another server was quicker
	Took                // the cursor stands behind the batch
	Left                // the reader has nothing to do in the account any more
)

const (
	accountsAtOnce = 100
	// eventsAtOnce is how many events are followed in one transaction, and batchesAtOnce how many such an account gets
	// before it is the turn of the others. Large events end both sooner: an event has up to a megabyte, and a filter reads all of it.
	eventsAtOnce  = 200
	batchesAtOnce = 20
	bytesAtOnce   = 1 << 20
	bytesOfTurn   = 4 << 20
)

// Follower follows the log for one reader. It is safe for concurrent use.
type Follower struct {
	Reader Reader
	Store  Store
	// Take takes a batch, which is never empty: in one transaction it moves the cursor from c.Seq to the last of the batch
	// and writes what follows from it.
	Take func(ctx context.Context, c Cursor, batch []audit.Stored) (Outcome, error)
}

// CatchUp brings all accounts up to their heads, or nearly. One that fails does not stop the others.
func (f *Follower) CatchUp(ctx context.Context) error {
	for {
		behind, err := f.Store.Behind(ctx, f.Reader, accountsAtOnce)
		if err != nil {
			return err
		}
		moved := false
		var failed error
		for _, c := range behind {
			some, err := f.account(ctx, c)
			moved = moved || some
			if err != nil {
				failed = errors.Join(failed, fmt.Errorf("account %s: %w", c.Account, err))
			}
		}
		if failed != nil || len(behind) == 0 || !moved || ctx.Err() != nil {
			return failed
		}
	}
}

// account follows some of an account's events and reports whether anything came of it.
func (f *Follower) account(ctx context.Context, c Cursor) (moved bool, err error) {
	for n, bytes := 0, 0; n < batchesAtOnce && bytes < bytesOfTurn; n++ {
		if c.Seq >= c.Head || ctx.Err() != nil {
			return moved, nil
		}
		batch, err := f.Store.SealedAfter(ctx, c.Account, c.Seq, eventsAtOnce, bytesAtOnce)
		if err != nil || len(batch) == 0 {
			return moved, err
		}
		outcome, err := f.Take(ctx, c, batch)
		if err != nil || outcome == Lost {
			return moved, err
		}
		moved = true
		if outcome == Left {
			return moved, nil
		}
		c.Seq = batch[len(batch)-1].Seq
		for _, stored := range batch {
			bytes += len(stored.Body)
		}
	}
	return moved, nil
}
