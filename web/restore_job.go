package web

import (
	"net/http"

	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
)

// restoresPath is where restores and undos in the background are.
const restoresPath = auditPath + "/restores"

// restoreJobPage is a restore or an undo in the background: under way, then with what it came to.
type restoreJobPage struct {
	Base
	Here      string // this page
	Running   bool
	Undo      bool
	Done      int64
	Total     int64
	Percent   int64
	Error     string // why nothing was done
	Cancelled bool
	Text      string // what was done
	Log       string
	Preview   string // the plan anew
}

func (s *site) restoreJob(v *visit) error {
	if err := s.auditVisit(v); err != nil {
		return err
	}
	j, err := s.ws.TakeBack.Get(v.Context(), v.caller(), jobs.ID(v.PathValue("id")))
	if err != nil {
		return err
	}
	heading := "Restore"
	if j.Scope.Undo {
		heading = "Undo"
	}
	page := &restoreJobPage{Base: s.base(v, heading, "audit"), Here: v.URL.Path, Running: !j.Status.Final(), Undo: j.Scope.Undo, Done: j.Progress.Done, Total: j.Progress.Total,
		Error: j.Error, Cancelled: j.Status == jobs.Cancelled, Preview: scopeAddress(j.Scope)}
	if page.Total > 0 {
		page.Percent = 100 * page.Done / page.Total
	}
	if j.Plan != nil {
		page.Text, page.Log = takenBackWords(v.schema(), j.Scope, j.Plan), operationList(j.Plan.Operation)
	}
	if v.htmx() {
		return v.renderPart(http.StatusOK, "restore_job", "job", page)
	}
	return v.render(http.StatusOK, "restore_job", page)
}

func restoreJobAddress(id jobs.ID) string { return restoresPath + "/" + string(id) }

// restoreCancel gives a restore or an undo up that is under way.
func (s *site) restoreCancel(v *visit) error {
	if _, err := v.form(); err != nil {
		return err
	}
	id := jobs.ID(v.PathValue("id"))
	err := s.ws.TakeBack.Cancel(v.Context(), v.caller(), id)
	if errs.Is(err, errs.Conflict) {
		return v.redirect(restoreJobAddress(id), Warning("It was too late to cancel: it was done already."))
	}
	if err != nil {
		return err
	}
	return v.redirect(restoreJobAddress(id), nil)
}
