package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/ledger"
)

// Head and tiles are trusted for nothing. Someone who edits a tile makes a tree that does not give the signed root, and
// the sealer stops; who edits the head cannot sign it. Nothing here makes tiles anew: a damaged tree is restored from a
// backup.

var _ integrity.Store = (*DB)(nil)

// ReadLedger implements integrity.Store.
func (db *DB) ReadLedger(ctx context.Context, account audit.AccountID, fn func(integrity.Source) error) error {
	return db.read(ctx, of(account), func(c conn) error { return fn(&ledgerView{c, account}) })
}

// ledgerView is an account's ledger as of one moment.
type ledgerView struct {
	c       conn
	account audit.AccountID
}

var _ integrity.Source = (*ledgerView)(nil)

// Signed implements integrity.Source.
func (v *ledgerView) Signed(ctx context.Context) (integrity.Signed, error) {
	s, found, err := one(ctx, v.c, func(r row) (s integrity.Signed, err error) {
		var root []byte
		var sealed int64
		err = r.Scan(&s.Size, &root, &s.Checkpoint, &s.By, &sealed)
		s.SealedAt = instant(sealed)
		if err == nil && copy(s.Root[:], root) != len(s.Root) {
			err = fmt.Errorf("store: the root of the ledger has %d bytes: %w", len(root), ledger.ErrDamaged)
		}
		return s, err
	}, "SELECT size, root, checkpoint, signed_by, sealed_at FROM heads WHERE account = $1", v.account)
	if err == nil && !found {
		s.Head = ledger.Empty
	}
	return s, err
}

// tilesAtOnce is the number of tiles in one query.
const tilesAtOnce = 100

// Tiles implements ledger.TileReader.
func (v *ledgerView) Tiles(ctx context.Context, ids []ledger.TileID) ([]ledger.Tile, error) {
	by := make(map[ledger.TileID]ledger.Tile, len(ids))
	for some := range slices.Chunk(ids, tilesAtOnce) {
		var asked []fragment
		for _, id := range some {
			asked = append(asked, sqlf("level = ? AND n = ?", id.Level, id.N))
		}
		f := sqlf("SELECT level, n, hashes FROM tiles WHERE account = ?", v.account)
		f.put(" AND (", joined(" OR ", asked), ")")
		found, err := all(ctx, v.c, func(r row) (t ledger.Tile, err error) { return t, r.Scan(&t.Level, &t.N, &t.Hashes) }, f.numbered(), f.args...)
		if err != nil {
			return nil, err
		}
		for _, t := range found {
			by[t.TileID] = t
		}
	}
	out := make([]ledger.Tile, len(ids))
	for i, id := range ids {
		t, ok := by[id]
		if !ok {
			return nil, ledger.MissingTile(id)
		}
		out[i] = t
	}
	return out, nil
}

func scanRow(r row) (w integrity.Row, err error) {
	c := &w.Columns
	return w, r.Scan(&w.Seq, &c.ID, &c.OccurredAt, &c.RecordedAt, &c.Actor, &c.Type, &c.Module, &c.Action, &c.Outcome, &c.Channel,
		&c.Object, &c.RecordID, &c.Operation, &c.Cause, &c.UndoOf, &w.Body, &w.Salt)
}

// Rows implements integrity.Source.
func (v *ledgerView) Rows(ctx context.Context, after int64, limit int) ([]integrity.Row, error) {
	return all(ctx, v.c, scanRow, "SELECT seq, "+eventColumns+" FROM events WHERE account = $1 AND seq > $2 ORDER BY seq LIMIT $3", v.account, after, limit)
}

// Row implements integrity.Source.
func (v *ledgerView) Row(ctx context.Context, seq int64) (integrity.Row, error) {
	return must(one(ctx, v.c, scanRow, "SELECT seq, "+eventColumns+" FROM events WHERE account = $1 AND seq = $2", v.account, seq))("place in the ledger")
}

// Backlog implements integrity.Source.
func (v *ledgerView) Backlog(ctx context.Context) (events, since int64, err error) {
	type backlog struct{ n, since int64 }
	b, _, err := one(ctx, v.c, func(r row) (b backlog, err error) { return b, r.Scan(&b.n, &b.since) },
		"SELECT count(*), coalesce(min(recorded_at), 0) FROM pending WHERE account = $1", v.account)
	return b.n, b.since, err
}

// Waiting implements integrity.Source.
func (v *ledgerView) Waiting(ctx context.Context, after audit.EventID, limit int) ([]integrity.Row, error) {
	return all(ctx, v.c, scanRow, "SELECT 0, "+eventColumns+" FROM pending WHERE account = $1 AND id > $2 ORDER BY id LIMIT $3", v.account, after, limit)
}

// LedgersBegun reports whether any account's ledger has a signed head.
func (db *DB) LedgersBegun(ctx context.Context) (begun bool, err error) {
	err = db.read(ctx, everyone, func(c conn) error {
		_, begun, err = one(ctx, c, scanInt, "SELECT 1 FROM heads LIMIT 1")
		return err
	})
	return begun, err
}

// signedByOthers reports whether a ledger of the installation was signed with another key.
func (db *DB) signedByOthers(ctx context.Context, key *ledger.Key) (others bool, err error) {
	err = db.read(ctx, everyone, func(c conn) error {
		_, others, err = one(ctx, c, scanInt, "SELECT 1 FROM heads WHERE signed_by <> $1 LIMIT 1", key.Public())
		return err
	})
	return others, err
}

// Ledger is what the sealer needs from outside of the database.
type Ledger struct {
	// Key gives the key that signs the heads. It is asked before each round, so that one that was missing is found when
	// it is put back; while it fails, nothing is sealed and recording goes on. nil seals nothing.
	Key func(context.Context) (*ledger.Key, error)
	// Witness knows what was published; nil knows nothing.
	Witness Witness
}

// Witness remembers the checkpoints that left the database, to notice when it comes back older than they are.
type Witness interface {
	// Last returns the newest checkpoint that was published of an account, nil for none. It is quick.
	Last(account audit.AccountID) ([]byte, error)
}

// LedgerKey is the key that signs the heads, or why this server does not have it.
func (db *DB) LedgerKey(ctx context.Context) (*ledger.Key, error) { return db.key(ctx) }

var errNoKey = errs.New(errs.Unavailable, "ledger_key_missing", "There is no key to sign the ledger with.")

// putTiles writes tiles that are new or have grown.
func putTiles(ctx context.Context, c *writeConn, account audit.AccountID, tiles []ledger.Tile) error {
	const width = 4
	var text strings.Builder
	text.WriteString("INSERT INTO tiles (account, level, n, hashes) VALUES ")
	writeTuples(&text, len(tiles), width)
	text.WriteString(" ON CONFLICT (account, level, n) DO UPDATE SET hashes = excluded.hashes")
	args := make([]any, 0, len(tiles)*width)
	for _, t := range tiles {
		args = append(args, account, t.Level, t.N, t.Hashes)
	}
	_, err := c.exec(ctx, text.String(), args...)
	return err
}
