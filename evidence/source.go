package evidence

import (
	"context"
	"iter"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/ledger"
)

// Source is where the events of a pack come from: the sealed log of one account, with at least as many events as the
// pack's checkpoint. What is in the places up to that one does not change, so the calls need not see one state. Methods
// are called one at a time; what they return stays as it is until the next call.
type Source interface {
	// Rows walks over the events that the pack's filter lets through, newest first. Those that are not sealed, or sealed
	// behind the checkpoint, are left out by who asks. After an error it ends.
	Rows(ctx context.Context) iter.Seq2[audit.Stored, error]

	// Sealed returns the events of the places from first on, in order and without gaps, at most limit; it may return
	// fewer, but one at least.
	Sealed(ctx context.Context, first int64, limit int) ([]Sealed, error)

	// Tiles reads the tree; what it gives is not trusted.
	ledger.TileReader
}

// Sealed is an event in its place.
type Sealed struct {
	Seq  int64
	Body []byte // canonical
	Salt audit.Salt
}
