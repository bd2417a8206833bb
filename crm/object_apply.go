package crm

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// nameChange is the field under which an event has the name of a record that changed without its fields. No field can
// have this key.
const nameChange = "_name"

// ChangeObject changes an object; see Engine.ChangeObject.
func (op *Operation) ChangeObject(ctx context.Context, object string, in ObjectInput, version int64) (Redefinition, error) {
	if err := MayDefine(op.caller); err != nil {
		return Redefinition{}, err
	}
	p, err := op.schema.redefinition(object, in, op.engine.recorder)
	if err != nil {
		return Redefinition{}, err
	}
	if now := p.now.Version - 1; version != 0 && version != now {
		return Redefinition{}, errs.New(errs.Stale, "version_conflict", "Somebody changed the object %s in the meantime: it has version %d, you saw version %d.", audit.Quote(p.object.Label), now, version).
			WithFix("Look at it again, and repeat your change.")
	}
	if len(p.steps) == 0 && !p.relabels && !p.retitles {
		return Redefinition{Object: p.object}, nil
	}
	out := Redefinition{Operation: op.ID()}
	if out.Effects, err = p.effects(ctx, op.tx, op.caller); err != nil {
		return out, err
	}
	if err := p.refusal(out.Effects); err != nil {
		return out, err
	}
	if err := op.apply(ctx, p); err != nil {
		return out, err
	}
	out.Object = op.schema.byKey[object]
	return out, nil
}

// apply does what was worked out: the object first, then its fields one by one, each with what follows for records.
func (op *Operation) apply(ctx context.Context, p *redefinition) error {
	if p.was == nil {
		p.now.ID, p.now.CreatedAt = op.engine.recorder.NewID(), op.log.Now()
	}
	before := op.schema
	was := definitionOfObject(p.object)
	was.ID = p.now.ID
	if err := op.redefine(ctx, []redefined{{p.was, p.now}}); err != nil {
		return err
	}
	own := func(d *Definition) []property { // without the fields, which have events of their own
		bare := d.clone()
		bare.Fields = nil
		return bare.properties(op.schema)
	}
	var renaming audit.EventID
	if p.relabels || p.retitles {
		changes := propertyChanges(own(was), own(p.now))
		titleTexts(changes, was, p.now)
		var err error
		if renaming, err = op.log.Record(ctx, audit.Draft{Type: "object.updated", Record: p.now.Ref(), Word: objectWord, Changes: changes}); err != nil {
			return err
		}
	}
	at := was
	for i := range p.steps {
		st := &p.steps[i]
		next := at.stepped(st)
		cause, err := op.recordField(ctx, before, p.now, st, "")
		if err != nil {
			return err
		}
		if st.touches() {
			if err := op.rewrite(ctx, before.objectWith(p.object, at), before.objectWith(p.object, next), st, cause); err != nil {
				return err
			}
		}
		at = next
	}
	if !p.retitles {
		return nil
	}
	return op.rename(ctx, before.objectWith(p.object, at), op.schema.byKey[p.object.Key], renaming)
}

// titleTexts says by which fields records were named and are now.
func titleTexts(changes []audit.Change, was, now *Definition) {
	for i := range changes {
		if changes[i].Field != "title" {
			continue
		}
		for _, p := range was.properties(&Schema{}) {
			if p.key == "title" {
				changes[i].BeforeText = p.text
			}
		}
		for _, p := range now.properties(&Schema{}) {
			if p.key == "title" {
				changes[i].AfterText = p.text
			}
		}
	}
}

// stepped is the definition after one step.
func (d *Definition) stepped(st *fieldStep) *Definition {
	next := d.clone()
	switch {
	case st.was == nil:
		next.Fields = append(next.Fields, *st.now)
	case st.now == nil:
		next.forget(st.was.Key)
	default:
		*next.field(st.was.Key) = *st.now
	}
	return next
}

// objectWith is an object as a definition has it.
func (s *Schema) objectWith(o *Object, d *Definition) *Object {
	if o.Custom {
		return d.object()
	}
	return s.builtIn().byKey[o.Key].with(d)
}

// recordField writes the event of one step, as a consequence of cause. Its version is the definition's.
func (op *Operation) recordField(ctx context.Context, before *Schema, d *Definition, st *fieldStep, cause audit.EventID) (audit.EventID, error) {
	draft := audit.Draft{Type: "field.updated", Cause: cause, Word: fieldWord, Note: audit.Quote(d.Label), Related: []audit.Ref{{Object: ObjectRecord, ID: d.ID, Name: d.Label}}}
	f := st.now
	var was, now []property
	if st.was != nil {
		was = st.was.properties(before)
	}
	if st.now != nil {
		now = st.now.properties(op.schema)
	}
	switch {
	case st.was == nil:
		draft.Type = "field.added"
	case st.now == nil:
		f = st.was
		draft.Type = "field.removed"
	}
	draft.Record = &audit.Ref{Object: FieldRecord, ID: f.ID, Name: f.Label, Version: d.Version}
	draft.Changes = propertyChanges(was, now)
	return op.log.Record(ctx, draft)
}

