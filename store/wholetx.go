package store

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
)

// WholeTx writes records and who may come in: every transaction that writes records is one, so that what follows from a
// change of a staff record can commit with it. It is an alias, so that a package can ask for the same without this one
// knowing it.
type WholeTx = interface {
	crm.Tx
	auth.Tx
}

var _ WholeTx = (*Tx)(nil)

// WriteFounding runs fn in one transaction of a new account; it promises what WriteRecords does.
func (db *DB) WriteFounding(ctx context.Context, account audit.AccountID, fn func(WholeTx) error) error {
	return db.write(ctx, alone(account), func(c *writeConn) error { return fn(newTx(c, account)) })
}
