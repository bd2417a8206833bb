package automation

import (
	"context"
	"fmt"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/follower"
	"github.com/backtrail/backtrail/workflow"
)

// follower follows the log; see [follower.Follower].
func (s *Service) follower() *follower.Follower {
	return &follower.Follower{Reader: follower.Workflows, Store: s.Store, Take: s.take}
}

// take begins the runs of a batch of events.
func (s *Service) take(ctx context.Context, c follower.Cursor, batch []audit.Stored) (follower.Outcome, error) {
	flows, err := s.enabled(ctx, c.Account)
	if err != nil {
		return follower.Lost, err
	}
	if len(flows) == 0 {
		return follower.Left, s.leave(ctx, c.Account)
	}
	runs, err := s.triggered(ctx, c.Account, flows, batch)
	if err != nil {
		return follower.Lost, err
	}
	s.reach("follow: runs made")
	mine := false
	err = s.Store.WriteRuns(ctx, c.Account, func(tx Tx) (err error) {
		if mine, err = tx.MoveCursor(ctx, follower.Workflows, c.Seq, batch[len(batch)-1].Seq); err != nil || !mine {
			return err
		}
		s.reach("follow: cursor moved")
		return s.add(ctx, tx, runs)
	})
	if err != nil || !mine { // another server was quicker
		return follower.Lost, err
	}
	s.reach("follow: committed")
	if len(runs) > 0 {
		s.nudge()
	}
	return follower.Took, nil
}

// add adds runs. Those that the account has no room for fail; of each workflow the first one says so in the log, for
// they come in great numbers.
func (s *Service) add(ctx context.Context, tx Tx, runs []Run) error {
	if len(runs) > 0 {
		open, err := tx.OpenRuns(ctx)
		if err != nil {
			return err
		}
		told := map[audit.RecordID]bool{}
		for _, r := range runs {
			if r.Status.Open() && open >= s.most {
				r.Reason = fmt.Sprintf("%s runs of workflows are under way in this account, and more are not begun. "+
					"Disable a workflow that begins too often or waits too long: its runs end with it.", audit.Thousands(s.most))
				if told[r.Workflow] {
					r.Status, r.EndedAt = Failed, r.StartedAt
					s.counts.failed.Add(1)
				}
				told[r.Workflow] = true
			}
			if r.Status.Open() {
				open++
			}
			if err := tx.AddRun(ctx, r); err != nil {
				return err
			}
		}
	}
	s.reach("follow: runs added")
	return nil
}

// enabled reads the workflows of an account that are enabled.
func (s *Service) enabled(ctx context.Context, account audit.AccountID) (flows []workflow.Workflow, err error) {
	err = s.Store.ReadRecords(ctx, account, func(v crm.View) error {
		flows, err = s.enabledIn(ctx, account, v)
		return err
	})
	return flows, err
}

func (s *Service) enabledIn(ctx context.Context, account audit.AccountID, v crm.View) ([]workflow.Workflow, error) {
	o, err := s.Engine.Schema(account).Object(workflow.Object)
	if err != nil {
		return nil, err
	}
	f, _ := o.Field("enabled")
	found, _, err := v.Find(ctx, crm.Query{Object: o, Where: []crm.Condition{{Field: f, Values: []string{"true"}}}, Sort: "created_at", Limit: workflow.MaxEnabled})
	flows := make([]workflow.Workflow, len(found))
	for i, rec := range found {
		flows[i] = workflow.Of(rec)
	}
	return flows, err
}

// leave ends the following of an account without workflows, unless one was enabled meanwhile: those who enable one and
// this take turns.
func (s *Service) leave(ctx context.Context, account audit.AccountID) error {
	return s.Store.WriteRecords(ctx, account, func(tx crm.Tx) error {
		flows, err := s.enabledIn(ctx, account, tx)
		if err != nil || len(flows) > 0 {
			return err
		}
		return tx.(Tx).LeaveAccount(ctx, follower.Workflows)
	})
}

// triggered makes the runs that a batch of events begins, in the order of the log.
func (s *Service) triggered(ctx context.Context, account audit.AccountID, flows []workflow.Workflow, batch []audit.Stored) ([]Run, error) {
	var runs []Run
	for _, stored := range batch {
		kind, err := typeOf(stored)
		if err != nil {
			return nil, err
		}
		var event *audit.Event
		depth := 0
		for _, f := range flows {
			if !f.Trigger.Matches(kind) {
				continue
			}
			since, err := s.enabledAt(ctx, account, f)
			if err != nil {
				return nil, err
			}
			if stored.Seq <= since {
				continue
			}
			if event == nil {
				if event, err = stored.Event(); err != nil {
					return nil, err
				}
				if depth, err = s.depth(ctx, account, event); err != nil {
					return nil, err
				}
			}
			if depth > MaxDepth { // the failure that says that it went too deep: it ends here
				continue
			}
			run, err := s.begin(ctx, account, f, event, depth)
			if err != nil {
				return nil, err
			}
			if run != nil {
				runs = append(runs, *run)
			}
		}
	}
	return runs, nil
}

