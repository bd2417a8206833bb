package crm

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// Limits of what administrators define.
const (
	MaxObjects    = 200            // custom objects of an account
	MaxFields     = 250            // custom fields of an object
	MaxOptions    = 200            // options of a select
	MaxColumns    = 20             // columns of a list of rows
	MaxTitle      = 5              // fields that make a record's name
	MaxKey        = 40             // bytes of a key
	MaxLabel      = 60             // characters of a label
	MaxDefinition = audit.MaxValue // bytes of a definition: one event holds the whole of it
	CustomModule  = "custom"       // of the objects that administrators made
	ObjectRecord  = "object"       // what events about a definition have as their record's object
	FieldRecord   = "field"        // and events about a field
	removedKept   = 4 * MaxFields  // ids of removed fields that a definition remembers
)

// Definition is what an administrator made of one object of an account: a whole object, or the custom fields of a
// built-in one.
type Definition struct {
	ID        audit.RecordID
	Object    string // its key
	Version   int64  // from 1, one more with each change
	CreatedAt time.Time
	Custom    bool // the object itself is custom
	// Label, LabelPlural and Title are of a custom object.
	Label       string
	LabelPlural string
	Title       []string // the fields that make a record's name
	Fields      []Field  // the custom ones
	// Removed are the ids of fields that were removed: their events belong to the object's history.
	Removed []audit.RecordID
}

// definitionBody is the stored form of a definition.
type definitionBody struct {
	ID          audit.RecordID   `json:"id"`
	CreatedAt   time.Time        `json:"created_at"`
	Custom      bool             `json:"custom,omitempty"`
	Label       string           `json:"label,omitempty"`
	LabelPlural string           `json:"label_plural,omitempty"`
	Title       []string         `json:"title,omitempty"`
	Fields      []fieldBody      `json:"fields,omitempty"`
	Removed     []audit.RecordID `json:"removed,omitempty"`
}

type fieldBody struct {
	ID       audit.RecordID `json:"id,omitempty"`
	Key      string         `json:"key"`
	Label    string         `json:"label"`
	Type     FieldType      `json:"type"`
	Required bool           `json:"required,omitempty"`
	Unique   bool           `json:"unique,omitempty"`
	Options  []Option       `json:"options,omitempty"`
	Object   string         `json:"object,omitempty"`
	OnDelete OnDelete       `json:"on_delete,omitempty"`
	Default  string         `json:"default,omitempty"`
	Columns  []fieldBody    `json:"columns,omitempty"`
}

// Body is the form in which a store keeps the definition, beside its object and version.
func (d *Definition) Body() string {
	b, err := json.Marshal(definitionBody{d.ID, d.CreatedAt, d.Custom, d.Label, d.LabelPlural, d.Title, fieldBodies(d.Fields), d.Removed})
	if err != nil {
		panic("crm: definition: " + err.Error()) // texts and lists of them
	}
	return string(b)
}

func fieldBodies(fields []Field) []fieldBody {
	var out []fieldBody
	for i := range fields {
		f := &fields[i]
		out = append(out, fieldBody{f.ID, f.Key, f.Label, f.Type, f.Required, f.Unique, f.Options, f.Object, f.OnDelete, f.Default, fieldBodies(f.Columns)})
	}
	return out
}

// ParseDefinition reads what Body wrote.
func ParseDefinition(object string, version int64, body string) (Definition, error) {
	var b definitionBody
	if err := json.Unmarshal([]byte(body), &b); err != nil {
		return Definition{}, fmt.Errorf("crm: the definition of %s cannot be read: %w", object, err)
	}
	return Definition{ID: b.ID, Object: object, Version: version, CreatedAt: b.CreatedAt, Custom: b.Custom, Label: b.Label,
		LabelPlural: b.LabelPlural, Title: b.Title, Fields: fieldsOfBodies(b.Fields), Removed: b.Removed}, nil
}

func fieldsOfBodies(bodies []fieldBody) []Field {
	var out []Field
	for _, b := range bodies {
		out = append(out, Field{ID: b.ID, Key: b.Key, Label: b.Label, Type: b.Type, Required: b.Required, Unique: b.Unique, Options: b.Options,
			Object: b.Object, OnDelete: b.OnDelete, Default: b.Default, Columns: fieldsOfBodies(b.Columns)})
	}
	return out
}

