package evidence

import (
	"context"
	"errors"
	"iter"

	"github.com/backtrail/backtrail/ledger"
)

// readAhead is how many places are looked at for one read, and dense how many of them must be wanted for it to go over
// those between: a read of its own costs about as much as a few events.
const (
	readAhead = 1024
	dense     = 8
)

// sealed walks over the events at the places that next finds, from first to the end of the ledger.
func (w *writer) sealed(ctx context.Context, first int64, next func(int64) int64) iter.Seq2[Sealed, error] {
	return func(yield func(Sealed, error) bool) {
		last := w.plan.Head.Size
		for seq := next(first); seq > 0 && seq <= last; {
			page, err := w.src.Sealed(ctx, seq, int(stretchTo(seq, last, next)-seq+1))
			if err == nil && len(page) == 0 {
				err = broken("The event at place %d is missing.", seq)
			}
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(Sealed{}, err)
				return
			}
			at := seq
			for _, e := range page {
				if e.Seq != at {
					yield(Sealed{}, broken("The event at place %d is missing.", at))
					return
				}
				if at == seq {
					if !yield(e, nil) {
						return
					}
					seq = next(seq + 1)
				}
				at++
			}
		}
	}
}

// stretchTo is the last place that is worth reading together with seq.
func stretchTo(seq, last int64, next func(int64) int64) int64 {
	run, far, wanted := seq, seq, int64(1)
	for at := next(seq + 1); at > 0 && at <= min(last, seq+readAhead-1); at = next(at + 1) {
		wanted++
		if at == run+1 {
			run = at
		}
		if wanted*dense >= at-seq+1 {
			far = at
		}
	}
	return max(run, far)
}

// unproved says of an error of a proof what it means.
func unproved(err error) error {
	if errors.Is(err, ledger.ErrDamaged) {
		return broken("The tree of the ledger is damaged.").Because(err)
	}
	return err
}
