package alerts

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/follower"
)

const (
	// lookEvery is how often a server looks for sealed events, and for alerts that are due.
	lookEvery = 500 * time.Millisecond
	dueAtOnce = 100
)

// Run does the work until ctx ends; the Runner sends beside it. Several servers may run it on one database. What is due by the
// clock does not wait for the log: one account with much to follow would hold up what all others are to be told.
func (s *Service) Run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() {
		s.again(ctx, "the log could not be watched for alerts; it is tried again", s.follower().CatchUp)
	})
	wg.Go(func() {
		s.again(ctx, "alerts that are due could not be told; it is tried again", s.seeToDue)
	})
	wg.Wait()
}

// again does work until ctx ends.
func (s *Service) again(ctx context.Context, failed string, work func(context.Context) error) {
	for ctx.Err() == nil {
		if err := work(ctx); err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, failed, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(lookEvery):
		}
	}
}

// CatchUp follows the log to its head, and does what is due by the clock, once. It is for those who move the clock: tests, and the
// demo.
func (s *Service) CatchUp(ctx context.Context) error {
	return errors.Join(s.follower().CatchUp(ctx), s.seeToDue(ctx))
}

// seeToDue does what is due by the clock in all accounts. One that fails does not stop the others.
func (s *Service) seeToDue(ctx context.Context) (failed error) {
	for after := audit.AccountID(""); ctx.Err() == nil; {
		due, err := s.Store.AlertsDue(ctx, s.Recorder.Now(), after, dueAtOnce)
		if err != nil {
			return errors.Join(failed, err)
		}
		for _, account := range due {
			if err := s.seeTo(ctx, account); err != nil {
				failed = errors.Join(failed, fmt.Errorf("account %s: %w", account, err))
			}
		}
		if len(due) < dueAtOnce {
			break
		}
		after = due[len(due)-1]
	}
	return failed
}

// seeTo does what is due in an account.
func (s *Service) seeTo(ctx context.Context, account audit.AccountID) error {
	err := s.Store.WriteAlerts(ctx, account, func(tx Tx) error {
		list, err := tx.LockAlerts(ctx)
		if err != nil {
			return err
		}
		now := s.Recorder.Now()
		for i := range list {
			if a := &list[i]; a.Enabled && !a.DueAt.IsZero() && !a.DueAt.After(now) { // another server may have been quicker
				if _, err := s.settle(ctx, tx, a, now); err != nil {
					return err
				}
			}
		}
		s.reach("due: seen to")
		return nil
	})
	if err == nil {
		s.reach("due: committed")
		s.Runner.Wake()
	}
	return err
}

// Numbers are for the metrics.
type Numbers struct {
	Fired, Failed int64     // firings, and messages that were given up, by this process
	Unwatched     int64     // sealed events that no server has looked at
	Since         time.Time // when the oldest of them was recorded, zero for none
}

// Numbers looks at what this process did, and how far all of them are behind.
func (s *Service) Numbers(ctx context.Context) (Numbers, error) {
	n, since, err := s.Store.Unfollowed(ctx, follower.Alerts)
	return Numbers{s.fired.Load(), s.failed.Load(), n, since}, err
}
