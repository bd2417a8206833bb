package crm

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// FieldType is the type of a field.
type FieldType string

// The field types.
const (
	Text     FieldType = "text"  // one line
	Long     FieldType = "long"  // several lines
	Email    FieldType = "email" // kept in small letters
	Phone    FieldType = "phone"
	URL      FieldType = "url"
	Number   FieldType = "number"   // a decimal, as a string
	Money    FieldType = "money"    // a decimal with two places, as a string
	Date     FieldType = "date"     // 2026-03-01
	DateTime FieldType = "datetime" // 2026-03-01T09:30:00.000000Z
	Boolean  FieldType = "bool"
	Select   FieldType = "select"
	Tags     FieldType = "tags" // a set of words
	RefType  FieldType = "ref"  // the id of a record
	Rows     FieldType = "rows" // a list of rows with columns
	Secret   FieldType = "secret"
)

// OnDelete says what becomes of a reference when the record it points at is deleted.
type OnDelete string

// The choices.
const (
	Cascade OnDelete = "cascade" // the referring record is deleted too
	Clear   OnDelete = "clear"   // the reference is emptied
	Refuse  OnDelete = "refuse"  // the deletion is refused
)

// Option is one choice of a select field.
type Option struct {
	Key   string `json:"key"`
	Label string `json:"label"`
}

// Field is one field of an object.
type Field struct {
	Key      string
	Label    string
	Type     FieldType
	Required bool
	Unique   bool // in the account; capital and small letters are the same
	// UniqueWithin names a reference field: the value is unique among the records with the same reference.
	UniqueWithin string
	Options      []Option // of a Select; of Tags, the words for those that have some
	Object       string   // that a RefType points at
	OnDelete     OnDelete // of a RefType
	Instead      string   // what to do when Refuse refuses, in sentences; "" for the usual advice
	Columns      []Field  // of Rows
	Default      string   // what a new record gets when the field is not given
	// Currency names the text field with the currency of a Money field.
	Currency string
	// Computed is a value that the object's Fill works out; nobody gives it.
	Computed bool
	// ID is that of a field which an administrator made, "" of a built-in one.
	ID audit.RecordID
}

// Custom reports whether an administrator made the field.
func (f *Field) Custom() bool { return f.ID != "" }

// option returns the label of a select's option.
func (f *Field) option(key string) (string, bool) {
	for _, o := range f.Options {
		if o.Key == key {
			return o.Label, true
		}
	}
	return "", false
}

// Offers reports whether a select has the option.
func (f *Field) Offers(key string) bool {
	_, ok := f.option(key)
	return ok
}

// OptionLabel is the label of a select's option, its key when it is gone.
func (f *Field) OptionLabel(key string) string {
	if label, ok := f.option(key); ok {
		return label
	}
	return key
}

// RuleKind says how a Rule looks at its field.
type RuleKind int

// The kinds of rules.
const (
	OnChange  RuleKind = iota // one event when the field changed
	OnAdded                   // one event for each item that was added to a set
	OnRemoved                 // one event for each item that was removed from it
	OnOrder                   // one event on the parent for all records whose place changed in one operation
)

// Rule turns a change of a field into an event of its own. The rules of an object stand in order, each takes its
// fields, and what no rule takes falls to the object's updated event.
type Rule struct {
	Verb     string // "stage_changed"
	Kind     RuleKind
	Field    string
	Or       []string // further fields: the event is written when any of them changed, and takes them
	From, To []string // it fires for these values of Field before and after only; nil is any
	Takes    []string // further fields that belong to the event when they changed too
	Parent   string   // of OnOrder: the reference field of the parent
	// Birth lets it fire for a record that is made with one of To as well. The record's created event follows from it.
	Birth  bool
	Action audit.Action // Updated when empty
	// Final says why the event cannot be undone, in a sentence; "" when it can be.
	Final string
	Note  func(after map[string]audit.Value) string // the template's {note}; nil for none
	// NoteTime is the same of times, which it words in the account's zone.
	NoteTime func(after map[string]audit.Value, zone *time.Location) string
	Tell     func(c audit.Change) string // the same from the change of Field; nil for none
	Label    string                      // "Stage changed"
	Template string
	When     string
}

