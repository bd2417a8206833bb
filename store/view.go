package store

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// View reads an account as of one moment: crm.View, and what package restore needs beside it. A value is good until the function
// returns that got it.
type View struct {
	c       conn
	account audit.AccountID
}

// Tx is what every transaction in which records are written hands out: a View that sees its own writes, crm.Tx, what
// package restore needs, and auth.Tx for what follows from a change of a staff record.
type Tx struct {
	View
	AuthTx
	cursorsTx
	w *writeConn
}

func newTx(c *writeConn, account audit.AccountID) *Tx {
	return &Tx{View{c, account}, AuthTx{heldBy(c), c}, cursorsTx{c, account}, c}
}

var (
	_ crm.Store = (*DB)(nil)
	_ crm.View  = (*View)(nil)
	_ crm.Tx    = (*Tx)(nil)
)

// WriteRecords implements crm.Store.
func (db *DB) WriteRecords(ctx context.Context, account audit.AccountID, fn func(crm.Tx) error) error {
	return db.write(ctx, alone(account), func(c *writeConn) error { return fn(newTx(c, account)) })
}

// ReadRecords implements crm.Store.
func (db *DB) ReadRecords(ctx context.Context, account audit.AccountID, fn func(crm.View) error) error {
	return db.read(ctx, of(account), func(c conn) error { return fn(&View{c, account}) })
}

// Event is audit.Log's Event inside the transaction.
func (v *View) Event(ctx context.Context, id audit.EventID) (audit.Stored, error) {
	return readEvent(ctx, v.c, v.account, id)
}

// Operation is audit.Log's Operation inside the transaction.
func (v *View) Operation(ctx context.Context, id audit.OperationID, after audit.EventID, limit int) ([]audit.Stored, error) {
	return readOperation(ctx, v.c, v.account, id, after, limit)
}

// AppendEvents implements audit.Appender; the events must be of the transaction's account.
func (tx *Tx) AppendEvents(ctx context.Context, events []audit.Encoded) error {
	return appendOwn(ctx, tx.w, tx.account, events)
}
