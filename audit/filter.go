package audit

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Filter narrows the log. The zero Filter lets everything through.
type Filter struct {
	From, To time.Time // of OccurredAt; To is exclusive; zero is open
	Where    Expr      // nil lets everything through
}

// Expr is a node of the filter's tree: All, Any, Not, Is or Text. It stays abstract: how a store answers it is the
// store's own matter.
type Expr interface {
	// Match reports whether e passes.
	Match(e *Event) bool
	// form is a value that encodes to JSON in one way only.
	form() any
}

// Property is something of an event that a filter can ask for.
type Property string

// The properties.
const (
	ByUser      Property = "user"
	ByType      Property = "type" // the values may be patterns: "opportunity.*", "*.deleted"
	ByAction    Property = "action"
	ByModule    Property = "module"
	ByObject    Property = "object"
	ByRecord    Property = "record"
	ByOperation Property = "operation"
	ByOutcome   Property = "outcome"
	ByChannel   Property = "channel"
	ByCause     Property = "cause"
)

type (
	// All passes what passes each part.
	All []Expr
	// Any passes what passes one part.
	Any []Expr
	// Not passes what its part does not.
	Not struct{ Expr Expr }
	// Is passes what has one of the values.
	Is struct {
		Property Property
		Values   []string
	}
	// Text passes what has every one of the words somewhere: in the description, the names of people and records,
	// the values before and after. Capital and small letters are the same.
	Text struct{ Words []string }
)

// Match reports whether e passes the filter.
func (f Filter) Match(e *Event) bool {
	if !f.From.IsZero() && e.OccurredAt.Before(f.From) || !f.To.IsZero() && !e.OccurredAt.Before(f.To) {
		return false
	}
	return f.Where == nil || f.Where.Match(e)
}

// Fingerprint tells filters apart; cursors carry a hash of it.
func (f Filter) Fingerprint() string {
	var where any
	if f.Where != nil {
		where = f.Where.form()
	}
	b, err := json.Marshal([]any{f.From.UnixMicro(), f.To.UnixMicro(), where})
	if err != nil {
		panic("audit: filter form: " + err.Error()) // forms are strings and lists
	}
	return string(b)
}

func (a All) Match(e *Event) bool {
	return !slices.ContainsFunc(a, func(x Expr) bool { return !x.Match(e) })
}

func (a Any) Match(e *Event) bool {
	return slices.ContainsFunc(a, func(x Expr) bool { return x.Match(e) })
}

func (n Not) Match(e *Event) bool { return !n.Expr.Match(e) }

func (i Is) Match(e *Event) bool {
	if i.Property == ByType {
		return slices.ContainsFunc(i.Values, func(p string) bool { return MatchType(p, e.Type) })
	}
	return slices.Contains(i.Values, i.of(e))
}

func (i Is) of(e *Event) string {
	switch i.Property {
	case ByUser:
		return string(e.Actor.ID)
	case ByAction:
		return string(e.Action)
	case ByModule:
		return e.Module
	case ByOperation:
		return string(e.Operation)
	case ByOutcome:
		return string(e.Outcome)
	case ByChannel:
		return string(e.Channel)
	case ByCause:
		return string(e.Cause)
	case ByObject:
		if e.Record != nil {
			return e.Record.Object
		}
	case ByRecord:
		if e.Record != nil {
			return string(e.Record.ID)
		}
	}
	return ""
}

// MatchType reports whether t fits the pattern: a type, "object.*", "*.verb" or "*".
func MatchType(pattern string, t Type) bool {
	if pattern == "*" || pattern == "*.*" {
		return true
	}
	if object, ok := strings.CutSuffix(pattern, ".*"); ok {
		return strings.HasPrefix(string(t), object+".")
	}
	if verb, ok := strings.CutPrefix(pattern, "*."); ok {
		return strings.HasSuffix(string(t), "."+verb)
	}
	return pattern == string(t)
}

// Match looks into what a person can read of the event.
func (t Text) Match(e *Event) bool {
	for _, w := range t.Words {
		if !eventHas(e, strings.ToLower(w)) {
			return false
		}
	}
	return true
}

func eventHas(e *Event, word string) bool {
	has := func(s string) bool { return strings.Contains(strings.ToLower(s), word) }
	if has(e.Description) || has(e.Actor.Name) || has(e.Actor.Email) || e.Record != nil && has(e.Record.Name) {
		return true
	}
	if b := e.Actor.OnBehalfOf; b != nil && has(b.Name) {
		return true
	}
	for _, r := range e.Related {
		if has(r.Name) {
			return true
		}
	}
	for _, c := range e.Changes {
		if has(c.BeforeText) || has(c.AfterText) || has(c.Before.Text()) || has(c.After.Text()) {
			return true
		}
	}
	return false
}

func (a All) form() any { return forms("all", a) }
func (a Any) form() any { return forms("any", a) }
func (n Not) form() any { return []any{"not", n.Expr.form()} }
func (i Is) form() any  { return []any{i.Property, i.Values} }
func (t Text) form() any {
	return []any{"text", t.Words}
}

func forms(name string, parts []Expr) any {
	out := []any{name}
	for _, x := range parts {
		out = append(out, x.form())
	}
	return out
}