// Object is a type of record, as data.
type Object struct {
	Key         string
	Label       string // "Opportunity"
	LabelPlural string
	Module      string
	Custom      bool
	// Title makes a record's name: the first group with a value, its fields joined by a space.
	Title [][]string
	// Naming makes the name where Title is not enough; it asks for values as people read them. nil for Title.
	Naming func(text func(field string) string) string
	Fields []Field
	Rules  []Rule
	// Verbs renames the object's own events: audit.Created to "added". One with a dot is a whole event type.
	Verbs map[audit.Action]string
	// WriteWith is the permission that a write needs, RecordsWrite when empty.
	WriteWith audit.Permission
	// Acts says that its records act by themselves, as workflows do: to restore one or to undo its change takes
	// RecordsWrite as well.
	Acts bool
	// Assignee names the reference field of the person a record is assigned to; see audit.RecordsOnlyAssigned.
	Assignee string
	// Merges lets two of its records be made one.
	Merges bool
	// Single is an object of which the account has exactly one record, for good.
	Single bool
	// Fill works out the computed fields of Write.After; nil for none. It sees values that may be missing or wrong:
	// what is wrong with them is found after it.
	Fill Check
	// Check is the object's rule that its fields alone cannot say; nil for none.
	Check Check
	// Then is what a write to the object changes in other records; nil for nothing.
	Then Consequence
	// Generated objects have records that Backtrail makes by itself (a message that came in): no custom field of
	// theirs can be required.
	Generated bool
	// Definition is what the account's administrators made of the object; nil for a built-in one that they left alone.
	Definition *Definition
}

// Field returns the field of this key.
func (o *Object) Field(key string) (*Field, bool) {
	for i := range o.Fields {
		if o.Fields[i].Key == key {
			return &o.Fields[i], true
		}
	}
	return nil, false
}

// Word is the object's label inside a sentence.
func (o *Object) Word() audit.Word {
	return audit.Word{One: strings.ToLower(o.Label), Many: strings.ToLower(o.LabelPlural)}
}

// Verb is the verb of the object's own event for an action.
func (o *Object) Verb(a audit.Action) string {
	if v, ok := o.Verbs[a]; ok {
		return v
	}
	return string(a)
}

// Type is the event type of a verb of this object.
func (o *Object) Type(verb string) audit.Type {
	if strings.Contains(verb, ".") {
		return audit.Type(verb)
	}
	return audit.Type(o.Key + "." + verb)
}

// Name makes the name of a record from its fields.
func (o *Object) Name(fields map[string]audit.Value) string {
	for _, group := range o.Title {
		var parts []string
		for _, key := range group {
			if s := strings.TrimSpace(fields[key].Text()); s != "" {
				parts = append(parts, s)
			}
		}
		if len(parts) > 0 {
			return cutName(strings.Join(parts, " "))
		}
	}
	return "Unnamed " + o.Word().One
}

// cutName keeps names to one line of at most 200 characters.
func cutName(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 200 {
		return string(r[:199]) + "…"
	}
	return s
}

// EventTypes are the rows of the catalog that the object writes.
func (o *Object) EventTypes() []audit.EventType {
	word := o.Word()
	own := func(a audit.Action, label, template string, undo audit.UndoRule, when string) audit.EventType {
		if v, ok := o.Verbs[a]; ok && !strings.Contains(v, ".") {
			was := label
			label = strings.ToUpper(v[:1]) + v[1:]
			template = strings.Replace(template, was, label, 1)
		}
		return audit.EventType{Type: o.Type(o.Verb(a)), Module: o.Module, Action: a, Label: o.Label + " " + strings.ToLower(label),
			Template: template, Undo: undo, When: when}
	}
	rows := []audit.EventType{
		own(audit.Created, "Created", "Created {object} {record}", audit.UndoNone, "A new "+word.One+" was made."),
		own(audit.Updated, "Updated", "Updated {fields} of {object} {record}", audit.UndoChange, "Fields of the "+word.One+" changed that have no event of their own."),
		own(audit.Deleted, "Deleted", "Deleted {object} {record}{taken}", audit.UndoRestore, "The "+word.One+" was deleted, by itself or with what it belonged to."),
		own(audit.Restored, "Restored", "Restored {object} {record}", audit.UndoNone, "A deleted "+word.One+" came back."),
	}
	if o.Single {
		rows = rows[:2] // it is never deleted
	}
	if !o.Single {
		rows = append(rows, audit.EventType{Type: o.Type(bulkUpdated), Module: o.Module, Action: audit.Updated, Label: o.LabelPlural + " changed together", Template: "{note}", Undo: audit.UndoChange,
			When: "Many " + word.Many + " that were selected together were changed; one event for all of them, which says how they were selected and what was changed, and those of each " + word.One + "."},
			audit.EventType{Type: o.Type(bulkDeleted), Module: o.Module, Action: audit.Deleted, Label: o.LabelPlural + " deleted together", Template: "{note}", Undo: audit.UndoRestore,
				When: "Many " + word.Many + " that were selected together were deleted; one event for all of them, which says how they were selected and what went along, and one for each record."})
	}
	if o.Merges {
		rows = append(rows, audit.EventType{Type: o.Type(mergedVerb), Module: o.Module, Action: audit.Updated, Label: o.Label + " merged", Undo: audit.UndoRestore,
			Template: "Merged {object} {note} into {record}",
			When: "Two " + word.Many + " were made one. The changes hold every value of the one that went, and how many links went along; its deletion, the moved links and " +
				"the values that the other took over have entries of their own, which this one caused. It can be undone: both are there again then, each with its links."})
	}
	for _, r := range o.Rules {
		row := audit.EventType{Type: o.Type(r.Verb), Module: o.Module, Action: cmp.Or(r.Action, audit.Updated), Label: o.Label + " " + strings.ToLower(r.Label[:1]) + r.Label[1:],
			Template: r.Template, Undo: audit.UndoChange, Final: r.Final, When: r.When}
		if r.Final != "" {
			row.Undo = audit.UndoNone
		}
		rows = append(rows, row)
	}
	return rows
}

