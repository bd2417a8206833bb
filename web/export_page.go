package web

import (
	"context"
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
	Zone     string // of the account; Zones are offered beside it
	Zones    []string
}

// exportsPage lists the account's exports.
type exportsPage struct {
	Base
	Tab     string
	Exports []exportLine
	Running bool   // some of them are not at their end
	Kept    string // how long a file stays
	More    string
}

// exportPart is one export, for the page that looks at it again and again.
type exportPart struct {
	Export exportLine
	Said   string // when it is at its end
}

// exportLine is one export.
type exportLine struct {
	ID       jobs.ID
	Address  string
	Word     string
	Class    string // of its badge
	Done     string // rows so far, "" when something else is counted
	Total    string // "" while it is not known
	Percent  int64  // -1 while it is not known
	Active   bool
	Failed   bool
	Again    bool // it has no file any more, and can be asked for again
	Rows     string
	Size     string
	Bytes    string // exactly
	SHA256   string
	Check    string // the command that checks the file
	Who      auditActor
	Retried  string // who tried it again, "" for nobody
	Filter   []string
	Log      string // the log with that filter
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
	page := &exportsPage{Base: s.base(v, "Exports of the audit log", "audit"), Tab: "exports",
		Kept: plural(int64(v.id.Account.ExportExpiryDays), "day", "days")}
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
	page.Exports, err = s.exportLines(v, list)
	if err != nil {
		return err
	}
	page.Running = slices.ContainsFunc(page.Exports, func(l exportLine) bool { return l.Active })
	return v.render(http.StatusOK, "audit_exports", page)
}

// exportOne is one export as the list shows it, for the script that follows its progress; others are led to the list.
func (s *site) exportOne(v *visit) error {
	if err := s.exportVisit(v); err != nil {
		return err
	}
	id, err := v.recordID()
	if err != nil {
		return err
	}
	e, err := s.ws.Exports.Get(v.Context(), v.caller(), jobs.ID(id))
	if err != nil {
		return err
	}
	if !v.htmx() {
		return v.leadTo(exportsPath + "#export-" + string(e.ID))
	}
	lines, err := s.exportLines(v, []export.Export{e})
	if err != nil {
		return err
	}
	part := &exportPart{Export: lines[0]}
	switch l := part.Export; {
	case l.Download != "":
		part.Said = "The export is done, with " + l.Rows + " rows."
	case !l.Active:
		part.Said = "The export has ended: " + l.Word + "."
	}
	return v.renderPart(http.StatusOK, "audit_export", "content", part)
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

// exportLines words exports, and what was asked for.
func (s *site) exportLines(v *visit, list []export.Export) ([]exportLine, error) {
	people, err := s.auditPeople(v.Context(), v.caller(), false)
	if err != nil {
		return nil, err
	}
	words := s.chipMaker(v.id, people, nil, nil)
	lines := make([]exportLine, len(list))
	for i, e := range list {
		if err := s.nameAsked(v.Context(), v.caller(), e.Filter, words); err != nil {
			return nil, err
		}
		lines[i] = s.exportLine(v, e, words)
	}
	return lines, nil
}

// nameAsked finds the names of what the filter asks for by id, where the log has them.
func (s *site) nameAsked(ctx context.Context, c audit.Caller, filter url.Values, words chipMaker) error {
	for _, id := range filter["record"] {
		if _, known := words.names[id]; known {
			continue
		}
		page, err := s.logFor(c).Events(ctx, c.Account, audit.Query{Filter: audit.Filter{Where: audit.Is{Property: audit.ByRecord, Values: []string{id}}}, Limit: 1})
		if err != nil {
			return err
		}
		words.names[id] = ""
		for _, found := range page.Events {
			e, err := found.Event()
			if err != nil {
				return err
			}
			if e.Record != nil {
				words.names[id] = e.Record.Name
			}
		}
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
	line := exportLine{ID: e.ID, Address: exportsPath + "/" + string(e.ID), Word: state.word, Class: state.class, Active: !e.Status.Final(),
		Failed: e.Status == jobs.Failed, Again: e.Status == jobs.Cancelled,
		Done: audit.Thousands(int(e.Progress.Done)), Percent: -1, Who: actorOf(e.RequestedBy), Filter: words.filterWords(&f), Log: auditPath + f.query(),
		Format: exportFormats[e.Format], Pack: packWords(e), Zone: e.Timezone, Created: c.short(e.CreatedAt), Expires: c.short(e.ExpiresAt), Error: e.Error}
	if e.RetriedBy != nil {
		line.Retried = e.RetriedBy.Name
	}
	if e.Progress.Total > 0 {
		line.Percent = min(100, e.Progress.Done*100/e.Progress.Total)
		line.Total = audit.Thousands(int(max(e.Progress.Total, e.Progress.Done)))
		if e.Format == export.EvidenceFormat {
			line.Done, line.Total = "", "" // its rows are read several times
		}
	}
	if e.Status != jobs.Done {
		return line
	}
	line.Rows, line.Size, line.Bytes, line.SHA256 = audit.Thousands(int(e.Rows)), bytesInWords(e.Bytes), audit.Thousands(int(e.Bytes))+" bytes", e.SHA256
	if e.HasFile && e.ExpiresAt.After(s.now()) {
		line.Download = line.Address + "/file"
		line.Check = `echo "` + e.SHA256 + "  " + e.FileName() + `" | sha256sum --check`
	} else {
		line.Word, line.Class, line.Again = "Expired", "", true
	}
	return line
}
