package importer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
)

// Kind is the kind of the jobs that import files.
const Kind jobs.Kind = "import"

// Import is an import job as its reader sees it.
type Import struct {
	ID         jobs.ID
	Status     jobs.Status
	Request    Request
	Progress   jobs.Progress // in rows
	Result     *Result       // nil until it is done
	Error      string        // why it failed, for a person
	CreatedAt  time.Time
	FinishedAt time.Time
}

// asked is the payload of the job: a request that was checked, and who made it. The permissions are those of that moment.
type asked struct {
	Request Request      `json:"request"`
	Caller  audit.Caller `json:"caller"`
}

// Enqueue checks the request as Run does, with the same errors, stores the file with it and imports it in the background. The file
// is read before Enqueue returns.
func (s *Service) Enqueue(ctx context.Context, c audit.Caller, r Request, file io.ReadSeeker) (Import, error) {
	if _, err := s.plan(ctx, c, r, file); err != nil {
		return Import{}, err
	}
	payload, err := json.Marshal(asked{r, c})
	if err != nil {
		return Import{}, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return Import{}, err
	}
	j := jobs.Job{Account: c.Account, ID: jobs.ID(s.Recorder.NewID()), Kind: Kind, RequestedBy: c.Actor.ID, Payload: payload, HasFile: true}
	j, err = s.Runner.Enqueue(ctx, j, func(tx jobs.Tx, j *jobs.Job) error {
		_, err := jobs.PutFile(ctx, tx, j.ID, file)
		return err
	})
	if err != nil {
		return Import{}, err
	}
	return importOf(j)
}

// Get returns an import that the caller enqueued; errs.NotFound for any other.
func (s *Service) Get(ctx context.Context, c audit.Caller, id jobs.ID) (Import, error) {
	j, err := s.Runner.JobOf(ctx, c, Kind, id)
	if err != nil {
		return Import{}, err
	}
	im, err := importOf(j)
	if err != nil {
		return Import{}, err
	}
	_, err = s.writable(c, im.Request.Object)
	return im, err
}

func importOf(j jobs.Job) (Import, error) {
	im := Import{ID: j.ID, Status: j.Status, Progress: j.Progress, Error: j.Error, CreatedAt: j.CreatedAt, FinishedAt: j.FinishedAt}
	var a asked
	if err := json.Unmarshal(j.Payload, &a); err != nil {
		return im, fmt.Errorf("importer: payload of job %s: %w", j.ID, err)
	}
	im.Request = a.Request
	if j.Result == nil {
		return im, nil
	}
	if err := json.Unmarshal(j.Result, &im.Result); err != nil {
		return im, fmt.Errorf("importer: result of job %s: %w", j.ID, err)
	}
	return im, nil
}

// run is the handler.
func (s *Service) run(ctx context.Context, t *jobs.Task) error {
	j := t.Job()
	var a asked
	if err := json.Unmarshal(j.Payload, &a); err != nil {
		return fmt.Errorf("importer: payload of job %s: %w", j.ID, err)
	}
	file, err := jobs.OpenFile(ctx, s.Runner.Store, j.Account, j.ID)
	if err != nil {
		return err
	}
	caller, err := s.Renew(ctx, a.Caller)
	if err != nil {
		return errs.Whole(err)
	}
	p, err := s.plan(ctx, caller, a.Request, file)
	if err != nil {
		return errs.Whole(err)
	}
	t.SetTotal(int64(p.file.Count))
	var result Result
	err = t.Finish(ctx, func(tx jobs.Tx, j *jobs.Job) error {
		t.SetDone(0) // it may be another try
		carryOut := p.operation(ctx, audit.RecordID(j.ID), &result, func() { t.Advance(1) })
		if err := s.Engine.Join(ctx, tx, p.caller, carryOut); err != nil {
			return err
		}
		return finish(ctx, tx, j, result)
	})
	if errors.Is(err, errNothing) { // what it tried was given up with its transaction
		err = t.Finish(ctx, func(tx jobs.Tx, j *jobs.Job) error { return finish(ctx, tx, j, result) })
	}
	return errs.Whole(err)
}

// finish ends the job with its result; the file has served.
func finish(ctx context.Context, tx jobs.Tx, j *jobs.Job, result Result) (err error) {
	if j.Result, err = json.Marshal(result); err != nil {
		return err
	}
	j.HasFile, j.Done, j.Total = false, int64(result.Rows), int64(result.Rows)
	return tx.DeleteChunks(ctx, j.ID, 0)
}
