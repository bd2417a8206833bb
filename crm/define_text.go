package crm

import (
	"fmt"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
)

// property is one side of a definition as the log has it: a value from which the definition can be made again, and a
// text for people where the value does not say it itself.
type property struct {
	key, label string
	value      audit.Value
	text       string
}

// onDeleteWords say what becomes of a reference.
var onDeleteWords = map[OnDelete]string{Cascade: "deleted as well", Clear: "emptied", Refuse: "refused"}

// properties are all sides of a field that say something.
func (f *Field) properties(s *Schema) []property {
	target := f.Object
	if o := s.byKey[f.Object]; o != nil {
		target = o.Label
	}
	all := []property{
		{"label", "Label", audit.String(f.Label), ""},
		{"key", "Key", audit.String(f.Key), ""},
		{"type", "Type", audit.String(string(f.Type)), f.Type.Label()},
		{"required", "Required", yes(f.Required), ""},
		{"unique", "Unique", yes(f.Unique), ""},
		{"options", "Options", optionRows(f.Options), optionText(f.Options)},
		{"object", "Points at", audit.String(f.Object), target},
		{"on_delete", "When that is deleted", audit.String(string(f.OnDelete)), onDeleteWords[f.OnDelete]},
		{"columns", "Columns", columnRows(f.Columns), columnText(f.Columns)},
		{"default", "Default", audit.String(f.Default), ""},
	}
	return slices.DeleteFunc(all, func(p property) bool { return p.value == audit.None })
}

func yes(b bool) audit.Value {
	if b {
		return "true"
	}
	return audit.None
}

func optionRows(options []Option) audit.Value {
	return rowsValue(len(options), func(i int) [][2]string {
		return [][2]string{{"key", options[i].Key}, {"label", options[i].Label}}
	})
}

func optionText(options []Option) string {
	labels := make([]string, len(options))
	for i, o := range options {
		labels[i] = o.Label
	}
	return strings.Join(labels, ", ")
}

func columnRows(columns []Field) audit.Value {
	return rowsValue(len(columns), func(i int) [][2]string {
		row := [][2]string{{"key", columns[i].Key}, {"label", columns[i].Label}, {"type", string(columns[i].Type)}}
		if columns[i].Required {
			row = append(row, [2]string{"required", "true"})
		}
		return row
	})
}

func columnText(columns []Field) string {
	labels := make([]string, len(columns))
	for i, c := range columns {
		labels[i] = c.Label
	}
	return strings.Join(labels, ", ")
}

// rowsValue makes a Rows value of texts.
func rowsValue(n int, row func(i int) [][2]string) audit.Value {
	if n == 0 {
		return audit.None
	}
	b := []byte{'['}
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		for j, cell := range row(i) {
			if j > 0 {
				b = append(b, ',')
			}
			b = audit.AppendString(append(audit.AppendString(b, cell[0]), ':'), cell[1])
		}
		b = append(b, '}')
	}
	return audit.Value(append(b, ']'))
}

// propertyChanges are the sides in which two states differ.
func propertyChanges(before, after []property) []audit.Change {
	var out []audit.Change
	find := func(list []property, key string) (p property) {
		if i := slices.IndexFunc(list, func(p property) bool { return p.key == key }); i >= 0 {
			p = list[i]
		}
		return p
	}
	for _, p := range slices.Concat(after, before) {
		if slices.ContainsFunc(out, func(c audit.Change) bool { return c.Field == p.key }) {
			continue
		}
		was, now := find(before, p.key), find(after, p.key)
		if was.value != now.value {
			out = append(out, audit.Change{Field: p.key, Label: p.label, Before: was.value, BeforeText: was.text, After: now.value, AfterText: now.text})
		}
	}
	return out
}

