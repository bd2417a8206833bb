package store

import (
	"strconv"
	"strings"
)

// fragment is a piece of SQL with ? for its arguments. Pieces are put together in the order of their arguments, and
// numbered when the text is whole.
type fragment struct {
	text string
	args []any
}

func sqlf(text string, args ...any) fragment { return fragment{text, args} }

// add appends more text with its arguments.
func (f *fragment) add(text string, args ...any) {
	f.text += text
	f.args = append(f.args, args...)
}

// put appends another fragment between two texts.
func (f *fragment) put(before string, g fragment, after string) {
	f.text += before + g.text + after
	f.args = append(f.args, g.args...)
}

// numbered is the text with $1, $2, ... for the ?s. No literal in the package's SQL has a ?.
func (f fragment) numbered() string {
	var b strings.Builder
	n := 0
	for text := f.text; ; {
		before, after, found := strings.Cut(text, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		n++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
		text = after
	}
}

// both joins conditions with op, each in parentheses.
func joined(op string, parts []fragment) fragment {
	var f fragment
	for i, p := range parts {
		if i > 0 {
			f.text += op
		}
		f.put("(", p, ")")
	}
	return f
}

// list is "?, ?, ?" for the values.
func list[T any](values []T) fragment {
	var f fragment
	for i, v := range values {
		if i > 0 {
			f.text += ", "
		}
		f.add("?", v)
	}
	return f
}
