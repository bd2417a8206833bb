package web

import (
	"net/http"
	"net/url"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// mustWrite is the error of a visitor who may not change records of o.
func (v *visit) mustWrite(o *crm.Object) error {
	return v.site.ws.Engine.MayWrite(v.caller(), o)
}

// back is where a form leads afterwards, "" when it does not say.
func (v *visit) back() string {
	if address := v.FormValue("_back"); address != "" {
		return localAddress(address)
	}
	return ""
}

// statusOfForm is the status of a page with a form.
func statusOfForm(problem error) int {
	if problem == nil {
		return http.StatusOK
	}
	return http.StatusUnprocessableEntity
}

// recordCreate makes a record from a form.
func (s *site) recordCreate(view *objectView) handler {
	return func(v *visit) error {
		form, err := v.form()
		if err != nil {
			return err
		}
		if err := v.mustWrite(view.object); err != nil {
			return err
		}
		sub, err := s.readSubmission(v, view, form, false)
		if err != nil {
			return err
		}
		if sub.lines != nil {
			return s.showForm(v, view, nil, sub, nil)
		}
		problem := errs.InvalidFields(sub.mistakes)
		var rec *crm.Record
		if problem == nil {
			rec, problem = s.ws.Engine.Create(v.Context(), v.caller(), view.object.Key, sub.input)
		}
		if problem != nil {
			if !shownOnForm(problem) {
				return problem
			}
			return s.showForm(v, view, nil, sub, problem)
		}
		if view.created != nil {
			return view.created(s, v, rec)
		}
		return s.afterSave(v, view, rec, "Created")
	}
}

// afterSave leads on from a form, with a message that says what was done.
func (s *site) afterSave(v *visit, view *objectView, rec *crm.Record, done string) error {
	said := Success(done + " the " + view.object.Word().One + " " + audit.Quote(rec.Name) + ".")
	if view.saved != nil {
		var err error
		if said, err = view.saved(s, v, rec, said); err != nil {
			return err
		}
	}
	return v.redirect(s.whereTo(v, view, rec), said)
}

func (s *site) whereTo(v *visit, view *objectView, rec *crm.Record) string {
	if back := v.back(); back != "" {
		return back
	}
	return view.after(rec)
}

// recordUpdate changes a record from a form. When somebody else was faster, both versions are shown.
func (s *site) recordUpdate(view *objectView) handler {
	return s.withRecord(view, func(v *visit, form url.Values, rec *crm.Record) error {
		sub, err := s.readSubmission(v, view, form, true)
		if err != nil {
			return err
		}
		sub.secrets = secretsOf(view, rec)
		if sub.lines != nil {
			return s.showForm(v, view, rec, sub, nil)
		}
		problem := errs.InvalidFields(sub.mistakes)
		saved := rec
		if problem == nil && len(sub.input) > 0 {
			saved, problem = s.ws.Engine.Update(v.Context(), v.caller(), view.object.Key, rec.ID, sub.input, sub.version)
		}
		switch {
		case errs.Is(problem, errs.Stale):
			return s.showConflict(v, view, rec.ID, sub)
		case problem != nil && !shownOnForm(problem):
			return problem
		case problem != nil:
			return s.showForm(v, view, rec, sub, problem)
		}
		return s.afterSave(v, view, saved, "Saved")
	})
}
