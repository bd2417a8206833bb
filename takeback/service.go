package takeback

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/restore"
)

// Kind is the kind of the jobs that take back.
const Kind jobs.Kind = "takeback"

// Large is from how many steps of its plan on something is taken back in the background, unless its caller would rather wait.
const Large = 500

// Options are what a Service needs; all are required.
type Options struct {
	Restore  *restore.Service
	Recorder *audit.Recorder
	Runner   *jobs.Runner // New gives it the handler; its store's transactions are crm.Joined
	// Renew is who asked for a job with what they may do when it runs; it refuses who has no access any more.
	Renew func(ctx context.Context, c audit.Caller) (audit.Caller, error)
}

// Service takes back in the background. It is safe for concurrent use.
type Service struct {
	Options
	asking sync.Mutex // held from the look for a job of the same scope until there is one
}

// New returns a service and gives its handler to the runner; before Runner.Run.
func New(o Options) *Service {
	s := &Service{Options: o}
	o.Runner.Handle(Kind, jobs.Handler{Run: s.run})
	return s
}

// Job is something that is taken back, as its reader sees it.
type Job struct {
	ID         jobs.ID
	Status     jobs.Status
	Scope      restore.Scope
	Progress   jobs.Progress // in steps of the plan
	Plan       *restore.Plan // what was done; nil until it is
	Error      string        // why it failed, for a person
	CreatedAt  time.Time
	FinishedAt time.Time
}

// asked is the payload of the job.
type asked struct {
	Scope   restore.Scope   `json:"scope"`
	Request restore.Request `json:"request"`
	Caller  audit.Caller    `json:"caller"`
	Steps   int             `json:"steps"`
}

// Enqueue checks the request as restore.Service.ApplyScope does, with the same errors, and does it in the background. What
// the caller has asked for already, and is not at its end, is that job: a second click asks for nothing more. errs.Conflict
// other_choices when they asked for it with other resolutions or fields, too_many_restores at MostWaiting jobs of the account.
func (s *Service) Enqueue(ctx context.Context, c audit.Caller, sc restore.Scope, r restore.Request) (Job, error) {
	plan, err := s.Restore.PreviewScope(ctx, c, sc, r)
	if err != nil {
		return Job{}, err
	}
	if err := plan.Check(r.Token); err != nil {
		return Job{}, err
	}
	r.Token = plan.Token
	s.asking.Lock()
	defer s.asking.Unlock()
	a := asked{sc, r, c, plan.Steps}
	if j, err := s.underWay(ctx, a); err != nil {
		return Job{}, err
	} else if j != nil {
		return *j, nil
	}
	payload, err := json.Marshal(a)
	if err != nil {
		return Job{}, err
	}
	j := jobs.Job{Account: c.Account, ID: jobs.ID(s.Recorder.NewID()), Kind: Kind, RequestedBy: c.Actor.ID, Payload: payload}
	j.Total = int64(plan.Steps)
	if j, err = s.Runner.Enqueue(ctx, j, func(jobs.Tx, *jobs.Job) error { return nil }); err != nil {
		return Job{}, err
	}
	return jobOf(j)
}

// MostWaiting is how many jobs of an account may be under way, whoever asked for them.
const MostWaiting = 20

// JobKey is the name under which the error other_choices carries the id of the job that there is.
const JobKey = "job"

