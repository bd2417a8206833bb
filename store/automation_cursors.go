package store

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
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

// Behind implements automation.Store.
func (db *DB) Behind(ctx context.Context, limit int) ([]automation.Cursor, error) {
	return look(ctx, db, everyone, func(h held) ([]automation.Cursor, error) {
		return all(ctx, h.conn, func(r row) (c automation.Cursor, err error) { return c, r.Scan(&c.Account, &c.Seq, &c.Head) },
			"SELECT c.account, c.seq, h.size FROM automation_cursors AS c JOIN heads AS h ON h.account = c.account "+
				"WHERE c.followed = 1 AND h.size > c.seq ORDER BY h.size - c.seq, c.account LIMIT $1", limit)
	})
}

// SealedAfter implements automation.Store.
func (db *DB) SealedAfter(ctx context.Context, account audit.AccountID, seq int64, limit int) ([]audit.Stored, error) {
	return look(ctx, db, of(account), func(h held) ([]audit.Stored, error) {
		rows, err := all(ctx, h.conn, scanLogged, "SELECT "+sealedColumns+" FROM events WHERE account = $1 AND seq > $2 ORDER BY seq LIMIT $3", account, seq, limit)
		return stored(rows), err
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

// MoveCursor implements automation.Tx.
func (tx *Tx) MoveCursor(ctx context.Context, from, to int64) (bool, error) {
	n, err := tx.w.exec(ctx, "UPDATE automation_cursors SET seq = $1 WHERE account = $2 AND seq = $3", to, tx.account, from)
	return n == 1, err
}

// FollowAccount implements automation.Tx.
func (tx *Tx) FollowAccount(ctx context.Context) error {
	head, _, err := one(ctx, tx.w, scanInt, "SELECT size FROM heads WHERE account = $1", tx.account)
	if err != nil {
		return err
	}
	_, err = tx.w.exec(ctx, "INSERT INTO automation_cursors (account, seq, followed) VALUES ($1, $2, 1) ON CONFLICT (account) DO UPDATE "+
		"SET seq = CASE WHEN automation_cursors.followed = 1 THEN automation_cursors.seq ELSE excluded.seq END, followed = 1", tx.account, head)
	return err
}

// LeaveAccount implements automation.Tx.
func (tx *Tx) LeaveAccount(ctx context.Context) error {
	_, err := tx.w.exec(ctx, "UPDATE automation_cursors SET followed = 0 WHERE account = $1", tx.account)
	return err
}
