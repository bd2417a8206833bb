package store

import (
	"context"

	"github.com/backtrail/backtrail/auth"
)

func scanAttempts(r row) (a auth.Attempts, err error) {
	var since int64
	err = r.Scan(&a.Bucket, &a.Failures, &since)
	a.Since = instant(since)
	return a, err
}

// Attempts implements auth.Store.
func (db *DB) Attempts(ctx context.Context, bucket string) (auth.Attempts, error) {
	return look(ctx, db, nobody, func(h held) (auth.Attempts, error) { return h.Attempts(ctx, bucket) })
}

// Attempts implements auth.Held.
func (h held) Attempts(ctx context.Context, bucket string) (auth.Attempts, error) {
	if err := h.hold(ctx, "attempts:"+bucket); err != nil {
		return auth.Attempts{}, err
	}
	a, _, err := one(ctx, h.conn, scanAttempts, "SELECT bucket, failures, since FROM login_attempts WHERE bucket = $1", bucket)
	a.Bucket = bucket
	return a, err
}

// PutAttempts implements auth.Tx; a counter without failures is forgotten.
func (tx *AuthTx) PutAttempts(ctx context.Context, a auth.Attempts) error {
	if a.Failures == 0 {
		_, err := tx.c.exec(ctx, "DELETE FROM login_attempts WHERE bucket = $1", a.Bucket)
		return err
	}
	_, err := tx.c.exec(ctx, "INSERT INTO login_attempts (bucket, failures, since) VALUES ($1, $2, $3) "+
		"ON CONFLICT (bucket) DO UPDATE SET failures = excluded.failures, since = excluded.since", a.Bucket, a.Failures, micros(a.Since))
	return err
}