// rewrite brings the records of an object from one definition to the next, which differ in one field. A record whose
// value changes gets an event; one of which just the search text, a link or a unique value is kept another way does not.
// What follows from writes of the object does not follow: no built-in rule looks at a custom field.
func (op *Operation) rewrite(ctx context.Context, was, now *Object, st *fieldStep, cause audit.EventID) error {
	return op.eachRow(ctx, was, func(row Row) error {
		before := row.Record
		value, kind := st.value(before.Fields[st.key()])
		after := *before.Clone()
		if value == audit.None {
			delete(after.Fields, st.key())
		} else {
			after.Fields[st.key()] = value
		}
		if kind == "" {
			next := now.row(after)
			if next.Search == row.Search && sameSet(next.Links, row.Links) && sameSet(next.Keys, row.Keys) {
				return nil
			}
			return op.tx.Update(ctx, row, next)
		}
		after.Version++
		after.UpdatedAt = op.log.Now()
		if now.Custom {
			after.Name = now.Name(after.Fields)
		}
		next := now.row(after)
		if st.now == nil && st.was.Type == Secret {
			next.Secrets = map[string]string{st.was.Key: ""}
		}
		change, err := op.stepChange(ctx, st, &before, &after)
		if err != nil {
			return err
		}
		if err := op.tx.Update(ctx, row, next); err != nil {
			return err
		}
		op.remember(&after)
		_, err = op.record(ctx, now, now.Verb(audit.Updated), &after, after.Ref(), []audit.Change{change}, link{cause: cause})
		return err
	})
}

// sameSet reports whether two short lists hold the same.
func sameSet[T comparable](a, b []T) bool {
	if len(a) != len(b) {
		return false
	}
	held := make(map[T]bool, len(a))
	for _, v := range a {
		held[v] = true
	}
	for _, v := range b {
		if !held[v] {
			return false
		}
	}
	return true
}

func (op *Operation) stepChange(ctx context.Context, st *fieldStep, before, after *Record) (audit.Change, error) {
	c := audit.Change{Field: st.key(), Label: st.label(), Before: before.Fields[st.key()], After: after.Fields[st.key()]}
	if st.was != nil && st.was.Type == Secret {
		return audit.Change{Field: c.Field, Label: c.Label, Secret: true}, nil
	}
	var err error
	if st.was != nil {
		if c.BeforeText, err = op.text(ctx, st.was, before, c.Before); err != nil {
			return c, err
		}
	}
	if st.now != nil {
		c.AfterText, err = op.text(ctx, st.now, after, c.After)
	}
	return c, err
}

// rename gives the records of an object the names that their fields make now.
func (op *Operation) rename(ctx context.Context, was, now *Object, cause audit.EventID) error {
	return op.eachRow(ctx, was, func(row Row) error {
		after := *row.Record.Clone()
		if after.Name = now.Name(after.Fields); after.Name == row.Name {
			return nil
		}
		after.Version++
		after.UpdatedAt = op.log.Now()
		if err := op.tx.Update(ctx, row, now.row(after)); err != nil {
			return err
		}
		op.remember(&after)
		change := audit.Change{Field: nameChange, Label: "Name", Before: audit.String(row.Name), After: audit.String(after.Name)}
		_, err := op.record(ctx, now, now.Verb(audit.Updated), &after, after.Ref(), []audit.Change{change}, link{cause: cause})
		return err
	})
}

// eachRow visits all records of an object with what is kept beside them, in the order in which they were made.
func (op *Operation) eachRow(ctx context.Context, o *Object, visit func(Row) error) error {
	return eachPage(ctx, op.tx, o, func(recs []*Record) error {
		ids := make([]audit.RecordID, len(recs))
		for i, rec := range recs {
			ids[i] = rec.ID
		}
		rows, err := op.tx.Rows(ctx, o.Key, ids)
		if err != nil {
			return err
		}
		byID := make(map[audit.RecordID]Row, len(rows))
		for _, r := range rows {
			byID[r.ID] = r
		}
		for _, id := range ids {
			if err := visit(byID[id]); err != nil {
				return err
			}
		}
		return nil
	})
}
