package web

import (
	"net/url"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/past"
	"github.com/backtrail/backtrail/workspace"
)

// momentsShown is how many of a record's changes the page of its past can step through; older ones are reached by their time.
const momentsShown = 200

// recordPastPage is a record as it was, beside what it is.
type recordPastPage struct {
	Base
	Word    audit.Word
	Name    string // then
	Path    string
	Back    navLink
	At      time.Time
	When    Moment // full, with seconds
	Input   string // the time for a field of a form
	Error   string // what is wrong with the time that was asked for
	Gone    string // that the record was not there then; "" when it was
	Moments []pastMoment
	Index   int // of the moment that is shown, from the oldest; the others are before and after it
	Earlier string
	Later   string
	Fields  []pastField
	Same    int // fields that are the same then and now, and are not listed
	All     bool
	Whole   string // the address with all fields, or with those that differ alone
	Restore bool   // some field can be put back by the visitor
	Version int64  // of the record as it is now
	Problem *formErrors
}

// pastMoment is a moment at which the record changed.
type pastMoment struct {
	At    string // as the address takes it
	When  Moment
	Entry auditEntry
}

// pastField is a field then and now.
type pastField struct {
	Key, Label string
	Then, Now  shownValue
	Differs    bool
	Back       bool // it can be put back
	Chosen     bool
	Mistake    string
}

func (s *site) recordPast(view *objectView) handler {
	return func(v *visit) error {
		rec, err := s.recordToLookBack(v, view)
		if err != nil {
			return err
		}
		return s.showPast(v, view, rec, v.URL.Query().Get("at"), nil, nil)
	}
}

// recordToLookBack is the record in the address, for somebody who may see its past.
func (s *site) recordToLookBack(v *visit, view *objectView) (*crm.Record, error) {
	if !v.may(audit.AuditRead) {
		return nil, errs.MissingPermission(string(audit.AuditRead), "see how records were in the past")
	}
	id, err := v.recordID()
	if err != nil {
		return nil, err
	}
	rec, err := s.ws.Engine.Record(v.Context(), v.caller(), view.object.Key, id)
	if err != nil {
		return nil, err
	}
	return rec, s.ws.Auth.RecordViewed(v.Context(), v.id)
}

// showPast shows rec as it was at the time; problem is why the chosen fields were not put back, nil for a look.
func (s *site) showPast(v *visit, view *objectView, rec *crm.Record, asked string, chosen []string, problem error) error {
	page := &recordPastPage{Base: s.base(v, rec.Name+" as it was", view.nav), Word: view.object.Word(), Name: rec.Name, Version: rec.Version,
		Path: view.address(rec.ID) + "/past", Back: navLink{rec.Name, view.address(rec.ID)}, All: v.URL.Query().Has("all"),
		Problem: summarize(problem, func(key string) bool { return slices.Contains(chosen, key) })}
	zone := workspace.Zone(v.id.Account)
	if err := s.fillMoments(v, view, rec, page); err != nil {
		return err
	}
	page.At = s.now()
	if asked != "" {
		at, err := audit.ParseTime(asked, zone)
		if err != nil {
			page.Error = "The time is not understood; give a date and a time of day, such as " + s.now().In(zone).Format("2006-01-02T15:04") + "."
		} else {
			page.At = at
		}
	}
	page.When, page.Input = page.moment(page.At, "2 Jan 2006, 15:04:05"), page.At.In(zone).Format("2006-01-02T15:04:05")
	page.step()
	was, err := s.asItWas(v, view, rec, page.At)
	switch {
	case errs.Is(err, errs.Gone):
		page.Gone = "It was deleted then."
	case errs.Is(err, errs.NotFound):
		page.Gone = "It was not there yet."
	case err != nil:
		return err
	default:
		page.Name = was.Name
		if err := s.comparePast(v, view, page, was, rec, chosen, problem); err != nil {
			return err
		}
	}
	if v.htmx() {
		v.ResponseWriter.Header().Set("HX-Replace-Url", page.address(page.At.UTC().Format(audit.TimeLayout), page.All))
		return v.renderPart(statusOfForm(problem), "record_past", "past", page)
	}
	return v.render(statusOfForm(problem), "record_past", page)
}

// fillMoments lists when the record changed, the oldest first.
func (s *site) fillMoments(v *visit, view *objectView, rec *crm.Record, page *recordPastPage) error {
	where := audit.All{audit.Is{Property: audit.ByObject, Values: []string{view.object.Key}}, audit.Is{Property: audit.ByRecord, Values: []string{string(rec.ID)}},
		audit.Is{Property: audit.ByOutcome, Values: []string{string(audit.Success)}}}
	found, err := s.logFor(v.caller()).Events(v.Context(), v.caller().Account, audit.Query{Filter: audit.Filter{Where: where}, Limit: momentsShown})
	if err != nil {
		return err
	}
	m := s.entries(v, nil)
	events, err := m.parse(found.Events)
	if err != nil {
		return err
	}
	for i, e := range slices.Backward(events) {
		if e.Action == audit.Accessed {
			continue
		}
		at := e.OccurredAt.UTC().Format(audit.TimeLayout)
		if n := len(page.Moments); n > 0 && page.Moments[n-1].At == at { // one write with several meanings
			continue
		}
		page.Moments = append(page.Moments, pastMoment{at, page.moment(e.OccurredAt, "2 Jan 2006, 15:04:05"), m.entry(e, found.Events[i])})
	}
	return nil
}

