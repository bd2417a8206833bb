package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/backtrail/backtrail/errs"
)

// run runs t until it is finished, has failed for good, or is no longer this process's to run.
func (r *Runner) run(ctx context.Context, t *Task) {
	defer func() { r.forget(t.Job()) }()
	for {
		err := r.attempt(ctx, t)
		// What follows is written also when ctx has ended: a stop gives the job back.
		settle, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		again, err := r.settle(settle, t, err, ctx.Err() != nil)
		cancel()
		r.report(ctx, "ending a job", err, t.Job())
		if !again || !r.pause(ctx, t) {
			return
		}
	}
}

// attempt runs the handler once, with the heart beating.
func (r *Runner) attempt(ctx context.Context, t *Task) (err error) {
	ctx, stop := context.WithCancelCause(ctx)
	beating := make(chan struct{})
	defer func() {
		stop(nil)
		<-beating // it may hold the transaction that settle waits for
	}()
	t.mu.Lock()
	t.stop = stop
	t.mu.Unlock()
	go func() {
		defer close(beating)
		r.beat(ctx, t)
	}()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("jobs: the handler panicked: %v\n%s", p, debug.Stack())
		}
		if cause := context.Cause(ctx); errors.Is(cause, ErrCancelled) || errors.Is(cause, ErrLost) {
			err = cause
		}
	}()
	return r.handlers[t.Job().Kind].Run(ctx, t)
}

// settle writes how an attempt ended; again says that another one is due.
func (r *Runner) settle(ctx context.Context, t *Task, err error, stopping bool) (again bool, _ error) {
	t.mu.Lock()
	finished := t.finished
	t.mu.Unlock()
	switch {
	case finished, errors.Is(err, ErrCancelled), errors.Is(err, ErrLost):
		return false, nil
	case err == nil:
		return false, ours(t.Finish(ctx, func(Tx, *Job) error { return nil }))
	case stopping:
		return false, ours(t.Write(ctx, func(_ Tx, j *Job) error {
			j.Status = Queued
			j.Attempts--
			return nil
		}))
	}
	j := t.Job()
	reason, final := reasonOf(err)
	if !final {
		r.report(ctx, "a job did not succeed", err, j)
		if j.Attempts < MaxAttempts {
			return true, nil
		}
		reason = fmt.Sprintf("It was tried %d times. %s", j.Attempts, reason)
	}
	return false, ours(t.Write(ctx, func(tx Tx, j *Job) error { return r.fail(ctx, tx, j, reason) }))
}

// reasonOf is what a person reads of err, and whether trying again would end the same way.
func reasonOf(err error) (reason string, final bool) {
	return errs.Of(err).Detail, !errs.Passing(err)
}

// ours leaves out the errors that say that the job is not ours any more: then there is nothing left to write.
func ours(err error) error {
	if errors.Is(err, ErrCancelled) || errors.Is(err, ErrLost) {
		return nil
	}
	return err
}

// pause waits before the next attempt and counts it. The worker stays taken, and the job this process's, unless the
// runner releases them: then the job looks like one whose process dies just so that its lease ends with the wait.
func (r *Runner) pause(ctx context.Context, t *Task) bool {
	wait := r.Backoff
	for range t.Job().Attempts - 1 {
		wait *= 5
	}
	if r.Release {
		err := t.Write(context.WithoutCancel(ctx), func(_ Tx, j *Job) error {
			j.Heartbeat = r.now().Add(wait - r.Lease)
			return nil
		})
		r.report(ctx, "giving a job back", ours(err), t.Job())
		return false
	}
	select {
	case <-time.After(wait):
	case <-ctx.Done():
	}
	err := t.Write(context.WithoutCancel(ctx), func(_ Tx, j *Job) error {
		if ctx.Err() != nil {
			j.Status = Queued
			return nil
		}
		j.Attempts++
		return nil
	})
	r.report(ctx, "trying a job again", ours(err), t.Job())
	return err == nil && ctx.Err() == nil
}
