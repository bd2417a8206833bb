package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workspace"
)

// recordPage is a record with what belongs to it.
type recordPage struct {
	Base
	Object   string
	Word     string
	Name     string
	List     navLink
	Edit     string // "" when the visitor may not change it
	Delete   string
	Avatar   bool
	Created  Moment
	Changed  Moment
	Facts    []factGroup
	Tags     *tagsPart // nil for an object without tags
	Notes    *notesPart
	Tasks    *tasksPart
	Related  []relatedPart
	Statuses []statusAction // of staff
	History  *historyView   // nil without audit.read
}

type navLink struct{ Label, Href string }

// factGroup is a stretch of a record's values.
type factGroup struct {
	Label string
	Facts []shownValue
}

// relatedPart is a list of records that point at this one.
type relatedPart struct {
	Label string
	Rows  []listRow
	More  string // the whole list, when there are more than shown
	Add   string // "" when none can be added here
	One   string
}

// relatedShown is how many records a related list shows.
const relatedShown = 10

func (s *site) recordShow(view *objectView) handler {
	return func(v *visit) error {
		id, err := v.recordID()
		if err != nil {
			return err
		}
		rec, err := s.ws.Engine.Record(v.Context(), v.caller(), view.object.Key, id)
		if err != nil {
			return err
		}
		if view.part != "" {
			http.Redirect(v.ResponseWriter, v.Request, view.after(rec), http.StatusSeeOther)
			return nil
		}
		page := &recordPage{Base: s.base(v, rec.Name, view.nav), Object: view.object.Key, Word: view.object.Word().One, Name: rec.Name,
			List: navLink{view.object.LabelPlural, view.listPath()}, Avatar: view.avatar}
		page.Created, page.Changed = page.At(rec.CreatedAt), page.At(rec.UpdatedAt)
		if v.mayWrite(view.object) {
			page.Edit, page.Delete = view.address(rec.ID)+"/edit", view.address(rec.ID)+"/delete"
		}
		for _, fill := range []func(*visit, *objectView, *crm.Record, *recordPage) error{s.fillFacts, s.fillTags, s.fillNotes, s.fillTasks, s.fillRelated, s.fillStaff, s.fillHistory} {
			if err := fill(v, view, rec, page); err != nil {
				return err
			}
		}
		return v.render(http.StatusOK, "record", page)
	}
}

// fillFacts lists the record's values, group by group. Groups without any are left out but the first.
func (s *site) fillFacts(v *visit, view *objectView, rec *crm.Record, page *recordPage) error {
	names, err := s.names(v.Context(), v.id.Account.ID, view.object, fieldKeys(view.object), rec)
	if err != nil {
		return err
	}
	for i, g := range view.groups {
		group := factGroup{Label: g.Label}
		filled := false
		for _, key := range g.Fields {
			if parent := view.grouped[key]; parent != "" {
				group.Facts = append(group.Facts, page.show(view, rec, parent, names))
			}
			if view.hasTagsPart() && key == "tags" {
				continue
			}
			fact := page.show(view, rec, key, names)
			filled = filled || fact.Kind != ""
			group.Facts = append(group.Facts, fact)
		}
		if filled || i == 0 {
			page.Facts = append(page.Facts, group)
		}
	}
	return nil
}

func fieldKeys(o *crm.Object) []string {
	keys := make([]string, len(o.Fields))
	for i, f := range o.Fields {
		keys[i] = f.Key
	}
	return keys
}

func (s *site) fillRelated(v *visit, view *objectView, rec *crm.Record, page *recordPage) error {
	for _, r := range view.related {
		of := s.views[r.object]
		f, _ := of.object.Field(r.field)
		sort := r.sort
		if sort == "" {
			sort = "name"
		}
		q := crm.Query{Object: of.object, Where: []crm.Condition{{Field: f, Values: []string{string(rec.ID)}}},
			Sort: strings.TrimPrefix(sort, "-"), Desc: strings.HasPrefix(sort, "-"), Limit: relatedShown}
		found, next, err := s.ws.Engine.Find(v.Context(), v.caller(), q)
		if err != nil {
			return err
		}
		part := relatedPart{Label: of.object.LabelPlural, One: of.object.Word().One}
		if r.object == view.object.Key {
			part.Label = "Below it"
		}
		names, err := s.names(v.Context(), v.id.Account.ID, of.object, r.detail, found...)
		if err != nil {
			return err
		}
		for _, other := range found {
			row := listRow{Href: of.address(other.ID), Name: other.Name}
			for _, key := range r.detail {
				row.Cells = append(row.Cells, page.show(of, other, key, names))
			}
			part.Rows = append(part.Rows, row)
		}
		if next != nil {
			part.More = of.listPath() + "?" + r.field + "=" + string(rec.ID)
		}
		if r.add && v.mayWrite(of.object) {
			part.Add = of.path + "/new?" + r.field + "=" + string(rec.ID)
		}
		if len(part.Rows) > 0 || part.Add != "" {
			page.Related = append(page.Related, part)
		}
	}
	return nil
}

func (s *site) fillHistory(v *visit, view *objectView, rec *crm.Record, page *recordPage) error {
	if !v.may(audit.AuditRead) {
		return nil
	}
	history, err := s.historyOf(v.Context(), v.id, view.object.Key, rec.ID)
	page.History = &history
	return err
}

// notesPart is the notes of a contact.
type notesPart struct {
	Contact audit.RecordID
	Add     bool
	Notes   []shownNote
	More    bool // older ones are not shown
}

type shownNote struct {
	Text    string
	Written Moment
	Edited  bool
	Edit    string // "" when the visitor may not change it
	Delete  string
}

// notesShown is how many notes a contact's page shows.
const notesShown = 50

func (s *site) fillNotes(v *visit, view *objectView, rec *crm.Record, page *recordPage) error {
	if view.object.Key != "contact" {
		return nil
	}
	of := s.views["note"]
	f, _ := of.object.Field("contact")
	found, next, err := s.ws.Engine.Find(v.Context(), v.caller(), crm.Query{Object: of.object, Sort: "created_at", Desc: true, Limit: notesShown,
		Where: []crm.Condition{{Field: f, Values: []string{string(rec.ID)}}}})
	if err != nil {
		return err
	}
	part := &notesPart{Contact: rec.ID, Add: v.mayWrite(of.object), More: next != nil}
	for _, note := range found {
		shown := shownNote{Text: note.Fields["body"].Text(), Written: page.At(note.CreatedAt), Edited: note.Version > 1}
		if part.Add {
			shown.Edit, shown.Delete = of.address(note.ID)+"/edit", of.address(note.ID)+"/delete"
		}
		part.Notes = append(part.Notes, shown)
	}
	page.Notes = part
	return nil
}

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
	of := s.views["task"]
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
	names, err := s.names(v.Context(), v.id.Account.ID, of.object, []string{"assignee"}, found...)
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
	view := s.views["task"]
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
