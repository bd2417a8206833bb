package restore

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// collectDefinitions learns which objects and fields come back, and goes on with the schema that they make. Just an
// operation about definitions has any: the others are not read for it.
func (r *restoration) collectDefinitions(ctx context.Context) error {
	r.schema, r.definitions, r.returned = r.present, nil, map[audit.EventID]*audit.Event{}
	about := false
	for _, rt := range r.roots {
		stored, err := r.view.Event(ctx, audit.EventID(rt.operation))
		if err != nil {
			return err
		}
		lead, err := stored.Event()
		if err != nil {
			return err
		}
		about = about || lead.Record != nil && isDefinition(lead.Record.Object)
	}
	if !about {
		return nil
	}
	err := r.walk(ctx, func(parts []part) error {
		for _, pt := range parts {
			if e := pt.event; crm.TakesDefinition(e) && !r.done[e.ID] {
				r.definitions = append(r.definitions, e)
				if e.Record.Object == crm.FieldRecord {
					r.returned[e.ID] = e
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.schema, err = r.present.WithReturned(r.definitions)
	return err
}

func isDefinition(object string) bool {
	_, ok := crm.DefinitionWord(object)
	return ok
}

// regained is a value that left a record with its field, as it comes back; ok is false when it does not.
func (r *restoration) regained(ctx context.Context, e *audit.Event, o *crm.Object, c audit.Change, now *crm.Record) (l relink, ok bool, err error) {
	removed := r.returned[e.Cause]
	if removed == nil || c.Secret || c.Field != crm.RemovedKey(removed) || c.Before == audit.None || now.Fields[c.Field] != audit.None {
		return l, false, nil
	}
	f, ok := o.Field(c.Field)
	if !ok {
		return l, false, nil
	}
	if f.Type == crm.RefType {
		id := audit.RecordID(c.Before.Text())
		if _, known := r.exists[id]; !known {
			rows, err := r.view.Rows(ctx, f.Object, []audit.RecordID{id})
			if err != nil {
				return l, false, err
			}
			r.exists[id] = len(rows) > 0
		}
		if !r.isComing(id) && !r.exists[id] {
			conflict := r.of(e, f.Key, f.Label, MissingReference, []Choice{Clear}, string(id), "%s, the %s of %s, is no longer there.", audit.Quote(c.BeforeShown()), f.Label, audit.Quote(now.Name))
			_, err := r.decide(conflict)
			return l, false, err
		}
	}
	return relink{f, c.Before}, true, nil
}

// returnDefinitions brings objects and fields back before the records that need them.
func (r *restoration) returnDefinitions(ctx context.Context, op *crm.Operation, applied audit.EventID) error {
	if len(r.definitions) == 0 {
		return nil
	}
	return op.ReturnDefinitions(ctx, r.definitions, applied)
}
