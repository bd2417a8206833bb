package jobs

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// take claims jobs for the workers that are free, first those of accounts that run fewer: in each round all may come to as many
// as share, and what one account has waiting does not hide what others have.
func (r *Runner) take(ctx context.Context) []*Task {
	var tasks []*Task
	running, free := r.running()
	for share := 1; share <= r.PerAccount && len(tasks) < free && ctx.Err() == nil && len(r.handlers) > 0; {
		without := having(running, share)
		// More than are free: some of them may be gone a moment later, and those that run here with an old heartbeat
		// (a long transaction holds it up) are in the answer too.
		most := 2*r.Workers + 8
		waiting, err := r.Store.WaitingJobs(ctx, slices.Sorted(maps.Keys(r.handlers)), r.now().Add(-r.Lease), without, most)
		r.report(ctx, "looking for jobs", err, Job{})
		claimed, passed := 0, false
		for _, j := range waiting {
			if len(tasks) == free {
				return tasks
			}
			if running[j.Account] >= share {
				passed = true
				continue
			}
			t, err := r.claim(ctx, j)
			r.report(ctx, "taking a job", err, j)
			if t != nil {
				tasks = append(tasks, t)
				running[j.Account]++
				claimed++
			}
		}
		switch {
		case claimed > 0 && len(waiting) == most: // there may be more behind them
		case len(without) == 0 && !passed:
			return tasks
		default:
			share = fewest(running, share) + 1
		}
	}
	return tasks
}

// having are the accounts that run as many jobs as share.
func having(running map[audit.AccountID]int, share int) []audit.AccountID {
	var accounts []audit.AccountID
	for account, n := range running {
		if n >= share {
			accounts = append(accounts, account)
		}
	}
	slices.Sort(accounts)
	return accounts
}

// fewest is how many jobs those accounts run, of them the one that runs fewest.
func fewest(running map[audit.AccountID]int, share int) int {
	least := 0
	for _, n := range running {
		if n >= share && (least == 0 || n < least) {
			least = n
		}
	}
	return least
}

// running counts the jobs that run in this process by account, and the workers that are free.
func (r *Runner) running() (by map[audit.AccountID]int, free int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	by = map[audit.AccountID]int{}
	for at := range r.tasks {
		by[at.account]++
	}
	return by, r.Workers - len(r.tasks)
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

// fail makes j Failed and takes its file away, or lets it expire when the handler keeps it; the caller puts j.
func (r *Runner) fail(ctx context.Context, tx Tx, j *Job, reason string) error {
	h := r.handlers[j.Kind]
	kept := h.Keeps > 0 && j.State != nil && j.HasFile
	j.Status, j.Error, j.FinishedAt, j.HasFile = Failed, reason, r.now(), kept
	// The handler first: when it writes records, its transaction must not have written before (store.JobsTx.Records).
	if h.Failed != nil {
		if err := h.Failed(ctx, tx, *j); err != nil {
			return err
		}
	}
	if h.Forgets {
		j.Payload = nil
	}
	if kept {
		j.ExpiresAt = j.FinishedAt.Add(h.Keeps)
		return nil
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
