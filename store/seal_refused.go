package store

import (
	"context"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// Why the sealer refuses to go on with an account's ledger. Recording goes on meanwhile: events wait. The codes begin
// with ledger_.

func otherKey(account audit.AccountID) error {
	return errs.New(errs.Unavailable, "ledger_other_key", "The ledger of account %s was signed with another key than this server has.", account).
		WithFix("Give this server the key file of the one that sealed before (--ledger-key), or restore it from its backup.")
}

func forgedHead(account audit.AccountID, cause error) error {
	e := errs.New(errs.Unavailable, "ledger_head_forged", "The head of the ledger of account %s is not the one that was signed: somebody edited the database.", account).
		WithFix("Stop the server, keep a copy of the database, run backtrail verify --db URL, and restore the last backup that it passes.")
	if cause != nil {
		return e.Because(cause)
	}
	return e
}

func rolledBack(account audit.AccountID, size, published int64) error {
	return errs.New(errs.Unavailable, "ledger_rolled_back", "The ledger of account %s has %d events, but a checkpoint with %d was published: the database is older than that.", account, size, published).
		WithFix("Restore a newer backup. If there is none, the events after %d are lost; see docs/operations.md, A database that came back older.", size)
}

func forked(account audit.AccountID, size int64) error {
	return errs.New(errs.Unavailable, "ledger_forked", "The ledger of account %s is not the one of which a checkpoint with %d events was published.", account, size).
		WithFix("Stop the server, keep a copy of the database, run backtrail verify --db URL --checkpoint FILE, and restore the last backup that it passes.")
}

// isRefusal reports whether err is about this account's ledger, rather than about a database that does not answer. A
// statement that took too long may be about one account too: somebody holds its rows.
func isRefusal(ctx context.Context, err error) bool {
	code := errs.Code(err)
	return strings.HasPrefix(code, "ledger_") || code == "database_slow" || ctx.Err() == nil && !errs.Is(err, errs.Unavailable)
}

// isKeyless reports whether err says that there is no key to sign with.
func isKeyless(err error) bool { return strings.HasPrefix(errs.Code(err), "ledger_key_") }

// refusals are the accounts that the sealer refused. Each is tried again after its own longer and longer pauses: the
// others do not wait for it.
type refusals map[audit.AccountID]refusal

type refusal struct {
	pause time.Duration
	until time.Time
}

func (r refusals) waits(account audit.AccountID) bool { return time.Now().Before(r[account].until) }

func (r refusals) add(account audit.AccountID) {
	pause := min(max(2*r[account].pause, sealDelay), sealPause)
	r[account] = refusal{pause, time.Now().Add(pause)}
}
