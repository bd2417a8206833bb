package web

import (
	"net/http"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/automation"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workflow"
)

// workflowRunPage is one run with its steps.
type workflowRunPage struct {
	Base
	Workflow navLink
	List     navLink
	Run      runRow
	Record   navLink // what the event is about; Href is "" when it has no page, Label when there is none
	Ended    Moment
	Depth    int
	Steps    []runStep
}

// runStep is a step with what came of it.
type runStep struct {
	N      int
	Words  string
	State  string // Done, Failed, Now, or what is still to come
	Class  string
	At     Moment
	Note   string
	Events []runEvent
}

// runEvent is an entry of the log that a step made.
type runEvent struct{ Href, Text string }

// eventsShown is how many entries of a step are listed.
const eventsShown = 10

func (s *site) workflowRun(v *visit) error {
	id, err := v.recordID()
	if err != nil {
		return err
	}
	run := automation.RunID(v.PathValue("run"))
	if !audit.ValidID(run) {
		return errs.New(errs.NotFound, "not_found", "There is no page at this address.")
	}
	r, err := s.ws.Automation.RunOf(v.Context(), v.caller(), id, run)
	if err != nil {
		return err
	}
	view := v.flowView()
	page := &workflowRunPage{Base: s.base(v, "Run of "+r.Name, view.nav), Workflow: navLink{r.Name, view.address(id)}, List: navLink{view.object.LabelPlural, view.listPath()}, Depth: r.Depth}
	page.Run, page.Ended = s.runRow(v, page.Base, r), page.At(r.EndedAt)
	if r.Record != nil {
		page.Record = navLink{r.Record.Name, recordAddress(r.Record.Object, r.Record.ID)}
	}
	words := s.flowWords(v)
	o := workflow.Trigger(r.Type).Object(v.schema())
	for i, step := range r.Steps {
		shown := runStep{N: i + 1, Words: title(words.Step(step, o)), At: Moment{Zero: true}}
		switch {
		case i == r.Next && r.Status.Open():
			shown.State, shown.Class, shown.At, shown.Note = runWords[r.Status][0], runWords[r.Status][1], page.At(r.DueAt), r.Reason
		case i >= r.Next:
			shown.State = "Not done"
		}
		for _, t := range r.Trail {
			if t.Step == i {
				if err := s.fillTrace(v, page, &shown, t); err != nil {
					return err
				}
			}
		}
		page.Steps = append(page.Steps, shown)
	}
	return v.render(http.StatusOK, "workflow_run", page)
}

// fillTrace says what came of a step.
func (s *site) fillTrace(v *visit, page *workflowRunPage, shown *runStep, t automation.Trace) error {
	shown.State, shown.Class, shown.At, shown.Note = "Done", "badge-created", page.At(t.At), t.Note
	if t.Failed {
		shown.State, shown.Class = "Failed", "badge-deleted"
	}
	if t.Event == "" || !v.may(audit.AuditRead) {
		return nil
	}
	made, err := s.logFor(v.caller()).Operation(v.Context(), v.caller().Account, audit.OperationID(t.Event), "", eventsShown)
	if errs.Is(err, errs.NotFound) {
		return nil
	}
	for _, stored := range made {
		e, err := stored.Event()
		if err != nil {
			return err
		}
		shown.Events = append(shown.Events, runEvent{eventAddress(e.ID), e.Description})
	}
	return err
}
