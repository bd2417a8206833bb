package web

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/importer"
	"github.com/backtrail/backtrail/jobs"
)

// importJobPage is a check or an import: under way, then with its result.
type importJobPage struct {
	Base
	File     string
	Word     audit.Word
	DryRun   bool
	Here     string // this page
	Running  bool
	Error    string // why it failed as a whole
	Done     int64
	Total    int64
	Percent  int64
	Result   *importer.Result
	Failed   []shownFailure
	MoreBad  int // failures that are not shown
	Warnings []shownFailure
	MoreWarn int
	Made     []string // what was made for references
	Writes   int      // rows that are, or would be, created or changed
	Mapping  string   // back to the columns, "" when the file is gone
	List     string
	Log      string // the operation in the audit log; "" without audit.read, and when nothing was written
}

// shownFailure is what is wrong with a row.
type shownFailure struct {
	Row    int
	Field  string
	Detail string
}

// failuresShown is how many failures a page lists; the file has all.
const failuresShown = 50

func (s *site) importJob(v *visit) error {
	job, err := s.ws.Imports.Get(v.Context(), v.caller(), jobs.ID(v.PathValue("job")))
	if err != nil {
		return err
	}
	view := v.views()[job.Request.Object]
	if view == nil {
		return errs.New(errs.NotFound, "not_found", "There is no such import among yours.")
	}
	page := &importJobPage{Base: s.base(v, "Import "+view.object.Word().Many, view.nav), File: job.Request.FileName, Word: view.object.Word(),
		DryRun: job.Request.DryRun, Here: v.URL.Path, Running: !job.Status.Final(), Error: job.Error, Done: job.Progress.Done, Total: job.Progress.Total,
		Result: job.Result, Mapping: "/import/" + v.PathValue("id") + "?job=" + string(job.ID), List: view.listPath()}
	if job.Status == jobs.Cancelled {
		page.Error = "It was cancelled. Nothing was imported."
	}
	if page.Total > 0 {
		page.Percent = 100 * page.Done / page.Total
	}
	if page.Result != nil {
		s.fillResult(v, view, page)
	}
	if v.htmx() {
		return v.renderPart(http.StatusOK, "import_job", "job", page)
	}
	return v.render(http.StatusOK, "import_job", page)
}

func (s *site) fillResult(v *visit, view *objectView, page *importJobPage) {
	r := page.Result
	page.Writes = r.Created + r.Updated
	page.Failed, page.MoreBad = shownFailures(view, r.Failed, r.FailedRows)
	page.Warnings, page.MoreWarn = shownFailures(view, r.Warnings, r.WarningNum)
	for _, o := range v.schema().Objects() {
		if n := r.Made[o.Key]; n > 0 {
			page.Made = append(page.Made, o.Word().Count(n))
		}
	}
	if r.Operation != "" && v.may(audit.AuditRead) {
		page.Log = "/settings/audit-logs?operation=" + string(r.Operation)
	}
}

func shownFailures(view *objectView, all []importer.Failure, count int) (shown []shownFailure, more int) {
	for _, f := range all[:min(len(all), failuresShown)] {
		label := ""
		if field, ok := view.object.Field(f.Field); ok {
			label = field.Label
		}
		shown = append(shown, shownFailure{f.Row, label, f.Detail})
	}
	return shown, count - len(shown)
}

// importApply imports what was checked, with the same choices.
func (s *site) importApply(v *visit) error {
	if _, err := v.form(); err != nil {
		return err
	}
	check, err := s.ws.Imports.Get(v.Context(), v.caller(), jobs.ID(v.PathValue("job")))
	if err != nil {
		return err
	}
	kept, file, err := s.ws.Imports.Kept(v.Context(), v.caller(), jobs.ID(v.PathValue("id")))
	if err != nil {
		return err
	}
	if !check.Request.DryRun || check.Result == nil || check.Request.Object != kept.Object {
		return errs.New(errs.Conflict, "not_checked", "This is no finished check of the file.").WithFix("Check the file first.")
	}
	r := check.Request
	r.DryRun = false
	job, err := s.ws.Imports.Enqueue(v.Context(), v.caller(), r, file)
	if err != nil {
		return err
	}
	return v.redirect("/import/"+string(kept.ID)+"/"+string(job.ID), nil)
}

// importFailed sends the list of the rows that could not be imported, as CSV.
func (s *site) importFailed(v *visit) error {
	job, err := s.ws.Imports.Get(v.Context(), v.caller(), jobs.ID(v.PathValue("job")))
	if err != nil {
		return err
	}
	if job.Result == nil {
		return errs.New(errs.Conflict, "not_done", "The import is not done yet.")
	}
	h := v.ResponseWriter.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="failed-rows-%s.csv"`, job.CreatedAt.Format("2006-01-02")))
	h.Set("Cache-Control", "no-store")
	w := csv.NewWriter(v.ResponseWriter)
	w.UseCRLF = true
	lines := [][]string{{"Row", "Field", "Problem"}}
	for _, f := range job.Result.Failed {
		lines = append(lines, []string{strconv.Itoa(f.Row), f.Field, f.Detail})
	}
	if err := w.WriteAll(lines); err != nil {
		s.ws.Logger.DebugContext(v.Context(), "the list of failed rows was not read to its end", "err", err)
	}
	return nil
}
