package web

import (
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// statusAction is a button that gives a staff member another status.
type statusAction struct {
	Label   string
	Status  string
	Action  string
	Confirm string // asked first; "" for nothing
}

func (s *site) fillStaff(v *visit, view *objectView, rec *crm.Record, page *recordPage) error {
	if view.object.Key != "staff" || !v.mayWrite(view.object) {
		return nil
	}
	action := view.address(rec.ID) + "/status"
	switch rec.Fields["status"].Text() {
	case "active":
		page.Statuses = []statusAction{{"Deactivate", "deactivated", action, "Their sessions and API keys end at once. You can reactivate them later."}}
	case "invited":
		page.Statuses = []statusAction{{"Activate", "active", action, ""}, {"Deactivate", "deactivated", action, "They will not be able to log in."}}
	case "deactivated":
		page.Statuses = []statusAction{{"Reactivate", "active", action, ""}}
	}
	return nil
}

// staffStatus activates, deactivates or reactivates somebody.
func (s *site) staffStatus(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	view := v.views()["staff"]
	rec, err := s.recordToWrite(v, view)
	if err != nil {
		return err
	}
	status := form.Get("status")
	if !slices.Contains([]string{"active", "deactivated"}, status) {
		return errs.InvalidField("status", "invalid_option", "The status must be active or deactivated.")
	}
	in := crm.Texts(view.object, map[string]string{"status": status})
	_, err = s.ws.Engine.Update(v.Context(), v.caller(), "staff", rec.ID, in, 0)
	if errs.Is(err, errs.Conflict) { // the last owner
		e := errs.Of(err)
		return v.redirect(view.address(rec.ID), Failure(e.Detail+" "+e.Fix))
	}
	if err != nil {
		return err
	}
	words := map[string]string{"active": " can log in again.", "deactivated": " is deactivated."}
	return v.redirect(view.address(rec.ID), Success(audit.Quote(rec.Name)+words[status]))
}
