package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/backtrail/backtrail/audit"
)

const (
	// sealAtOnce is the number of events in one transaction of the sealer: small enough that a user's write behind it
	// does not wait noticeably.
	sealAtOnce = 2000
	// sealDelay is how long the sealer lets events come together after the first one.
	sealDelay = 100 * time.Millisecond
	// sealLook is how often it looks for events that another process committed.
	sealLook = time.Second
	// sealPause is the longest pause after a failure.
	sealPause = time.Minute
)

var errHeadMoved = errors.New("store: another sealer moved the head of the ledger")

// Seal gives every event that is pending its place in its account's ledger: seq, dense from 1, in the order of the
// commits. It may be stopped or killed at any point, and may run in several processes: a batch of events, and the head
// that they move, is one transaction.
func (db *DB) Seal(ctx context.Context) error {
	account := audit.AccountID("")
	for {
		var found bool
		err := db.read(ctx, func(c conn) (err error) {
			account, found, err = one(ctx, c, scanText[audit.AccountID],
				"SELECT account FROM pending WHERE account > $1 ORDER BY account LIMIT 1", account)
			return err
		})
		if err != nil || !found {
			return err
		}
		for {
			n, err := db.SealBatch(ctx, account, sealAtOnce)
			if err != nil {
				return fmt.Errorf("store: seal: %w", err)
			}
			if n < sealAtOnce {
				break
			}
		}
	}
}

// SealBatch is one step of Seal: it seals up to limit events of an account and returns their number.
func (db *DB) SealBatch(ctx context.Context, account audit.AccountID, limit int) (n int64, err error) {
	err = db.write(ctx, func(c *writeConn) error {
		size, exists, err := one(ctx, c, scanInt, "SELECT size FROM heads WHERE account = $1", account)
		if err != nil {
			return err
		}
		if !exists {
			if _, err := c.exec(ctx, "INSERT INTO heads (account, size) VALUES ($1, 0)", account); err != nil {
				return err
			}
		}
		n, err = c.exec(ctx, "INSERT INTO events (account, seq, "+eventColumns+") "+
			"SELECT account, $1 + row_number() OVER (ORDER BY tx, id), "+eventColumns+
			" FROM pending WHERE account = $2 ORDER BY tx, id LIMIT $3", size, account, limit)
		if err != nil || n == 0 {
			return err
		}
		gone, err := c.exec(ctx, "DELETE FROM pending WHERE account = $1 AND (tx, id) <= "+
			"(SELECT tx, id FROM pending WHERE account = $2 ORDER BY tx, id LIMIT 1 OFFSET $3)", account, account, n-1)
		if err != nil {
			return err
		}
		if gone != n {
			return fmt.Errorf("store: %d events were sealed, but %d left those that wait", n, gone)
		}
		moved, err := c.exec(ctx, "UPDATE heads SET size = $1 WHERE account = $2 AND size = $3", size+n, account, size)
		if err == nil && moved != 1 {
			err = errHeadMoved
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	db.stats.sealed.Add(n)
	return n, nil
}

// RunSealer seals what is committed, by this process within a moment and by others within a second, until ctx ends, and
// then what is left. A round that fails is tried again, with longer and longer pauses; report is told of each failure
// and may be nil. Meanwhile the events stay pending: nothing is lost, and reading shows them.
func (db *DB) RunSealer(ctx context.Context, report func(error)) {
	db.nudge() // of what an earlier process left
	pause := sealDelay
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-db.wake:
			sleep(ctx, pause)
		case <-time.After(sealLook):
		}
		if db.round(ctx, report) {
			pause = sealDelay
		} else {
			pause = min(2*pause, sealPause)
			db.nudge()
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	db.round(last, report)
}

// round seals once and reports whether that went well.
func (db *DB) round(ctx context.Context, report func(error)) bool {
	err := db.Seal(ctx)
	if err == nil || ctx.Err() != nil {
		return true
	}
	db.stats.sealFailures.Add(1)
	if report != nil {
		report(err)
	}
	return false
}

// nudge tells the sealer that there is something to do.
func (db *DB) nudge() {
	select {
	case db.wake <- struct{}{}:
	default:
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