// step finds the moment that At lies at or behind, and its neighbours.
func (p *recordPastPage) step() {
	at := p.At.UTC().Format(audit.TimeLayout)
	p.Index = -1
	for i, m := range p.Moments {
		if m.At <= at {
			p.Index = i
		}
	}
	if p.Index > 0 {
		p.Earlier = p.address(p.Moments[p.Index-1].At, p.All)
	}
	if p.Index+1 < len(p.Moments) {
		p.Later = p.address(p.Moments[p.Index+1].At, p.All)
	}
	p.Whole = p.address(at, !p.All)
}

// Moment is what happened last before the time that is shown; nil when nothing did.
func (p *recordPastPage) Moment() *pastMoment {
	if p.Index < 0 {
		return nil
	}
	return &p.Moments[p.Index]
}

// Last is the index of the newest moment.
func (p *recordPastPage) Last() int { return len(p.Moments) - 1 }

func (p *recordPastPage) address(at string, all bool) string {
	q := url.Values{"at": {at}}
	if all {
		q.Set("all", "1")
	}
	return p.Path + queryOf(q)
}

// comparePast lists the fields then and now.
func (s *site) comparePast(v *visit, view *objectView, page *recordPastPage, was past.Record, rec *crm.Record, chosen []string, problem error) error {
	names, err := s.names(v.Context(), v.caller(), view.object, fieldKeys(view.object), was.Record, rec)
	if err != nil {
		return err
	}
	back := v.mayWrite(view.object) && v.may(audit.AuditRestore)
	for i := range view.object.Fields {
		f := &view.object.Fields[i]
		field := pastField{Key: f.Key, Label: f.Label, Then: page.show(view, was.Record, f.Key, names), Now: page.show(view, rec, f.Key, names)}
		if text := was.Texts[f.Key]; f.Type == crm.RefType && field.Then.Kind == "" && text != "" && !page.may[audit.RecordsOnlyAssigned] {
			field.Then = shownValue{Key: f.Key, Label: f.Label, Kind: "text", Text: text} // it is gone since
		}
		field.Differs = f.Type != crm.Secret && was.Fields[f.Key] != rec.Fields[f.Key]
		if !field.Differs {
			page.Same++
		}
		if !field.Differs && !page.All {
			continue
		}
		field.Back = back && field.Differs && !f.Computed
		page.Restore = page.Restore || field.Back
		field.Chosen, field.Mistake = slices.Contains(chosen, f.Key), mistakeAt(problem, f.Key)
		page.Fields = append(page.Fields, field)
	}
	return nil
}

// recordPastRestore puts the chosen fields back to what they were.
func (s *site) recordPastRestore(view *objectView) handler {
	return submitted(func(v *visit) (*crm.Record, error) {
		if !v.may(audit.AuditRestore) {
			return nil, errs.MissingPermission(string(audit.AuditRestore), "put back what records were")
		}
		if err := v.mustWrite(view.object); err != nil {
			return nil, err
		}
		return s.recordToLookBack(v, view)
	}, func(v *visit, form url.Values, rec *crm.Record) error {
		asked, chosen := form.Get("at"), form["field"]
		err := s.putBack(v, view, rec, asked, chosen, versionIn(form))
		if errs.Is(err, errs.Invalid) || errs.Is(err, errs.Conflict) || errs.Is(err, errs.Stale) {
			return s.showPast(v, view, rec, asked, chosen, err)
		}
		if err != nil {
			return err
		}
		return v.redirect(view.address(rec.ID), Success("Put back "+plural(int64(len(chosen)), "field", "fields")+" of "+audit.Quote(rec.Name)+" as they were."))
	})
}

// asItWas is rec after everything that happened up to and with a time.
func (s *site) asItWas(v *visit, view *objectView, rec *crm.Record, at time.Time) (past.Record, error) {
	r := past.Reader{Log: s.logFor(v.caller()), Account: v.caller().Account}
	return r.Record(v.Context(), view.object, rec.ID, at)
}

func (s *site) putBack(v *visit, view *objectView, rec *crm.Record, asked string, chosen []string, version int64) error {
	if len(chosen) == 0 {
		return errs.New(errs.Invalid, "nothing_chosen", "No field is chosen.").WithFix("Tick the fields that shall be as they were.")
	}
	at, err := audit.ParseTime(asked, workspace.Zone(v.id.Account))
	if err != nil {
		return err
	}
	was, err := s.asItWas(v, view, rec, at)
	if err != nil {
		return err
	}
	in := crm.Input{}
	for _, key := range chosen {
		f, ok := view.object.Field(key)
		if !ok || f.Computed || f.Type == crm.Secret {
			return errs.InvalidField(key, "not_restorable", "The field %s cannot be put back.", audit.Quote(key))
		}
		if in[key], err = was.Fields[key].MarshalJSON(); err != nil {
			return err
		}
	}
	_, err = s.ws.Engine.Update(v.Context(), v.caller(), view.object.Key, rec.ID, in, version)
	return err
}
