package store

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/savedviews"
)

// Views are trusted as what people called their filters: who can edit them can show others another part of the log than they
// expect, and nothing that these may not see.

// ViewsTx is savedviews.Tx.
type ViewsTx struct {
	c       *writeConn
	account audit.AccountID
}

var (
	_ savedviews.Store = (*DB)(nil)
	_ savedviews.Tx    = (*ViewsTx)(nil)
)

const viewColumns = "account, id, owner, owner_name, name, query, shared, created_at, updated_at"

func scanView(r row) (v savedviews.View, err error) {
	var shared int
	var created, updated int64
	err = r.Scan(&v.Account, &v.ID, &v.Owner, &v.OwnerName, &v.Name, &v.Query, &shared, &created, &updated)
	v.Shared, v.CreatedAt, v.UpdatedAt = shared == 1, instant(created), instant(updated)
	return v, err
}

func readViews(ctx context.Context, c conn, account audit.AccountID, owner audit.ActorID) ([]savedviews.View, error) {
	return all(ctx, c, scanView, "SELECT "+viewColumns+" FROM saved_views WHERE account = $1 AND (shared = 1 OR owner = $2)", account, owner)
}

// SavedViews implements savedviews.Store.
func (db *DB) SavedViews(ctx context.Context, account audit.AccountID, owner audit.ActorID) ([]savedviews.View, error) {
	return look(ctx, db, of(account), func(h held) ([]savedviews.View, error) { return readViews(ctx, h.conn, account, owner) })
}

// WriteViews implements savedviews.Store.
func (db *DB) WriteViews(ctx context.Context, account audit.AccountID, fn func(savedviews.Tx) error) error {
	return db.write(ctx, of(account), func(c *writeConn) error { return fn(&ViewsTx{c, account}) })
}

// AppendEvents implements audit.Appender; the events must be of the transaction's account.
func (tx *ViewsTx) AppendEvents(ctx context.Context, events []audit.Encoded) error {
	return appendOwn(ctx, tx.c, tx.account, events)
}

// LockViews implements savedviews.Tx. It locks the name: there may be no row yet.
func (tx *ViewsTx) LockViews(ctx context.Context) error {
	return tx.c.hold(ctx, "views:"+string(tx.account))
}

// SavedViews implements savedviews.Tx.
func (tx *ViewsTx) SavedViews(ctx context.Context, owner audit.ActorID) ([]savedviews.View, error) {
	return readViews(ctx, tx.c, tx.account, owner)
}

// PutView implements savedviews.Tx.
func (tx *ViewsTx) PutView(ctx context.Context, v savedviews.View) error {
	shared := 0
	if v.Shared {
		shared = 1
	}
	_, err := tx.c.exec(ctx, "INSERT INTO saved_views ("+viewColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "+
		"ON CONFLICT (account, id) DO UPDATE SET name = excluded.name, query = excluded.query, shared = excluded.shared, updated_at = excluded.updated_at",
		tx.account, v.ID, v.Owner, v.OwnerName, v.Name, v.Query, shared, micros(v.CreatedAt), micros(v.UpdatedAt))
	return err
}

// DeleteView implements savedviews.Tx.
func (tx *ViewsTx) DeleteView(ctx context.Context, id savedviews.ID) error {
	_, err := tx.c.exec(ctx, "DELETE FROM saved_views WHERE account = $1 AND id = $2", tx.account, id)
	return err
}
