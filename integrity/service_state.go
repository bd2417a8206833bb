package integrity

import (
	"context"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

const (
	// standstillAfter is how long events may wait before something is wrong: the sealer comes twice a second.
	standstillAfter = time.Minute
)

// State is how an account's ledger stands.
type State struct {
	Signed            // the newest head
	Waiting int       // events that wait to be sealed
	Since   time.Time // when the first of them was recorded; zero when none waits
	// Standstill says why they wait for longer than they should, nil when they do not.
	Standstill *errs.Error
}

// State returns how the caller's ledger stands.
func (s *Service) State(ctx context.Context, c audit.Caller) (State, error) {
	var st State
	if err := mayRead(c); err != nil {
		return st, err
	}
	err := s.Store.ReadLedger(ctx, c.Account, func(src Source) (err error) {
		st = State{}
		if st.Signed, err = src.Signed(ctx); err != nil {
			return err
		}
		waiting, since, err := src.Backlog(ctx)
		if waiting > 0 {
			st.Waiting, st.Since = int(waiting), time.UnixMicro(since).UTC()
		}
		return err
	})
	if err = shown(err); errs.Code(err) == "ledger_damaged" {
		return State{Standstill: errs.Of(err)}, nil // the sealer refuses such a head
	}
	if err == nil && st.Waiting > 0 && s.Recorder.Now().Sub(st.Since) > standstillAfter {
		st.Standstill = s.standstill(ctx, c.Account)
	}
	return st, err
}

// standstill finds out why an account's events are not sealed.
func (s *Service) standstill(ctx context.Context, account audit.AccountID) *errs.Error {
	_, err := s.CheckedHead(ctx, account)
	if err == nil {
		return errs.New(errs.Unavailable, "not_sealed", "Nothing is wrong with the ledger itself. The server that seals may have stopped, or a transaction on the database has been open for long.").
			WithFix("Tell whoever runs the server: its log says more.")
	}
	e := Told(err)
	if e.Kind == errs.Internal {
		return errs.New(errs.Unavailable, "ledger_damaged", "The ledger cannot be gone on with.").
			WithFix("Tell whoever runs the server: its log says why. Verify the whole log: that says what is wrong, and where.")
	}
	return e
}

// Told gives an error of CheckedHead the words that an account may read: those for who runs the server name its files, and
// are in the log of the sealer.
func Told(err error) *errs.Error {
	e := errs.Of(err)
	switch {
	case strings.HasPrefix(e.Code, "ledger_key_"):
		return noKey()
	case strings.HasPrefix(e.Code, "ledger_checkpoint_"):
		return errs.New(errs.Unavailable, e.Code, "The server cannot read the checkpoint that it published of this ledger. Events are recorded, and wait.").
			WithFix("Tell whoever runs the server: its log says which file it is.")
	}
	return e
}
