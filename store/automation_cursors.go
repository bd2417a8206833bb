package store

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/automation"
	"github.com/backtrail/backtrail/follower"
)

// AdoptAccounts implements automation.Store.
func (db *DB) AdoptAccounts(ctx context.Context) error {
	return db.write(ctx, everyone, func(c *writeConn) error {
		_, err := c.exec(ctx, "INSERT INTO automation_cursors (account, seq, followed) SELECT account, size, 1 FROM heads WHERE size > 0 "+
			"ON CONFLICT (account) DO NOTHING")
		return err
	})
}

// Standing implements automation.Store.
func (db *DB) Standing(ctx context.Context, now time.Time) (automation.Standing, error) {
	return look(ctx, db, everyone, func(h held) (s automation.Standing, err error) {
		behind, err := unfollowed(ctx, h.conn, follower.Workflows)
		if err != nil {
			return s, err
		}
		due, _, err := one(ctx, h.conn, scanPair, "SELECT count(*), coalesce(min(due_at), 0) FROM workflow_runs WHERE "+openRuns+" AND due_at <= $1", micros(now))
		return automation.Standing{Events: behind.n, Since: instant(behind.since), Due: due.n, DueAt: instant(due.since)}, err
	})
}
