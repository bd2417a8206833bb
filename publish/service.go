package publish

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/mail"
	hooks "github.com/backtrail/backtrail/webhook"
)

// Kind is the kind of the jobs that send checkpoints.
const Kind jobs.Kind = "checkpoint"

// userAgent is what the service calls itself to webhooks.
const userAgent = "Backtrail-Checkpoint/1"

// Options are what a Service needs.
type Options struct {
	Store    Store           // required
	Recorder *audit.Recorder // required
	Runner   *jobs.Runner    // required; NewService gives it the handler
	// Name returns the name of an account; required.
	Name func(ctx context.Context, account audit.AccountID) (string, error)
	// Mailer sends the mail; nil refuses targets by email.
	Mailer *mail.Server
	// AllowPrivateWebhooks lets webhooks be in private networks, and be without TLS.
	AllowPrivateWebhooks bool
	Log                  *slog.Logger // slog.Default when nil
}

// Service keeps the targets of accounts and sends copies of checkpoints to them. Its methods for people ask for
// audit.manage and are errs.Forbidden without; it is safe for concurrent use.
type Service struct {
	Options
	poster *hooks.Poster
	failed atomic.Int64
}

// NewService returns a service and gives its handler to the runner; before Runner.Run.
func NewService(o Options) *Service {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &Service{Options: o, poster: hooks.New(userAgent, o.AllowPrivateWebhooks)}
	o.Runner.Handle(Kind, jobs.Handler{Run: s.deliver, Failed: s.undelivered})
	return s
}

// FailedDeliveries is the number of deliveries that this process gave up.
func (s *Service) FailedDeliveries() int64 { return s.failed.Load() }

// SendsMail reports whether targets by email are possible.
func (s *Service) SendsMail() bool { return s.Mailer != nil }

func allowed(c audit.Caller) error {
	if !c.May(audit.AuditManage) {
		return errs.MissingPermission(string(audit.AuditManage), "manage where checkpoints of the audit log are sent")
	}
	return nil
}

// Targets returns the targets of the caller's account with their last deliveries.
func (s *Service) Targets(ctx context.Context, c audit.Caller) (State, error) {
	if err := allowed(c); err != nil {
		return State{}, err
	}
	return s.targets(ctx, c.Account)
}

func (s *Service) targets(ctx context.Context, account audit.AccountID) (State, error) {
	state, err := s.Store.CheckpointTargets(ctx, account)
	if state.Schedule == "" {
		state.Schedule = Daily
	}
	return state, err
}

// SetTargets replaces the targets and returns what they are now; the event audit.settings_updated commits with it. What
// is the same as before writes no event. errs.Invalid names webhook, email or schedule.
func (s *Service) SetTargets(ctx context.Context, c audit.Caller, t Targets) (State, error) {
	if err := allowed(c); err != nil {
		return State{}, err
	}
	if t.Schedule == "" {
		t.Schedule = Daily
	}
	if err := s.checkTargets(t); err != nil {
		return State{}, err
	}
	name, err := s.Name(ctx, c.Account)
	if err != nil {
		return State{}, err
	}
	var state State
	err = s.Store.WritePublish(ctx, c.Account, func(tx Tx) error {
		if state, err = tx.LockTargets(ctx); err != nil {
			return err
		}
		if state.Schedule == "" {
			state.Schedule = Daily
		}
		changes := state.changes(t)
		state.set(c.Account, t, s.Recorder.Now())
		if len(changes) == 0 {
			return nil
		}
		if err := tx.PutTargets(ctx, state); err != nil {
			return err
		}
		_, err := s.Recorder.One(ctx, tx, c.Origin, updated(c.Account, name, "Changed where checkpoints of the log are sent", changes))
		return err
	})
	return state, err
}

// askAgain is how long somebody must wait before they ask for copies again.
const askAgain = time.Minute

// SendNow sends copies to all targets out of turn: the state that it returns, and later ones, tell what came of it.
// errs.NotPossible no_targets, errs.Conflict asked_already.
func (s *Service) SendNow(ctx context.Context, c audit.Caller) (State, error) {
	if err := allowed(c); err != nil {
		return State{}, err
	}
	var state State
	err := s.Store.WritePublish(ctx, c.Account, func(tx Tx) (err error) {
		if state, err = tx.LockTargets(ctx); err != nil {
			return err
		}
		now := s.Recorder.Now()
		if len(state.addressed()) == 0 {
			return errs.New(errs.NotPossible, "no_targets", "There is nothing to send checkpoints to.").WithFix("Set a webhook or an email first.")
		}
		if now.Before(state.AskedAt.Add(askAgain)) {
			return errs.New(errs.Conflict, "asked_already", "Copies were asked for less than a minute ago.").WithFix("Wait a minute.")
		}
		state.AskedAt = now
		if err := tx.PutTargets(ctx, state); err != nil {
			return err
		}
		return s.enqueue(ctx, tx, c.Origin, state)
	})
	if err == nil {
		s.Runner.Wake()
	}
	return state, err
}

// addressed are the kinds of targets that there are.
func (s *State) addressed() []kind {
	var out []kind
	for _, k := range kinds {
		if s.target(k).Address != "" {
			out = append(out, k)
		}
	}
	return out
}

// payload is what a job delivers: one checkpoint to one target. The checkpoint is that of the moment in which it leaves.
type payload struct {
	Target  kind         `json:"target"`
	Address string       `json:"address"`
	Origin  audit.Origin `json:"origin"` // who asked, for the event
}

// enqueue adds a job for each target: one that fails is tried again without the other.
func (s *Service) enqueue(ctx context.Context, tx Tx, origin audit.Origin, state State) error {
	for _, k := range state.addressed() {
		b, err := json.Marshal(payload{k, state.target(k).Address, origin})
		if err != nil {
			return err
		}
		if err := tx.PutJob(ctx, jobs.Job{Account: origin.Account, ID: jobs.ID(s.Recorder.NewID()), Kind: Kind, Status: jobs.Queued,
			RequestedBy: origin.Actor.ID, Payload: b, CreatedAt: s.Recorder.Now()}); err != nil {
			return err
		}
	}
	return nil
}
