package jobs

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// Enqueue adds j, which needs an Account, an ID, a Kind and what its handler asks for; with runs in the same
// transaction, after the job is there, to record the event of the request and to write a file that came with it.
// What with sets in j (Payload, HasFile) is kept.
func (r *Runner) Enqueue(ctx context.Context, j Job, with func(tx Tx, j *Job) error) (Job, error) {
	j.Status, j.CreatedAt = Queued, r.now()
	asked := j
	err := r.Store.WriteJobs(ctx, j.Account, func(tx Tx) error {
		j = asked
		if err := tx.PutJob(ctx, j); err != nil {
			return err
		}
		if err := with(tx, &j); err != nil {
			return err
		}
		return tx.PutJob(ctx, j)
	})
	if err == nil {
		r.Wake()
	}
	return j, err
}

// Job returns a job with the progress of this moment; errs.NotFound when the account has none of this id and kind.
func (r *Runner) Job(ctx context.Context, account audit.AccountID, kind Kind, id ID) (Job, error) {
	if !audit.ValidID(id) {
		return Job{}, missing()
	}
	j, err := r.Store.Job(ctx, account, id)
	if err == nil && j.Kind != kind {
		return Job{}, missing()
	}
	return r.live(j), err
}

// JobOf is Job for what its asker alone may look at: errs.NotFound when somebody else asked for it.
func (r *Runner) JobOf(ctx context.Context, c audit.Caller, kind Kind, id ID) (Job, error) {
	j, err := r.Job(ctx, c.Account, kind, id)
	if err == nil && j.RequestedBy != c.Actor.ID {
		return Job{}, missing()
	}
	return j, err
}

func missing() error { return errs.New(errs.NotFound, "not_found", "There is no such job.") }

// Jobs returns the account's jobs of a kind, the newest first, those older than after, with the progress of this moment.
func (r *Runner) Jobs(ctx context.Context, account audit.AccountID, kind Kind, after ID, limit int) ([]Job, error) {
	list, err := r.Store.Jobs(ctx, account, kind, after, limit)
	for i, j := range list {
		list[i] = r.live(j)
	}
	return list, err
}

// Unfinished returns the account's jobs of a kind that are not at their end, the oldest first, at most limit.
func (r *Runner) Unfinished(ctx context.Context, account audit.AccountID, kind Kind, limit int) ([]Job, error) {
	list, err := r.Store.UnfinishedJobs(ctx, account, kind, limit)
	for i, j := range list {
		list[i] = r.live(j)
	}
	return list, err
}

// live puts the progress that this process holds in memory over the one that was stored.
func (r *Runner) live(j Job) Job {
	if t := r.task(j); t != nil && j.Status == Running {
		j.Progress = t.progress()
	}
	return j
}

// Cancel makes a job Cancelled that is not at its end, and removes its file; with, if not nil, joins the transaction. A
// run in this process ends at once, one in another process with its next write. errs.NotFound, errs.Conflict already_finished.
func (r *Runner) Cancel(ctx context.Context, account audit.AccountID, id ID, with func(tx Tx, j Job) error) error {
	err := r.Store.WriteJobs(ctx, account, func(tx Tx) error {
		j, err := tx.LockJob(ctx, id)
		if err != nil {
			return err
		}
		if j.Status.Final() {
			return errs.New(errs.Conflict, "already_finished", "It has already ended.")
		}
		j = r.live(j)
		j.Status, j.FinishedAt, j.HasFile = Cancelled, r.now(), false
		if err := tx.DeleteChunks(ctx, id, 0); err != nil {
			return err
		}
		if with != nil {
			if err := with(tx, j); err != nil {
				return err
			}
		}
		return tx.PutJob(ctx, j)
	})
	if t := r.task(Job{Account: account, ID: id}); err == nil && t != nil {
		t.end(ErrCancelled)
	}
	return err
}

// Retry gives a job that failed to the queue again, with all its attempts before it: from its last checkpoint when the file is
// still there, from its start otherwise. with joins the transaction; what it sets in j (Payload) is kept. errs.NotFound,
// errs.Conflict not_failed.
func (r *Runner) Retry(ctx context.Context, account audit.AccountID, id ID, with func(tx Tx, j *Job) error) (j Job, err error) {
	err = r.Store.WriteJobs(ctx, account, func(tx Tx) error {
		if j, err = tx.LockJob(ctx, id); err != nil {
			return err
		}
		if j.Status != Failed {
			return errs.New(errs.Conflict, "not_failed", "It did not fail: its status is %s.", j.Status)
		}
		if !j.HasFile {
			j.State, j.Progress = nil, Progress{}
		}
		j.Status, j.Error, j.Attempts, j.FinishedAt, j.ExpiresAt = Queued, "", 0, time.Time{}, time.Time{}
		if err := with(tx, &j); err != nil {
			return err
		}
		return tx.PutJob(ctx, j)
	})
	if err == nil {
		r.Wake()
	}
	return j, err
}

// Interrupt is Cancel for a job whose work is one long transaction: the run in this process ends first and lets go of what it
// holds, for on SQLite nobody else could write before. A job that is given up this way and whose process dies before it is written
// so is run again.
func (r *Runner) Interrupt(ctx context.Context, account audit.AccountID, id ID) error {
	if t := r.task(Job{Account: account, ID: id}); t != nil {
		t.end(ErrCancelled)
	}
	return r.Cancel(ctx, account, id, nil)
}

// Discard removes the file of a job that has ended before it expires; it expires now.
func (r *Runner) Discard(ctx context.Context, account audit.AccountID, id ID) error {
	return r.removeFile(ctx, account, id, true)
}

// removeFile removes the file of a job that has ended, early or when it has expired: a Retry may have taken the expiry back.
func (r *Runner) removeFile(ctx context.Context, account audit.AccountID, id ID, early bool) error {
	return r.Store.WriteJobs(ctx, account, func(tx Tx) error {
		j, err := tx.LockJob(ctx, id)
		if err != nil || !j.HasFile || !j.Status.Final() {
			return err
		}
		if now := r.now(); j.ExpiresAt.IsZero() || j.ExpiresAt.After(now) {
			if !early {
				return nil
			}
			j.ExpiresAt = now
		}
		j.HasFile = false
		if err := tx.DeleteChunks(ctx, id, 0); err != nil {
			return err
		}
		return tx.PutJob(ctx, j)
	})
}
