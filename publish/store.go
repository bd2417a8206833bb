package publish

import (
	"context"
	"iter"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/jobs"
)

// Head is the head of an account's ledger as it lies in the database. Nothing of it was checked.
type Head struct {
	Account    audit.AccountID
	Size       int64
	Checkpoint []byte
	By         string // the public key, as ledger.Key.Public gives it
}

// Store is what the package needs of the database. All methods are safe for concurrent use.
type Store interface {
	integrity.Store

	// Heads returns the heads of ledgers of all accounts, by account, those above after ("" for the start), at most
	// limit. It is for the Publisher and the command line, and for nobody who works in an account.
	Heads(ctx context.Context, after audit.AccountID, limit int) ([]Head, error)

	// CheckedHead returns an account's signed head, Size 0 before the first event is sealed, after the checks without
	// which the sealer does not go on: it is signed with the installation's key, and it has grown out of what this
	// process saw and what was published. The errors are those of the sealer: errs.Unavailable with a code that begins
	// with ledger_, or one that wraps ledger.ErrDamaged.
	CheckedHead(ctx context.Context, account audit.AccountID) (integrity.Signed, error)

	// CheckpointTargets returns the targets of an account, the zero State when it never had any.
	CheckpointTargets(ctx context.Context, account audit.AccountID) (State, error)

	// DueTargets returns accounts whose next copies are due, those first that have waited longest, at most limit. It
	// promises nothing about the next moment: see Tx.LockTargets.
	DueTargets(ctx context.Context, now time.Time, limit int) ([]audit.AccountID, error)

	// WritePublish runs fn in one transaction of the account, as jobs.Store.WriteJobs does.
	WritePublish(ctx context.Context, account audit.AccountID, fn func(Tx) error) error
}

// Tx writes targets and what belongs to them. The transactions of jobs.Store are Tx as well.
type Tx interface {
	jobs.Tx

	// LockTargets returns the account's targets and keeps every other transaction from changing them until this one
	// ends. Looking at DueAt after it and putting a later one is the compare-and-swap by which a copy leaves once,
	// however many servers run.
	LockTargets(ctx context.Context) (State, error)

	// PutTargets creates or replaces the account's targets.
	PutTargets(ctx context.Context, s State) error

	// Resign gives the head another signed form and key, if it is still old; errs.Stale ledger_moved otherwise.
	Resign(ctx context.Context, old, signed integrity.Signed) error
}

// headsAtOnce is the number of ledgers in one look.
const headsAtOnce = 500

// heads walks over the heads of all ledgers, up to the first error.
func heads(ctx context.Context, s Store) iter.Seq2[Head, error] {
	return func(yield func(Head, error) bool) {
		for after := audit.AccountID(""); ; {
			page, err := s.Heads(ctx, after, headsAtOnce)
			if err != nil {
				yield(Head{}, err)
				return
			}
			for _, h := range page {
				if after = h.Account; !yield(h, nil) {
					return
				}
			}
			if len(page) < headsAtOnce {
				return
			}
		}
	}
}
