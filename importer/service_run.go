package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// Run imports the file and returns when it is done. The errors that concern the request or the file as a whole are
// errs.Invalid (with the field mapping, defaults, match_on, create_missing, date_format or region, or an error of Open),
// errs.TooLarge, errs.NotFound for an unknown object and errs.Forbidden; nothing was written then.
func (s *Service) Run(ctx context.Context, c audit.Caller, r Request, file io.ReadSeeker) (Result, error) {
	p, err := s.plan(ctx, c, r, file)
	if err != nil {
		return Result{}, err
	}
	var result Result
	err = s.Engine.Do(ctx, p.caller, p.operation(ctx, s.Recorder.NewID(), &result, func() {}))
	if errors.Is(err, errNothing) {
		err = nil
	}
	return result, err
}

// errNothing gives an operation up that has nothing to keep: a dry run, or an import in which nothing was new.
var errNothing = errors.New("importer: there is nothing to keep")

// operation carries the plan out and sets result. The function may be called again after its transaction was given up.
// id is the import's own, for the log. Its error is errNothing when result is good but nothing is to be kept.
func (p *plan) operation(ctx context.Context, id audit.RecordID, result *Result, done func()) func(*crm.Operation) error {
	return func(op *crm.Operation) error {
		*result = Result{Operation: op.ID(), DryRun: p.DryRun, Made: map[string]int{}, Failed: []Failure{}, Warnings: []Failure{}}
		lead, err := op.Log().Record(ctx, audit.Draft{Type: "contacts.imported", Word: audit.Word{One: "import", Many: "imports"},
			Record: &audit.Ref{Object: "import", ID: id, Name: p.fileName()}})
		if err != nil {
			return err
		}
		r := &carrying{plan: p, op: op, lead: lead, result: result, titles: map[string]*titles{}, rowOf: map[crm.UniqueKey]int{},
			waiting: map[string][]Row{}, done: done}
		if err := r.checkFixed(ctx); err != nil {
			return err
		}
		if err := r.rows(ctx); err != nil {
			return err
		}
		r.tidy()
		if p.DryRun || result.Created+result.Updated == 0 {
			result.Operation = ""
			return errNothing
		}
		op.Log().Lead().Note = p.note(result)
		op.Log().Lead().Changes = p.changes(result)
		return nil
	}
}

// checkFixed refuses a default that names no record before the rows do so one by one.
func (r *carrying) checkFixed(ctx context.Context) error {
	d := newDraft(0)
	for _, c := range r.refs {
		if c.text == "" || c.scope != nil {
			continue
		}
		found, err := r.reference(ctx, d, c, "", oneLine(c.text))
		if err == nil && found == nil && c.field.Object != r.object.Key {
			target, _ := r.schema.Object(c.field.Object)
			err = r.mayMake(target, d, c, oneLine(c.text))
		}
		if err != nil {
			return inDefaults(c.field, err)
		}
	}
	return nil
}

// tidy puts what was noted into the order of the file: rows that had to wait come late.
func (r *carrying) tidy() {
	byRow := func(a, b Failure) int { return a.Row - b.Row }
	slices.SortStableFunc(r.result.Failed, byRow)
	slices.SortStableFunc(r.result.Warnings, byRow)
	if r.blank > 0 {
		r.warn(Failure{0, r.match.Key, fmt.Sprintf("%s: they could not be matched, so each makes a record.",
			audit.Word{One: "row has", Many: "rows have"}.Count(r.blank)+" no "+r.match.Label)})
	}
}

func (p *plan) fileName() string {
	if name := oneLine(p.FileName); name != "" {
		return strings.Trim(audit.Quote(name), `"`) // shortened
	}
	return "a CSV file"
}

// note is the import in a sentence: "8,800 opportunities from sales.csv (12 updated, 85 companies added, 3 rows left out)".
func (p *plan) note(r *Result) string {
	var more []string
	if r.Updated > 0 {
		more = append(more, audit.Thousands(r.Updated)+" updated")
	}
	for _, key := range slices.Sorted(maps.Keys(r.Made)) {
		if o, err := p.schema.Object(key); err == nil {
			more = append(more, o.Word().Count(r.Made[key])+" added")
		}
	}
	if r.FailedRows > 0 {
		more = append(more, audit.Word{One: "row", Many: "rows"}.Count(r.FailedRows)+" left out")
	}
	s := p.word.Count(r.Created+r.Updated) + " from " + p.fileName()
	if len(more) > 0 {
		s += " (" + strings.Join(more, ", ") + ")"
	}
	return s
}

// changes are the counts, and which column went where, for the leading event.
func (p *plan) changes(r *Result) []audit.Change {
	var columns []string
	for _, c := range slices.Concat(p.cells, p.refs) {
		if c.index >= 0 {
			columns = append(columns, p.source(c)+" → "+c.field.Label)
		}
	}
	out := []audit.Change{
		{Field: "file", Label: "File", After: audit.String(p.fileName())},
		{Field: "columns", Label: "Columns", After: audit.List(columns)},
	}
	for _, n := range []struct {
		field, label string
		count        int
	}{{"rows", "Rows", r.Rows}, {"created", "Created", r.Created}, {"updated", "Updated", r.Updated}, {"unchanged", "Unchanged", r.Unchanged},
		{"failed_rows", "Left out", r.FailedRows}} {
		out = append(out, audit.Change{Field: n.field, Label: n.label, After: audit.String(strconv.Itoa(n.count))})
	}
	return out
}
