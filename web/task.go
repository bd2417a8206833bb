package web

import (
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workspace"
)

// tasksPart is the tasks of a contact, the open ones first.
type tasksPart struct {
	Contact audit.RecordID
	Back    string
	Add     bool
	Tasks   []shownTask
	More    string
	Staff   []choiceGroup // to assign a new one to
	Zone    string
}

type shownTask struct {
	Title    string
	Href     string
	Status   string // where it is completed or opened again; "" when the visitor may not
	Done     bool
	Late     bool
	Due      Moment
	Assignee string
	Version  int64
}

func (s *site) fillTasks(v *visit, view *objectView, rec *crm.Record, page *recordPage) error {
	if view.object.Key != "contact" {
		return nil
	}
	of := v.views()["task"]
	f, _ := of.object.Field("contact")
	found, next, err := s.ws.Engine.Find(v.Context(), v.caller(), crm.Query{Object: of.object, Sort: "due", Limit: notesShown,
		Where: []crm.Condition{{Field: f, Values: []string{string(rec.ID)}}}})
	if err != nil {
		return err
	}
	part := &tasksPart{Contact: rec.ID, Back: view.address(rec.ID), Add: v.mayWrite(of.object), Zone: workspace.Zone(v.id.Account).String()}
	if next != nil {
		part.More = of.listPath() + "?contact=" + string(rec.ID)
	}
	names, err := s.names(v.Context(), v.caller(), of.object, []string{"assignee"}, found...)
	if err != nil {
		return err
	}
	for _, t := range found {
		part.Tasks = append(part.Tasks, s.shownTask(of, t, page.Base, names))
	}
	slices.SortStableFunc(part.Tasks, func(a, b shownTask) int { return order(a.Done) - order(b.Done) })
	if part.Add {
		assignee, _ := of.object.Field("assignee")
		if part.Staff, _, err = s.refChoices(v, of, assignee, audit.RecordID(v.id.Member.ID), maxChoices); err != nil {
			return err
		}
	}
	page.Tasks = part
	return nil
}

func order(done bool) int {
	if done {
		return 1
	}
	return 0
}

func (s *site) shownTask(of *objectView, t *crm.Record, b Base, names namesOf) shownTask {
	due := b.show(of, t, "due", nil)
	done := t.Fields["completed"].Bool()
	shown := shownTask{Title: t.Name, Href: of.address(t.ID), Done: done, Due: due.Moment, Version: t.Version,
		Assignee: names["staff"][audit.RecordID(t.Fields["assignee"].Text())]}
	if due.Kind == "" {
		shown.Due.Zero = true
	}
	now := s.ws.Recorder.Now().Format(crm.TimeLayout)
	shown.Late = !done && due.Kind != "" && t.Fields["due"].Text() < now
	if b.CanWrite() {
		shown.Status = of.address(t.ID) + "/completed"
	}
	return shown
}

// taskComplete ticks a task off, or opens it again.
func (s *site) taskComplete(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	view := v.views()["task"]
	rec, err := s.recordToWrite(v, view)
	if err != nil {
		return err
	}
	done := form.Get("completed")
	if done != "true" && done != "false" {
		return errs.InvalidField("completed", "invalid_type", "Completed must be true or false.")
	}
	in := crm.Texts(view.object, map[string]string{"completed": done})
	if _, err := s.ws.Engine.Update(v.Context(), v.caller(), "task", rec.ID, in, 0); err != nil {
		return err
	}
	text := "Completed the task " + audit.Quote(rec.Name) + "."
	if done == "false" {
		text = "Opened the task " + audit.Quote(rec.Name) + " again."
	}
	return v.redirect(s.whereTo(v, view, rec), Success(text))
}
