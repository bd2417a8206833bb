package bulk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
)

// Kind is the kind of the jobs that change selections.
const Kind jobs.Kind = "bulk"

// Options are what a Service needs; all are required.
type Options struct {
	Engine   *crm.Engine
	Recorder *audit.Recorder
	Runner   *jobs.Runner // New gives it the handler; its store's transactions are crm.Joined
	// Renew is who asked for a job with what they may do when it runs; it refuses who has no access any more.
	Renew func(ctx context.Context, c audit.Caller) (audit.Caller, error)
}

// Service changes selections in the background. It is safe for concurrent use.
type Service struct{ Options }

// New returns a service and gives its handler to the runner; before Runner.Run.
func New(o Options) *Service {
	s := &Service{o}
	o.Runner.Handle(Kind, jobs.Handler{Run: s.run})
	return s
}

// Request asks for a change of a selection. Token of the change says which selection was confirmed.
type Request struct {
	Object string           `json:"object"`
	IDs    []audit.RecordID `json:"ids,omitempty"`
	Filter *Filter          `json:"filter,omitempty"` // nil for the IDs
	Change crm.BulkChange   `json:"change"`
}

// Filter selects all records that it finds.
type Filter struct {
	Words []string            `json:"words,omitempty"` // in small letters
	Where map[string][]string `json:"where,omitempty"` // values by field; "" asks for records without one
}

// Selection is the request's selection; errs.Invalid for a field that is not there.
func (r Request) Selection(schema *crm.Schema) (crm.Selection, error) {
	sel := crm.Selection{Object: r.Object, IDs: r.IDs}
	if r.Filter == nil {
		return sel, nil
	}
	o, err := schema.Object(r.Object)
	if err != nil {
		return sel, err
	}
	sel.Query = &crm.Query{Object: o, Words: r.Filter.Words}
	for key, values := range r.Filter.Where {
		f, ok := o.Field(key)
		if !ok {
			return sel, errs.InvalidField("filter", "unknown_field", "%s cannot be filtered by %s.", o.LabelPlural, audit.Quote(key))
		}
		sel.Query.Where = append(sel.Query.Where, crm.Condition{Field: f, Values: values})
	}
	return sel, nil
}

// Job is a change of a selection as its reader sees it.
type Job struct {
	ID         jobs.ID
	Status     jobs.Status
	Request    Request
	Progress   jobs.Progress   // in records
	Result     *crm.BulkResult // nil until it is done
	Error      string          // why it failed, for a person
	FinishedAt time.Time
}

// asked is the payload of the job.
type asked struct {
	Request Request      `json:"request"`
	Caller  audit.Caller `json:"caller"`
	Count   int          `json:"count"`
}

// Enqueue checks the request as crm.Engine.PreviewBulk does, with the same errors and errs.Conflict selection_changed, and
// does it in the background.
func (s *Service) Enqueue(ctx context.Context, c audit.Caller, r Request) (Job, error) {
	sel, err := r.Selection(s.Engine.Schema(c.Account))
	if err != nil {
		return Job{}, err
	}
	plan, err := s.Engine.PreviewBulk(ctx, c, sel, r.Change)
	if err != nil {
		return Job{}, err
	}
	if r.Change.Token == "" {
		r.Change.Token = plan.Token
	}
	if err := plan.Check(r.Change.Token); err != nil {
		return Job{}, err
	}
	payload, err := json.Marshal(asked{r, c, plan.Count})
	if err != nil {
		return Job{}, err
	}
	j := jobs.Job{Account: c.Account, ID: jobs.ID(s.Recorder.NewID()), Kind: Kind, RequestedBy: c.Actor.ID, Payload: payload}
	j.Total = int64(plan.Count)
	if j, err = s.Runner.Enqueue(ctx, j, func(jobs.Tx, *jobs.Job) error { return nil }); err != nil {
		return Job{}, err
	}
	return jobOf(j)
}

// Get returns a job that the caller enqueued; errs.NotFound for any other.
func (s *Service) Get(ctx context.Context, c audit.Caller, id jobs.ID) (Job, error) {
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
	out := Job{ID: j.ID, Status: j.Status, Progress: j.Progress, Error: j.Error, FinishedAt: j.FinishedAt}
	var a asked
	if err := json.Unmarshal(j.Payload, &a); err != nil {
		return out, fmt.Errorf("bulk: payload of job %s: %w", j.ID, err)
	}
	out.Request, out.Progress.Total = a.Request, int64(a.Count)
	if j.Result == nil {
		return out, nil
	}
	if err := json.Unmarshal(j.Result, &out.Result); err != nil {
		return out, fmt.Errorf("bulk: result of job %s: %w", j.ID, err)
	}
	return out, nil
}

// run is the handler.
func (s *Service) run(ctx context.Context, t *jobs.Task) error {
	j := t.Job()
	var a asked
	if err := json.Unmarshal(j.Payload, &a); err != nil {
		return fmt.Errorf("bulk: payload of job %s: %w", j.ID, err)
	}
	caller, err := s.Renew(ctx, a.Caller)
	if err != nil {
		return errs.Whole(err)
	}
	sel, err := a.Request.Selection(s.Engine.Schema(caller.Account))
	if err != nil {
		return errs.Whole(err)
	}
	t.SetTotal(int64(a.Count))
	var result crm.BulkResult
	finish := func(j *jobs.Job) (err error) {
		j.Done = int64(result.Selected)
		j.Total = j.Done
		j.Result, err = json.Marshal(result)
		return err
	}
	err = t.Finish(ctx, func(tx jobs.Tx, j *jobs.Job) error {
		t.SetDone(0) // it may be another try
		err := s.Engine.Join(ctx, tx, caller, func(op *crm.Operation) (err error) {
			result, err = op.Bulk(ctx, sel, a.Request.Change, func() { t.Advance(1) })
			return err
		})
		if err != nil {
			return err
		}
		return finish(j)
	})
	if errors.Is(err, crm.ErrUnchanged) { // what it tried was given up with its transaction
		err = t.Finish(ctx, func(_ jobs.Tx, j *jobs.Job) error { return finish(j) })
	}
	return errs.Whole(err)
}
