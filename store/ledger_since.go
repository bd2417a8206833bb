package store

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// FirstSince returns the first place of the account's ledger whose event was recorded, or happened, at t or later; 0
// when there is none. It walks over the places before that, as narrow rows: about a second for a million.
func (db *DB) FirstSince(ctx context.Context, account audit.AccountID, t time.Time) (seq int64, err error) {
	at := ceilMicro(t)
	err = db.read(ctx, of(account), func(c conn) error {
		seq, _, err = one(ctx, c, scanInt,
			"SELECT seq FROM events WHERE account = $1 AND (recorded_at >= $2 OR occurred_at >= $2) ORDER BY seq LIMIT 1", account, at)
		return err
	})
	return seq, err
}
