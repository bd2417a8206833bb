package automation

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workflow"
)

const (
	runsAtOnce = 256
	// callsAtOnce is how many webhooks are called at a time, and callsOfOne those of one account: its dead receivers do
	// not stop the others.
	callsAtOnce = 32
	callsOfOne  = 4
	// rest is how long the runs of an account are left alone after the database kept one of its steps waiting in vain:
	// somebody holds the account, and its next run would wait as long.
	rest = time.Minute
)

// errLost says that a run went on elsewhere, or was stopped.
var errLost = errors.New("automation: the run is no longer as it was read")

// errBusy says that the database did not do a step; its run is tried again.
var errBusy = errors.New("automation: the account is busy")

// nudge makes the worker look now.
func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// callers are the webhooks that are being called.
type callers struct {
	mu      sync.Mutex
	all     sync.WaitGroup
	number  int                     // guarded by mu
	account map[audit.AccountID]int // guarded by mu
}

// enter reports whether there is room for another call of the account.
func (c *callers) enter(account audit.AccountID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.number >= callsAtOnce || c.account[account] >= callsOfOne {
		return false
	}
	c.number++
	c.account[account]++
	return true
}

func (c *callers) leave(account audit.AccountID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.number--
	if c.account[account]--; c.account[account] == 0 {
		delete(c.account, account)
	}
}

// full lists the accounts that have no room for another call.
func (c *callers) full() []audit.AccountID {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []audit.AccountID
	for account, n := range c.account {
		if n >= callsOfOne || c.number >= callsAtOnce {
			out = append(out, account)
		}
	}
	return out
}

// work does what is due until ctx ends. Steps that change records are done one after the other, accounts in turn; webhooks
// are called beside them.
func (s *Service) work(ctx context.Context) {
	calls := &callers{account: map[audit.AccountID]int{}}
	defer calls.all.Wait()
	resting := map[audit.AccountID]time.Time{} // until when
	for ctx.Err() == nil {
		now := s.Recorder.Now()
		maps.DeleteFunc(resting, func(_ audit.AccountID, until time.Time) bool { return !now.Before(until) })
		due, err := s.Store.DueRuns(ctx, now, slices.AppendSeq(calls.full(), maps.Keys(resting)), runsAtOnce)
		s.report(ctx, "due runs of workflows could not be read; it is tried again", err)
		moved := 0
		for _, run := range due {
			if ctx.Err() != nil {
				return
			}
			if _, ok := resting[run.Account]; ok {
				continue
			}
			full := false
			err := s.pass(ctx, run, func(ctx context.Context, r Run, e *audit.Event) (Run, error) {
				if full = !calls.enter(r.Account); full {
					return r, errLost // it stays due
				}
				calls.all.Go(func() {
					defer s.nudge()
					defer calls.leave(r.Account)
					next, err := s.call(ctx, r, e)
					if err == nil && next.Status == Running {
						return // another look finds it
					}
					if !errors.Is(err, errLost) {
						s.report(ctx, "a webhook of a workflow could not be seen to; it is tried again", err)
					}
				})
				return r, errLost
			})
			if err == nil && !full {
				moved++
			}
			if errors.Is(err, errBusy) || errs.Is(err, errs.Unavailable) {
				resting[run.Account] = s.Recorder.Now().Add(rest)
			}
			if !errors.Is(err, errBusy) { // its run says so
				s.report(ctx, "a step of a workflow could not be done; it is tried again", err)
			}
		}
		if err == nil && moved > 0 && len(due) == runsAtOnce {
			continue
		}
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-time.After(lookEvery):
		}
	}
}

// pass takes a run as far as it goes now; call is for steps that leave the house. errBusy when the account is.
func (s *Service) pass(ctx context.Context, r Run, call func(context.Context, Run, *audit.Event) (Run, error)) error {
	e, err := s.begun(ctx, r)
	if errs.Is(err, errs.NotFound) {
		r.Reason = "The event is not in the log any more."
		_, err = s.end(ctx, r, Stopped)
		return err
	}
	r.Status = Running // one that waited is due now
	for err == nil && r.Status == Running {
		r, err = s.advance(ctx, r, e, call)
	}
	if errors.Is(err, errLost) {
		return nil
	}
	return err
}

// begun reads the event of a run.
func (s *Service) begun(ctx context.Context, r Run) (*audit.Event, error) {
	stored, err := s.Store.Event(ctx, r.Account, r.Event)
	if err != nil {
		return nil, err
	}
	return stored.Event()
}

