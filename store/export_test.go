package store

import (
	"context"

	"github.com/backtrail/backtrail/audit"
)

// Count runs a query for a number as a transaction of the account does, "" for one of nobody.
func (db *DB) Count(ctx context.Context, account audit.AccountID, query string) (n int64, err error) {
	err = db.read(ctx, of(account), func(c conn) error {
		n, _, err = one(ctx, c, scanInt, query)
		return err
	})
	return n, err
}

// Change runs a statement as a writing transaction of the account does.
func (db *DB) Change(ctx context.Context, account audit.AccountID, text string) error {
	return db.write(ctx, of(account), func(c *writeConn) error {
		_, err := c.exec(ctx, text)
		return err
	})
}

// GrantedTables is the number of tables that Grant knows.
func GrantedTables() int { return len(serverRights) }
