package web

import (
	"net/http"
	"net/url"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/automation"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workflow"
)

// workflowPage is a workflow with its runs.
type workflowPage struct {
	Base
	Name        string
	ID          audit.RecordID
	Enabled     bool
	Toggle      string // the address of the button, "" when the visitor may not press it
	Guarded     bool   // it reads the log, and the visitor may not
	Edit        string
	Delete      string
	Created     Moment
	Changed     Moment
	Folder      string
	Description string
	When        string
	Conditions  []string
	Steps       []string
	Runs        *runList // nil for somebody who may not see them
	History     *historyView
}

// runList is a page of the runs.
type runList struct {
	Runs  []runRow
	First string // the newest, "" when this is that page
	Older string
}

// runRow is a run in a list.
type runRow struct {
	Href    string
	Status  string
	Class   string
	Subject string
	Event   string // the address of the event's entry, "" for somebody who may not see the log
	Started Moment
	Due     Moment
	Reason  string
	Done    int
	Of      int
}

const runsShown = 20

func (s *site) workflowShow(v *visit) error {
	id, err := v.recordID()
	if err != nil {
		return err
	}
	view := v.flowView()
	rec, err := s.ws.Engine.Record(v.Context(), v.caller(), view.object.Key, id)
	if err != nil {
		return err
	}
	f := workflow.Of(rec)
	page := &workflowPage{Base: s.base(v, rec.Name, view.nav), Name: rec.Name, ID: rec.ID, Enabled: f.Enabled,
		Folder: rec.Fields["folder"].Text(), Description: rec.Fields["description"].Text()}
	page.Created, page.Changed = page.At(rec.CreatedAt), page.At(rec.UpdatedAt)
	if v.mayWrite(view.object) {
		here := view.address(rec.ID)
		page.Toggle, page.Edit, page.Delete = here+"/enabled", here+"/edit", here+"/delete"
		if page.Guarded = f.ReadsLog(v.schema()) && !v.may(audit.AuditRead); page.Guarded && !page.Enabled {
			page.Toggle = ""
		}
	}
	words, o := s.flowWords(v), f.Trigger.Object(v.schema())
	page.When = words.Trigger(f.Trigger)
	for _, c := range f.Conditions {
		page.Conditions = append(page.Conditions, words.Condition(c, o))
	}
	for _, step := range f.Steps {
		page.Steps = append(page.Steps, title(words.Step(step, o)))
	}
	if page.Runs, err = s.runsOf(v, page.Base, rec.ID); err != nil {
		return err
	}
	if page.History, err = s.historyOf(v, view.object.Key, rec.ID, view.address(rec.ID)); err != nil {
		return err
	}
	return v.render(http.StatusOK, "workflow", page)
}

// runsOf reads a page of a workflow's runs: those below the one that the address names.
func (s *site) runsOf(v *visit, b Base, id audit.RecordID) (*runList, error) {
	before := automation.RunID(v.URL.Query().Get("before"))
	if before != "" && !audit.ValidID(before) {
		before = ""
	}
	runs, err := s.ws.Automation.Runs(v.Context(), v.caller(), id, before, runsShown+1)
	if errs.Is(err, errs.Forbidden) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	here := v.flowView().address(id)
	list := &runList{}
	if before != "" {
		list.First = here + "#runs"
	}
	if len(runs) > runsShown {
		runs = runs[:runsShown]
		list.Older = here + "?before=" + string(runs[runsShown-1].ID) + "#runs"
	}
	for _, r := range runs {
		list.Runs = append(list.Runs, s.runRow(v, b, r))
	}
	return list, nil
}

// runWords are the states of a run in words, with the colour of their badge.
var runWords = map[automation.Status][2]string{
	automation.Running: {"Running", "badge-updated"}, automation.Waiting: {"Waiting", "badge-executed"}, automation.Done: {"Done", "badge-created"},
	automation.Failed: {"Failed", "badge-deleted"}, automation.Stopped: {"Stopped", ""},
}

func (s *site) runRow(v *visit, b Base, r automation.Run) runRow {
	row := runRow{Href: v.flowView().address(r.Workflow) + "/runs/" + string(r.ID), Status: runWords[r.Status][0], Class: runWords[r.Status][1],
		Subject: r.Subject, Started: b.At(r.StartedAt), Reason: r.Reason, Done: r.Next, Of: len(r.Steps), Due: Moment{Zero: true}}
	if row.Subject == "" { // the log's words are not for the visitor
		row.Subject = s.ws.Catalog.Label(r.Type)
		if r.Record != nil {
			row.Subject += ": " + r.Record.Name
		}
	}
	if r.Status == automation.Waiting {
		row.Due = b.At(r.DueAt)
	}
	if v.may(audit.AuditRead) {
		row.Event = eventAddress(r.Event)
	}
	return row
}

// workflowToggle switches a workflow on or off by a button.
func (s *site) workflowToggle(v *visit) error {
	return s.withRecord(v.flowView(), func(v *visit, form url.Values, rec *crm.Record) error {
		o, here := v.flowView().object, v.flowView().address(rec.ID)
		on := form.Get("enabled") == "true"
		_, err := s.ws.Engine.Update(v.Context(), v.caller(), o.Key, rec.ID, crm.Texts(o, map[string]string{"enabled": form.Get("enabled")}), 0)
		if err != nil && shownOnForm(err) {
			e := errs.Of(err)
			text := e.Detail
			for _, f := range e.Fields {
				text = f.Detail
			}
			return v.redirect(here, Failure(text))
		}
		if err != nil {
			return err
		}
		if on {
			return v.redirect(here, Success(audit.Quote(rec.Name)+" is enabled. It begins with what happens from now on."))
		}
		return v.redirect(here, Success(audit.Quote(rec.Name)+" is switched off. Runs that were under way have stopped."))
	})(v)
}