// fieldOf makes a field of what properties said.
func fieldOf(id audit.RecordID, values map[string]audit.Value) Field {
	text := func(key string) string { return values[key].Text() }
	f := Field{ID: id, Key: text("key"), Label: text("label"), Type: FieldType(text("type")), Required: values["required"].Bool(), Unique: values["unique"].Bool(),
		Object: text("object"), OnDelete: OnDelete(text("on_delete")), Default: text("default")}
	for _, row := range RowsOf(values["options"]) {
		f.Options = append(f.Options, Option{Key: row["key"].Text(), Label: row["label"].Text()})
	}
	for _, row := range RowsOf(values["columns"]) {
		f.Columns = append(f.Columns, Field{Key: row["key"].Text(), Label: row["label"].Text(), Type: FieldType(row["type"].Text()), Required: row["required"].Text() == "true"})
	}
	return f
}

// fieldPlace is where the changes of an event about an object have one of its fields.
const fieldPlace = "fields."

// properties are all sides of a custom definition, its fields among them.
func (d *Definition) properties(s *Schema) []property {
	labels := make([]string, len(d.Title))
	for i, key := range d.Title {
		if labels[i] = key; d.field(key) != nil {
			labels[i] = d.field(key).Label
		}
	}
	all := []property{
		{"label", "Label", audit.String(d.Label), ""},
		{"label_plural", "Plural label", audit.String(d.LabelPlural), ""},
		{"key", "Key", audit.String(d.Object), ""},
		{"title", "Named by", audit.List(d.Title), strings.Join(labels, ", ")},
	}
	for i := range d.Fields {
		f := &d.Fields[i]
		all = append(all, property{fieldPlace + f.Key, "Field " + f.Label, f.wholeValue(s), f.sentence(s)})
	}
	return slices.DeleteFunc(all, func(p property) bool { return p.value == audit.None })
}

// wholeValue is a field in one value.
func (f *Field) wholeValue(s *Schema) audit.Value {
	b := append([]byte(`{"id":`), audit.String(string(f.ID))...)
	for _, p := range f.properties(s) {
		b = append(audit.AppendString(append(b, ','), p.key), ':')
		b = append(b, p.value...)
	}
	return audit.Value(append(b, '}'))
}

// sentence is a field in a few words: "Choice of New, Sold; required".
func (f *Field) sentence(s *Schema) string {
	out := f.Type.Label()
	switch f.Type {
	case Select:
		out += " of " + optionText(f.Options)
	case Rows:
		out += " with " + columnText(f.Columns)
	case RefType:
		target := f.Object
		if o := s.byKey[f.Object]; o != nil {
			target = o.Word().One
		}
		out = fmt.Sprintf("Reference to %s, %s when that is deleted", target, onDeleteWords[f.OnDelete])
	}
	if f.Required {
		out += "; required"
	}
	if f.Unique {
		out += "; unique"
	}
	if f.Default != "" {
		out += "; " + f.Default + " by default"
	}
	return out
}

// definitionOf makes the custom definition again from the changes of the event that tells of its end.
func definitionOf(ref *audit.Ref, changes []audit.Change) (Definition, error) {
	d := Definition{ID: ref.ID, Version: ref.Version, CreatedAt: ref.CreatedAt, Custom: true}
	for _, c := range changes {
		switch c.Field {
		case "label":
			d.Label = c.Before.Text()
		case "label_plural":
			d.LabelPlural = c.Before.Text()
		case "key":
			d.Object = c.Before.Text()
		case "title":
			d.Title = c.Before.Strings()
		}
		if !strings.HasPrefix(c.Field, fieldPlace) {
			continue
		}
		values := map[string]audit.Value{}
		if err := audit.Scan([]byte(c.Before), func(key, value []byte) { values[string(key)] = audit.Value(value) }); err != nil {
			return d, fmt.Errorf("crm: the field %s of a deleted object cannot be read: %w", c.Field, err)
		}
		d.Fields = append(d.Fields, fieldOf(audit.RecordID(values["id"].Text()), values))
	}
	return d, nil
}
