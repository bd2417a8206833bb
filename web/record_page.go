package web

import (
	"net/http"
	"strings"

	"github.com/backtrail/backtrail/crm"
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
	Merge    string // "" when it cannot be, or not by the visitor
	Avatar   bool
	Created  Moment
	Changed  Moment
	Facts    []factGroup
	Tags     *tagsPart // nil for an object without tags
	Notes    *notesPart
	Tasks    *tasksPart
	Related  []relatedPart
	Statuses []statusAction
	Actions  []navLink    // to pages that do more than a button
	Access   *staffAccess // of a staff member, nil for who does not manage staff
	History  *historyView // nil without audit.read
	// Appointment is what there is to say about the time of an appointment, nil for other objects.
	Appointment *appointmentPart
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
		page.Tags = tagsOf(v, view, rec)
		page.Created, page.Changed = page.At(rec.CreatedAt), page.At(rec.UpdatedAt)
		if v.mayWrite(view.object) {
			page.Edit, page.Delete = view.address(rec.ID)+"/edit", view.address(rec.ID)+"/delete"
		}
		if page.Edit != "" && view.object.Merges {
			page.Merge = view.address(rec.ID) + "/merge"
		}
		if view.object.Single {
			page.Delete = ""
		}
		for _, fill := range []func(*visit, *objectView, *crm.Record, *recordPage) error{s.fillFacts, s.fillNotes, s.fillTasks, s.fillRelated, s.fillStaff, s.fillAccess, s.fillSteps, s.fillMailTest, s.fillRefund, s.fillIntegration, s.fillAppointment, s.fillHistory} {
			if err := fill(v, view, rec, page); err != nil {
				return err
			}
		}
		return v.render(http.StatusOK, "record", page)
	}
}

// fillFacts lists the record's values, group by group. Groups without any are left out but the first.
func (s *site) fillFacts(v *visit, view *objectView, rec *crm.Record, page *recordPage) error {
	names, err := s.names(v.Context(), v.caller(), view.object, fieldKeys(view.object), rec)
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
		of := v.views()[r.object]
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
		names, err := s.names(v.Context(), v.caller(), of.object, r.detail, found...)
		if err != nil {
			return err
		}
		for _, other := range found {
			row := listRow{Href: of.address(other.ID), Name: other.Name}
			for _, key := range r.detail {
				row.Cells = append(row.Cells, page.show(of, other, key, names).short())
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
	history, err := s.historyOf(v, view.object.Key, rec.ID, view.address(rec.ID))
	page.History = history
	return err
}
