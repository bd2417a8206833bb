package integrity

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/ledger"
)

// Signed is the head of an account's ledger as the database has it.
type Signed struct {
	ledger.Head
	// Checkpoint is the head in its signed form, empty before the first event is sealed.
	Checkpoint []byte
	// By is the public key that signed it, as ledger.Key.Public gives it.
	By string
	// SealedAt is when, by the clock of the server that signed; zero for the empty head.
	SealedAt time.Time
}

// Row is one event as it lies in the database.
type Row struct {
	Seq     int64 // 0 while it waits
	Columns Columns
	Body    []byte
	Salt    []byte
}

// Columns are what stands beside the body of an event, so that queries find it. Times are microseconds since 1970.
type Columns struct {
	ID                                                              audit.EventID
	OccurredAt, RecordedAt                                          int64
	Actor, Type, Module, Action, Outcome, Channel, Object, RecordID string
	Operation, Cause, UndoOf                                        string
}

// Source is one state of an account's ledger. It is read by one goroutine at a time.
type Source interface {
	// Signed returns the head; the empty one before the first event is sealed.
	Signed(ctx context.Context) (Signed, error)
	// Tiles reads the tree; what it gives is not trusted.
	ledger.TileReader
	// Rows returns the sealed events with a seq above after, the lowest first, at most limit.
	Rows(ctx context.Context, after int64, limit int) ([]Row, error)
	// Row returns the sealed event of a place; errs.NotFound when there is none.
	Row(ctx context.Context, seq int64) (Row, error)
	// Backlog counts the events that wait for the sealer and says when the first of them was recorded, in microseconds
	// since 1970.
	Backlog(ctx context.Context) (events, since int64, err error)
	// Waiting returns the events that wait for the sealer, by id, those above after, at most limit.
	Waiting(ctx context.Context, after audit.EventID, limit int) ([]Row, error)
}

// Store gives access to ledgers.
type Store interface {
	// ReadLedger runs fn on one consistent state of the account's ledger.
	ReadLedger(ctx context.Context, account audit.AccountID, fn func(Source) error) error
}
