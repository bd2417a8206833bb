package alerts

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/follower"
	"github.com/backtrail/backtrail/jobs"
)

// Options are what a Service needs; all but Log and PublicURL are required.
type Options struct {
	Store    Store
	Recorder *audit.Recorder
	Runner   *jobs.Runner // New gives it the handler
	People   People
	Mailer   Mailer
	Poster   Poster
	// Account returns the name and the time zone of an account.
	Account func(ctx context.Context, account audit.AccountID) (name string, zone *time.Location, err error)
	// PublicURL is where people reach the pages, "" when nobody said it: then messages have no links.
	PublicURL string
	Log       *slog.Logger // slog.Default when nil
}

// Service keeps alerts, follows the log for them, and sends what they have to say. To see them its methods ask for
// audit.read, to change them for audit.manage too; they are errs.Forbidden without. It is safe for concurrent use.
type Service struct {
	Options
	fired, failed atomic.Int64
	previews      previews

	// at is called at the points where a test lets the server die, by a panic; nil otherwise.
	at func(point string)
}

// New returns a service and gives its handler to the runner; before Runner.Run.
func New(o Options) *Service {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &Service{Options: o}
	o.Runner.Handle(Kind, jobs.Handler{Run: s.deliver, Failed: s.undelivered, Forgets: true, Lasts: keepJobs})
	return s
}

func mayRead(c audit.Caller) error {
	if !c.May(audit.AuditRead) {
		return errs.MissingPermission(string(audit.AuditRead), "see the alerts of the audit log")
	}
	return nil
}

// mayManage asks for both: a message says what stands in the log.
func mayManage(c audit.Caller) error {
	if err := mayRead(c); err != nil {
		return err
	}
	if !c.May(audit.AuditManage) {
		return errs.MissingPermission(string(audit.AuditManage), "change the alerts of the audit log")
	}
	return nil
}

// Alerts returns the account's alerts, those that are on first, each by name. The ready-made ones are among them.
func (s *Service) Alerts(ctx context.Context, c audit.Caller) ([]Alert, error) {
	if err := mayRead(c); err != nil {
		return nil, err
	}
	list, err := s.Store.Alerts(ctx, c.Account)
	if err != nil {
		return nil, err
	}
	list, err = s.whole(ctx, c.Account, list)
	return sorted(list), err
}

// Alert returns one of them; errs.NotFound when there is none of this id.
func (s *Service) Alert(ctx context.Context, c audit.Caller, id ID) (Alert, error) {
	list, err := s.Alerts(ctx, c)
	if err != nil {
		return Alert{}, err
	}
	if i := find(list, id); i >= 0 {
		return list[i], nil
	}
	return Alert{}, notFound()
}

// whole adds the ready-made alerts to those that are stored.
func (s *Service) whole(ctx context.Context, account audit.AccountID, list []Alert) ([]Alert, error) {
	readers, err := s.People.Readers(ctx, account)
	if err != nil {
		return nil, err
	}
	var owners []audit.RecordID
	for _, r := range readers {
		if r.Owner && len(owners) < MaxRecipients {
			owners = append(owners, r.ID)
		}
	}
	return withReady(account, list, owners), nil
}

func find(list []Alert, id ID) int {
	return slices.IndexFunc(list, func(a Alert) bool { return a.ID == id })
}

// Recipient is somebody whom an alert tells, or would.
type Recipient struct {
	Reader
	Why string // they get nothing; "" when they do
}

// Recipients returns whom an alert tells, as of now.
func (s *Service) Recipients(ctx context.Context, a Alert) ([]Recipient, error) {
	out := make([]Recipient, len(a.Recipients))
	for i, id := range a.Recipients {
		r, why, err := s.People.Reader(ctx, a.Account, id)
		if err != nil {
			return nil, err
		}
		out[i] = Recipient{r, why}
	}
	return out, nil
}

// Readers returns who can be told: the active staff members who may read the log.
func (s *Service) Readers(ctx context.Context, c audit.Caller) ([]Reader, error) {
	if err := mayManage(c); err != nil {
		return nil, err
	}
	return s.People.Readers(ctx, c.Account)
}

// NewAlert is an alert to be made. Recipients are email addresses.
type NewAlert struct {
	Name, Query string
	Condition   Condition
	Digest      string
	Recipients  []string
	Webhook     string
	Enabled     bool
}

