package store

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
)

// AuthTx is auth.Tx. Accounts, people, sessions and keys are trusted: who can edit them in the database can log in as anybody, and the
// log will say that they did. Tokens and secrets are kept as hashes only, so who can read them cannot.
type AuthTx struct {
	held
	c *writeConn
}

// held is the lookups that run inside a transaction as well as on their own. Inside one, what they returned stays so
// until it ends: rows are locked, and so are the names of things that may not be there yet.
type held struct {
	conn conn
	in   *writeConn // nil outside of a transaction
}

func heldBy(c *writeConn) held { return held{c, c} }

// lock ends a query whose rows must stay as they are.
func (h held) lock() string {
	if h.in == nil {
		return ""
	}
	return h.conn.words().lockRow
}

func (h held) hold(ctx context.Context, name string) error {
	if h.in == nil {
		return nil
	}
	return h.in.hold(ctx, name)
}

var (
	_ auth.Store = (*DB)(nil)
	_ auth.Tx    = (*AuthTx)(nil)
	_ auth.Held  = held{}
)

// WriteAuth implements auth.Store.
func (db *DB) WriteAuth(ctx context.Context, fn func(auth.Tx) error) error {
	return db.write(ctx, everyone, func(c *writeConn) error { return fn(&AuthTx{heldBy(c), c}) })
}

// AppendEvents implements audit.Appender, for events of any account.
func (tx *AuthTx) AppendEvents(ctx context.Context, events []audit.Encoded) error {
	return appendEvents(ctx, tx.c, events)
}

// look runs one lookup in a snapshot of its own.
func look[T any](ctx context.Context, db *DB, whose scope, lookup func(held) (T, error)) (v T, err error) {
	err = db.read(ctx, whose, func(c conn) error {
		v, err = lookup(held{conn: c})
		return err
	})
	return v, err
}

// must turns the absence of a row into errs.NotFound of a thing.
func must[T any](v T, found bool, err error) func(thing string) (T, error) {
	return func(thing string) (T, error) {
		if err == nil && !found {
			err = errs.New(errs.NotFound, "not_found", "There is no such %s.", thing)
		}
		return v, err
	}
}
