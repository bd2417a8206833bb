package publish

import (
	"context"
	"errors"
	"fmt"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/ledger"
)

// LostKey is what a new key would take over.
type LostKey struct {
	Old      string // the public key that signed the heads
	Ledgers  []LostLedger
	Compared int // ledgers that were compared with a published checkpoint
}

// LostLedger is a head that was checked.
type LostLedger struct {
	Account  audit.AccountID
	signed   integrity.Signed
	compared bool
}

// LostKey checks all ledgers before another key signs them: each head must be signed by the key that the database names,
// the same for all, and have grown out of the checkpoint in the folder. errs.Conflict nothing_to_sign when all are the
// new key's already. Ledgers that it signed before are passed over, so that a Rekey which was cut off can be done again;
// nil is a key that is not made yet.
func (s *Service) LostKey(ctx context.Context, f *Folder, key *ledger.Key) (LostKey, error) {
	var l LostKey
	for h, err := range heads(ctx, s.Store) {
		if err != nil {
			return l, err
		}
		if key != nil && h.By == key.Public() {
			continue
		}
		if l.Old == "" {
			l.Old = h.By
		}
		if h.By != l.Old {
			return l, errs.New(errs.Conflict, "ledger_other_key", "The ledger of account %s names the key %s, the others %s.", h.Account, h.By, l.Old).
				WithFix("One key signs all ledgers of an installation: somebody edited the database. Run backtrail verify --db URL.")
		}
		checked, err := s.checkLost(ctx, f, h)
		if err != nil {
			return l, err
		}
		if checked.compared {
			l.Compared++
		}
		l.Ledgers = append(l.Ledgers, checked)
	}
	if len(l.Ledgers) == 0 {
		return l, errs.New(errs.Conflict, "nothing_to_sign", "No ledger is signed by another key than this one.").
			WithFix("Start the server with it.")
	}
	return l, nil
}

// checkLost checks one ledger by the key that it names, and by what was published.
func (s *Service) checkLost(ctx context.Context, f *Folder, h Head) (LostLedger, error) {
	l := LostLedger{Account: h.Account}
	vkey, err := ledger.Verifier(ledger.Origin(string(h.Account)), h.By)
	if err != nil {
		return l, notTheirs(h.Account, err)
	}
	last, err := f.last(h.Account)
	if err != nil {
		return l, err
	}
	err = s.Store.ReadLedger(ctx, h.Account, func(src integrity.Source) error {
		if l.signed, err = src.Signed(ctx); err != nil {
			return err
		}
		c, err := ledger.OpenCheckpoint(l.signed.Checkpoint, vkey)
		if err == nil && (c.Head != l.signed.Head || l.signed.By != h.By) {
			err = errors.New("the head is another one than the one that was signed")
		}
		if err == nil && last.text != nil {
			l.compared = true
			if _, err = ledger.OpenCheckpoint(last.text, vkey); err == nil {
				err = grown(ctx, src, l.signed.Head, last.checkpoint.Head)
			}
		}
		if err != nil {
			return notTheirs(h.Account, err)
		}
		return nil
	})
	return l, err
}

// grown reports whether a ledger has grown out of an earlier head.
func grown(ctx context.Context, src integrity.Source, head, earlier ledger.Head) error {
	if head.Size < earlier.Size {
		return fmt.Errorf("it has %d events, and a checkpoint with %d was published", head.Size, earlier.Size)
	}
	root, err := ledger.RootAt(ctx, src, head, earlier.Size)
	if err == nil && root != earlier.Root {
		err = fmt.Errorf("a checkpoint with %d events and another root was published", earlier.Size)
	}
	return err
}

func notTheirs(account audit.AccountID, err error) error {
	return errs.New(errs.Conflict, "ledger_not_signed", "The ledger of account %s is not given another key: %v.", account, err).
		WithFix("Somebody edited the database, or it came back older: see docs/operations.md. Nothing was signed anew.").Because(err)
}

// Rekey signs the head of a ledger with another key: same size, same root. The event with both public keys commits with
// it. The caller is one of the ledger's account. errs.Stale ledger_moved when it is no longer the head that was checked:
// a server with the old key runs.
func (s *Service) Rekey(ctx context.Context, c audit.Caller, l LostLedger, key *ledger.Key) error {
	if err := allowed(c); err != nil {
		return err
	}
	name, err := s.Name(ctx, c.Account)
	if err != nil {
		return err
	}
	after := integrity.Signed{Head: l.signed.Head, By: key.Public()}
	if after.Checkpoint, err = key.Sign(ledger.Origin(string(c.Account)), after.Head); err != nil {
		return err
	}
	d := updated(c.Account, name, "Gave the ledger another signing key", []audit.Change{
		{Field: "ledger_key", Label: "Public key of the ledger", Before: audit.String(l.signed.By), After: audit.String(after.By)}})
	return s.Store.WritePublish(ctx, c.Account, func(tx Tx) error {
		if err := tx.Resign(ctx, l.signed, after); err != nil {
			return err
		}
		_, err := s.Recorder.One(ctx, tx, c.Origin, d)
		return err
	})
}
