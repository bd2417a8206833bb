package store

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/follower"
)

// Cursors are trusted as what was followed: who can edit them can have events followed twice, or never.

// cursorTable is where the cursors of a reader are.
func cursorTable(reader follower.Reader) string {
	if reader == follower.Alerts {
		return "alert_cursors"
	}
	return "automation_cursors"
}

var _ follower.Store = (*DB)(nil)

// Behind implements follower.Store.
func (db *DB) Behind(ctx context.Context, reader follower.Reader, limit int) ([]follower.Cursor, error) {
	return look(ctx, db, everyone, func(h held) ([]follower.Cursor, error) {
		return all(ctx, h.conn, func(r row) (c follower.Cursor, err error) { return c, r.Scan(&c.Account, &c.Seq, &c.Head) },
			"SELECT c.account, c.seq, h.size FROM "+cursorTable(reader)+" AS c JOIN heads AS h ON h.account = c.account "+
				"WHERE c.followed = 1 AND h.size > c.seq ORDER BY h.size - c.seq, c.account LIMIT $1", limit)
	})
}

// pair is a number of things and when the first of them was.
type pair struct{ n, since int64 }

func scanPair(r row) (p pair, err error) { return p, r.Scan(&p.n, &p.since) }

func unfollowed(ctx context.Context, c conn, reader follower.Reader) (pair, error) {
	p, _, err := one(ctx, c, scanPair, "SELECT CAST(coalesce(sum(h.size - c.seq), 0) AS BIGINT), coalesce(min(e.recorded_at), 0) FROM "+cursorTable(reader)+" AS c "+
		"JOIN heads AS h ON h.account = c.account LEFT JOIN events AS e ON e.account = c.account AND e.seq = c.seq + 1 WHERE c.followed = 1 AND h.size > c.seq")
	return p, err
}

// Unfollowed implements follower.Store.
func (db *DB) Unfollowed(ctx context.Context, reader follower.Reader) (n int64, since time.Time, err error) {
	p, err := look(ctx, db, everyone, func(h held) (pair, error) { return unfollowed(ctx, h.conn, reader) })
	return p.n, instant(p.since), err
}

// SealedAfter implements follower.Store. It asks for the sizes first: large bodies that are not wanted are not read.
func (db *DB) SealedAfter(ctx context.Context, account audit.AccountID, seq int64, limit, bytes int) ([]audit.Stored, error) {
	return look(ctx, db, of(account), func(h held) ([]audit.Stored, error) {
		sizes, err := all(ctx, h.conn, scanPlaceSize, "SELECT seq, octet_length(body) FROM events WHERE account = $1 AND seq > $2 ORDER BY seq LIMIT $3", account, seq, limit)
		if err != nil || len(sizes) == 0 {
			return nil, err
		}
		last := sizes[0].seq
		for total := int64(0); len(sizes) > 0 && total < int64(bytes); sizes = sizes[1:] {
			last, total = sizes[0].seq, total+sizes[0].bytes
		}
		rows, err := all(ctx, h.conn, scanLogged, "SELECT "+sealedColumns+" FROM events WHERE account = $1 AND seq > $2 AND seq <= $3 ORDER BY seq", account, seq, last)
		return stored(rows), err
	})
}

// placeSize is where an event is in the ledger, and how large it is.
type placeSize struct{ seq, bytes int64 }

func scanPlaceSize(r row) (p placeSize, err error) { return p, r.Scan(&p.seq, &p.bytes) }

// cursorsTx is follower.Tx, for the transactions in which readers write.
type cursorsTx struct {
	on    *writeConn
	whose audit.AccountID
}

var _ follower.Tx = cursorsTx{}

// MoveCursor implements follower.Tx.
func (tx cursorsTx) MoveCursor(ctx context.Context, reader follower.Reader, from, to int64) (bool, error) {
	n, err := tx.on.exec(ctx, "UPDATE "+cursorTable(reader)+" SET seq = $1 WHERE account = $2 AND seq = $3", to, tx.whose, from)
	return n == 1, err
}

// FollowAccount implements follower.Tx.
func (tx cursorsTx) FollowAccount(ctx context.Context, reader follower.Reader) error {
	head, _, err := one(ctx, tx.on, scanInt, "SELECT size FROM heads WHERE account = $1", tx.whose)
	if err != nil {
		return err
	}
	table := cursorTable(reader)
	_, err = tx.on.exec(ctx, "INSERT INTO "+table+" (account, seq, followed) VALUES ($1, $2, 1) ON CONFLICT (account) DO UPDATE "+
		"SET seq = CASE WHEN "+table+".followed = 1 THEN "+table+".seq ELSE excluded.seq END, followed = 1", tx.whose, head)
	return err
}

// LeaveAccount implements follower.Tx.
func (tx cursorsTx) LeaveAccount(ctx context.Context, reader follower.Reader) error {
	_, err := tx.on.exec(ctx, "UPDATE "+cursorTable(reader)+" SET followed = 0 WHERE account = $1", tx.whose)
	return err
}
