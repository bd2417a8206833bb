package importer

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// draft is a row on its way to be written.
type draft struct {
	row      int
	in       crm.Input
	texts    map[string]string // of the values that are texts, and the names behind references
	existing *crm.Record       // that the row updates, nil when it makes one
	missing  []missing         // what must be made first
	// defaulted are the references that only a new record gets.
	defaulted []string
	// stageStatus is the status that the stage means, "" for none.
	stageStatus string
	mistakes    []errs.Field
	warnings    []Failure
}

func newDraft(row int) *draft { return &draft{row: row, in: crm.Input{}, texts: map[string]string{}} }

// set puts a text into the row.
func (d *draft) set(field, text string) {
	d.in[field] = json.RawMessage(audit.String(text))
	d.texts[field] = text
}

// drop takes a value out again.
func (d *draft) drop(field string) {
	delete(d.in, field)
	delete(d.texts, field)
}

// refuse notes that a field's value cannot be taken: the row fails, or goes on without it.
func (d *draft) refuse(p *plan, f *crm.Field, err error) {
	detail := labelled(f, err)
	if (p.LeaveEmpty || errs.Code(err) == cannotBeMade) && !f.Required && f != p.match {
		d.drop(f.Key)
		d.warnings = append(d.warnings, Failure{d.row, f.Key, detail})
		return
	}
	d.mistakes = append(d.mistakes, errs.Field{Field: f.Key, Code: errs.Code(err), Detail: detail})
}

// labelled is an error in words that name the field; those of the engine do by themselves.
func labelled(f *crm.Field, err error) string {
	if len(errs.Of(err).Fields) > 0 {
		return sentence(err)
	}
	return f.Label + ": " + sentence(err)
}

// failure joins the row's mistakes.
func (d *draft) failure() Failure {
	details := make([]string, len(d.mistakes))
	for i, m := range d.mistakes {
		details[i] = m.Detail
	}
	return Failure{d.row, d.mistakes[0].Field, strings.Join(details, " ")}
}

// text is what the row says for a column: its cell, or the default where every row gets it.
func (c column) cell(cells []string) string {
	if c.index < 0 {
		return c.text
	}
	return cells[c.index]
}

// readCells reads everything but references.
func (d *draft) readCells(p *plan, cells []string) {
	for _, c := range p.cells {
		v, err := c.read(c.cell(cells))
		if err != nil {
			d.refuse(p, c.field, err)
			continue
		}
		if len(v.raw) == 0 {
			continue
		}
		d.in[c.field.Key], d.texts[c.field.Key] = v.raw, v.text
		if key := c.field.Currency; v.currency != "" && key != "" && !p.given[key] {
			d.set(key, v.currency)
		}
	}
}

// fillDefaults gives a new record the defaults of the columns whose cells are blank.
func (d *draft) fillDefaults(p *plan) {
	for _, c := range p.cells {
		if _, ok := d.in[c.field.Key]; ok || c.index < 0 || c.text == "" || d.refused(c.field.Key) {
			continue
		}
		if v, err := c.read(c.text); err == nil { // the plan has tried it
			d.in[c.field.Key], d.texts[c.field.Key] = v.raw, v.text
		}
	}
}

func (d *draft) refused(field string) bool {
	return slices.ContainsFunc(d.mistakes, func(m errs.Field) bool { return m.Field == field }) ||
		slices.ContainsFunc(d.warnings, func(w Failure) bool { return w.Field == field })
}

// readRefs resolves the row's references, with or without a scope. deferred is the name that the row has to wait for, "" for none.
func (r *carrying) readRefs(ctx context.Context, d *draft, cells []string, scoped, last bool) (deferred string, _ error) {
	for _, c := range r.refs {
		if (c.scope != nil) != scoped {
			continue
		}
		cell := oneLine(c.cell(cells))
		if cell == "" && c.text != "" && d.existing == nil {
			cell = oneLine(c.text)
			d.defaulted = append(d.defaulted, c.field.Key)
		}
		if cell == "" {
			continue
		}
		var scope audit.RecordID
		if c.scope != nil {
			if scope = d.reference(c.scope); scope == "" {
				continue // without it, the row fails or has none of the two
			}
		}
		found, err := r.reference(ctx, d, c, scope, cell)
		switch {
		case err != nil && errs.Is(err, errs.Invalid):
			d.refuse(r.plan, c.field, err)
		case err != nil:
			return "", err
		case found != nil:
			d.in[c.field.Key] = json.RawMessage(audit.String(string(found.id)))
			d.texts[c.field.Key] = found.name
			if r.object.Key == opportunity && c.field.Key == "stage" {
				if d.stageStatus = outcome(found.name); d.stageStatus == "" {
					d.stageStatus = outcome(cell)
				}
			}
		case Blank(cell):
		case c.field.Object == r.object.Key && !last && !r.isItself(d, cell):
			return foldTitle(cell), nil
		default:
			r.addMissing(d, c, scope, cell)
		}
	}
	return "", nil
}

// reference finds the record that a cell names.
func (r *carrying) reference(ctx context.Context, d *draft, c column, scope audit.RecordID, cell string) (*title, error) {
	t, err := r.titlesOf(ctx, c.field.Object)
	if err != nil {
		return nil, err
	}
	return t.find(ctx, r.op, scope, cell)
}

// reference is the id that a field of the row has, or will have.
func (d *draft) reference(f *crm.Field) audit.RecordID {
	if raw, ok := d.in[f.Key]; ok {
		return audit.RecordID(audit.Value(raw).Text())
	}
	if d.existing != nil {
		return audit.RecordID(d.existing.Fields[f.Key].Text())
	}
	return ""
}

// isItself reports whether a row refers to the record that it makes.
func (r *carrying) isItself(d *draft, cell string) bool {
	own := d.texts[r.object.Title[0][0]]
	return own != "" && foldTitle(own) == foldTitle(cell)
}