// clone copies the definition so far that changing the copy leaves the original as it is.
func (d *Definition) clone() *Definition {
	c := *d
	c.Title, c.Fields, c.Removed = slices.Clone(d.Title), slices.Clone(d.Fields), slices.Clone(d.Removed)
	return &c
}

func (d *Definition) field(key string) *Field {
	for i := range d.Fields {
		if d.Fields[i].Key == key {
			return &d.Fields[i]
		}
	}
	return nil
}

// forget takes a field out, and remembers its id.
func (d *Definition) forget(key string) {
	i := slices.IndexFunc(d.Fields, func(f Field) bool { return f.Key == key })
	d.Removed = append(d.Removed, d.Fields[i].ID)
	if n := len(d.Removed); n > removedKept {
		d.Removed = d.Removed[n-removedKept:]
	}
	d.Fields = slices.Delete(d.Fields, i, i+1)
}

// Ref points at the definition, as the record of an event.
func (d *Definition) Ref() *audit.Ref {
	return &audit.Ref{Object: ObjectRecord, ID: d.ID, Name: d.Label, Version: d.Version, CreatedAt: d.CreatedAt}
}

// History is the ids under which the log has what happened to the definition: its own and those of its fields, the
// removed ones among them.
func (d *Definition) History() []audit.RecordID {
	ids := []audit.RecordID{d.ID}
	for _, f := range d.Fields {
		ids = append(ids, f.ID)
	}
	return append(ids, d.Removed...)
}

// object makes the object of a custom definition.
func (d *Definition) object() *Object {
	o := &Object{Key: d.Object, Label: d.Label, LabelPlural: d.LabelPlural, Module: CustomModule, Custom: true, Fields: d.Fields, Definition: d}
	if len(d.Title) > 0 {
		o.Title = [][]string{d.Title}
	}
	return o
}

// With is the schema with the definitions of an account on top of the built-in objects. What contradicts them (a later
// version of Backtrail may bring an object of the same key) is left out: the built-in one counts.
func (s *Schema) With(definitions []Definition) *Schema {
	out := &Schema{byKey: map[string]*Object{}, referrers: map[string][]Referrer{}}
	extended := map[string]*Definition{}
	var custom []*Definition
	for i := range definitions {
		switch d := &definitions[i]; {
		case !d.Custom:
			extended[d.Object] = d
		case s.byKey[d.Object] == nil:
			custom = append(custom, d)
		}
	}
	slices.SortFunc(custom, func(a, b *Definition) int { return compareText(a.ID, b.ID) })
	add := func(o *Object) {
		out.objects = append(out.objects, o)
		out.byKey[o.Key] = o
	}
	for _, o := range s.objects {
		if d := extended[o.Key]; d != nil {
			o = o.with(d)
		}
		add(o)
	}
	for _, d := range custom {
		add(d.object())
	}
	for _, o := range out.objects {
		o.dropLost(out)
		for i := range o.Fields {
			if f := &o.Fields[i]; f.Type == RefType {
				out.referrers[f.Object] = append(out.referrers[f.Object], Referrer{o, f})
			}
		}
	}
	return out
}

// with is a built-in object with custom fields.
func (o *Object) with(d *Definition) *Object {
	c := *o
	c.Definition = d
	c.Fields = slices.Clone(o.Fields)
	for _, f := range d.Fields {
		if _, taken := o.Field(f.Key); !taken {
			c.Fields = append(c.Fields, f)
		}
	}
	return &c
}

// dropLost leaves custom references out whose object is not there.
func (o *Object) dropLost(s *Schema) {
	lost := func(f Field) bool { return f.Custom() && f.Type == RefType && s.byKey[f.Object] == nil }
	if slices.ContainsFunc(o.Fields, lost) {
		o.Fields = slices.DeleteFunc(slices.Clone(o.Fields), lost)
	}
}

// definitions are those that the schema was made with.
func (s *Schema) definitions() []Definition {
	var out []Definition
	for _, o := range s.objects {
		if o.Definition != nil {
			out = append(out, *o.Definition)
		}
	}
	return out
}
