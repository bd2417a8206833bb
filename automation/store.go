package automation

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/follower"
)

// Standing is how far the runner of all servers is behind.
type Standing struct {
	Events int64     // sealed, of accounts with workflows, that were not followed
	Since  time.Time // when the oldest of them was recorded, zero for none
	Due    int64     // runs whose next step is due
	DueAt  time.Time // since when the first of them is, zero for none
}

// Store is what the package needs of the database. All methods are safe for concurrent use.
type Store interface {
	crm.Store
	follower.Store

	// Event and Events are those of audit.Log.
	Event(ctx context.Context, account audit.AccountID, id audit.EventID) (audit.Stored, error)
	Events(ctx context.Context, account audit.AccountID, q audit.Query) (audit.Page, error)

	// AdoptAccounts lets every account that was never followed be followed from its head on. It is for the start of a
	// server: workflows that were enabled before there was a runner begin with what happens from now on.
	AdoptAccounts(ctx context.Context) error
	// Standing looks at all accounts.
	Standing(ctx context.Context, now time.Time) (Standing, error)

	// Run returns a run; errs.NotFound when the account has none of this id.
	Run(ctx context.Context, account audit.AccountID, id RunID) (Run, error)
	// Runs returns the runs of a workflow, newest first, those below before ("" for the newest), at most limit.
	Runs(ctx context.Context, account audit.AccountID, workflow audit.RecordID, before RunID, limit int) ([]Run, error)
	// DueRuns returns open runs that are due, of accounts that are not among those left out, at most limit: of each account
	// the one that has waited longest, then of each the next one, and so on.
	DueRuns(ctx context.Context, now time.Time, without []audit.AccountID, limit int) ([]Run, error)
	// DropRuns deletes runs of all accounts that ended before a time, at most limit, and returns how many.
	DropRuns(ctx context.Context, before time.Time, limit int) (int, error)

	// WriteRuns runs fn in one transaction of the account that writes no records: it waits for nobody who does.
	WriteRuns(ctx context.Context, account audit.AccountID, fn func(Tx) error) error
}

// Tx writes runs and cursors of one account. Every transaction of crm.Store is one as well.
type Tx interface {
	follower.Tx

	// AddRun adds a run unless there is one of this workflow and event.
	AddRun(ctx context.Context, r Run) error
	// OpenRuns counts the runs of the account that are open.
	OpenRuns(ctx context.Context) (int, error)
	// SaveRun replaces a run that is open and has still the claim before r.Claim, and reports whether it had.
	SaveRun(ctx context.Context, r Run) (bool, error)
	// StopRuns ends the open runs of a workflow.
	StopRuns(ctx context.Context, workflow audit.RecordID, reason string, at time.Time) error
}