// Change is what shall be different; nil leaves it. Recipients are email addresses.
type Change struct {
	Name, Query *string
	Condition   *Condition
	Digest      *string
	Recipients  *[]string
	Webhook     *string
	Enabled     *bool
	NewSecret   bool // the webhook's signature gets another one
}

// Create makes an alert; audit.alert_created commits with it. secret is that of the webhook's signature, here and never again; ""
// without a webhook. errs.Invalid names the fields; errs.Conflict name_taken, too_many_alerts.
func (s *Service) Create(ctx context.Context, c audit.Caller, in NewAlert) (a Alert, secret string, err error) {
	if err := mayManage(c); err != nil {
		return Alert{}, "", err
	}
	now := s.Recorder.Now()
	a = Alert{Account: c.Account, ID: ID(s.Recorder.NewID()), CreatedAt: now, UpdatedAt: now, Owner: ownerOf(c), Enabled: in.Enabled, Since: now}
	if err := s.set(ctx, &a, Change{Name: &in.Name, Query: &in.Query, Condition: &in.Condition, Digest: &in.Digest, Recipients: &in.Recipients, Webhook: &in.Webhook}); err != nil {
		return Alert{}, "", err
	}
	err = s.Store.WriteAlerts(ctx, c.Account, func(tx Tx) error {
		list, err := tx.LockAlerts(ctx)
		if err != nil {
			return err
		}
		list = withReady(c.Account, list, nil)
		if len(list) >= MaxAlerts {
			return errs.New(errs.Conflict, "too_many_alerts", "The account has %d alerts; the limit is %d.", len(list), MaxAlerts).WithFix("Delete one that you need no longer, or change its filter.")
		}
		return s.put(ctx, tx, c.Origin, list, Alert{}, a, "audit.alert_created")
	})
	return a, a.Secret, err
}

// Update changes an alert and returns what it is now, with a secret when there is a new one; audit.alert_updated commits with
// it. What is the same as before writes no event. Who changes an alert answers for it from then on. errs.NotFound; errs.Invalid and errs.Conflict as
// for Create.
func (s *Service) Update(ctx context.Context, c audit.Caller, id ID, change Change) (a Alert, secret string, err error) {
	if err := mayManage(c); err != nil {
		return Alert{}, "", err
	}
	seen, err := s.Alert(ctx, c, id)
	if err != nil {
		return Alert{}, "", err
	}
	// What needs other reads is checked ahead of the transaction; what it leaves alone is taken from the row of then.
	checked := seen
	if err := s.set(ctx, &checked, change); err != nil {
		return Alert{}, "", err
	}
	err = s.Store.WriteAlerts(ctx, c.Account, func(tx Tx) error {
		list, err := tx.LockAlerts(ctx)
		if err != nil {
			return err
		}
		list = withReady(c.Account, list, seen.Recipients)
		i := find(list, id)
		if i < 0 {
			return notFound()
		}
		was := list[i]
		a, secret = was, ""
		checked.into(&a, change)
		now := s.Recorder.Now()
		if a.Webhook == "" {
			a.Secret = ""
		} else if a.Webhook != was.Webhook || change.NewSecret {
			a.Secret = newSecret()
			secret = a.Secret
		}
		if a.Enabled {
			a.Paused = ""
		}
		if len(a.Recipients) == 0 && a.Webhook == "" { // each was fine by itself
			return nobodyToTell()
		}
		if len(changes(was, a, nil)) == 0 {
			return nil
		}
		// What waits is told as it would have been, to those whom it was for.
		if err := s.tellRest(ctx, tx, &was, now); err != nil {
			return err
		}
		a.State, a.FiredAt, a.Fired, a.FailedAt, a.Problem = was.State, was.FiredAt, was.Fired, was.FailedAt, was.Problem
		switch {
		case a.Enabled != was.Enabled || a.Query != was.Query:
			a.forget(now)
		case a.Condition != was.Condition: // what no server has looked at yet counts
			a.State = State{}
		}
		a.setDue()
		a.Owner, a.UpdatedAt = ownerOf(c), now
		if a.CreatedAt.IsZero() {
			a.CreatedAt = now
		}
		return s.put(ctx, tx, c.Origin, list, was, a, "audit.alert_updated")
	})
	s.Runner.Wake()
	return a, secret, err
}

