package modules_test

import (
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/restore"
)

// definitionRows are an object's life: made, changed with its fields, and deleted.
func (l *life) definitionRows() []row {
	label := func(s string) *string { return &s }
	change := func(in crm.ObjectInput) func() error {
		return func() error {
			_, err := l.engine.ChangeObject(l.t.Context(), l.caller, "property", in, 0)
			return err
		}
	}
	money := crm.Money
	return []row{
		{act: func() error {
			_, err := l.engine.CreateObject(l.t.Context(), l.caller, crm.ObjectInput{Label: label("Property"), LabelPlural: label("Properties")})
			return err
		}, kind: "object.created", says: `Created the object "Property"`},
		{act: change(crm.ObjectInput{Label: label("House"), LabelPlural: label("Houses")}), kind: "object.updated",
			says: `Updated Label and Plural label of the object "House"`, changes: []string{"label: Property -> House", "label_plural: Properties -> Houses"}},
		{act: change(crm.ObjectInput{Fields: []crm.FieldInput{{Label: label("Price"), Type: &money}}}), kind: "field.added", says: `Added the field "Price" to "House"`},
		{act: change(crm.ObjectInput{Fields: []crm.FieldInput{{Key: "price", Label: label("Asking price")}}}), kind: "field.updated",
			says: `Updated Label of the field "Asking price" of "House"`, changes: []string{"label: Price -> Asking price"}},
		{act: change(crm.ObjectInput{Remove: []string{"price"}}), kind: "field.removed", says: `Removed the field "Asking price" from "House"`},
		{act: l.returned("field.removed"), kind: "audit.restore_applied", says: `Restored field "Asking price"`},
		{act: func() error {
			_, err := l.engine.DeleteObject(l.t.Context(), l.caller, "property", 0)
			return err
		}, kind: "object.deleted", says: `Deleted the object "House"`},
		{act: l.returned("object.deleted"), kind: "audit.restore_applied", says: `Restored object "House"`},
	}
}

// returned is an act that restores what the last event of a type ended.
func (l *life) returned(kind audit.Type) func() error {
	return func() error {
		var last audit.EventID
		for _, e := range l.events() {
			if e.Type == kind {
				last = e.ID
			}
		}
		_, err := l.restore.Apply(l.t.Context(), l.caller, last, restore.Request{})
		return err
	}
}

// customRows are the life of a record of an object that administrators made.
func (l *life) customRows() []row {
	label := "Viewing"
	if _, err := l.engine.CreateObject(l.t.Context(), l.caller, crm.ObjectInput{Label: &label}); err != nil {
		l.t.Fatal(err)
	}
	var rec *crm.Record
	return []row{
		{act: l.made(&rec, "viewing", "name", "First"), kind: "viewing.created", says: `Created viewing "First"`},
		{act: func() error { return l.edit(rec, "name", "Second") }, kind: "viewing.updated", says: `Updated Name of viewing "Second"`},
		{act: func() error { return l.delete(rec) }, kind: "viewing.deleted", says: `Deleted viewing "Second"`},
		{act: func() error { l.restored(rec); return nil }, kind: "audit.restore_applied", says: `Restored viewing "Second"`},
	}
}
