package audit

import (
	"strings"
	"time"
	"unicode"

	"github.com/backtrail/backtrail/words"
)

// QueryText writes an expression in the search language, so that ParseQuery gives it again: the one form of a question.
// Days are those of loc. It is "" for nil.
func QueryText(x Expr, loc *time.Location) string {
	if x == nil {
		return ""
	}
	return queryText(x, loc, inNothing)
}

// Narrowed is the question q with one more term that must apply, or must not.
func Narrowed(x, term Expr, not bool) Expr {
	if not {
		term = Not{term}
	}
	if x == nil {
		return term
	}
	return allParts(All{x, term})
}

// Terms are the parts of a question that must all apply.
func Terms(x Expr) []Expr {
	switch x := x.(type) {
	case nil:
		return nil
	case All:
		return x
	}
	return []Expr{x}
}

// surrounding is what a part of a question stands in.
type surrounding int

const (
	inNothing surrounding = iota
	inAny
	inAll
	inNot
)

func queryText(x Expr, loc *time.Location, in surrounding) string {
	switch x := x.(type) {
	case All:
		return parenthesised(in > inAll, joinText(allTexts(x, loc), " "))
	case Any:
		var parts []string
		for _, part := range x {
			parts = append(parts, queryText(part, loc, inAny))
		}
		return parenthesised(in > inAny, joinText(parts, " OR "))
	case Not:
		return parenthesised(in == inNot, "-"+queryText(x.Expr, loc, inNot))
	case Is:
		if x.ofChange() {
			return queryText(Changed{x}, loc, in)
		}
		return x.text()
	case Changed:
		var parts []string
		for _, i := range x {
			parts = append(parts, i.text())
		}
		return parenthesised(in == inNot && len(parts) > 1, strings.Join(parts, " "))
	case At:
		return "at:" + x.text(loc)
	case Text:
		parts := x.texts()
		return parenthesised(in == inNot && len(parts) > 1, strings.Join(parts, " "))
	}
	return ""
}

// allTexts are the parts of x. Of several about changes each stands in parentheses: side by side they would be of one.
func allTexts(x All, loc *time.Location) []string {
	changes := 0
	for _, part := range x {
		if _, ok := part.(Changed); ok {
			changes++
		}
	}
	var parts []string
	for _, part := range x {
		text := queryText(part, loc, inAll)
		_, change := part.(Changed)
		parts = append(parts, parenthesised(change && changes > 1, text))
	}
	return parts
}

func joinText(parts []string, between string) string {
	kept := parts[:0]
	for _, s := range parts {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, between)
}

func parenthesised(yes bool, s string) string {
	if !yes || s == "" {
		return s
	}
	return "(" + s + ")"
}

func (i Is) ofChange() bool {
	return i.Property == ByField || i.Property == ByBefore || i.Property == ByAfter
}

func (i Is) text() string {
	key := string(i.Property)
	switch i.Property {
	case ByUserName:
		key = "user"
	case ByRecordName:
		key = "record"
	}
	values := make([]string, len(i.Values))
	for n, v := range i.Values {
		if values[n] = v; v == "" || strings.ContainsAny(v, `",()`) || strings.ContainsFunc(v, unicode.IsSpace) {
			values[n] = quotedText(v)
		}
	}
	return key + ":" + strings.Join(values, ",")
}

// quotedText puts a text in quotation marks. There is no way to write one inside; between words it means nothing.
func quotedText(s string) string { return `"` + strings.ReplaceAll(s, `"`, " ") + `"` }

func (t Text) texts() []string {
	var parts []string
	for _, w := range t.Words {
		if w = wordText(w); w != "" {
			parts = append(parts, w)
		}
	}
	for _, p := range t.Phrases {
		if hasWords(p) {
			parts = append(parts, quotedText(p))
		}
	}
	return parts
}

// wordText is a word that is read as one again: its own text, or its words with dots between when that has a meaning.
func wordText(w string) string {
	if !hasWords(w) {
		return ""
	}
	key, _ := keyAt(w)
	if key == "" && w != "OR" && w != "AND" && w != "NOT" && !strings.ContainsAny(w[:1], `"-()`) && !strings.Contains(w, ")") &&
		!strings.ContainsFunc(w, unicode.IsSpace) {
		return w
	}
	return strings.Join(words.List(w), ".")
}
