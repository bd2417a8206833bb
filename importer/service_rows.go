package importer

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// carrying is a plan being carried out in one operation.
type carrying struct {
	*plan
	op     *crm.Operation
	lead   audit.EventID
	result *Result
	titles map[string]*titles // by object
	// matches are the records by their value in the field of MatchOn, when it is not a unique one.
	matches map[audit.Value][]audit.RecordID
	// rowOf is the row that a unique value came from, for the next row that has it.
	rowOf map[crm.UniqueKey]int
	// waiting are the rows that refer to a record of their own object that is not there yet, by its folded name. ready are
	// those of them whose record has come.
	waiting map[string][]Row
	ready   []Row
	blank   int    // rows without a value to match on
	done    func() // is called after each row; it counts
}

// rows imports the file's rows.
func (r *carrying) rows(ctx context.Context) error {
	for row, err := range r.file.Rows() {
		if err != nil {
			return err
		}
		if err := r.rowAndReady(ctx, row, false); err != nil {
			return err
		}
	}
	var left []Row
	for _, rows := range r.waiting {
		left = append(left, rows...)
	}
	slices.SortFunc(left, func(a, b Row) int { return cmp.Compare(a.Number, b.Number) })
	// What still waits refers to nothing that is in the file, or in a circle. A record that is made for one row may be what
	// others wait for; they have their turn in the order of the file anyway.
	r.waiting = nil
	for _, row := range left {
		if err := r.rowAndReady(ctx, row, true); err != nil {
			return err
		}
	}
	return nil
}

// rowAndReady imports a row, and those that waited for what it made.
func (r *carrying) rowAndReady(ctx context.Context, row Row, last bool) error {
	r.ready = append(r.ready[:0], row)
	for len(r.ready) > 0 {
		next := r.ready[0]
		r.ready = r.ready[1:]
		if err := ctx.Err(); err != nil {
			return err
		}
		waits, err := r.row(ctx, next, last)
		if err != nil {
			return inRow(next.Number, err)
		}
		if !waits {
			r.result.Rows++
			r.done()
		}
	}
	return nil
}

// row imports one row; waits says that it has to come again.
func (r *carrying) row(ctx context.Context, row Row, last bool) (waits bool, _ error) {
	d := newDraft(row.Number)
	if row.Err != nil {
		d.mistakes = []errs.Field{{Code: row.Err.Code, Detail: sentence(row.Err)}}
		r.failed(d)
		return false, nil
	}
	d.readCells(r.plan, row.Cells)
	for _, step := range []func() (string, error){
		func() (string, error) { return r.readRefs(ctx, d, row.Cells, false, last) },
		func() (string, error) { return "", r.findExisting(ctx, d) },
		func() (string, error) { return "", r.fillScope(ctx, d) },
		func() (string, error) { return r.readRefs(ctx, d, row.Cells, true, last) },
	} {
		key, err := step()
		if err != nil {
			return false, err
		}
		if key != "" {
			if r.waiting == nil {
				r.waiting = map[string][]Row{}
			}
			r.waiting[key] = append(r.waiting[key], row)
			return true, nil
		}
	}
	if d.existing == nil {
		d.fillDefaults(r.plan)
	}
	if r.object.Key == opportunity {
		d.fillOpportunity(r.plan)
	}
	return false, r.write(ctx, d)
}

// write writes what the row asks for, or notes why not.
func (r *carrying) write(ctx context.Context, d *draft) error {
	if len(d.mistakes) == 0 {
		if err := r.checkMissing(ctx, d); err != nil {
			return err
		}
	}
	if len(d.mistakes) == 0 {
		if err := r.makeMissing(ctx, d); err != nil {
			return err
		}
		if err := r.put(ctx, d); err != nil {
			if !ofRow(err) || len(d.missing) > 0 { // after checkMissing nothing may be wrong with the row
				return err
			}
			r.refuseRow(d, err)
		}
	}
	if len(d.mistakes) > 0 {
		r.failed(d)
		return nil
	}
	for _, w := range d.warnings {
		r.warn(w)
	}
	return nil
}

// put creates or updates the record.
func (r *carrying) put(ctx context.Context, d *draft) error {
	if d.existing == nil {
		rec, err := r.op.CreateBecause(ctx, r.object.Key, d.in, r.lead)
		if err != nil {
			return err
		}
		r.result.Created++
		r.learn(d, nil, rec)
		return nil
	}
	rec, err := r.op.UpdateBecause(ctx, r.object.Key, d.existing.ID, d.in, 0, r.lead, "")
	if err != nil {
		return err
	}
	if rec.Version == d.existing.Version {
		r.result.Unchanged++
		return nil
	}
	r.result.Updated++
	r.learn(d, d.existing, rec)
	return nil
}

// learn makes a record known to the rows that follow.
func (r *carrying) learn(d *draft, before, rec *crm.Record) {
	for i := range r.object.Fields {
		if key, ok := r.object.UniqueKeyOf(&r.object.Fields[i], rec.Fields); ok {
			r.rowOf[key] = d.row
		}
	}
	if before == nil && r.matches != nil {
		if v := matchValue(rec.Fields[r.match.Key]); v != audit.None {
			r.matches[v] = append(r.matches[v], rec.ID)
		}
	}
	if t := r.titles[r.object.Key]; t != nil {
		if before != nil {
			t.remove(before)
		}
		t.add(rec)
	}
	key := foldTitle(rec.Name)
	r.ready = append(r.ready, r.waiting[key]...)
	delete(r.waiting, key)
}

// titlesOf is the index of an object's names.
func (r *carrying) titlesOf(ctx context.Context, object string) (*titles, error) {
	if t := r.titles[object]; t != nil {
		return t, nil
	}
	o, err := r.schema.Object(object)
	if err != nil {
		return nil, err
	}
	t, err := loadTitles(ctx, r.op, o, withinOf(r.schema, object))
	if err == nil {
		r.titles[object] = t
	}
	return t, err
}

// matchValue is a value as rows are matched on it: capital and small letters are the same.
func matchValue(v audit.Value) audit.Value { return audit.Value(strings.ToLower(string(v))) }
