package workflow

import (
	"cmp"
	"encoding/json"
	"math/big"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// Condition asks something of the record of the event, or of the event itself.
type Condition struct{ Field, Operator, Value string }

// Operator is a way to ask.
type Operator struct {
	Key, Label string
	// Bare ones compare with nothing.
	Bare bool
	// fits tells the types of fields that it can ask about.
	fits func(crm.FieldType) bool
}

func anyType(t crm.FieldType) bool { return t != crm.Secret }

func oneOf(types ...crm.FieldType) func(crm.FieldType) bool {
	return func(t crm.FieldType) bool { return slices.Contains(types, t) }
}

// Operators lists them in the order in which they are offered.
var Operators = []Operator{
	{"is", "is", false, func(t crm.FieldType) bool {
		return !slices.Contains([]crm.FieldType{crm.Tags, crm.Rows, crm.Secret}, t)
	}},
	{"is_not", "is not", false, func(t crm.FieldType) bool {
		return !slices.Contains([]crm.FieldType{crm.Tags, crm.Rows, crm.Secret}, t)
	}},
	{"contains", "contains", false, oneOf(crm.Text, crm.Long, crm.Email, crm.Phone, crm.URL, crm.Tags)},
	{"lacks", "does not contain", false, oneOf(crm.Text, crm.Long, crm.Email, crm.Phone, crm.URL, crm.Tags)},
	{"greater", "is more than", false, oneOf(crm.Number, crm.Money, crm.Date, crm.DateTime)},
	{"less", "is less than", false, oneOf(crm.Number, crm.Money, crm.Date, crm.DateTime)},
	{"is_empty", "is empty", true, anyType},
	{"is_not_empty", "is not empty", true, anyType},
	{"changed", "was changed by it", true, anyType},
	{"was", "was before it", false, func(t crm.FieldType) bool {
		return !slices.Contains([]crm.FieldType{crm.Tags, crm.Rows, crm.Secret}, t)
	}},
	{"added", "got", false, oneOf(crm.Tags)},
	{"removed", "lost", false, oneOf(crm.Tags)},
}

// OperatorOf returns the operator of a key.
func OperatorOf(key string) (Operator, bool) {
	i := slices.IndexFunc(Operators, func(o Operator) bool { return o.Key == key })
	if i < 0 {
		return Operator{}, false
	}
	return Operators[i], true
}

// Fits reports whether the operator can ask about fields of a type.
func (o Operator) Fits(t crm.FieldType) bool { return o.fits(t) }

// ConditionsOf reads the value of the field conditions.
func ConditionsOf(v audit.Value) []Condition {
	var out []Condition
	for _, row := range crm.RowsOf(v) {
		out = append(out, Condition{row["field"].Text(), row["operator"].Text(), row["value"].Text()})
	}
	return out
}

// Input is the conditions as an input of the field conditions.
func ConditionsInput(list []Condition) json.RawMessage {
	var b []byte
	for _, c := range list {
		b = appendRow(b, "field", c.Field, "operator", c.Operator, "value", c.Value)
	}
	return rowsInput(b)
}

// appendRow adds a row of texts to a list; empty ones are left out.
func appendRow(b []byte, pairs ...string) []byte {
	if b != nil {
		b = append(b, ',')
	}
	b = append(b, '{')
	for pair := range slices.Chunk(pairs, 2) {
		if pair[1] == "" {
			continue
		}
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = audit.AppendString(append(audit.AppendString(b, pair[0]), ':'), pair[1])
	}
	return append(b, '}')
}

func rowsInput(b []byte) json.RawMessage {
	if b == nil {
		return json.RawMessage("null")
	}
	return json.RawMessage("[" + string(b) + "]")
}

// Happening is an event with its record, as conditions see it.
type Happening struct {
	Event *audit.Event
	// Object is the object of the record, nil when there is none or it is gone.
	Object *crm.Object
	// Fields are the record's: as the event left those that it changed, and as they are now for all others; for a
	// record that is gone as they were.
	Fields map[string]audit.Value
}

// Holds reports whether the condition is met. errs.NotPossible when nobody can tell: its field is gone, say.
func (c Condition) Holds(h Happening) (bool, error) {
	if h.Object == nil {
		return false, errs.New(errs.NotPossible, "no_record", "A condition asks for the field %s, but the event is about no record that has fields.", audit.Quote(c.Field))
	}
	f, ok := h.Object.Field(c.Field)
	if !ok {
		return false, errs.New(errs.NotPossible, "condition_field_gone", "A condition asks for the field %s, which a %s does not have any more.", audit.Quote(c.Field), h.Object.Word().One).
			WithFix("Take the condition out of the workflow, or choose another field.")
	}
	o, ok := OperatorOf(c.Operator)
	if !ok || !o.Fits(f.Type) {
		return false, errs.New(errs.NotPossible, "condition_invalid", "A condition asks whether the field %s %s something, which does not go with its type.", audit.Quote(f.Label), c.Operator).
			WithFix("Choose another operator.")
	}
	have := h.Fields[c.Field]
	switch c.Operator {
	case "is_empty":
		return have == audit.None, nil
	case "is_not_empty":
		return have != audit.None, nil
	case "changed":
		return h.change(c.Field) != nil, nil
	case "added", "removed":
		return h.moved(c), nil
	}
	want, err := c.want(f)
	if err != nil {
		return false, errs.New(errs.NotPossible, "condition_invalid", "A condition compares the field %s with %s, which it cannot be.", audit.Quote(f.Label), audit.Quote(c.Value)).Because(err)
	}
	switch c.Operator {
	case "is", "is_not":
		return equal(f, have, want) == (c.Operator == "is"), nil
	case "was":
		change := h.change(c.Field)
		return change != nil && equal(f, change.Before, want), nil
	case "contains", "lacks":
		return contains(f, have, c.Value) == (c.Operator == "contains"), nil
	}
	order, both := compare(f, have, want)
	return both && (c.Operator == "greater" && order > 0 || c.Operator == "less" && order < 0), nil
}

func (h Happening) change(field string) *audit.Change {
	for i := range h.Event.Changes {
		if c := &h.Event.Changes[i]; c.Field == field && c.Record == nil {
			return c
		}
	}
	return nil
}

// moved reports whether the event added a word to a set, or took it away.
func (h Happening) moved(c Condition) bool {
	change := h.change(c.Field)
	if change == nil {
		return false
	}
	there := func(v audit.Value) bool {
		return slices.ContainsFunc(v.Strings(), func(s string) bool { return strings.EqualFold(s, c.Value) })
	}
	return there(change.Before) == (c.Operator == "removed") && there(change.After) == (c.Operator == "added")
}

// want is the value that the condition compares with, in the one form of its field.
func (c Condition) want(f *crm.Field) (audit.Value, error) {
	if f.Type == crm.Tags {
		return audit.None, nil
	}
	if f.Type == crm.Boolean && c.Value == "" {
		return audit.Bool(false), nil
	}
	plain := *f
	if f.Type == crm.Email || f.Type == crm.Phone || f.Type == crm.URL { // a part of one can be asked for
		plain.Type = crm.Text
	}
	return plain.Value(plain.TextInput(c.Value))
}

func equal(f *crm.Field, have, want audit.Value) bool {
	switch f.Type {
	case crm.Boolean:
		return have.Bool() == want.Bool() // one that was never set is no
	case crm.Number, crm.Money:
		order, both := compare(f, have, want)
		return both && order == 0 || have == want
	}
	return strings.EqualFold(have.Text(), want.Text())
}

func contains(f *crm.Field, have audit.Value, part string) bool {
	if f.Type == crm.Tags {
		return slices.ContainsFunc(have.Strings(), func(s string) bool { return strings.EqualFold(s, part) })
	}
	return strings.Contains(strings.ToLower(have.Text()), strings.ToLower(part))
}

// compare orders two values; both is false when one of them is missing.
func compare(f *crm.Field, have, want audit.Value) (order int, both bool) {
	a, b := have.Text(), want.Text()
	if a == "" || b == "" {
		return 0, false
	}
	if f.Type == crm.Number || f.Type == crm.Money {
		x, ok := new(big.Rat).SetString(a)
		y, ok2 := new(big.Rat).SetString(b)
		if !ok || !ok2 {
			return 0, false
		}
		return x.Cmp(y), true
	}
	return cmp.Compare(a, b), true // dates and times have one width
}

// check says what is wrong with the condition before it is saved, "" for nothing.
func (c Condition) check(object *crm.Object) (key, detail string) {
	if object == nil {
		return "field", "conditions need a trigger that is about one kind of record."
	}
	f, ok := object.Field(c.Field)
	if !ok {
		return "field", "a " + object.Word().One + " has no field " + audit.Quote(c.Field) + "."
	}
	o, ok := OperatorOf(c.Operator)
	if !ok || !o.Fits(f.Type) {
		return "operator", f.Label + " cannot be asked that."
	}
	switch {
	case o.Bare && c.Value != "":
		return "value", "“" + o.Label + "” compares with nothing; leave the value empty."
	case o.Bare:
		return "", ""
	case c.Value == "" && f.Type != crm.Boolean:
		return "value", "the value is missing."
	}
	if _, err := c.want(f); err != nil {
		return "value", lowerFirst(errs.Of(err).Fields[0].Detail)
	}
	return "", ""
}
