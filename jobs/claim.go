package jobs

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/backtrail/backtrail/errs"
)

// take claims jobs for the workers that are free.
func (r *Runner) take(ctx context.Context) []*Task {
	var tasks []*Task
	free := r.Workers - r.running()
	if free <= 0 || ctx.Err() != nil || len(r.handlers) == 0 {
		return nil
	}
	// More than are free: some of them may be gone a moment later, and those that run here with an old heartbeat
	// (a long transaction holds it up) are in the answer too.
	waiting, err := r.Store.WaitingJobs(ctx, slices.Sorted(maps.Keys(r.handlers)), r.now().Add(-r.Lease), 2*r.Workers+8)
	r.report(ctx, "looking for jobs", err, Job{})
	for _, j := range waiting {
		if len(tasks) == free {
			break
		}
		t, err := r.claim(ctx, j)
		r.report(ctx, "taking a job", err, j)
		if t != nil {
			tasks = append(tasks, t)
		}
	}
	return tasks
}

func (r *Runner) running() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.tasks)
}

// claim makes j this process's, nil when it is no longer there to take.
func (r *Runner) claim(ctx context.Context, j Job) (*Task, error) {
	if r.task(j) != nil {
		return nil, nil
	}
	var mine bool
	err := r.Store.WriteJobs(ctx, j.Account, func(tx Tx) (err error) {
		mine = false
		now := r.now()
		if j, err = tx.LockJob(ctx, j.ID); err != nil {
			return err
		}
		if j.Status != Queued && !(j.Status == Running && j.Heartbeat.Before(now.Add(-r.Lease))) {
			return nil
		}
		j.Claim++
		if j.Attempts >= MaxAttempts {
			const reason = "It was started three times, and each time the server stopped before it was done."
			if err := r.fail(ctx, tx, &j, reason); err != nil {
				return err
			}
			return tx.PutJob(ctx, j)
		}
		mine = true
		j.Attempts++
		j.Status, j.Heartbeat = Running, now
		if j.StartedAt.IsZero() {
			j.StartedAt = now
		}
		return tx.PutJob(ctx, j)
	})
	if errs.Is(err, errs.NotFound) {
		err = nil
	}
	if err != nil || !mine {
		return nil, err
	}
	t := &Task{runner: r, job: j}
	t.done.Store(j.Done)
	t.total.Store(j.Total)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tasks[taskKey{j.Account, j.ID}] = t
	return t, nil
}

// fail makes j Failed and takes its file away; the caller puts j.
func (r *Runner) fail(ctx context.Context, tx Tx, j *Job, reason string) error {
	j.Status, j.Error, j.FinishedAt, j.HasFile = Failed, reason, r.now(), false
	// The handler first: when it writes records, its transaction must not have written before (store.JobsTx.Records).
	if h := r.handlers[j.Kind]; h.Failed != nil {
		if err := h.Failed(ctx, tx, *j); err != nil {
			return err
		}
	}
	return tx.DeleteChunks(ctx, j.ID, 0)
}

// task is the run of j in this process, nil for none.
func (r *Runner) task(j Job) *Task {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tasks[taskKey{j.Account, j.ID}]
}

func (r *Runner) forget(j Job) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.tasks, taskKey{j.Account, j.ID})
}

// beat writes progress and heartbeat until ctx ends, and notices by it that the job is no longer t's.
func (r *Runner) beat(ctx context.Context, t *Task) {
	tick := time.NewTicker(r.Beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			err := t.Write(ctx, func(Tx, *Job) error { return nil })
			r.report(ctx, "heartbeat of a job", err, t.Job())
		}
	}
}
