package api

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/automation"
	"github.com/backtrail/backtrail/workflow"
)

// WorkflowRun is one passage through a workflow.
type WorkflowRun struct {
	ID          automation.RunID  `json:"id"`
	Workflow    WorkflowOfRun     `json:"workflow"`
	Event       audit.EventID     `json:"event" doc:"That began it"`
	EventType   audit.Type        `json:"event_type"`
	Description string            `json:"description" doc:"Of that event; empty for a caller without audit.read"`
	Record      planRecord        `json:"record" doc:"What the event is about; null for nothing, and for a caller without audit.read when only the log names it"`
	Depth       int               `json:"depth" doc:"How many workflows follow from one another here, this one among them; more than 8 is a failure"`
	Status      automation.Status `json:"status" enum:"running,waiting,done,failed,stopped"`
	Reason      *string           `json:"reason" doc:"Why it failed or stopped, or is tried again"`
	Steps       []WorkflowStep    `json:"steps" doc:"Those of the workflow when the run began"`
	Next        int               `json:"next" doc:"The step to do, from 1"`
	Attempts    int               `json:"attempts" doc:"Of that step"`
	DueAt       *string           `json:"due_at" format:"date-time" doc:"When it is to be done; null when the run has ended"`
	StartedAt   string            `json:"started_at" format:"date-time"`
	EndedAt     *string           `json:"ended_at" format:"date-time"`
}

// WorkflowOfRun is the workflow of a run, by the name that it had.
type WorkflowOfRun struct {
	ID   audit.RecordID `json:"id"`
	Name string         `json:"name"`
}

// WorkflowStep is a step of a run, with what came of it.
type WorkflowStep struct {
	Action   string            `json:"action"`
	Settings map[string]string `json:"settings"`
	DoneAt   *string           `json:"done_at" format:"date-time" doc:"null for one that was not come to"`
	Failed   bool              `json:"failed"`
	Event    *audit.EventID    `json:"event" doc:"The leading event of what it did; null when it changed nothing"`
	Note     *string           `json:"note"`
}

func runOf(r automation.Run) WorkflowRun {
	out := WorkflowRun{ID: r.ID, Workflow: WorkflowOfRun{r.Workflow, r.Name}, Event: r.Event, EventType: r.Type, Description: r.Subject, Record: planRecord{r.Record},
		Depth: r.Depth, Status: r.Status, Reason: nullable(r.Reason), Next: r.Next + 1, Attempts: r.Attempts, StartedAt: timeText(r.StartedAt), EndedAt: nullableTime(r.EndedAt),
		Steps: make([]WorkflowStep, len(r.Steps))}
	if r.Status.Open() {
		out.DueAt = nullableTime(r.DueAt)
	}
	for i, s := range r.Steps {
		out.Steps[i] = stepOf(s)
	}
	for _, t := range r.Trail {
		if t.Step < 0 || t.Step >= len(out.Steps) {
			continue
		}
		s := &out.Steps[t.Step]
		s.DoneAt, s.Failed, s.Note = nullableTime(t.At), t.Failed, nullable(t.Note)
		if t.Event != "" {
			s.Event = &t.Event
		}
	}
	return out
}

func stepOf(s workflow.Step) WorkflowStep {
	return WorkflowStep{Action: s.Action, Settings: s.Settings}
}

// WorkflowPath names a workflow in the address.
type WorkflowPath struct {
	ID audit.RecordID `path:"id" doc:"Id of the workflow"`
}

// RunPath names a run.
type RunPath struct {
	WorkflowPath
	Run automation.RunID `path:"run" doc:"Id of the run"`
}

// RunPage is a page of runs.
type RunPage struct {
	Runs       []WorkflowRun `json:"runs"`
	NextCursor *string       `json:"next_cursor" doc:"For the next page; null at the end"`
}

type (
	runsAnswer struct{ Body RunPage }
	runAnswer  struct{ Body WorkflowRun }
)

func (a *API) listRuns(ctx context.Context, in *struct {
	WorkflowPath
	Paging
}) (*runsAnswer, error) {
	caller := callerOf(ctx)
	var before automation.RunID
	if err := readCursor(in.Cursor, &before, caller.Account, "runs", string(in.ID)); err != nil {
		return nil, err
	}
	found, err := a.Automation.Runs(ctx, caller, in.ID, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &runsAnswer{RunPage{Runs: []WorkflowRun{}}}
	if len(found) > in.Limit {
		found = found[:in.Limit]
		out.Body.NextCursor = cursorOf(found[in.Limit-1].ID, caller.Account, "runs", string(in.ID))
	}
	for _, r := range found {
		out.Body.Runs = append(out.Body.Runs, runOf(r))
	}
	return out, nil
}

func (a *API) getRun(ctx context.Context, in *RunPath) (*runAnswer, error) {
	r, err := a.Automation.RunOf(ctx, callerOf(ctx), in.ID, in.Run)
	if err != nil {
		return nil, err
	}
	return &runAnswer{runOf(r)}, nil
}
