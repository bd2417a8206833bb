package crm

import (
	"encoding/json"
	"strings"

	"github.com/backtrail/backtrail/audit"
)

// convert brings a value of the field was into what the field now takes. ok is false when something of it would be
// lost. moves are the options that go, with what takes their place.
func convert(was, now *Field, v audit.Value, moves map[string]string) (out audit.Value, ok bool) {
	if was.Type == now.Type {
		return convertOwn(now, was, v, moves)
	}
	apart := func(t FieldType) bool { return t == Secret || t == Rows || t == RefType }
	if apart(was.Type) || apart(now.Type) {
		return audit.None, false
	}
	text := v.Text()
	switch was.Type {
	case Select:
		text = was.OptionLabel(text)
	case Tags:
		text = strings.Join(v.Strings(), ", ")
	case Boolean:
		text = map[bool]string{true: "Yes", false: "No"}[v.Bool()]
	case DateTime:
		if day, midnight := strings.CutSuffix(text, "T00:00:00.000000Z"); midnight && now.Type == Date {
			text = day
		}
	}
	switch now.Type {
	case Select:
		return optionNamed(now, text)
	case Boolean:
		return yesOrNo(text)
	case Number, Money:
		if digits := strings.TrimPrefix(text, "-"); strings.HasPrefix(digits, "+") || len(digits) > 1 && digits[0] == '0' && digits[1] != '.' {
			return audit.None, false // a code, not a number: 007 would be 7
		}
	case DateTime:
		if was.Type == Date {
			text += "T00:00:00Z"
		}
	}
	out, m := now.normalize(now.TextInput(text))
	return out, m == nil && out != audit.None
}

// convertOwn is convert within one type.
func convertOwn(now, was *Field, v audit.Value, moves map[string]string) (audit.Value, bool) {
	switch now.Type {
	case Select:
		if now.Offers(v.Text()) {
			return v, true
		}
		to, moved := moves[v.Text()]
		return audit.String(to), moved && (to == "" || now.Offers(to))
	case Rows:
		out, m := now.normalize(json.RawMessage(v))
		return out, m == nil
	case RefType:
		return v, was.Object == now.Object
	}
	return v, true
}

// optionNamed finds the option that a text means: by its key, or by its label.
func optionNamed(f *Field, text string) (audit.Value, bool) {
	for _, o := range f.Options {
		if o.Key == text || strings.EqualFold(o.Label, text) {
			return audit.String(o.Key), true
		}
	}
	return audit.None, false
}

func yesOrNo(text string) (audit.Value, bool) {
	switch strings.ToLower(text) {
	case "yes", "true":
		return audit.Bool(true), true
	case "no", "false":
		return audit.Bool(false), true
	}
	return audit.None, false
}

// Takes reports whether a value that the log holds can stand in the field as it is now.
func (f *Field) Takes(v audit.Value) bool {
	if v == audit.None || f.Type == Select {
		return true // an option that is gone has a conflict of its own
	}
	out, m := f.normalize(json.RawMessage(v))
	return m == nil && out == v
}
