// Package placeholder is the little language of templates: {{first_name}} in a text stands for a field of the contact
// that it is for, {{first_name|there}} brings a word for those who have none.
//
// A name is small letters, digits, underscores and one dot at most; spaces inside the braces do not count. What stands
// for an empty field is the word behind the bar, or nothing. Two opening braces that no placeholder follows are a
// mistake: a letter with half a placeholder in it must not leave.
package placeholder

import (
	"strings"

	"github.com/backtrail/backtrail/errs"
)

// Text is a text with placeholders.
type Text struct{ parts []part }

// part is a stretch of plain text, or a placeholder when it has a name.
type part struct{ plain, name, otherwise string }

// Parse reads a text. errs.Invalid, without a field, when a placeholder in it is not closed or not one.
func Parse(s string) (Text, error) {
	var t Text
	for {
		before, rest, found := strings.Cut(s, "{{")
		t.parts = append(t.parts, part{plain: before})
		if !found {
			return t, nil
		}
		inside, after, closed := strings.Cut(rest, "}}")
		if !closed || strings.ContainsAny(inside, "{\n") {
			return Text{}, errs.New(errs.Invalid, "invalid_placeholder", "A placeholder begins with {{ and is not closed: it needs }} on the same line.")
		}
		name, otherwise, _ := strings.Cut(inside, "|")
		if name = strings.TrimSpace(name); !isName(name) {
			return Text{}, errs.New(errs.Invalid, "invalid_placeholder", "{{%s}} is no placeholder: one looks like {{first_name}} or {{first_name|there}}.", inside)
		}
		t.parts = append(t.parts, part{name: name, otherwise: strings.TrimSpace(otherwise)})
		s = after
	}
}

func isName(s string) bool {
	if s == "" || len(s) > 100 || strings.Count(s, ".") > 1 {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '.' {
			return false
		}
	}
	return true
}

// Names are the placeholders of the text, each once, in the order in which they come.
func (t Text) Names() []string {
	var names []string
	seen := map[string]bool{}
	for _, p := range t.parts {
		if p.name != "" && !seen[p.name] {
			seen[p.name] = true
			names = append(names, p.name)
		}
	}
	return names
}

// Fill puts values in. empty are the placeholders for which there was neither a value nor a word.
func (t Text) Fill(value func(name string) string) (filled string, empty []string) {
	var b strings.Builder
	seen := map[string]bool{}
	for _, p := range t.parts {
		if p.name == "" {
			b.WriteString(p.plain)
			continue
		}
		v := value(p.name)
		if v == "" {
			v = p.otherwise
		}
		if v == "" && !seen[p.name] {
			seen[p.name] = true
			empty = append(empty, p.name)
		}
		b.WriteString(v)
	}
	return b.String(), empty
}
