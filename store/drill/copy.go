package drill

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/ledger"
	"github.com/backtrail/backtrail/store"
)

// atOnce is how many rows, or tiles, are copied at a time.
const atOnce = 200

// copier copies the beginning of an account's ledger into a database of its own.
type copier struct {
	src     integrity.Source
	account audit.AccountID
	key     *ledger.Key
	tx      *sql.Tx
}

// copyLog copies the first most events of a ledger, all when most is 0, to a new SQLite file, as one moment has them. The head is
// signed anew, because there is no signature of a beginning. At least one event waits in the copy, so that the drill can
// try what waits too.
func copyLog(ctx context.Context, from integrity.Store, account audit.AccountID, most int64, key *ledger.Key, path string) error {
	empty, err := store.Open(ctx, "sqlite:"+path, store.Options{})
	if err != nil {
		return err
	}
	if err := empty.Close(); err != nil {
		return err
	}
	db, err := openFile(path)
	if err != nil {
		return err
	}
	err = from.ReadLedger(ctx, account, func(src integrity.Source) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		c := copier{src, account, key, tx}
		if err := c.run(ctx, most); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		return tx.Commit()
	})
	return errors.Join(err, db.Close())
}

// openFile opens an SQLite file as an attacker would, and not durably: it is thrown away.
func openFile(path string) (*sql.DB, error) {
	return sql.Open("sqlite", "file:"+path+"?_pragma=synchronous(OFF)&_pragma=journal_mode(DELETE)")
}

func (c *copier) run(ctx context.Context, most int64) error {
	signed, err := c.src.Signed(ctx)
	if err != nil {
		return err
	}
	size := signed.Size
	if most > 0 {
		size = min(size, most)
	}
	waiting, err := c.src.Waiting(ctx, "", 1)
	if err != nil {
		return err
	}
	whole := size == signed.Size && len(waiting) > 0
	if !whole {
		size-- // the last one waits
	}
	if size < 1 {
		return errs.New(errs.NotPossible, "log_too_short", "The log of account %s has too few events for a drill.", c.account).
			WithFix("Try it on an account with more events.")
	}
	if err := c.rows(ctx, size, whole); err != nil {
		return err
	}
	if whole {
		err = c.waiting(ctx)
	}
	if err != nil {
		return err
	}
	return c.tree(ctx, signed.Head, size)
}

// rows copies the sealed events of a ledger of a size. When it is not the whole one, the next event waits, and with it the rest of
// its operation.
func (c *copier) rows(ctx context.Context, size int64, whole bool) error {
	var after int64
	var operation string
	for {
		rows, err := c.src.Rows(ctx, after, atOnce)
		if err != nil {
			return err
		}
		for _, r := range rows {
			after = r.Seq
			switch {
			case r.Seq <= size:
				err = insert(ctx, c.tx, "events", c.account, r)
			case whole || r.Seq > size+1 && r.Columns.Operation != operation:
				return nil
			default:
				operation = r.Columns.Operation
				err = insert(ctx, c.tx, "pending", c.account, r)
			}
			if err != nil {
				return err
			}
		}
		if len(rows) < atOnce {
			return nil
		}
	}
}

func (c *copier) waiting(ctx context.Context) error {
	var after audit.EventID
	for {
		rows, err := c.src.Waiting(ctx, after, atOnce)
		if err != nil {
			return err
		}
		for _, r := range rows {
			after = r.Columns.ID
			if err := insert(ctx, c.tx, "pending", c.account, r); err != nil {
				return err
			}
		}
		if len(rows) < atOnce {
			return nil
		}
	}
}

// tree copies the tiles of the beginning of a ledger, and signs its head.
func (c *copier) tree(ctx context.Context, head ledger.Head, size int64) error {
	root, err := ledger.RootAt(ctx, c.src, head, size)
	if err != nil {
		return err
	}
	for ids := range slices.Chunk(tilesOf(size), atOnce) {
		tiles, err := c.src.Tiles(ctx, ids)
		if err != nil {
			return err
		}
		for _, t := range tiles {
			width := min(size>>(8*t.Level)-t.N*256, 256)
			if err := insertTile(ctx, c.tx, c.account, t.TileID, t.Hashes[:width*int64(len(root))]); err != nil {
				return err
			}
		}
	}
	text, err := c.key.Sign(ledger.Origin(string(c.account)), ledger.Head{Size: size, Root: root})
	if err != nil {
		return err
	}
	_, err = c.tx.ExecContext(ctx, "INSERT INTO heads (account, size, root, checkpoint, signed_by, sealed_at) VALUES ($1, $2, $3, $4, $5, 0)",
		c.account, size, root[:], string(text), c.key.Public())
	return err
}

// tilesOf names all tiles of a ledger.
func tilesOf(size int64) (ids []ledger.TileID) {
	for level := 0; size>>(8*level) > 0; level++ {
		for n := int64(0); n*256 < size>>(8*level); n++ {
			ids = append(ids, ledger.TileID{Level: level, N: n})
		}
	}
	return ids
}

type execer interface {
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
}

func insertTile(ctx context.Context, to execer, account audit.AccountID, id ledger.TileID, hashes []byte) error {
	_, err := to.ExecContext(ctx, "INSERT INTO tiles (account, level, n, hashes) VALUES ($1, $2, $3, $4)", account, id.Level, id.N, hashes)
	return err
}

// insert adds a row to events, or to pending: there its place is not kept.
func insert(ctx context.Context, to execer, table string, account audit.AccountID, r integrity.Row) error {
	place := "seq"
	if table == "pending" {
		place = "tx"
	}
	c := r.Columns
	_, err := to.ExecContext(ctx, fmt.Sprintf("INSERT INTO %s (account, %s, id, occurred_at, recorded_at, actor, type, module, action, outcome, channel, "+
		"object, record_id, operation, cause, undo_of, body, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)", table, place),
		account, r.Seq, c.ID, c.OccurredAt, c.RecordedAt, c.Actor, c.Type, c.Module, c.Action, c.Outcome, c.Channel,
		c.Object, c.RecordID, c.Operation, c.Cause, c.UndoOf, string(r.Body), r.Salt)
	return err
}
