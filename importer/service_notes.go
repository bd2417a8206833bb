package importer

import (
	"fmt"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// ofRow reports that an error of the engine concerns the row alone and was found before anything was written.
func ofRow(err error) bool { return errs.Is(err, errs.Invalid) || errs.Code(err) == "unique_taken" }

// refuseRow notes why the engine refused the row.
func (r *carrying) refuseRow(d *draft, err error) {
	e := errs.Of(err)
	if len(e.Fields) == 0 {
		d.mistakes = append(d.mistakes, errs.Field{Code: e.Code, Detail: sentence(err)})
		return
	}
	for i, m := range e.Fields {
		if f, ok := r.object.Field(m.Field); ok && m.Code == "unique_taken" {
			m.Detail = r.otherRow(d, f, m.Detail)
		} else if i == len(e.Fields)-1 && e.Fix != "" {
			m.Detail += " " + e.Fix
		}
		d.mistakes = append(d.mistakes, m)
	}
}

// otherRow names the row of this file that has a unique value already.
func (r *carrying) otherRow(d *draft, f *crm.Field, detail string) string {
	fields := map[string]audit.Value{}
	for key, raw := range d.in {
		if g, ok := r.object.Field(key); ok {
			fields[key], _ = g.Value(raw) // the engine has taken it before
		}
	}
	key, ok := r.object.UniqueKeyOf(f, fields)
	if row := r.rowOf[key]; ok && row > 0 {
		return fmt.Sprintf("Row %d has the %s %s already.", row, f.Label, audit.Quote(fields[f.Key].Text()))
	}
	return detail + " To change the records that are there, match on " + f.Key + "."
}

func (r *carrying) failed(d *draft) {
	r.result.FailedRows++
	if len(r.result.Failed) < MaxNotes {
		r.result.Failed = append(r.result.Failed, d.failure())
	}
}

func (r *carrying) warn(w Failure) {
	r.result.WarningNum++
	if len(r.result.Warnings) < MaxNotes {
		r.result.Warnings = append(r.result.Warnings, w)
	}
}
