package store

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
)

const accountColumns = "a.id, a.name, a.timezone, a.restore_window_days, a.retention_days, a.export_expiry_days, a.created_at"

func scanAccount(r row) (auth.Account, error) { return scanAccountAnd(r) }

// scanAccountAnd reads an account, and into more what stands behind it.
func scanAccountAnd(r row, more ...any) (a auth.Account, err error) {
	var created int64
	err = r.Scan(append([]any{&a.ID, &a.Name, &a.Timezone, &a.RestoreWindowDays, &a.RetentionDays, &a.ExportExpiryDays, &created}, more...)...)
	a.CreatedAt = instant(created)
	return a, err
}

// Account implements auth.Store.
func (db *DB) Account(ctx context.Context, id audit.AccountID) (auth.Account, error) {
	return look(ctx, db, of(id), func(h held) (auth.Account, error) { return h.Account(ctx, id) })
}

// Account implements auth.Held.
func (h held) Account(ctx context.Context, id audit.AccountID) (auth.Account, error) {
	return must(one(ctx, h.conn, scanAccount,
		"SELECT "+accountColumns+" FROM accounts AS a WHERE a.id = $1"+h.lock(), id))("account")
}

// PutAccount implements auth.Tx.
func (tx *AuthTx) PutAccount(ctx context.Context, a auth.Account) error {
	_, err := tx.c.exec(ctx, "INSERT INTO accounts (id, name, timezone, restore_window_days, retention_days, export_expiry_days, created_at) "+
		"VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET name = excluded.name, timezone = excluded.timezone, "+
		"restore_window_days = excluded.restore_window_days, retention_days = excluded.retention_days, export_expiry_days = excluded.export_expiry_days, created_at = excluded.created_at",
		a.ID, a.Name, a.Timezone, a.RestoreWindowDays, a.RetentionDays, a.ExportExpiryDays, micros(a.CreatedAt))
	return err
}
