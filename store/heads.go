package store

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/ledger"
)

// CheckedHead is an account's head as the sealer takes it, or the error with which it refuses to go on from there.
func (db *DB) CheckedHead(ctx context.Context, account audit.AccountID) (signed integrity.Signed, err error) {
	key, err := db.key(ctx)
	if err != nil {
		return signed, err
	}
	err = db.read(ctx, of(account), func(c conn) error {
		signed, err = db.checkHead(ctx, &ledgerView{c, account}, key)
		return err
	})
	return signed, err
}

// key is the one that signs the heads.
func (db *DB) key(ctx context.Context) (*ledger.Key, error) {
	if db.ledger.Key == nil {
		return nil, errNoKey
	}
	return db.ledger.Key(ctx)
}
