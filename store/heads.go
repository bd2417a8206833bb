package store

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/ledger"
	"github.com/backtrail/backtrail/publish"
)

var (
	_ publish.Store = (*DB)(nil)
	_ publish.Tx    = (*JobsTx)(nil)
)

// Heads implements publish.Store.
func (db *DB) Heads(ctx context.Context, after audit.AccountID, limit int) ([]publish.Head, error) {
	return look(ctx, db, everyone, func(h held) ([]publish.Head, error) {
		return all(ctx, h.conn, func(r row) (p publish.Head, err error) { return p, r.Scan(&p.Account, &p.Size, &p.Checkpoint, &p.By) },
			"SELECT account, size, checkpoint, signed_by FROM heads WHERE account > $1 ORDER BY account LIMIT $2", after, limit)
	})
}

// CheckedHead implements publish.Store.
func (db *DB) CheckedHead(ctx context.Context, account audit.AccountID) (signed integrity.Signed, err error) {
	key, err := db.key(ctx)
	if err != nil {
		return signed, err
	}
	before, err := db.known(account)
	if err != nil {
		return signed, err
	}
	err = db.read(ctx, of(account), func(c conn) error {
		signed, err = db.checkHead(ctx, &ledgerView{c, account}, key, before)
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

// WritePublish implements publish.Store.
func (db *DB) WritePublish(ctx context.Context, account audit.AccountID, fn func(publish.Tx) error) error {
	return db.write(ctx, of(account), func(c *writeConn) error { return fn(newJobsTx(c, account)) })
}

// Resign implements publish.Tx.
func (tx *JobsTx) Resign(ctx context.Context, old, signed integrity.Signed) error {
	n, err := tx.c.exec(ctx, "UPDATE heads SET checkpoint = $1, signed_by = $2 WHERE account = $3 AND size = $4 AND root = $5 AND signed_by = $6",
		string(signed.Checkpoint), signed.By, tx.account, old.Size, old.Root[:], old.By)
	if err == nil && n != 1 {
		err = tx.c.fail(errs.New(errs.Stale, "ledger_moved", "The ledger of account %s moved meanwhile.", tx.account).WithFix("Try again."))
	}
	return err
}
