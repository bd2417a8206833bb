package store

import (
	"context"
	"sync/atomic"
)

type counters struct{ writes, appended, sealed, sealFailures, refused atomic.Int64 }

// Stats are numbers for the metrics; they count from Open on.
type Stats struct {
	Writes       int64 // write closures that were committed
	Commits      int64 // transactions that committed them
	Appended     int64 // events that they appended
	Sealed       int64 // events that this process sealed
	SealFailures int64 // rounds of the sealer that failed
	Refused      int64 // accounts whose ledger the last round refused to go on with; 0 where another process seals
}

// Stats returns the numbers of now.
func (db *DB) Stats() Stats {
	s := Stats{Writes: db.stats.writes.Load(), Appended: db.stats.appended.Load(),
		Sealed: db.stats.sealed.Load(), SealFailures: db.stats.sealFailures.Load(), Refused: db.stats.refused.Load()}
	s.Commits = s.Writes
	if w, ok := db.writer.(*groupWriter); ok {
		s.Commits = w.groups.Load()
	}
	return s
}

// Size is how many bytes the database takes.
func (db *DB) Size(ctx context.Context) (n int64, err error) {
	err = db.read(ctx, nobody, func(c conn) error {
		n, _, err = one(ctx, c, scanInt, c.words().size)
		return err
	})
	return n, err
}
