package drill

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/ledger"
)

// forger cheats in one account's log, over a database whose triggers are out of its way. Its statements run on SQLite and
// on PostgreSQL.
type forger struct {
	db      *sql.DB
	account audit.AccountID
	key     *ledger.Key // the true one: with it, it signs what was true once, and what somebody could who stole it
	size    int64       // of the ledger before it was touched
}

func newForger(ctx context.Context, db *sql.DB, account audit.AccountID, key *ledger.Key) (*forger, error) {
	f := &forger{db: db, account: account, key: key}
	return f, db.QueryRowContext(ctx, "SELECT size FROM heads WHERE account = $1", account).Scan(&f.size)
}

// middle is a place in the middle of the ledger.
func (f *forger) middle() int64 { return (f.size + 1) / 2 }

// exec runs a statement that must change something; $1 is the account.
func (f *forger) exec(ctx context.Context, text string, args ...any) error {
	done, err := f.db.ExecContext(ctx, text, append([]any{f.account}, args...)...)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, errors.New("drill: a cheat changed nothing"))
	}
	return nil
}

// event reads the event of a place, and its salt.
func (f *forger) event(ctx context.Context, seq int64) (e *audit.Event, body []byte, salt []byte, err error) {
	var text string
	err = f.db.QueryRowContext(ctx, "SELECT body, salt FROM events WHERE account = $1 AND seq = $2", f.account, seq).Scan(&text, &salt)
	if err != nil {
		return nil, nil, nil, err
	}
	e, err = audit.ParseEvent([]byte(text))
	return e, []byte(text), salt, err
}

// shift gives the events from a place on other places.
func (f *forger) shift(ctx context.Context, from, by int64) error {
	// In two steps: a statement that moves a row onto the next one's place is refused, although that one moves too.
	if err := f.exec(ctx, "UPDATE events SET seq = -(seq + $2) WHERE account = $1 AND seq >= $3", by, from); err != nil {
		return err
	}
	return f.exec(ctx, "UPDATE events SET seq = -seq WHERE account = $1 AND seq < 0")
}

func (f *forger) remove(ctx context.Context, from, to int64) error {
	return f.exec(ctx, "DELETE FROM events WHERE account = $1 AND seq BETWEEN $2 AND $3", from, to)
}

// backdate puts an event in that never was, and moves those behind it.
func (f *forger) backdate(ctx context.Context) error {
	at := f.middle()
	e, _, _, err := f.event(ctx, at)
	if err != nil {
		return err
	}
	e.ID = audit.EventID(audit.NewIDSource(func() time.Time { return e.RecordedAt }).Next())
	e.Operation, e.Cause, e.UndoOf, e.Size, e.Counts = audit.OperationID(e.ID), "", "", 0, nil
	e.Description = "Approved by the board"
	if err := f.shift(ctx, at, 1); err != nil {
		return err
	}
	return insert(ctx, f.db, "events", f.account, rowOf(e, at))
}

// rowOf is an event as the store keeps it.
func rowOf(e *audit.Event, seq int64) integrity.Row {
	salt := audit.NewSalt()
	c := integrity.Columns{ID: e.ID, OccurredAt: e.OccurredAt.UnixMicro(), RecordedAt: e.RecordedAt.UnixMicro(), Actor: string(e.Actor.ID),
		Type: string(e.Type), Module: e.Module, Action: string(e.Action), Outcome: string(e.Outcome), Channel: string(e.Channel),
		Operation: string(e.Operation), Cause: string(e.Cause), UndoOf: string(e.UndoOf)}
	if e.Record != nil {
		c.Object, c.RecordID = e.Record.Object, string(e.Record.ID)
	}
	return integrity.Row{Seq: seq, Columns: c, Body: e.AppendCanonical(nil), Salt: salt[:]}
}

// leaves are those of the events that are there now.
func (f *forger) leaves(ctx context.Context) (leaves []ledger.Hash, err error) {
	rows, err := f.db.QueryContext(ctx, "SELECT body, salt FROM events WHERE account = $1 ORDER BY seq", f.account)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var build audit.LeafBuilder
	var body, salt, leaf []byte
	for rows.Next() {
		if err := rows.Scan(&body, &salt); err != nil {
			return nil, err
		}
		if leaf, err = build.Append(leaf[:0], body, audit.Salt(salt)); err != nil {
			return nil, err
		}
		leaves = append(leaves, ledger.LeafHash(leaf))
	}
	return leaves, rows.Err()
}

// nothing is what an empty ledger is built on.
type nothing struct{}

func (nothing) Tiles(context.Context, []ledger.TileID) ([]ledger.Tile, error) { return nil, nil }

// rewrite makes tree and head fit the events that are there now. It signs the head as the ledger origin, unless key is nil.
func (f *forger) rewrite(ctx context.Context, key *ledger.Key, origin audit.AccountID) error {
	leaves, err := f.leaves(ctx)
	if err != nil {
		return err
	}
	head, tiles, err := ledger.Append(ctx, nothing{}, ledger.Empty, leaves)
	if err != nil {
		return err
	}
	if err := f.exec(ctx, "DELETE FROM tiles WHERE account = $1"); err != nil {
		return err
	}
	for _, t := range tiles {
		if err := insertTile(ctx, f.db, f.account, t.TileID, t.Hashes); err != nil {
			return err
		}
	}
	if err := f.exec(ctx, "UPDATE heads SET size = $2, root = $3 WHERE account = $1", head.Size, head.Root[:]); err != nil || key == nil {
		return err
	}
	text, err := key.Sign(ledger.Origin(string(origin)), head)
	if err != nil {
		return err
	}
	return f.exec(ctx, "UPDATE heads SET checkpoint = $2, signed_by = $3 WHERE account = $1", string(text), key.Public())
}
