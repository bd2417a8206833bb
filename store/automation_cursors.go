package store

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/automation"
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
		type pair struct{ n, since int64 }
		scan := func(r row) (p pair, err error) { return p, r.Scan(&p.n, &p.since) }
		behind, _, err := one(ctx, h.conn, scan, "SELECT CAST(coalesce(sum(h.size - c.seq), 0) AS BIGINT), coalesce(min(e.recorded_at), 0) FROM automation_cursors AS c "+
			"JOIN heads AS h ON h.account = c.account LEFT JOIN events AS e ON e.account = c.account AND e.seq = c.seq + 1 WHERE c.followed = 1 AND h.size > c.seq")
		if err != nil {
			return s, err
		}
		due, _, err := one(ctx, h.conn, scan, "SELECT count(*), coalesce(min(due_at), 0) FROM workflow_runs WHERE "+openRuns+" AND due_at <= $1", micros(now))
		return automation.Standing{Events: behind.n, Since: instant(behind.since), Due: due.n, DueAt: instant(due.since)}, err
	})
}
