package restore

import (
	"context"
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// run brings the records back and sets the references to them again.
func (r *restoration) run(ctx context.Context, tx Tx, op *crm.Operation, done func()) error {
	if r.p.Steps == 0 {
		return notRestorable("With these choices there is nothing left to restore.")
	}
	word, err := wordFor(r.schema, r.p.Record)
	if err != nil {
		return err
	}
	d := audit.Draft{Type: "audit.restore_applied", Record: r.p.Record, Word: word, UndoOf: r.p.Event, Note: word.One + " " + audit.Quote(r.p.Record.Name)}
	switch {
	case len(r.p.Deletions) > 0:
		d.Record = &audit.Ref{Object: crm.SelectionObject, ID: audit.RecordID(op.ID()), Name: r.p.Record.Name}
		d.Note = r.p.Record.Name
	case len(r.leads) > 0:
		d.Note = "a selection"
	case r.merge != nil:
		d.Note += ", which had been merged into " + audit.Quote(r.merge.winner.Name)
	}
	applied, err := op.Log().Record(ctx, d)
	if err != nil {
		return err
	}
	if err := r.returnDefinitions(ctx, op, applied); err != nil {
		return err
	}
	r.p.Operation, r.p.Applied = op.ID(), applied
	listed := *r.p // walking again enters the conflicts again: the plan keeps those that were shown
	defer func() {
		r.p.Conflicts, r.p.ConflictsTotal, r.p.Unresolved = listed.Conflicts, listed.ConflictsTotal, listed.Unresolved
	}()
	r.exists = map[audit.RecordID]bool{}
	r.together.end()
	if r.merge != nil {
		undone, err := r.merge.giveBack(ctx, op, applied)
		if err != nil {
			return err
		}
		if err := tx.MarkUndone(ctx, undone, applied); err != nil {
			return err
		}
	}
	// A merge moved the links before it deleted the loser, so the loser has to be there before they go back.
	passes := [][]bool{{true, false}}
	if r.merge != nil {
		passes = [][]bool{{true}, {false}}
	}
	for i, deletions := range passes {
		if err := r.runParts(ctx, tx, op, applied, deletions, done); err != nil {
			return err
		}
		if i == 0 {
			if err := r.merge.pointBack(ctx, op, applied); err != nil {
				return err
			}
		}
	}
	var whole []audit.EventID
	for op, lead := range r.leads {
		if !r.incomplete[op] {
			whole = append(whole, lead)
		}
	}
	return tx.MarkUndone(ctx, whole, applied)
}

// wordFor is the word for a record, and for a selection of many.
func wordFor(schema *crm.Schema, rec *audit.Ref) (audit.Word, error) {
	if rec.Object == crm.SelectionObject {
		return audit.Word{One: "selection", Many: "selections"}, nil
	}
	if word, ok := crm.DefinitionWord(rec.Object); ok {
		return word, nil
	}
	o, err := schema.Object(rec.Object)
	if err != nil {
		return audit.Word{}, err
	}
	return o.Word(), nil
}

// runParts carries out the deletions among the parts (true), the other parts (false), or both.
func (r *restoration) runParts(ctx context.Context, tx Tx, op *crm.Operation, applied audit.EventID, deletions []bool, done func()) error {
	return r.walk(ctx, func(parts []part) error {
		parts = slices.DeleteFunc(parts, func(pt part) bool { return !slices.Contains(deletions, r.service.deletes(pt.event)) })
		if err := r.prefetch(ctx, parts); err != nil {
			return err
		}
		for _, pt := range parts {
			if r.service.deletes(pt.event) && r.isComing(pt.event.Record.ID) && r.schema.Referable(pt.event.Record.Object) {
				op.Expect(pt.event.Record)
			}
		}
		var undone []audit.EventID
		for _, pt := range parts {
			back, err := r.runPart(ctx, op, pt, applied)
			if err != nil {
				return r.naming(pt, err)
			}
			if back {
				done()
			}
			if back && !pt.undone { // a link that somebody took back, and set again
				undone = append(undone, pt.event.ID)
			}
		}
		return tx.MarkUndone(ctx, undone, applied)
	})
}

func (r *restoration) runPart(ctx context.Context, op *crm.Operation, pt part, applied audit.EventID) (bool, error) {
	e := pt.event
	if !r.service.deletes(e) {
		links, _, err := r.relinks(ctx, e)
		if err != nil || len(links) == 0 {
			return false, err
		}
		fields := map[string]audit.Value{}
		for _, l := range links {
			fields[l.field.Key] = l.value
		}
		_, err = op.SetFields(ctx, e.Record.Object, e.Record.ID, fields, applied, e.ID)
		return true, err
	}
	if crm.TakesDefinition(e) {
		return !r.done[e.ID], nil // it came back before all others
	}
	if r.done[e.ID] || r.skipped[e.Record.ID] || r.exists[e.Record.ID] {
		return false, nil
	}
	o, err := r.schema.Object(e.Record.Object)
	if err != nil {
		return false, err
	}
	fields, err := r.fields(ctx, pt, o)
	if err != nil || fields == nil {
		return false, err
	}
	_, err = op.Restore(ctx, crm.Restoration{Object: e.Record.Object, ID: e.Record.ID, Version: e.Record.Version,
		CreatedAt: e.Record.CreatedAt, Fields: fields, UndoOf: e.ID, Cause: applied}, r.isComing)
	return true, err
}