// advance does the next thing of a run that is due.
func (s *Service) advance(ctx context.Context, r Run, e *audit.Event, call func(context.Context, Run, *audit.Event) (Run, error)) (Run, error) {
	now := s.Recorder.Now()
	switch {
	case r.Attempts == 0 && r.Reason != "": // it could not begin
		return s.fail(ctx, r, e, r.Reason)
	case now.Sub(r.DueAt) > TooLate:
		r.Reason = fmt.Sprintf("The next step was due %d hours ago; what is later than %d hours is not done any more.", int(now.Sub(r.DueAt).Hours()), int(TooLate.Hours()))
		return s.end(ctx, r, Stopped)
	case r.Next >= len(r.Steps):
		return s.end(ctx, r, Done)
	case r.Attempts >= MaxAttempts:
		return s.fail(ctx, r, e, s.place(r)+": The server stopped each time before it was done.")
	}
	step := r.Steps[r.Next]
	action, _ := workflow.ActionOf(step.Action)
	if step.Action != "wait" && !action.External {
		return s.effect(ctx, r, e, step)
	}
	var over string
	err := s.Store.ReadRecords(ctx, r.Account, func(v crm.View) (err error) {
		over, err = s.over(ctx, v, r)
		return err
	})
	switch {
	case err != nil:
		return r, err
	case over != "":
		r.Reason = over
		return s.end(ctx, r, Stopped)
	case step.Action == "wait":
		return s.wait(ctx, r, step)
	}
	return call(ctx, r, e)
}

// over says why nothing is done for a run any more, "" when something is. Runs stop with their workflow, but one that the
// follower was making at that moment is not among those: it read the workflow while that was enabled.
func (s *Service) over(ctx context.Context, v crm.View, r Run) (string, error) {
	rows, err := v.Rows(ctx, workflow.Object, []audit.RecordID{r.Workflow})
	switch {
	case err != nil:
		return "", err
	case len(rows) == 0:
		return wasDeleted, nil
	case !workflow.Of(&rows[0].Record).Enabled:
		return wasSwitchedOff, nil
	}
	return "", nil
}

// place names the run's step: "Step 2, add a tag".
func (s *Service) place(r Run) string {
	action, _ := workflow.ActionOf(r.Steps[r.Next].Action)
	return fmt.Sprintf("Step %d (%s)", r.Next+1, action.Label)
}

// passed is the run behind its present step.
func (s *Service) passed(r Run, t Trace) Run {
	t.Step, t.Action, t.At = r.Next, r.Steps[r.Next].Action, s.Recorder.Now()
	r.Trail = append(r.Trail[:len(r.Trail):len(r.Trail)], t)
	r.Next++
	r.Attempts, r.Reason, r.Status, r.DueAt = 0, "", Running, t.At
	if r.Next == len(r.Steps) {
		r.Status, r.EndedAt = Done, t.At
	}
	return r
}

// save writes a run that nobody else has written since it was read; errLost when somebody has.
func (s *Service) save(ctx context.Context, tx Tx, r Run) (Run, error) {
	r.Claim++
	ok, err := tx.SaveRun(ctx, r)
	if err == nil && !ok {
		err = errLost
	}
	return r, err
}

func (s *Service) saveAlone(ctx context.Context, r Run) (saved Run, err error) {
	err = s.Store.WriteRuns(ctx, r.Account, func(tx Tx) error {
		saved, err = s.save(ctx, tx, r)
		return err
	})
	return saved, err
}

// wait begins a wait, or ends it: a run that is due behind one has waited.
func (s *Service) wait(ctx context.Context, r Run, step workflow.Step) (Run, error) {
	if r.Attempts == 0 && step.Pause() > 0 {
		r.Attempts, r.Status, r.DueAt = 1, Waiting, s.Recorder.Now().Add(step.Pause())
		r, err := s.saveAlone(ctx, r)
		return r, err
	}
	return s.counted(s.saveAlone(ctx, s.passed(r, Trace{})))
}

