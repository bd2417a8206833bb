package client

import (
	"context"
	"net/url"
	"time"
)

// WorkflowRun is one passage through a workflow, begun by an event.
type WorkflowRun struct {
	ID          string                    `json:"id"`
	Workflow    struct{ ID, Name string } `json:"workflow"`
	Event       string                    `json:"event"`
	EventType   string                    `json:"event_type"`
	Description string                    `json:"description"` // of the event
	Record      *Ref                      `json:"record"`      // what the event is about
	Depth       int                       `json:"depth"`
	Status      string                    `json:"status"` // running, waiting, done, failed, stopped
	Reason      string                    `json:"reason"`
	Steps       []WorkflowStep            `json:"steps"`
	Next        int                       `json:"next"` // the step to do, from 1
	Attempts    int                       `json:"attempts"`
	DueAt       time.Time                 `json:"due_at"` // zero when it has ended
	StartedAt   time.Time                 `json:"started_at"`
	EndedAt     time.Time                 `json:"ended_at"` // zero while it is open
}

// WorkflowStep is a step of a run with what came of it.
type WorkflowStep struct {
	Action   string            `json:"action"`
	Settings map[string]string `json:"settings"`
	DoneAt   time.Time         `json:"done_at"` // zero for one that was not come to
	Failed   bool              `json:"failed"`
	Event    string            `json:"event"` // the leading event of what it did
	Note     string            `json:"note"`
}

// WorkflowRuns returns a page of the runs of a workflow, newest first.
func (c *Client) WorkflowRuns(ctx context.Context, workflow string, p Paging) (Page[WorkflowRun], error) {
	var out struct {
		Runs       []WorkflowRun `json:"runs"`
		NextCursor string        `json:"next_cursor"`
	}
	err := c.get(ctx, p.into(url.Values{}), &out, "workflows", workflow, "runs")
	return Page[WorkflowRun]{out.Runs, out.NextCursor}, err
}

// WorkflowRun returns one run of a workflow.
func (c *Client) WorkflowRun(ctx context.Context, workflow, run string) (r WorkflowRun, err error) {
	err = c.get(ctx, nil, &r, "workflows", workflow, "runs", run)
	return r, err
}
