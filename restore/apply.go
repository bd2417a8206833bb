package restore

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// run brings the records back and sets the references to them again.
func (r *restoration) run(ctx context.Context, tx Tx, op *crm.Operation) error {
	word, ok := crm.DefinitionWord(r.p.Record.Object)
	if !ok {
		o, err := r.schema.Object(r.p.Record.Object)
		if err != nil {
			return err
		}
		word = o.Word()
	}
	applied, err := op.Log().Record(ctx, audit.Draft{Type: "audit.restore_applied", Record: r.p.Record, Word: word, UndoOf: r.p.Event})
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
	return r.walk(ctx, func(parts []part) error {
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
			done, err := r.runPart(ctx, op, pt, applied)
			if err != nil {
				return err
			}
			if done {
				undone = append(undone, pt.event.ID)
			}
		}
		return tx.MarkUndone(ctx, undone, applied)
	})
}

func (r *restoration) runPart(ctx context.Context, op *crm.Operation, pt part, applied audit.EventID) (bool, error) {
	e := pt.event
	if !r.service.deletes(e) {
		links, err := r.relinks(ctx, e)
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