// into writes what a change gave, as it was checked.
func (checked Alert) into(a *Alert, change Change) {
	if change.Name != nil {
		a.Name = checked.Name
	}
	if change.Query != nil {
		a.Query = checked.Query
	}
	if change.Condition != nil {
		a.Condition = checked.Condition
	}
	if change.Digest != nil {
		a.Digest = checked.Digest
	}
	if change.Recipients != nil {
		a.Recipients = checked.Recipients
	}
	if change.Webhook != nil {
		a.Webhook = checked.Webhook
	}
	if change.Enabled != nil {
		a.Enabled = checked.Enabled
	}
}

// Delete removes an alert; audit.alert_deleted commits with it. errs.NotFound; errs.NotPossible ready_made.
func (s *Service) Delete(ctx context.Context, c audit.Caller, id ID) error {
	if err := mayManage(c); err != nil {
		return err
	}
	if (Alert{ID: id}).Ready() {
		return errs.New(errs.NotPossible, "ready_made", "This alert comes with every account and cannot be deleted.").WithFix("Switch it off.")
	}
	err := s.Store.WriteAlerts(ctx, c.Account, func(tx Tx) error {
		list, err := tx.LockAlerts(ctx)
		if err != nil {
			return err
		}
		i := find(list, id)
		if i < 0 {
			return notFound()
		}
		was := list[i]
		if err := s.tellRest(ctx, tx, &was, s.Recorder.Now()); err != nil {
			return err
		}
		if err := tx.DeleteAlert(ctx, id); err != nil {
			return err
		}
		if was.Enabled {
			return s.recordAndTell(ctx, tx, c.Origin, was, Alert{}, "audit.alert_deleted", "")
		}
		_, err = s.record(ctx, tx, c.Origin, was, Alert{}, "audit.alert_deleted", "")
		return err
	})
	if err == nil {
		s.Runner.Wake()
	}
	return err
}

// put writes an alert whose name is free among the others, with its event; the log is followed once one is on.
func (s *Service) put(ctx context.Context, tx Tx, by audit.Origin, list []Alert, was, a Alert, kind audit.Type) error {
	if err := nameFree(list, a); err != nil {
		return err
	}
	if a.Enabled {
		if err := tx.FollowAccount(ctx, follower.Alerts); err != nil {
			return err
		}
	}
	if err := tx.PutAlert(ctx, a); err != nil {
		return err
	}
	if was.guardedMore(a) {
		return s.recordAndTell(ctx, tx, by, was, a, kind, "")
	}
	_, err := s.record(ctx, tx, by, was, a, kind, "")
	return err
}

// guardedMore reports whether those whom an alert told may be told less after a change, or others in their place.
func (was Alert) guardedMore(a Alert) bool {
	return was.Enabled && (!a.Enabled || a.Query != was.Query || a.Condition != was.Condition || a.Digest != was.Digest || a.Webhook != was.Webhook ||
		!slices.Equal(a.Recipients, was.Recipients))
}

func ownerOf(c audit.Caller) Owner {
	if b := c.Actor.OnBehalfOf; b != nil {
		return Owner{audit.User, b.ID, b.Name}
	}
	return Owner{c.Actor.Type, c.Actor.ID, c.Actor.Name}
}

// newSecret is a key of 24 random bytes as Standard Webhooks writes them.
func newSecret() string {
	b := make([]byte, 24)
	rand.Read(b) // never fails (crypto/rand)
	return "whsec_" + base64.StdEncoding.EncodeToString(b)
}

func (s *Service) reach(point string) {
	if s.at != nil {
		s.at(point)
	}
}

// Check says what is wrong with an alert that somebody would make, as Create does; nothing is written.
func (s *Service) Check(ctx context.Context, c audit.Caller, in NewAlert) error {
	if err := mayManage(c); err != nil {
		return err
	}
	a := Alert{Account: c.Account}
	return s.set(ctx, &a, Change{Name: &in.Name, Query: &in.Query, Condition: &in.Condition, Digest: &in.Digest, Recipients: &in.Recipients, Webhook: &in.Webhook})
}
