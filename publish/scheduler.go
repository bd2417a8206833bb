package publish

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// lookEvery is how often a server looks for targets that are due.
const lookEvery = time.Minute

// dueAtOnce is the number of accounts in one look.
const dueAtOnce = 200

// Run sends what is due until ctx ends; the Runner runs beside it. Several servers may run it on one database: a copy
// leaves once.
func (s *Service) Run(ctx context.Context) {
	for {
		if err := s.sendDue(ctx); err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "checkpoints that are due could not be sent; they are tried again", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookEvery):
		}
	}
}

// sendDue enqueues the deliveries that are due. A server that was down makes up for one, not for all that it missed.
func (s *Service) sendDue(ctx context.Context) error {
	for {
		due, err := s.Store.DueTargets(ctx, s.Recorder.Now(), dueAtOnce)
		if err != nil {
			return err
		}
		for _, account := range due {
			if err := s.sendOf(ctx, account); err != nil {
				return err
			}
		}
		if len(due) > 0 {
			s.Runner.Wake()
		}
		if len(due) < dueAtOnce {
			return nil
		}
	}
}

func (s *Service) sendOf(ctx context.Context, account audit.AccountID) error {
	return s.Store.WritePublish(ctx, account, func(tx Tx) error {
		state, err := tx.LockTargets(ctx)
		now := s.Recorder.Now()
		if err != nil || state.DueAt.IsZero() || state.DueAt.After(now) { // another server was quicker, or they were changed
			return err
		}
		state.DueAt = state.Schedule.next(account, now)
		if err := tx.PutTargets(ctx, state); err != nil {
			return err
		}
		return s.enqueue(ctx, tx, system(account), state)
	})
}

// system is who sends on schedule.
func system(account audit.AccountID) audit.Origin {
	return audit.Origin{Account: account, Actor: audit.SystemActor("Backtrail"), Channel: audit.SystemChannel}
}
