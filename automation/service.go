package automation

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/follower"
	"github.com/backtrail/backtrail/workflow"
)

const (
	// MaxDepth is how many workflows may follow from one another.
	MaxDepth = 8
	// MaxAttempts is how often a step is tried that may work later.
	MaxAttempts = 6
	// TooLate is how long after its time something is still done.
	TooLate = 72 * time.Hour
	// MaxOpenRuns is how many runs of an account can be under way; more are not begun.
	MaxOpenRuns = 10_000

	// KeepRuns is how long a run that has ended is kept. What its steps did stays in the log.
	KeepRuns = 90 * 24 * time.Hour
	// forgetEvery is how often a server looks for older ones, and forgetAtOnce how many go in one transaction.
	forgetEvery  = time.Hour
	forgetAtOnce = 1000

	// lookEvery is how often a server looks for sealed events and for runs that are due.
	lookEvery = 500 * time.Millisecond
	// lease is how long a server has for a webhook before another one may try.
	lease = 2 * time.Minute
)

// pauses are those before the further attempts of a step.
var pauses = [MaxAttempts - 1]time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour}

// Poster calls webhooks.
type Poster interface {
	// Check is the error of an address that cannot be called: errs.Invalid with what is wrong in its detail.
	Check(address string) error
	// Post sends a body. errs.Unavailable says that it may work later.
	Post(ctx context.Context, address string, header map[string]string, body []byte) error
}

// Mailer sends mail to contacts.
type Mailer interface {
	// SendTemplate puts an email made of a template into the conversation with a contact, as part of op, and sees to it
	// that it leaves once op is committed. It returns the message.
	SendTemplate(ctx context.Context, op *crm.Operation, contact, template *crm.Record) (*crm.Record, error)
}

// Options are what a Service needs.
type Options struct {
	Store    Store           // required
	Engine   *crm.Engine     // required; NewService follows its workflows
	Recorder *audit.Recorder // required
	Poster   Poster          // required
	Mailer   Mailer          // required
	Log      *slog.Logger    // slog.Default when nil
}

// Service follows the log and does what workflows say. It is safe for concurrent use.
type Service struct {
	Options
	wake   chan struct{} // holds one signal
	counts counts
	since  sync.Map // flowVersion to the seq of the event that enabled it
	most   int      // MaxOpenRuns but in tests

	// at is called at the points where a test lets the server die, by a panic; nil otherwise.
	at func(point string)
}

type counts struct{ done, failed, stopped, retried atomic.Int64 }

// NewService returns a service; before the engine is used.
func NewService(o Options) *Service {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &Service{Options: o, wake: make(chan struct{}, 1), most: MaxOpenRuns}
	o.Engine.Follow(workflow.Object, s.written)
	return s
}

// Numbers are for the metrics.
type Numbers struct {
	Done, Failed, Stopped, Retried int64 // runs, and attempts of steps, by this process
	Standing
}

// Numbers looks at what this process did and how far all of them are behind.
func (s *Service) Numbers(ctx context.Context) (Numbers, error) {
	standing, err := s.Store.Standing(ctx, s.Recorder.Now())
	return Numbers{s.counts.done.Load(), s.counts.failed.Load(), s.counts.stopped.Load(), s.counts.retried.Load(), standing}, err
}

// written goes with every write to a workflow: a webhook must have an address that can be called, the log of the account
// is followed from the first one on that is enabled, and runs end with a workflow that is disabled or deleted.
func (s *Service) written(ctx context.Context, op *crm.Operation, did crm.Written) error {
	tx := op.Tx().(Tx) // the store's transactions are
	on := did.After != nil && did.After.Fields["enabled"].Bool()
	was := did.Before != nil && did.Before.Fields["enabled"].Bool()
	restored := did.Before == nil && did.After != nil && did.After.Version > 1
	if did.After != nil && !restored && (did.Before == nil || did.Before.Fields["steps"] != did.After.Fields["steps"]) {
		if err := s.checkWebhooks(did.After); err != nil {
			return err
		}
	}
	switch {
	case on && !was:
		return tx.FollowAccount(ctx, follower.Workflows)
	case did.After == nil:
		return tx.StopRuns(ctx, did.Before.ID, wasDeleted, op.Log().Now())
	case was && !on:
		return tx.StopRuns(ctx, did.Before.ID, wasSwitchedOff, op.Log().Now())
	}
	return nil
}

func (s *Service) checkWebhooks(rec *crm.Record) error {
	var wrong []errs.Field
	for i, step := range workflow.StepsOf(rec.Fields["steps"]) {
		if step.Action != "call_webhook" || step.Settings["url"] == "" {
			continue
		}
		if err := s.Poster.Check(step.Settings["url"]); err != nil {
			wrong = append(wrong, workflow.StepMistake(i, step, "url", errs.Code(err), errs.Of(err).Detail))
		}
	}
	return errs.InvalidFields(wrong)
}

// Run does the work until ctx ends; then it stops what it does, leaves the rest for the next server, and returns.
// Several servers may run it on one database.
func (s *Service) Run(ctx context.Context) {
	for ctx.Err() == nil {
		err := s.Store.AdoptAccounts(ctx)
		if err == nil {
			break
		}
		s.report(ctx, "accounts could not be adopted", err)
		pause(ctx, lookEvery)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			s.report(ctx, "the log could not be followed; it is tried again", s.follower().CatchUp(ctx))
			pause(ctx, lookEvery)
		}
	})
	wg.Go(func() { s.work(ctx) })
	wg.Go(func() {
		for ctx.Err() == nil {
			s.report(ctx, "old runs of workflows could not be deleted; it is tried again", s.forget(ctx))
			pause(ctx, forgetEvery)
		}
	})
	wg.Wait()
}

// forget deletes the runs that ended long ago.
func (s *Service) forget(ctx context.Context) error {
	for n := forgetAtOnce; n == forgetAtOnce && ctx.Err() == nil; {
		var err error
		if n, err = s.Store.DropRuns(ctx, s.Recorder.Now().Add(-KeepRuns), forgetAtOnce); err != nil {
			return err
		}
	}
	return nil
}

// CatchUp follows the log to its head and does what is due, until nothing is. It is for those who move the clock: the
// demo, and tests.
func (s *Service) CatchUp(ctx context.Context) error {
	for {
		if err := s.follower().CatchUp(ctx); err != nil {
			return err
		}
		due, err := s.Store.DueRuns(ctx, s.Recorder.Now(), nil, 100)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, run := range due {
			if err := s.pass(ctx, run, s.call); err != nil && !errors.Is(err, errBusy) {
				return err
			}
		}
	}
}

// report logs what went wrong in the background. There is nobody to return it to, and the next round tries again.
func (s *Service) report(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		s.Log.ErrorContext(ctx, what, "error", err)
	}
}

func (s *Service) reach(point string) {
	if s.at != nil {
		s.at(point)
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
