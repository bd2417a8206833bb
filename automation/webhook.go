package automation

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workflow"
)

// delivery is the body of a webhook.
type delivery struct {
	Workflow struct {
		ID   audit.RecordID `json:"id"`
		Name string         `json:"name"`
	} `json:"workflow"`
	Run   RunID           `json:"run"`
	Step  int             `json:"step"` // from 1
	Event json.RawMessage `json:"event"`
}

// call calls the webhook of a run's step. The run is taken for the time of a lease first, so that no other server calls
// it as well; what came of it is written afterwards.
func (s *Service) call(ctx context.Context, r Run, e *audit.Event) (Run, error) {
	step := r.Steps[r.Next]
	taken := r
	taken.Attempts++
	taken.Status, taken.DueAt = Running, s.Recorder.Now().Add(lease)
	taken, err := s.saveAlone(ctx, taken)
	if err != nil {
		return r, err
	}
	s.reach("call: taken")
	body, err := deliveryOf(taken, e)
	if err == nil {
		err = s.Poster.Post(ctx, step.Settings["url"], map[string]string{"Content-Type": "application/json", "Backtrail-Account": string(r.Account),
			"Backtrail-Delivery": string(r.ID) + "-" + strconv.Itoa(r.Next+1)}, body)
	}
	s.reach("call: answered")
	back := taken
	back.Attempts-- // trouble counts it
	switch {
	case ctx.Err() != nil: // the server stops: another one may try at once, and this was no attempt
		back.DueAt = s.Recorder.Now()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		return s.saveAlone(last, back)
	case err != nil:
		return s.trouble(ctx, back, e, err)
	}
	return s.called(ctx, back, e, step)
}

const stopTimeout = 5 * time.Second

// called records a webhook that was taken.
func (s *Service) called(ctx context.Context, r Run, e *audit.Event, step workflow.Step) (after Run, err error) {
	err = s.Store.WriteRecords(ctx, r.Account, func(tx crm.Tx) error {
		id, err := s.Recorder.One(ctx, tx, caller(r).Origin, audit.Draft{Type: "workflow.webhook_called", Record: r.ref(), Related: related(e),
			Note: "at " + workflow.Host(step.Settings["url"])})
		if err != nil {
			return err
		}
		s.reach("call: recorded")
		after, err = s.save(ctx, tx.(Tx), s.passed(r, Trace{Event: id}))
		if errors.Is(err, errLost) { // it was stopped while it was on its way: that it was called is true all the same
			after = r
			return nil
		}
		return err
	})
	return s.counted(after, err)
}

func deliveryOf(r Run, e *audit.Event) ([]byte, error) {
	d := delivery{Run: r.ID, Step: r.Next + 1, Event: json.RawMessage(e.AppendCanonical(nil))}
	d.Workflow.ID, d.Workflow.Name = r.Workflow, r.Name
	b, err := json.Marshal(d)
	if err != nil {
		return nil, errs.New(errs.Internal, "internal", "The event cannot be written as JSON.").Because(err)
	}
	return b, nil
}
