package web

import (
	"net/http"

	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
)

// bulkJobPage is a change of many records in the background: under way, then with what it came to.
type bulkJobPage struct {
	Base
	Here      string // this page
	Running   bool
	Delete    bool
	Done      int64
	Total     int64
	Percent   int64
	Error     string // why nothing was done
	Cancelled bool
	Text      string // what was done
	List      string
	ListName  string
	Log       string // "" without audit.read, and when nothing was written
}

func (s *site) bulkJob(v *visit) error {
	job, err := s.ws.Bulk.Get(v.Context(), v.caller(), jobs.ID(v.PathValue("id")))
	if err != nil {
		return err
	}
	view := v.views()[job.Request.Object]
	if view == nil {
		return errs.New(errs.NotFound, "not_found", "There is no such change among yours.")
	}
	what := "Change "
	if job.Request.Change.Delete {
		what = "Delete "
	}
	page := &bulkJobPage{Base: s.base(v, what+view.object.Word().Count(int(job.Progress.Total)), view.nav), Here: v.URL.Path, Running: !job.Status.Final(),
		Delete: job.Request.Change.Delete, Done: job.Progress.Done, Total: job.Progress.Total, Error: job.Error, Cancelled: job.Status == jobs.Cancelled,
		List: view.listPath(), ListName: view.object.Word().Many}
	if page.Total > 0 {
		page.Percent = 100 * page.Done / page.Total
	}
	if job.Result != nil {
		page.Text, page.Log = s.bulkDone(v, view, job.Result)
	}
	if v.htmx() {
		return v.renderPart(http.StatusOK, "bulk_job", "job", page)
	}
	return v.render(http.StatusOK, "bulk_job", page)
}

// bulkCancel gives a change up that is under way.
func (s *site) bulkCancel(v *visit) error {
	if _, err := v.form(); err != nil {
		return err
	}
	id := jobs.ID(v.PathValue("id"))
	err := s.ws.Bulk.Cancel(v.Context(), v.caller(), id)
	if errs.Is(err, errs.Conflict) {
		return v.redirect("/bulk/"+string(id), Warning("It was too late to cancel: the change was done already."))
	}
	if err != nil {
		return err
	}
	return v.redirect("/bulk/"+string(id), nil)
}
