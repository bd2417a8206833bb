package export

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
)

// Request asks for an export.
type Request struct {
	Format   string     // one of Formats
	Filter   url.Values // the parameters of audit.ParseFilter; others are refused by name
	Timezone string     // of the times in the file; "" takes the account's
	// Zone is the account's time zone: dates in the filter are days in it.
	Zone *time.Location
	// Withhold and Complete are for evidence packs, and refused for other formats: the classes of values that are left out
	// (audit.Withholdable), and whether the pack shows that no event was.
	Withhold []string
	Complete bool
}

// Export is an export as its readers see it.
type Export struct {
	ID          jobs.ID
	Status      jobs.Status
	Format      Format
	Filter      url.Values // with from and to as times, however they were given
	Timezone    string
	Withhold    []string
	Complete    bool
	RequestedBy audit.Actor
	RetriedBy   *audit.Actor  // who tried it again last, nil for nobody
	Progress    jobs.Progress // in events
	Summary                   // zero until it is done
	Error       string        // why it failed, for a person
	CreatedAt   time.Time
	FinishedAt  time.Time
	ExpiresAt   time.Time // of the file; zero until it is done
	HasFile     bool      // that can be downloaded; it may have expired a moment ago

	job   jobs.Job
	asked asked
}

// FileName is a name for the file, as in audit-log-2026-03-01-093000.csv.
func (e Export) FileName() string { return fileName(e.CreatedAt, e.Format) }

func fileName(t time.Time, f Format) string {
	if f == EvidenceFormat {
		return "audit-evidence-" + t.UTC().Format("2006-01-02-150405") + ".zip"
	}
	return "audit-log-" + t.UTC().Format("2006-01-02-150405") + "." + string(f)
}

// Summary is what an export came to.
type Summary struct {
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // of the whole file, in hex
}

// asked is the payload of the job: a request that was checked, with everything in it that could change meanwhile.
type asked struct {
	Format    Format        `json:"format"`
	Filter    url.Values    `json:"filter"`
	Timezone  string        `json:"timezone"`
	Withhold  []string      `json:"withhold,omitempty"`
	Complete  bool          `json:"complete,omitempty"`
	Until     time.Time     `json:"until"`     // what was recorded later is not in it; an evidence pack ends with its checkpoint
	Requested audit.EventID `json:"requested"` // the event of the request
	Origin    audit.Origin  `json:"origin"`    // who asked, for the events to come
	Again     *attempt      `json:"again,omitempty"`

	filter audit.Filter
	loc    *time.Location
}

// attempt is a retry of an export that failed: it has the events to come.
type attempt struct {
	Origin audit.Origin  `json:"origin"`
	Event  audit.EventID `json:"event"`
}

// begun is who let the export run, and the event that says so.
func (a asked) begun() (audit.Origin, audit.EventID) {
	if a.Again != nil {
		return a.Again.Origin, a.Again.Event
	}
	return a.Origin, a.Requested
}

func (a asked) encode() []byte {
	b, err := json.Marshal(a)
	if err != nil {
		panic("export: payload: " + err.Error()) // texts and times
	}
	return b
}

func exportOf(j jobs.Job) (Export, error) {
	e := Export{ID: j.ID, Status: j.Status, Progress: j.Progress, Error: j.Error, CreatedAt: j.CreatedAt,
		FinishedAt: j.FinishedAt, job: j}
	if j.Status == jobs.Done { // of one that failed, what is kept is no file for anybody
		e.ExpiresAt, e.HasFile = j.ExpiresAt, j.HasFile
	}
	if err := json.Unmarshal(j.Payload, &e.asked); err != nil {
		return e, fmt.Errorf("export: payload of job %s: %w", j.ID, err)
	}
	if j.Result != nil {
		if err := json.Unmarshal(j.Result, &e.Summary); err != nil {
			return e, fmt.Errorf("export: result of job %s: %w", j.ID, err)
		}
	}
	e.Format, e.Filter, e.Timezone, e.RequestedBy = e.asked.Format, e.asked.Filter, e.asked.Timezone, e.asked.Origin.Actor
	e.Withhold, e.Complete = e.asked.Withhold, e.asked.Complete
	if e.asked.Again != nil {
		e.RetriedBy = &e.asked.Again.Origin.Actor
	}
	return e, nil
}