// underWay is the caller's job that was asked for the same and is not at its end, nil for none. errs.Conflict: other_choices for one
// of the same scope that does something else with it, too_many_restores when the account may ask for no more.
func (s *Service) underWay(ctx context.Context, a asked) (*Job, error) {
	list, err := s.Runner.Unfinished(ctx, a.Caller.Account, Kind, MostWaiting)
	if err != nil {
		return nil, err
	}
	for _, one := range list {
		var was asked
		if err := json.Unmarshal(one.Payload, &was); err != nil {
			return nil, fmt.Errorf("takeback: payload of job %s: %w", one.ID, err)
		}
		if one.RequestedBy != a.Caller.Actor.ID || !reflect.DeepEqual(was.Scope, a.Scope) {
			continue
		}
		if !sameChoices(was.Request, a.Request) {
			e := errs.New(errs.Conflict, "other_choices", "You asked for this already with other choices, and it is under way.").
				WithFix("Wait for its end, or cancel it before you ask anew.")
			e.Extra = map[string]any{JobKey: one.ID}
			return nil, e
		}
		j, err := jobOf(one)
		return &j, err
	}
	if len(list) == MostWaiting {
		return nil, errs.New(errs.Conflict, "too_many_restores", "%d restores and undos of the account are under way or wait; the limit is %d.", len(list), MostWaiting).
			WithFix("Wait until one of them has ended, or cancel one.")
	}
	return nil, nil
}

// sameChoices reports whether two requests would do the same; the plans that they were made by may be of different moments.
func sameChoices(a, b restore.Request) bool {
	sorted := func(fields []string) []string { return slices.Compact(slices.Sorted(slices.Values(fields))) }
	return slices.Equal(a.Resolutions, b.Resolutions) && (a.Fields == nil) == (b.Fields == nil) && slices.Equal(sorted(a.Fields), sorted(b.Fields))
}

// Get returns a job that the caller enqueued; errs.NotFound for any other, errs.Forbidden for who may not restore any more.
func (s *Service) Get(ctx context.Context, c audit.Caller, id jobs.ID) (Job, error) {
	if err := restore.Allowed(c); err != nil {
		return Job{}, err
	}
	j, err := s.Runner.JobOf(ctx, c, Kind, id)
	if err != nil {
		return Job{}, err
	}
	return jobOf(j)
}

// Cancel gives a job up that is not at its end: nothing of it stays. errs.Conflict already_finished when it is.
func (s *Service) Cancel(ctx context.Context, c audit.Caller, id jobs.ID) error {
	if _, err := s.Get(ctx, c, id); err != nil {
		return err
	}
	return s.Runner.Interrupt(ctx, c.Account, id)
}

func jobOf(j jobs.Job) (Job, error) {
	out := Job{ID: j.ID, Status: j.Status, Progress: j.Progress, Error: j.Error, CreatedAt: j.CreatedAt, FinishedAt: j.FinishedAt}
	var a asked
	if err := json.Unmarshal(j.Payload, &a); err != nil {
		return out, fmt.Errorf("takeback: payload of job %s: %w", j.ID, err)
	}
	out.Scope, out.Progress.Total = a.Scope, int64(a.Steps)
	if j.Result == nil {
		return out, nil
	}
	if err := json.Unmarshal(j.Result, &out.Plan); err != nil {
		return out, fmt.Errorf("takeback: result of job %s: %w", j.ID, err)
	}
	return out, nil
}

// run is the handler.
func (s *Service) run(ctx context.Context, t *jobs.Task) error {
	j := t.Job()
	var a asked
	if err := json.Unmarshal(j.Payload, &a); err != nil {
		return fmt.Errorf("takeback: payload of job %s: %w", j.ID, err)
	}
	caller, err := s.Renew(ctx, a.Caller)
	if err != nil {
		return errs.Whole(err)
	}
	t.SetTotal(int64(a.Steps))
	err = t.Finish(ctx, func(tx jobs.Tx, j *jobs.Job) error {
		t.SetDone(0) // it may be another try
		plan, err := s.Restore.Join(ctx, tx, caller, a.Scope, a.Request, func() { t.Advance(1) })
		if err != nil {
			return err
		}
		plan.Conflicts, plan.Fields = nil, nil // they were shown before
		j.Total = int64(a.Steps)
		j.Done = j.Total
		j.Result, err = json.Marshal(plan)
		return err
	})
	if err == nil {
		s.Restore.Committed(caller.Account)
	}
	return errs.Whole(err)
}
