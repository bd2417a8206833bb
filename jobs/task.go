package jobs

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// Why a run has to end before its work is done. They end the context of the handler, as its cause.
var (
	ErrCancelled = errors.New("jobs: the job was cancelled")
	ErrLost      = errors.New("jobs: another process has taken the job over")
)

// Task is one run of a job, for its handler. It is safe for concurrent use.
type Task struct {
	runner      *Runner
	done, total atomic.Int64

	mu       sync.Mutex
	job      Job                     // guarded by mu
	stop     context.CancelCauseFunc // guarded by mu
	finished bool                    // guarded by mu
}

// Job is the job as it was last written, with the progress of now.
func (t *Task) Job() Job {
	t.mu.Lock()
	defer t.mu.Unlock()
	j := t.job
	j.Progress = t.progress()
	return j
}

func (t *Task) progress() Progress { return Progress{t.done.Load(), t.total.Load()} }

// SetTotal says how much there is to do.
func (t *Task) SetTotal(n int64) { t.total.Store(n) }

// SetDone says how much is done, as when a run goes on from a checkpoint.
func (t *Task) SetDone(n int64) { t.done.Store(n) }

// Advance says that n more are done. It costs next to nothing: the heartbeat writes it.
func (t *Task) Advance(n int64) { t.done.Add(n) }

// Write runs fn in a transaction, as Store.WriteJobs does, in which the job is certainly still t's. fn may change the
// State, the HasFile and the ExpiresAt of j; they are written with what fn writes. ErrCancelled or ErrLost when the
// job is not t's any more; then the handler's context ends too.
func (t *Task) Write(ctx context.Context, fn func(tx Tx, j *Job) error) error {
	var job Job
	err := t.runner.Store.WriteJobs(ctx, t.Job().Account, func(tx Tx) error {
		mine := t.Job()
		j, err := tx.LockJob(ctx, mine.ID)
		switch {
		case err != nil:
			return err
		case j.Status == Cancelled:
			return ErrCancelled
		case j.Status != Running || j.Claim != mine.Claim:
			return ErrLost
		}
		j.Progress, j.Heartbeat = t.progress(), t.runner.now()
		if err := fn(tx, &j); err != nil {
			return err
		}
		if j.Status.Final() && t.runner.handlers[j.Kind].Forgets {
			j.Payload = nil
		}
		job = j
		return tx.PutJob(ctx, j)
	})
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		t.job = job
		t.finished = job.Status.Final()
	} else if t.stop != nil && (errors.Is(err, ErrCancelled) || errors.Is(err, ErrLost)) {
		t.stop(err)
	}
	return err
}

// end interrupts the run for cause.
func (t *Task) end(cause error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stop != nil {
		t.stop(cause)
	}
}

// Finish makes the job Done. fn may set the Result, the ExpiresAt and the HasFile of j, write the rest of the file, and
// append the event that tells of it.
func (t *Task) Finish(ctx context.Context, fn func(tx Tx, j *Job) error) error {
	return t.Write(ctx, func(tx Tx, j *Job) error {
		j.Status, j.FinishedAt, j.Total = Done, j.Heartbeat, max(j.Total, j.Done)
		return fn(tx, j)
	})
}