// Referrer is a field that points at an object.
type Referrer struct {
	Object *Object
	Field  *Field
}

// Schema is the objects of an account: the built-in ones, and what its administrators made. It does not change.
type Schema struct {
	objects   []*Object
	byKey     map[string]*Object
	referrers map[string][]Referrer
	// unread is why the account's own objects are not in it, nil when they are.
	unread error
}

// NewSchema makes a schema; it returns an error for definitions that contradict each other.
func NewSchema(objects []*Object) (*Schema, error) {
	s := &Schema{objects: objects, byKey: map[string]*Object{}, referrers: map[string][]Referrer{}}
	for _, o := range objects {
		if s.byKey[o.Key] != nil {
			return nil, fmt.Errorf("crm: object %s is defined twice", o.Key)
		}
		s.byKey[o.Key] = o
	}
	for _, o := range objects {
		for i := range o.Fields {
			f := &o.Fields[i]
			if f.Type != RefType {
				continue
			}
			if s.byKey[f.Object] == nil {
				return nil, fmt.Errorf("crm: %s.%s points at the unknown object %q", o.Key, f.Key, f.Object)
			}
			if f.OnDelete == Clear && f.Required {
				return nil, fmt.Errorf("crm: %s.%s is required, it cannot be cleared on deletion", o.Key, f.Key)
			}
			s.referrers[f.Object] = append(s.referrers[f.Object], Referrer{o, f})
		}
		for _, r := range o.Rules {
			for _, key := range slices.Concat([]string{r.Field}, r.Or, r.Takes) {
				if _, ok := o.Field(key); !ok {
					return nil, fmt.Errorf("crm: rule %s.%s looks at the unknown field %q", o.Key, r.Verb, key)
				}
			}
			if r.Birth && r.Final == "" {
				return nil, fmt.Errorf("crm: rule %s.%s can be undone, but a birth cannot", o.Key, r.Verb)
			}
		}
	}
	return s, nil
}

// Objects lists them in the order of their definition.
func (s *Schema) Objects() []*Object { return s.objects }

// Choices are the objects by key and label.
func (s *Schema) Choices() []audit.Choice {
	out := make([]audit.Choice, len(s.objects))
	for i, o := range s.objects {
		out[i] = audit.Choice{Value: o.Key, Label: o.Label}
	}
	return out
}

// Object returns the object of this key, errs.NotFound when there is none.
func (s *Schema) Object(key string) (*Object, error) {
	if o := s.byKey[key]; o != nil {
		return o, nil
	}
	if s.unread != nil {
		return nil, s.unread
	}
	return nil, errs.New(errs.NotFound, "unknown_object", "There is no object %s.", audit.Quote(key)).
		WithFix("GET /api/v1/objects lists them.")
}

// referrersOf lists the fields that point at an object and do on on deletion.
func (s *Schema) referrersOf(object string, on OnDelete) []Referrer {
	return slices.DeleteFunc(slices.Clone(s.referrers[object]), func(r Referrer) bool { return r.Field.OnDelete != on })
}