// typeOf reads the type of an event and nothing else: most trigger nothing.
func typeOf(stored audit.Stored) (kind audit.Type, err error) {
	err = audit.Scan(stored.Body, func(key, value []byte) {
		if string(key) == "type" {
			kind = audit.Type(audit.Value(value).Text())
		}
	})
	return kind, err
}

// begin makes the run of a workflow after an event, nil when its conditions are not met. A run that cannot begin is
// there as well: the worker makes a failure of it.
func (s *Service) begin(ctx context.Context, account audit.AccountID, f workflow.Workflow, e *audit.Event, depth int) (*Run, error) {
	now := s.Recorder.Now()
	run := &Run{Account: account, ID: RunID(s.Recorder.NewID()), Workflow: f.ID, Name: f.Name, Event: e.ID, Type: e.Type, Subject: e.Description, Record: e.Record,
		Depth: depth + 1, Steps: f.Steps, Status: Running, DueAt: now, StartedAt: now}
	if late := now.Sub(e.RecordedAt); late > TooLate {
		run.Status, run.EndedAt = Stopped, now
		run.Reason = fmt.Sprintf("The event was %d hours old when its turn came; what is older than %d hours is left alone.", int(late.Hours()), int(TooLate.Hours()))
		return run, nil
	}
	if run.Depth > MaxDepth {
		run.Reason = tooDeep
		return run, nil
	}
	if len(f.Conditions) == 0 {
		return run, nil
	}
	h, err := s.happening(ctx, account, e)
	if err != nil {
		return nil, err
	}
	for _, c := range f.Conditions {
		holds, err := c.Holds(h)
		if err != nil {
			run.Reason = told(err)
			return run, nil
		}
		if !holds {
			return nil, nil
		}
	}
	return run, nil
}

const tooDeep = "Eight workflows follow from one another here, and this would be the ninth: a workflow triggers itself, or several trigger each other in a circle."

// told is an error as a run and the log have it.
func told(err error) string {
	e := errs.Of(err)
	if len(e.Fields) == 1 {
		return e.Fields[0].Detail
	}
	details := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		details[i] = f.Detail
	}
	return strings.Join(append([]string{e.Detail}, details...), " ")
}

// happening reads the record of an event.
func (s *Service) happening(ctx context.Context, account audit.AccountID, e *audit.Event) (workflow.Happening, error) {
	h := workflow.Happening{Event: e}
	if e.Record == nil {
		return h, nil
	}
	err := s.Store.ReadRecords(ctx, account, func(v crm.View) error {
		subject, err := s.subject(ctx, account, v, e)
		if err != nil || subject == nil {
			return err
		}
		h.Object, h.Fields = subject.object, subject.fields(e)
		return nil
	})
	return h, err
}

// flowVersion is a workflow as of one write.
type flowVersion struct {
	account audit.AccountID
	id      audit.RecordID
	version int64
}

// enabledAt is the place in the log of the event by which a workflow was enabled. While that waits for the sealer it is
// above all others.
func (s *Service) enabledAt(ctx context.Context, account audit.AccountID, f workflow.Workflow) (int64, error) {
	key := flowVersion{account, f.ID, f.Version}
	if seq, ok := s.since.Load(key); ok {
		return seq.(int64), nil
	}
	page, err := s.Store.Events(ctx, account, audit.Query{Limit: 1, Filter: audit.Filter{Where: audit.All{
		audit.Is{Property: audit.ByObject, Values: []string{workflow.Object}},
		audit.Is{Property: audit.ByRecord, Values: []string{string(f.ID)}},
		audit.Is{Property: audit.ByType, Values: []string{"workflow.enabled", "workflow.created", "workflow.restored"}},
	}}})
	if err != nil || len(page.Events) == 0 { // none: it fell out of the log, so long ago was it
		return 0, err
	}
	seq := page.Events[0].Seq
	if seq == 0 {
		return 1<<63 - 1, nil
	}
	s.since.Store(key, seq)
	return seq, nil
}

// depth counts the workflows behind an event: the operations of workflows along its causes. It stops counting beyond
// the bound.
func (s *Service) depth(ctx context.Context, account audit.AccountID, e *audit.Event) (int, error) {
	n := 0
	for e != nil {
		if e.Cause == "" {
			if e.Actor.Type == audit.Workflow {
				n++
			}
			return n, nil
		}
		stored, err := s.Store.Event(ctx, account, e.Cause)
		if err != nil && !errs.Is(err, errs.NotFound) {
			return 0, err
		}
		var cause *audit.Event
		if err == nil {
			if cause, err = stored.Event(); err != nil {
				return 0, err
			}
		}
		if e.Actor.Type == audit.Workflow && (cause == nil || cause.Operation != e.Operation) {
			n++
		}
		if n > MaxDepth {
			return n, nil
		}
		e = cause
	}
	return n, nil
}