// effect does a step that changes records, together with the run's row.
func (s *Service) effect(ctx context.Context, r Run, e *audit.Event, step workflow.Step) (after Run, err error) {
	err = s.Store.WriteRecords(ctx, r.Account, func(tx crm.Tx) error {
		s.reach("step: begun")
		over, err := s.over(ctx, tx, r)
		if err != nil {
			return err
		}
		if over != "" {
			stopped := r
			stopped.Status, stopped.Reason, stopped.EndedAt = Stopped, over, s.Recorder.Now()
			after, err = s.save(ctx, tx.(Tx), stopped)
			return err
		}
		trace := Trace{}
		err = s.Engine.In(ctx, tx, caller(r), func(op *crm.Operation) (err error) {
			trace.Note, err = s.do(ctx, op, r, e, step)
			if op.Log().Size() > 0 {
				trace.Event = audit.EventID(op.ID())
			}
			return err
		})
		if err != nil {
			return err
		}
		s.reach("step: done")
		if after, err = s.save(ctx, tx.(Tx), s.passed(r, trace)); err != nil {
			return err
		}
		s.reach("step: saved")
		return nil
	})
	if err == nil {
		s.reach("step: committed")
		return s.counted(after, err)
	}
	if errors.Is(err, errLost) || ctx.Err() != nil {
		return r, err
	}
	busy := errs.Is(err, errs.Unavailable)
	if after, err = s.trouble(ctx, r, e, err); err == nil && busy {
		err = errBusy
	}
	return after, err
}

// trouble is what becomes of a run whose step did not work: another try later when that may help, a failure otherwise.
func (s *Service) trouble(ctx context.Context, r Run, e *audit.Event, why error) (Run, error) {
	kind := errs.Of(why).Kind
	if kind == errs.Internal {
		s.Log.ErrorContext(ctx, "a step of a workflow met an error of ours", "error", why, "account", r.Account, "run", r.ID)
	}
	reason := s.place(r) + ": " + told(why)
	if later := kind == errs.Unavailable || kind == errs.Internal || kind == errs.TooMany; !later || r.Attempts+1 >= MaxAttempts {
		if later {
			reason += fmt.Sprintf(" It was tried %d times.", MaxAttempts)
		}
		return s.fail(ctx, r, e, reason)
	}
	s.counts.retried.Add(1)
	r.Reason, r.Status, r.DueAt = reason, Waiting, s.Recorder.Now().Add(pauses[r.Attempts])
	r.Attempts++
	return s.saveAlone(ctx, r)
}

// end ends a run without an event.
func (s *Service) end(ctx context.Context, r Run, status Status) (Run, error) {
	r.Status, r.EndedAt = status, s.Recorder.Now()
	return s.counted(s.saveAlone(ctx, r))
}

// fail ends a run, and says so in the log.
func (s *Service) fail(ctx context.Context, r Run, e *audit.Event, reason string) (after Run, err error) {
	failed := r
	failed.Status, failed.Reason, failed.EndedAt = Failed, reason, s.Recorder.Now()
	err = s.Store.WriteRecords(ctx, r.Account, func(tx crm.Tx) error {
		s.reach("fail: begun")
		id, err := s.Recorder.One(ctx, tx, caller(r).Origin, audit.Draft{Type: "workflow.failed", Outcome: audit.Failed, Record: r.ref(), Related: related(e), Note: reason})
		if err != nil {
			return err
		}
		s.reach("fail: recorded")
		trace := Trace{Step: min(r.Next, len(r.Steps)-1), At: failed.EndedAt, Event: id, Note: reason, Failed: true}
		if r.Next < len(r.Steps) {
			trace.Action = r.Steps[r.Next].Action
		}
		failed.Trail = append(r.Trail[:len(r.Trail):len(r.Trail)], trace)
		if after, err = s.save(ctx, tx.(Tx), failed); err != nil {
			return err
		}
		s.reach("fail: saved")
		return nil
	})
	if err == nil {
		s.reach("fail: committed")
	}
	return s.counted(after, err)
}

// related is the record of an event, for the events of the workflow itself.
func related(e *audit.Event) []audit.Ref {
	if e.Record == nil {
		return nil
	}
	return []audit.Ref{{Object: e.Record.Object, ID: e.Record.ID, Name: e.Record.Name}}
}

// counted counts a run that has ended.
func (s *Service) counted(r Run, err error) (Run, error) {
	if err == nil {
		switch r.Status {
		case Done:
			s.counts.done.Add(1)
		case Failed:
			s.counts.failed.Add(1)
		case Stopped:
			s.counts.stopped.Add(1)
		}
	}
	return r, err
}
