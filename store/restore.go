package store

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/restore"
)

var (
	_ restore.Store = (*DB)(nil)
	_ restore.View  = (*View)(nil)
	_ restore.Tx    = (*Tx)(nil)
)

// ReadRestore implements restore.Store.
func (db *DB) ReadRestore(ctx context.Context, account audit.AccountID, fn func(restore.View) error) error {
	return db.read(ctx, of(account), func(c conn) error { return fn(&View{c, account}) })
}

// WriteRestore implements restore.Store.
func (db *DB) WriteRestore(ctx context.Context, account audit.AccountID, fn func(restore.Tx) error) error {
	return db.write(ctx, alone(account), func(c *writeConn) error { return fn(newTx(c, account)) })
}
