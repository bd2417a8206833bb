package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/export"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/workspace"
)

const (
	exportsPath = auditPath + "/exports"
	// exportAtOnce is how many rows are downloaded without a job.
	exportAtOnce = 10_000
	exportsShown = 50
)

// exportForm asks for an export of what the page shows.
type exportForm struct {
	Hidden   []hiddenField
	Filtered bool
	Withhold []withholdChoice
}

// exportsPage lists the account's exports.
type exportsPage struct {
	Base
	Tab     string
	Exports []exportLine
	Running bool // some of them are not at their end
	More    string
}

// exportLine is one export.
type exportLine struct {
	ID       jobs.ID
	Status   string
	Word     string
	Class    string // of its badge
	Done     string // rows so far, "" when something else is counted
	Percent  int64  // -1 while it is not known
	Active   bool
	Rows     string
	Size     string
	SHA256   string
	Who      auditActor
	Filter   []string
	Format   string
	Pack     []string // what was asked of an evidence pack
	Zone     string
	Created  when
	Expires  when
	Error    string
	Download string // "" when there is no file
}

func (s *site) exports(v *visit) error {
	if err := s.exportVisit(v); err != nil {
		return err
	}
	page := &exportsPage{Base: s.base(v, "Exports of the audit log", "audit"), Tab: "exports"}
	after := jobs.ID(v.FormValue("after"))
	if after != "" && !audit.ValidID(after) {
		return errs.InvalidField("after", "invalid_id", "after must be the id of an export.")
	}
	list, err := s.ws.Exports.List(v.Context(), v.caller(), after, exportsShown+1)
	if err != nil {
		return err
	}
	if len(list) > exportsShown {
		list = list[:exportsShown]
		page.More = exportsPath + "?after=" + string(list[len(list)-1].ID)
	}
	people, err := s.auditPeople(v.Context(), v.caller(), false)
	if err != nil {
		return err
	}
	words := s.chipMaker(v.id, people, nil, nil)
	for _, e := range list {
		line := s.exportLine(v, e, words)
		page.Running = page.Running || line.Active
		page.Exports = append(page.Exports, line)
	}
	if v.htmx() {
		return v.renderPart(http.StatusOK, "audit_exports", "exports", page)
	}
	return v.render(http.StatusOK, "audit_exports", page)
}

// exportVisit checks what every page about exports needs.
func (s *site) exportVisit(v *visit) error {
	if err := s.auditVisit(v); err != nil {
		return err
	}
	if !v.may(audit.AuditExport) {
		return errs.MissingPermission(string(audit.AuditExport), "export the audit log")
	}
	return nil
}

var exportStates = map[jobs.Status]struct{ word, class string }{
	jobs.Queued: {"Waiting", ""}, jobs.Running: {"Running", "executed"}, jobs.Done: {"Done", "created"},
	jobs.Failed: {"Failed", "failed"}, jobs.Cancelled: {"Cancelled", ""},
}

var exportFormats = map[export.Format]string{export.CSVFormat: "CSV", export.JSONLFormat: "JSON Lines", export.EvidenceFormat: "Evidence pack"}

func (s *site) exportLine(v *visit, e export.Export, words chipMaker) exportLine {
	c := clock{s.now(), workspace.Zone(v.id.Account)}
	state := exportStates[e.Status]
	f := s.auditFilter(v, e.Filter)
	line := exportLine{ID: e.ID, Status: string(e.Status), Word: state.word, Class: state.class, Active: !e.Status.Final(),
		Done: audit.Thousands(int(e.Progress.Done)), Percent: -1, Who: actorOf(e.RequestedBy), Filter: words.filterWords(&f),
		Format: exportFormats[e.Format], Pack: packWords(e), Zone: e.Timezone, Created: c.short(e.CreatedAt), Expires: c.short(e.ExpiresAt), Error: e.Error}
	if e.Progress.Total > 0 {
		line.Percent = min(100, e.Progress.Done*100/e.Progress.Total)
		if e.Format == export.EvidenceFormat {
			line.Done = "" // its rows are read several times
		}
	}
	if e.Status == jobs.Done {
		line.Rows, line.Size, line.SHA256 = audit.Thousands(int(e.Rows)), bytesInWords(e.Bytes), e.SHA256
		if e.HasFile {
			line.Download = exportsPath + "/" + string(e.ID) + "/file"
		} else {
			line.Word, line.Class = "Expired", ""
		}
	}
	return line
}

// exportRequest exports what the form's filter shows: at once when it is small, as a job otherwise. An evidence pack
// waits for what was just recorded to be sealed, and is always a job.
func (s *site) exportRequest(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	filter := url.Values{}
	for name, values := range form {
		if slices.Contains(audit.FilterParams, name) {
			filter[name] = values
		}
	}
	r := export.Request{Format: form.Get("format"), Filter: filter, Zone: workspace.Zone(v.id.Account),
		Withhold: form["withhold"], Complete: form.Get("complete") == "true"}
	if r.Format == string(export.EvidenceFormat) {
		return s.exportLater(v, r)
	}
	direct, err := s.ws.Exports.Direct(v.caller(), r)
	if err != nil {
		return err
	}
	small, err := direct.Fits(v.Context(), exportAtOnce)
	if err != nil {
		return err
	}
	if small {
		return sendDirect(v, direct)
	}
	return s.exportLater(v, r)
}

func (s *site) exportLater(v *visit, r export.Request) error {
	if _, err := s.ws.Exports.Request(v.Context(), v.caller(), r); err != nil {
		return err
	}
	return v.redirect(exportsPath, Success("The export is being made. It stands here when it is ready; you can leave this page."))
}
