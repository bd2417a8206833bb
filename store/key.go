package store

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
)

const keyColumns = "account, id, name, role, secret_hash, created_by, created_at, last_used_at, audit_seen_at, revoked_at"

func scanKey(r row) (k auth.Key, err error) {
	var created, used, auditSeen, revoked int64
	err = r.Scan(&k.Account, &k.ID, &k.Name, &k.Role, &k.SecretHash, &k.CreatedBy, &created, &used, &auditSeen, &revoked)
	k.CreatedAt, k.LastUsedAt, k.AuditSeenAt, k.RevokedAt = instant(created), instant(used), instant(auditSeen), instant(revoked)
	return k, err
}

// Key implements auth.Store.
func (db *DB) Key(ctx context.Context, account audit.AccountID, id string) (auth.Key, error) {
	return look(ctx, db, of(account), func(h held) (auth.Key, error) { return h.Key(ctx, account, id) })
}

// Key implements auth.Held.
func (h held) Key(ctx context.Context, account audit.AccountID, id string) (auth.Key, error) {
	return must(one(ctx, h.conn, scanKey, "SELECT "+keyColumns+" FROM api_keys WHERE account = $1 AND id = $2"+h.lock(), account, id))("key")
}

// Keys implements auth.Store; the newest first.
func (db *DB) Keys(ctx context.Context, account audit.AccountID) ([]auth.Key, error) {
	return look(ctx, db, of(account), func(h held) ([]auth.Key, error) { return h.Keys(ctx, account) })
}

// Keys implements auth.Held.
func (h held) Keys(ctx context.Context, account audit.AccountID) ([]auth.Key, error) {
	return all(ctx, h.conn, scanKey, "SELECT "+keyColumns+" FROM api_keys WHERE account = $1 ORDER BY created_at DESC, id DESC"+h.lock(), account)
}

// PutKey implements auth.Tx.
func (tx *AuthTx) PutKey(ctx context.Context, k auth.Key) error {
	_, err := tx.c.exec(ctx, "INSERT INTO api_keys ("+keyColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "+
		"ON CONFLICT (account, id) DO UPDATE SET name = excluded.name, role = excluded.role, secret_hash = excluded.secret_hash, "+
		"created_by = excluded.created_by, created_at = excluded.created_at, last_used_at = excluded.last_used_at, "+
		"audit_seen_at = excluded.audit_seen_at, revoked_at = excluded.revoked_at",
		k.Account, k.ID, k.Name, k.Role, k.SecretHash, k.CreatedBy, micros(k.CreatedAt), micros(k.LastUsedAt), micros(k.AuditSeenAt), micros(k.RevokedAt))
	return err
}
