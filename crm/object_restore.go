package crm

import (
	"context"
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// TakesDefinition reports whether the event tells of the end of an object or a field.
func TakesDefinition(e *audit.Event) bool {
	return e.Type == "object.deleted" && e.Record != nil && e.Record.Object == ObjectRecord ||
		e.Type == "field.removed" && e.Record != nil && e.Record.Object == FieldRecord && len(e.Related) > 0
}

// RemovedKey is the key of the field of whose end the event tells.
func RemovedKey(e *audit.Event) string {
	for _, c := range e.Changes {
		if c.Field == "key" {
			return c.Before.Text()
		}
	}
	return ""
}

// WithReturned is the schema with the objects and fields of whose end the events tell. It is errs.NotPossible when one
// has no place any more.
func (s *Schema) WithReturned(events []*audit.Event) (*Schema, error) {
	r, err := s.returning(events)
	if err != nil {
		return nil, err
	}
	return r.schema, nil
}

// returning is definitions that come back.
type returning struct {
	schema  *Schema
	changes []redefined
}

func (s *Schema) returning(events []*audit.Event) (*returning, error) {
	r := &returning{}
	for _, e := range events {
		if e.Record.Object == ObjectRecord {
			if err := r.returnObject(s, e); err != nil {
				return nil, err
			}
		}
	}
	for _, e := range events {
		if e.Record.Object == FieldRecord {
			if err := r.returnField(s, e); err != nil {
				return nil, err
			}
		}
	}
	all := s.definitions()
	for _, c := range r.changes {
		all = slices.DeleteFunc(all, func(d Definition) bool { return d.Object == c.now.Object })
		all = append(all, *c.now)
	}
	r.schema = s.builtIn().With(all)
	return r, nil
}

func noPlace(format string, args ...any) error {
	return errs.New(errs.NotPossible, "not_restorable", format, args...).WithFix("Delete or remove the other one first.")
}

func (r *returning) returnObject(s *Schema, e *audit.Event) error {
	d, err := definitionOf(e.Record, e.Changes)
	if err != nil {
		return err
	}
	if o := s.byKey[d.Object]; o != nil {
		return noPlace("There is an object with the key %s by now: %s.", audit.Quote(d.Object), o.Label)
	}
	if s.customObjects() >= MaxObjects {
		return noPlace("The account has %d custom objects, which is the limit.", MaxObjects)
	}
	d.Version++
	for _, f := range slices.Clone(d.Fields) {
		if f.Type == RefType && f.Object != d.Object && s.byKey[f.Object] == nil {
			d.forget(f.Key) // what it pointed at is gone
		}
	}
	r.changes = append(r.changes, redefined{now: &d})
	return nil
}

func (r *returning) returnField(s *Schema, e *audit.Event) error {
	values := map[string]audit.Value{}
	for _, c := range e.Changes {
		values[c.Field] = c.Before
	}
	f := fieldOf(e.Record.ID, values)
	f.Required = false // records may have been made without it
	d := r.definition(s, e.Related[0].ID)
	if d == nil {
		return noPlace("The object %s, which had the field %s, is no longer there.", audit.Quote(e.Related[0].Name), audit.Quote(f.Label))
	}
	if o := s.byKey[d.Object]; d.field(f.Key) != nil || !d.Custom && o != nil && hasBuiltIn(o, f.Key) {
		return noPlace("%s has another field with the key %s by now.", d.Label, audit.Quote(f.Key))
	}
	if len(d.Fields) >= MaxFields {
		return noPlace("%s has %d custom fields, which is the limit.", d.Label, MaxFields)
	}
	if f.Type == RefType && s.byKey[f.Object] == nil && !slices.ContainsFunc(r.changes, func(c redefined) bool { return c.now.Object == f.Object }) {
		return noPlace("The field %s points at an object that is no longer there.", audit.Quote(f.Label))
	}
	d.Fields = append(d.Fields, f)
	d.Removed = slices.DeleteFunc(d.Removed, func(id audit.RecordID) bool { return id == f.ID })
	return nil
}

func hasBuiltIn(o *Object, key string) bool {
	f, ok := o.Field(key)
	return ok && !f.Custom()
}

// definition is the definition of this id as it will be, nil for none.
func (r *returning) definition(s *Schema, id audit.RecordID) *Definition {
	for _, c := range r.changes {
		if c.now.ID == id {
			return c.now
		}
	}
	for _, o := range s.objects {
		if o.Definition != nil && o.Definition.ID == id {
			next := o.Definition.clone()
			next.Version++
			r.changes = append(r.changes, redefined{o.Definition, next})
			return next
		}
	}
	return nil
}

// ReturnDefinitions brings back the objects and fields of whose end the events tell, as a consequence of cause. What
// records had in them is for the caller to bring back afterwards.
func (op *Operation) ReturnDefinitions(ctx context.Context, events []*audit.Event, cause audit.EventID) error {
	if err := MayDefine(op.caller); err != nil {
		return err
	}
	r, err := op.schema.returning(events)
	if err != nil {
		return err
	}
	if err := op.redefine(ctx, r.changes); err != nil {
		return err
	}
	for _, e := range events {
		draft := audit.Draft{Type: "object.restored", Word: objectWord, Cause: cause, UndoOf: e.ID}
		if e.Record.Object == ObjectRecord {
			for _, c := range r.changes {
				if c.now.ID == e.Record.ID {
					draft.Record, draft.Changes = c.now.Ref(), propertyChanges(nil, c.now.properties(op.schema))
				}
			}
		} else {
			d := r.definition(op.schema, e.Related[0].ID)
			f := d.field(RemovedKey(e))
			draft.Type, draft.Word, draft.Note = "field.restored", fieldWord, audit.Quote(d.Label)
			draft.Related = []audit.Ref{{Object: ObjectRecord, ID: d.ID, Name: d.Label}}
			draft.Record = &audit.Ref{Object: FieldRecord, ID: f.ID, Name: f.Label, Version: d.Version}
			draft.Changes = propertyChanges(nil, f.properties(op.schema))
		}
		if _, err := op.log.Record(ctx, draft); err != nil {
			return err
		}
	}
	return nil
}
