package crm

import (
	"context"
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// DeleteObject deletes a custom object with all its records, in one operation: what other fields say becomes of their
// records, and the fields that point at it go. version is the definition's that the caller saw, 0 for any. The counts
// have the object itself as "object", and the fields of others as "field".
func (e *Engine) DeleteObject(ctx context.Context, caller audit.Caller, object string, version int64) (Deletion, error) {
	var d Deletion
	err := e.Do(ctx, caller, func(op *Operation) (err error) {
		d.Operation = op.ID()
		d.Counts, err = op.DeleteObject(ctx, object, version)
		return err
	})
	return d, err
}

// DeleteObject deletes a custom object; see Engine.DeleteObject.
func (op *Operation) DeleteObject(ctx context.Context, object string, version int64) (map[string]int, error) {
	if err := MayDefine(op.caller); err != nil {
		return nil, err
	}
	o, err := op.schema.Object(object)
	if err != nil {
		return nil, err
	}
	if !o.Custom {
		return nil, errs.New(errs.NotPossible, "built_in", "%s is a built-in object; it cannot be deleted.", o.Label).
			WithFix("Its custom fields can be removed.")
	}
	d := o.Definition
	if version != 0 && version != d.Version {
		return nil, errs.New(errs.Stale, "version_conflict", "Somebody changed the object %s in the meantime.", audit.Quote(o.Label)).WithFix("Look at it again.")
	}
	ref := d.Ref()
	cause, err := op.log.Record(ctx, audit.Draft{Type: "object.deleted", Record: ref, Word: objectWord, Changes: propertyChanges(d.properties(op.schema), nil)})
	if err != nil {
		return nil, err
	}
	var ids []audit.RecordID
	if err := eachRecord(ctx, op.tx, o, func(rec *Record) error { ids = append(ids, rec.ID); return nil }); err != nil {
		return nil, err
	}
	counts, err := op.remove(ctx, o, ids, cause)
	if err != nil {
		return nil, err
	}
	before := op.schema
	changes := []redefined{{was: d}}
	var steps []fieldStep
	for _, r := range before.referrers[object] {
		if r.Object.Key == object {
			continue
		}
		i := slices.IndexFunc(changes, func(c redefined) bool { return c.was.Object == r.Object.Key })
		if i < 0 {
			i = len(changes)
			next := r.Object.Definition.clone()
			next.Version++
			changes = append(changes, redefined{r.Object.Definition, next})
		}
		changes[i].now.forget(r.Field.Key)
		steps = append(steps, fieldStep{was: r.Field})
		counts[FieldRecord]++
	}
	if err := op.redefine(ctx, changes); err != nil {
		return nil, err
	}
	for i := range steps {
		of := changes[slices.IndexFunc(changes, func(c redefined) bool {
			return c.now != nil && slices.ContainsFunc(c.was.Fields, func(f Field) bool { return f.ID == steps[i].was.ID })
		})].now
		if _, err := op.recordField(ctx, before, of, &steps[i], cause); err != nil {
			return nil, err
		}
	}
	counts[ObjectRecord] = 1
	return counts, nil
}

// PreviewDeletion tells what DeleteObject would delete, by object, and does nothing. What would be refused by records
// of others is in the error.
func (e *Engine) PreviewDeletion(ctx context.Context, caller audit.Caller, object string) (map[string]int, error) {
	if err := MayDefine(caller); err != nil {
		return nil, err
	}
	counts := map[string]int{}
	err := e.store.ReadRecords(ctx, caller.Account, func(v View) error {
		s, err := e.SchemaIn(ctx, v, caller.Account)
		if err != nil {
			return err
		}
		o, err := s.Object(object)
		if err != nil {
			return err
		}
		var ids []audit.RecordID
		if err := eachRecord(ctx, v, o, func(rec *Record) error { ids = append(ids, rec.ID); return nil }); err != nil {
			return err
		}
		r := s.newRemoval(v, caller, o, ids)
		if err := r.spread(ctx); err != nil {
			return err
		}
		for _, g := range r.groups {
			counts[g.object.Key] += len(g.ids)
		}
		for _, from := range s.referrers[object] {
			if from.Object.Key != object {
				counts[FieldRecord]++
			}
		}
		return r.refuse(ctx)
	})
	return counts, err
}