// check makes an asked of a request, or says what is wrong with it.
func (s *Service) check(c audit.Caller, r Request) (asked, error) {
	a := asked{Filter: url.Values{}, Timezone: r.Timezone, Until: s.Recorder.Now(), Origin: c.Origin}
	if err := allowed(c); err != nil {
		return a, err
	}
	if r.Zone == nil {
		r.Zone = time.UTC
	}
	var wrong []errs.Field
	note := func(err error) {
		if err == nil {
			return
		}
		e := errs.Of(err)
		wrong = append(wrong, e.Fields...)
	}
	var err error
	a.Format, err = ParseFormat(r.Format)
	note(err)
	if err == nil {
		note(s.askPack(&a, r))
	}
	if a.Timezone == "" {
		a.Timezone = r.Zone.String()
	}
	a.loc, err = ParseZone(a.Timezone)
	note(err)
	for _, name := range slices.Sorted(maps.Keys(r.Filter)) {
		if !slices.Contains(audit.FilterParams, name) {
			note(errs.InvalidField(name, "unknown_parameter", "There is no filter %s; there are %s.",
				audit.Quote(strings.ToValidUTF8(name, "\uFFFD")), strings.Join(audit.FilterParams, ", ")))
			continue
		}
		if values := slices.DeleteFunc(slices.Clone(r.Filter[name]), func(v string) bool { return v == "" }); len(values) > 0 {
			a.Filter[name] = values
		}
	}
	a.filter, err = audit.ParseFilter(r.Filter, s.Recorder.Catalog(), r.Zone)
	note(err)
	// The job reads the filter again, at a time when the account may have another time zone.
	note(a.settleQuestions(s.Recorder.Catalog(), r.Zone))
	setTime(a.Filter, "from", a.filter.From)
	setTime(a.Filter, "to", a.filter.To)
	return a, errs.InvalidFields(wrong)
}

// settleQuestions writes the questions anew with the days of zone as times.
func (a asked) settleQuestions(catalog *audit.Catalog, zone *time.Location) error {
	for i, q := range a.Filter["q"] {
		x, err := audit.ParseQuery(q, catalog, zone)
		if err != nil {
			return nil // the filter has told
		}
		text := audit.QueryText(x, time.UTC)
		if _, err := audit.ParseQuery(text, catalog, time.UTC); err != nil {
			return errs.InvalidField("q", "too_long", "The search text is too long for an export: with its times written out it has %d bytes.", len(text))
		}
		a.Filter["q"][i] = text
	}
	return nil
}

func setTime(v url.Values, name string, t time.Time) {
	if !t.IsZero() {
		v.Set(name, t.Format(audit.TimeLayout))
	}
}

// parse reads again what check had read.
func (a *asked) parse(catalog *audit.Catalog) (err error) {
	if a.loc, err = ParseZone(a.Timezone); err != nil {
		return err
	}
	a.filter, err = audit.ParseFilter(a.Filter, catalog, time.UTC)
	return err
}

func (a asked) selection() Selection {
	return Selection{Account: a.Origin.Account, Filter: a.filter, Until: a.Until, Before: a.Requested}
}

// filterTexts spells the filter out, one "name=value" each.
func (a asked) filterTexts() []string {
	var texts []string
	for _, name := range audit.FilterParams {
		for _, v := range a.Filter[name] {
			texts = append(texts, name+"="+v)
		}
	}
	return texts
}

func rowsText(n int64) string { return audit.Word{One: "row", Many: "rows"}.Count(int(n)) }

// draft begins an event of an export.
func draft[T ~string](t audit.Type, id T, f Format) audit.Draft {
	return audit.Draft{Type: t, Word: audit.Word{One: "export", Many: "exports"},
		Record: &audit.Ref{Object: "audit_export", ID: audit.RecordID(id), Name: "Audit log as " + f.label()}}
}

func (a asked) requested(id audit.RecordID) audit.Draft {
	d := draft("audit.export_requested", id, a.Format)
	d.Note = a.packWords()
	if texts := a.filterTexts(); len(texts) > 0 {
		for i, text := range texts[:min(len(texts), 3)] {
			d.Note += []string{": ", ", "}[min(i, 1)] + strings.Trim(audit.Quote(text), `"`) // shortened
		}
		if more := len(texts) - 3; more > 0 {
			d.Note += " and " + strconv.Itoa(more) + " more"
		}
	}
	d.Changes = []audit.Change{
		{Field: "format", Label: "Format", After: audit.String(string(a.Format))},
		{Field: "filter", Label: "Filter", After: audit.List(a.filterTexts())},
		{Field: "timezone", Label: "Time zone", After: audit.String(a.Timezone)},
	}
	if a.Format == EvidenceFormat {
		d.Changes = append(d.Changes, audit.Change{Field: "withhold", Label: "Withheld", After: audit.List(a.Withhold)},
			audit.Change{Field: "complete", Label: "Complete", After: audit.Bool(a.Complete)})
	}
	return d
}

func (a asked) retried(id jobs.ID) audit.Draft {
	d := draft("audit.export_retried", id, a.Format)
	d.Note, d.Cause = a.packWords(), a.Requested
	return d
}

func (a asked) ended(id jobs.ID, outcome audit.Outcome, note string) audit.Draft {
	d := draft("audit.export_completed", id, a.Format)
	d.Outcome, d.Note = outcome, note
	_, d.Cause = a.begun()
	return d
}

// after says how far an export came that did not come to its end. The rows of a pack are read several times, so that its
// progress is no number of rows.
func (a asked) after(rows int64) string {
	if a.Format == EvidenceFormat {
		return ""
	}
	return " after " + rowsText(rows)
}

func (s Summary) changes() []audit.Change {
	return []audit.Change{
		{Field: "rows", Label: "Rows", After: audit.String(strconv.FormatInt(s.Rows, 10))},
		{Field: "bytes", Label: "Bytes", After: audit.String(strconv.FormatInt(s.Bytes, 10))},
		{Field: "sha256", Label: "SHA-256", After: audit.String(s.SHA256)},
	}
}
