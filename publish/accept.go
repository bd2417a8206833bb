package publish

import (
	"context"
	"fmt"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/ledger"
)

// Rollback is a ledger that the sealer refuses because another one was published.
type Rollback struct {
	Account   audit.AccountID
	Now       ledger.Head // in the database
	Published ledger.Head
	// Forked says that the database does not hold the ledger that was published, even as far as it goes.
	Forked bool
}

// Rollback looks whether the sealer refuses the ledger of the caller's account because of what the folder holds. It is
// errs.Conflict nothing_to_accept when it does not; any other error of the sealer is returned as it is, because it
// cannot be accepted.
func (s *Service) Rollback(ctx context.Context, c audit.Caller, f *Folder) (Rollback, error) {
	if err := allowed(c); err != nil {
		return Rollback{}, err
	}
	r := Rollback{Account: c.Account}
	_, err := s.Store.CheckedHead(ctx, c.Account)
	switch errs.Code(err) {
	case "":
		return r, errs.New(errs.Conflict, "nothing_to_accept", "The ledger of account %s follows from what was published; there is nothing to accept.", c.Account).
			WithFix("If a server still refuses it, restart that server: it remembers what it saw itself. If it has another folder, name that with --checkpoints.")
	case "ledger_rolled_back":
	case "ledger_forked":
		r.Forked = true
	default:
		return r, err
	}
	last, err := f.last(c.Account)
	if err != nil {
		return r, err
	}
	r.Published = last.checkpoint.Head
	err = s.Store.ReadLedger(ctx, c.Account, func(src integrity.Source) error {
		signed, err := src.Signed(ctx)
		r.Now = signed.Head
		return err
	})
	return r, err
}

// Accept lets the ledger of r go on from where it is: it records that somebody decided so, and takes the published
// checkpoint out of the way. It returns the file that keeps it.
func (s *Service) Accept(ctx context.Context, c audit.Caller, f *Folder, r Rollback) (string, error) {
	if err := allowed(c); err != nil {
		return "", err
	}
	name, err := s.Name(ctx, c.Account)
	if err != nil {
		return "", err
	}
	note := fmt.Sprintf("Accepted that the ledger goes on from %s, although a checkpoint with %s was published", events(r.Now.Size), events(r.Published.Size))
	if r.Forked {
		note += " of another history"
	}
	d := updated(c.Account, name, note, []audit.Change{
		{Field: "ledger_size", Label: "Events in the ledger", Before: number(r.Published.Size), After: number(r.Now.Size)},
		{Field: "ledger_root", Label: "Root of the ledger", Before: audit.String(r.Published.Root.String()), After: audit.String(r.Now.Root.String())},
	})
	// The event first: the sealer waits until the file is away, so the event is sealed behind the state that it accepts.
	err = s.Store.WritePublish(ctx, c.Account, func(tx Tx) error {
		_, err := s.Recorder.One(ctx, tx, c.Origin, d)
		return err
	})
	if err != nil {
		return "", err
	}
	return f.SetAside(c.Account, s.Recorder.Now())
}
