package web

import (
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workspace"
)

// recordConflictPage shows what somebody wanted to save beside what was saved in the meantime.
type recordConflictPage struct {
	Base
	Word    string
	Name    string
	Href    string
	Action  string
	Back    string
	Version int64 // the present one
	Changed Moment
	Rows    []conflictRow
}

// conflictRow is one field with two values.
type conflictRow struct {
	Key, Label string
	Yours      string // as the form sends it again
	Present    string // likewise
	YoursShown shownValue
	NowShown   shownValue
	// Both is whether somebody else changed it too.
	Both bool
}

func (s *site) showConflict(v *visit, view *objectView, id audit.RecordID, sub *submission) error {
	present, err := s.ws.Engine.Record(v.Context(), v.caller(), view.object.Key, id)
	if err != nil {
		return err
	}
	page := &recordConflictPage{Base: s.base(v, "Changed in the meantime", view.nav), Word: view.object.Word().One, Name: present.Name,
		Href: view.address(id), Action: view.address(id), Back: v.back(), Version: present.Version}
	page.Changed = page.At(present.UpdatedAt)
	if view.part != "" {
		page.Href = view.after(present)
	}
	yours := present.Clone()
	for key, raw := range sub.input {
		f, ok := view.object.Field(key)
		if !ok {
			continue
		}
		value, err := f.Value(raw)
		if err != nil {
			return s.showForm(v, view, present, sub, err)
		}
		yours.Fields[key] = value
	}
	names, err := s.names(v.Context(), v.caller(), view.object, view.formKeys(), present, yours)
	if err != nil {
		return err
	}
	texts := textsOf(view, present, workspace.Zone(v.id.Account))
	for _, key := range view.formKeys() {
		if _, ok := sub.input[key]; !ok || yours.Fields[key] == present.Fields[key] {
			continue
		}
		f, _ := view.object.Field(key)
		page.Rows = append(page.Rows, conflictRow{Key: key, Label: f.Label, Yours: sub.texts[key], Present: texts[key],
			YoursShown: page.show(view, yours, key, names), NowShown: page.show(view, present, key, names),
			Both: !sameText(sub.was[key], texts[key])})
	}
	if len(page.Rows) == 0 {
		return v.redirect(view.after(present), Success("The "+page.Word+" "+audit.Quote(present.Name)+" already had these values."))
	}
	return v.render(errs.Stale.Status(), "record_conflict", page)
}
