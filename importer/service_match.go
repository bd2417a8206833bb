package importer

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// findExisting finds the record that the row updates.
func (r *carrying) findExisting(ctx context.Context, d *draft) error {
	if r.match == nil {
		return nil
	}
	raw, ok := d.in[r.match.Key]
	if !ok {
		if !d.refused(r.match.Key) {
			r.blank++
		}
		return nil
	}
	v, err := r.match.Value(raw)
	if err != nil {
		return err
	}
	id, err := r.holder(ctx, d, v)
	if err != nil || id == "" {
		return err
	}
	rec, err := r.op.Record(ctx, r.object.Key, id)
	if errs.Is(err, errs.NotFound) {
		return nil // one that the caller may not see; that its value is taken is for the engine to say
	}
	if err != nil {
		return err
	}
	d.existing = rec
	for _, key := range d.defaulted {
		d.drop(key)
	}
	return nil
}

// holder is the record with the value v in the field of MatchOn, "" for none.
func (r *carrying) holder(ctx context.Context, d *draft, v audit.Value) (audit.RecordID, error) {
	fields := map[string]audit.Value{r.match.Key: v}
	if r.match.UniqueWithin != "" {
		within, _ := r.object.Field(r.match.UniqueWithin)
		fields[within.Key] = audit.String(string(d.reference(within)))
	}
	if key, ok := r.object.UniqueKeyOf(r.match, fields); ok {
		return r.op.Tx().Holder(ctx, key)
	}
	if r.matches == nil {
		if err := r.loadMatches(ctx); err != nil {
			return "", err
		}
	}
	found := r.matches[matchValue(v)]
	switch len(found) {
	case 0:
		return "", nil
	case 1:
		return found[0], nil
	}
	d.mistakes = append(d.mistakes, errs.Field{Field: r.match.Key, Code: "ambiguous_match", Detail: fmt.Sprintf(
		"%d %s have the %s %s, so it is not clear which one the row means.", len(found), r.word.Many, r.match.Label, audit.Quote(v.Text()))})
	return "", nil
}

// loadMatches reads the values of the field of MatchOn of all records: no index of the database knows them.
func (r *carrying) loadMatches(ctx context.Context) error {
	r.matches = map[audit.Value][]audit.RecordID{}
	q := crm.Query{Object: r.object, Sort: "name", Limit: titlesPage}
	for {
		found, next, err := r.op.Find(ctx, q)
		if err != nil {
			return err
		}
		for _, rec := range found {
			if v := matchValue(rec.Fields[r.match.Key]); v != audit.None {
				r.matches[v] = append(r.matches[v], rec.ID)
			}
		}
		if next == nil {
			return nil
		}
		q.After = next
	}
}

// fillScope gives a new record the only record there is for a reference in which another is looked up: an opportunity the
// only pipeline.
func (r *carrying) fillScope(ctx context.Context, d *draft) error {
	if d.existing != nil {
		return nil
	}
	for _, f := range r.scopes {
		if d.reference(f) != "" || d.refused(f.Key) {
			continue
		}
		t, err := r.titlesOf(ctx, f.Object)
		if err != nil {
			return err
		}
		if one := t.only(); one != nil {
			d.in[f.Key] = json.RawMessage(audit.String(string(one.id)))
			d.texts[f.Key] = one.name
		}
	}
	return nil
}

// only is the single record there is, nil when there are none or several.
func (t *titles) only() *title {
	var found *title
	for _, entries := range t.byKey {
		for i := range entries {
			if found != nil && found.id != entries[i].id {
				return nil
			}
			found = &entries[i]
		}
	}
	return found
}
