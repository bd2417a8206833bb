package alerts

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/follower"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/mail"
)

// Store is what the package needs of the database. All methods are safe for concurrent use.
type Store interface {
	follower.Store

	// Event and Events are those of audit.Log.
	Event(ctx context.Context, account audit.AccountID, id audit.EventID) (audit.Stored, error)
	Events(ctx context.Context, account audit.AccountID, q audit.Query) (audit.Page, error)

	// Alerts returns the account's alerts, in no order.
	Alerts(ctx context.Context, account audit.AccountID) ([]Alert, error)
	// AlertsDue returns accounts with an alert whose DueAt is set and not after now, by their ids, those beyond after ("" for
	// all), at most limit. It promises nothing about the next moment.
	AlertsDue(ctx context.Context, now time.Time, after audit.AccountID, limit int) ([]audit.AccountID, error)
	// WriteAlerts runs fn in one transaction of the account, as jobs.Store.WriteJobs does.
	WriteAlerts(ctx context.Context, account audit.AccountID, fn func(Tx) error) error
}

// Tx writes the alerts of one account and what belongs to them. The transactions of jobs.Store are Tx as well.
type Tx interface {
	jobs.Tx
	follower.Tx

	// LockAlerts returns the account's alerts and keeps every other transaction from changing them until this one ends.
	LockAlerts(ctx context.Context) ([]Alert, error)
	PutAlert(ctx context.Context, a Alert) error // creates or replaces by its id
	DeleteAlert(ctx context.Context, id ID) error

	// AlertsSpent is what the account has spent of a limit, a zero one when nothing.
	AlertsSpent(ctx context.Context, l Limit) (Spent, error)
	PutAlertsSpent(ctx context.Context, l Limit, s Spent) error
}

// Reader is a staff member who may read the log.
type Reader struct {
	ID          audit.RecordID
	Name, Email string
	Owner       bool // of the account
}

// People knows who may read an account's log at this moment.
type People interface {
	// Readers returns the active staff members who may read the whole log.
	Readers(ctx context.Context, account audit.AccountID) ([]Reader, error)
	// Reader returns one of them. Of anybody else it returns why they are none ("was deactivated"), with the name and the
	// address that are still known.
	Reader(ctx context.Context, account audit.AccountID, id audit.RecordID) (r Reader, why string, err error)
	// Manages is errs.Forbidden when somebody has no access any more, or not both of audit.read and audit.manage.
	Manages(ctx context.Context, account audit.AccountID, who Owner) error
}

// Mailer sends the letters of an account; see package mail for its errors.
type Mailer interface {
	Send(ctx context.Context, account audit.AccountID, l mail.Letter) error
}

// Poster calls webhooks; see package webhook.
type Poster interface {
	Check(address string) error
	Post(ctx context.Context, address string, header map[string]string, body []byte) error
}
