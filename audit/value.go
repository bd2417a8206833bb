package audit

import (
	"encoding/json"
	"slices"
	"unicode/utf8"
)

// Value is a field's value: its canonical JSON text, "" for no value. Two values are the same when their texts are.
//
//	text, dates, decimals, references   "a string"
//	yes or no                           true or false
//	lists                               ["a","b"]
//	lists of rows                       [{"name":"x","price":"1.00"}]
//
// Numbers are strings: neither JSON nor a database may round them.
type Value string

// None is the absence of a value.
const None Value = ""

// String makes a text value, None of the empty string.
func String(s string) Value {
	if s == "" {
		return None
	}
	return Value(AppendString(nil, s))
}

// Bool makes a yes or no.
func Bool(b bool) Value {
	if b {
		return "true"
	}
	return "false"
}

// List makes a list of strings, None of an empty one.
func List(items []string) Value {
	if len(items) == 0 {
		return None
	}
	b := []byte{'['}
	for i, s := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = AppendString(b, s)
	}
	return Value(append(b, ']'))
}

// Text is the string of a text value; other values give their JSON.
func (v Value) Text() string {
	if v == None || v[0] != '"' {
		return string(v)
	}
	var s string
	if json.Unmarshal([]byte(v), &s) != nil {
		return string(v)
	}
	return s
}

// Strings are the items of a list value, nil for any other.
func (v Value) Strings() []string {
	var items []string
	if v == None || v[0] != '[' || json.Unmarshal([]byte(v), &items) != nil {
		return nil
	}
	return items
}

// Bool reports whether the value is a yes.
func (v Value) Bool() bool { return v == "true" }

// MarshalJSON gives the value's own text, null for None.
func (v Value) MarshalJSON() ([]byte, error) {
	if v == None {
		return []byte("null"), nil
	}
	return []byte(v), nil
}

// UnmarshalJSON keeps the text as it is: it reads what Backtrail wrote. Values from outside are normalised by the
// field's type (package crm) before they become one.
func (v *Value) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*v = None
		return nil
	}
	*v = Value(b)
	return nil
}

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string in the one form that RFC 8785 (section 3.2.2.2) allows: short escapes where
// they exist, \u00xx for the other control characters, everything else as UTF-8. Bytes that are not UTF-8 become U+FFFD.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= 0x20 && c != '"' && c != '\\' {
				i++
				continue
			}
			b = append(b, s[start:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\b':
				b = append(b, `\b`...)
			case '\t':
				b = append(b, `\t`...)
			case '\n':
				b = append(b, `\n`...)
			case '\f':
				b = append(b, `\f`...)
			case '\r':
				b = append(b, `\r`...)
			default:
				b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			b = append(b, s[start:i]...)
			b = append(b, "\uFFFD"...)
			start = i + 1
		}
		i += size
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

// SortedSet returns items without repeats, in order: the one form of a set of tags.
func SortedSet(items []string) []string {
	out := slices.Clone(items)
	slices.Sort(out)
	return slices.Compact(out)
}
