package store

import (
	"context"

	"github.com/backtrail/backtrail/auth"
)

// Accounts lists all accounts, the oldest first. It is for whoever runs the installation: no other method looks across
// accounts but those that find a person's own.
func (db *DB) Accounts(ctx context.Context) (accounts []auth.Account, err error) {
	err = db.read(ctx, everyone, func(c conn) error {
		accounts, err = all(ctx, c, scanAccount,
			"SELECT id, name, timezone, restore_window_days, retention_days, created_at FROM accounts ORDER BY created_at, id")
		return err
	})
	return accounts, err
}
