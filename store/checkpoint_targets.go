package store

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/publish"
)

// Targets are trusted as where copies go: who can edit them can have copies sent elsewhere, or nowhere. That none
// arrive any more is seen by whoever waits for them.

const targetsColumns = "account, webhook, email, schedule, due_at, asked_at, webhook_sent_at, webhook_size, webhook_failed_at, webhook_error, " +
	"email_sent_at, email_size, email_failed_at, email_error"

func scanTargets(r row) (s publish.State, err error) {
	var account audit.AccountID
	var due, asked int64
	var sent, failed [2]int64
	w, e := &s.Webhook, &s.Email
	err = r.Scan(&account, &w.Address, &e.Address, &s.Schedule, &due, &asked, &sent[0], &w.Size, &failed[0], &w.Error, &sent[1], &e.Size, &failed[1], &e.Error)
	s.DueAt, s.AskedAt = instant(due), instant(asked)
	w.SentAt, w.FailedAt, e.SentAt, e.FailedAt = instant(sent[0]), instant(failed[0]), instant(sent[1]), instant(failed[1])
	return s, err
}

func readTargets(ctx context.Context, c conn, account audit.AccountID) (publish.State, error) {
	s, _, err := one(ctx, c, scanTargets, "SELECT "+targetsColumns+" FROM checkpoint_targets WHERE account = $1", account)
	return s, err
}

// CheckpointTargets implements publish.Store.
func (db *DB) CheckpointTargets(ctx context.Context, account audit.AccountID) (publish.State, error) {
	return look(ctx, db, of(account), func(h held) (publish.State, error) { return readTargets(ctx, h.conn, account) })
}

// DueTargets implements publish.Store.
func (db *DB) DueTargets(ctx context.Context, now time.Time, limit int) ([]audit.AccountID, error) {
	return look(ctx, db, everyone, func(h held) ([]audit.AccountID, error) {
		return all(ctx, h.conn, scanText[audit.AccountID],
			"SELECT account FROM checkpoint_targets WHERE due_at > 0 AND due_at <= $1 ORDER BY due_at LIMIT $2", micros(now), limit)
	})
}

// LockTargets implements publish.Tx. It locks the name, because the row may not be there yet.
func (tx *JobsTx) LockTargets(ctx context.Context) (publish.State, error) {
	if err := tx.c.hold(ctx, "targets:"+string(tx.account)); err != nil {
		return publish.State{}, err
	}
	return readTargets(ctx, tx.c, tx.account)
}

// PutTargets implements publish.Tx.
func (tx *JobsTx) PutTargets(ctx context.Context, s publish.State) error {
	w, e := s.Webhook, s.Email
	_, err := tx.c.exec(ctx, "INSERT INTO checkpoint_targets ("+targetsColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) "+
		"ON CONFLICT (account) DO UPDATE SET webhook = excluded.webhook, email = excluded.email, schedule = excluded.schedule, "+
		"due_at = excluded.due_at, asked_at = excluded.asked_at, webhook_sent_at = excluded.webhook_sent_at, webhook_size = excluded.webhook_size, "+
		"webhook_failed_at = excluded.webhook_failed_at, webhook_error = excluded.webhook_error, email_sent_at = excluded.email_sent_at, "+
		"email_size = excluded.email_size, email_failed_at = excluded.email_failed_at, email_error = excluded.email_error",
		tx.account, w.Address, e.Address, s.Schedule, micros(s.DueAt), micros(s.AskedAt),
		micros(w.SentAt), w.Size, micros(w.FailedAt), w.Error, micros(e.SentAt), e.Size, micros(e.FailedAt), e.Error)
	return err
}
