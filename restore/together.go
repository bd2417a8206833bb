package restore

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// MaxTogether is how many deletions are restored together.
const MaxTogether = 500

// together is what the check of several deletions knows of what those before would have brought back: the records are not there
// yet. While they are brought back it is empty, for then they are.
type together struct {
	left    map[audit.OperationID]int // deletions that come back, by operation
	claimed map[crm.UniqueKey]audit.RecordID
	linked  map[audit.RecordID]map[string]audit.Value
}

func (t *together) begin(several bool) {
	t.end()
	if several {
		t.claimed, t.linked = map[crm.UniqueKey]audit.RecordID{}, map[audit.RecordID]map[string]audit.Value{}
	}
}

func (t *together) end() { t.claimed, t.linked = nil, nil }

// claim notes that a record will have a unique value.
func (t *together) claim(key crm.UniqueKey, id audit.RecordID) {
	if t.claimed != nil {
		t.claimed[key] = id
	}
}

// link notes which links of a record will be set again.
func (t *together) link(e *audit.Event, links []relink) {
	if t.linked == nil || len(links) == 0 {
		return
	}
	of := t.linked[e.Record.ID]
	if of == nil {
		of = map[string]audit.Value{}
		t.linked[e.Record.ID] = of
	}
	for _, l := range links {
		of[l.field.Key] = l.value
	}
}

// holder is who has a unique value, or will have it.
func (r *restoration) holder(ctx context.Context, key crm.UniqueKey) (audit.RecordID, error) {
	holder, err := r.view.Holder(ctx, key)
	if err != nil || holder != "" {
		return holder, err
	}
	return r.together.claimed[key], nil
}

// then is a record as it is, or will be, when its links are set again; nil when it is not there.
func (r *restoration) then(ctx context.Context, o *crm.Object, id audit.RecordID) (*crm.Record, error) {
	rows, err := r.view.Rows(ctx, o.Key, []audit.RecordID{id})
	if err != nil {
		return nil, err
	}
	var rec *crm.Record
	switch {
	case len(rows) > 0:
		rec = &rows[0].Record
	case r.together.linked != nil && r.isComing(id):
		stored, err := r.view.Event(ctx, r.coming[id])
		if err != nil {
			return nil, err
		}
		e, err := stored.Event()
		if err != nil {
			return nil, err
		}
		rec = &crm.Record{Object: o.Key, ID: id, Name: e.Record.Name, Version: e.Record.Version, Fields: map[string]audit.Value{}}
		for _, c := range e.Changes {
			rec.Fields[c.Field] = c.Before
		}
	default:
		return nil, nil
	}
	if of := r.together.linked[id]; of != nil {
		rec.Fields = maps.Clone(rec.Fields)
		maps.Copy(rec.Fields, of)
	}
	return rec, nil
}

// startTogether reads the deletions that were asked for together, and tells their states.
func (r *restoration) startTogether(ctx context.Context, sc Scope) error {
	ops := slices.Clone(sc.Deletions)
	slices.Sort(ops)
	ops = slices.Compact(ops)
	if len(ops) > MaxTogether {
		return errs.InvalidField("operations", "too_many", "There are %s deletions; the limit is %s.", audit.Thousands(len(ops)), audit.Thousands(MaxTogether)).
			WithFix("Restore them in several requests.")
	}
	r.leads = map[audit.OperationID]audit.EventID{}
	r.p = &Plan{State: Expired, Record: &audit.Ref{Object: crm.SelectionObject, Name: audit.Word{One: "deletion", Many: "deletions"}.Count(len(ops))}}
	for _, op := range slices.Backward(ops) {
		stored, err := r.view.Event(ctx, audit.EventID(op))
		if errs.Is(err, errs.NotFound) {
			return errs.New(errs.NotFound, "not_found", "There is no such operation: %s.", op)
		}
		if err != nil {
			return err
		}
		e, err := stored.Event()
		if err != nil {
			return err
		}
		if e.Operation != op {
			return errs.New(errs.NotFound, "not_found", "There is no such operation: %s.", op)
		}
		if lead, _, _, err := mergeOf(ctx, r.view, r.schema, e, stored); err != nil {
			return err
		} else if lead != nil {
			return notRestorable("%s was a merge: it is taken back by itself, not together with deletions.", audit.Quote(e.Description))
		}
		d := PickedDeletion{Operation: op, Event: e.ID, Record: e.Record, Until: audit.Instant(e.OccurredAt.Add(r.window)), State: Available}
		if r.service.clock().After(d.Until) {
			d.State = Expired
		} else {
			r.p.State = Available
			r.roots = append(r.roots, root{op, "", true})
			if leadsSelection(e) {
				r.leads[op] = e.ID
			}
			r.p.Until = earlier(r.p.Until, d.Until)
		}
		r.p.Deletions = append(r.p.Deletions, d)
	}
	r.p.Event = r.p.Deletions[0].Event
	if r.p.State == Expired {
		r.p.Until = r.p.Deletions[0].Until
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// tellTogether says of each of the deletions whether something of it is left.
func (r *restoration) tellTogether() error {
	for i := range r.p.Deletions {
		d := &r.p.Deletions[i]
		left, some := r.together.left[d.Operation]
		switch {
		case d.State != Available || left > 0:
		case !some:
			return notRestorable("The operation %s deleted no records; there is nothing to restore.", d.Operation)
		default:
			d.State = Restored
			delete(r.leads, d.Operation)
		}
	}
	return nil
}

// naming says of several deletions which record an error is about.
func (r *restoration) naming(pt part, err error) error {
	shown := errs.Of(err)
	if len(r.p.Deletions) == 0 || shown.Kind == errs.Internal {
		return err
	}
	named := *shown
	named.Detail = fmt.Sprintf("%s: %s", audit.Quote(pt.event.Record.Name), shown.Detail)
	return &named
}
