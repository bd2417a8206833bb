package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// fillSteps offers the states that may follow the record's.
func (s *site) fillSteps(v *visit, view *objectView, rec *crm.Record, page *recordPage) error {
	if !v.mayWrite(view.object) {
		return nil
	}
	for _, step := range view.steps {
		if step.From == rec.Fields["status"].Text() {
			page.Statuses = append(page.Statuses, statusAction{step.Label, step.To, view.address(rec.ID) + "/status", step.Confirm})
		}
	}
	return nil
}

// recordStatus gives a record the next status by a button.
func (s *site) recordStatus(view *objectView) handler {
	return s.withRecord(view, func(v *visit, form url.Values, rec *crm.Record) error {
		to := form.Get("status")
		if !slices.ContainsFunc(view.steps, func(step statusStep) bool { return step.To == to && step.From == rec.Fields["status"].Text() }) {
			return v.redirect(view.address(rec.ID), Failure("The status was changed in the meantime. Look at it again."))
		}
		_, err := s.ws.Engine.Update(v.Context(), v.caller(), view.object.Key, rec.ID, crm.Texts(view.object, map[string]string{"status": to}), rec.Version)
		if err != nil && shownOnForm(err) || errs.Is(err, errs.Stale) {
			e := errs.Of(err)
			text := e.Detail
			for _, f := range e.Fields {
				text = f.Detail
			}
			return v.redirect(view.address(rec.ID), Failure(strings.TrimSpace(text+" "+e.Fix)))
		}
		if err != nil {
			return err
		}
		f, _ := view.object.Field("status")
		return v.redirect(view.address(rec.ID), Success(audit.Quote(rec.Name)+" is "+strings.ToLower(f.OptionLabel(to))+" now."))
	})
}
