package audit

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/words"
)

// Filter narrows the log. The zero Filter lets everything through.
type Filter struct {
	From, To time.Time // of OccurredAt; To is exclusive; zero is open
	Where    Expr      // nil lets everything through
}

// Expr is a node of the filter's tree: All, Any, Not, Is, Changed, At or Text. It stays abstract: how a store answers it is
// the store's own matter.
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
	ByEvent     Property = "event"
	// ByAbout is a record and what belongs to it: the event is of the record, or names it beside its own.
	ByAbout Property = "about"
	// ByFieldKey is a field that has a change, by its key; ByField looks for words.
	ByFieldKey Property = "field_key"
	// By texts: each of the values is words that must stand in the text one after the other; the last may go on.
	ByUserName   Property = "user_name"   // the actor's name, email, or id that is none of ours; or whom they acted as
	ByRecordName Property = "record_name" // as it was called then
	// Of a single change; these stand in Changed alone.
	ByField  Property = "field"  // the label or the key
	ByBefore Property = "before" // the value as a person reads it
	ByAfter  Property = "after"
	// ByIP takes addresses and networks: "10.1.2.3", "10.0.0.0/8", "2001:db8::/32".
	ByIP Property = "ip"
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
	// Changed passes what has a change to which all of its parts apply.
	Changed []Is
	// At passes what happened in a stretch of time; To is exclusive; zero is open.
	At struct{ From, To time.Time }
	// Text passes what has every one of the words and phrases somewhere: see SearchText for where, package words for
	// what a word is. A word may go on: "renew" is in "renewal". A phrase is words as they are, one after the other. What
	// has neither letters nor digits is left out of account.
	Text struct{ Words, Phrases []string }
)

// Match reports whether e passes the filter.
func (f Filter) Match(e *Event) bool {
	return At{f.From, f.To}.Match(e) && (f.Where == nil || f.Where.Match(e))
}

// History is the filter of a record's own events; with its belongings, of the events of what belongs to it too. fields are
// keys of fields of which one must have changed, none for all events. Ids are never used twice, so the id of a record says
// which object it is of.
func History(id RecordID, belongings bool, fields []string) Filter {
	property := ByRecord
	if belongings {
		property = ByAbout
	}
	where := All{Is{property, []string{string(id)}}}
	if len(fields) > 0 {
		where = append(where, Is{ByFieldKey, SortedSet(fields)})
	}
	return Filter{Where: where}
}

// Fingerprint tells filters apart; cursors carry a hash of it.
func (f Filter) Fingerprint() string {
	var where any
	if f.Where != nil {
		where = f.Where.form()
	}
	b, err := json.Marshal([]any{micros(f.From), micros(f.To), where})
	if err != nil {
		panic("audit: filter form: " + err.Error()) // forms are strings and lists
	}
	return string(b)
}

// micros is a time for a fingerprint, nil for none.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

func (a All) Match(e *Event) bool {
	return !slices.ContainsFunc(a, func(x Expr) bool { return !x.Match(e) })
}

func (a Any) Match(e *Event) bool {
	return slices.ContainsFunc(a, func(x Expr) bool { return x.Match(e) })
}

func (n Not) Match(e *Event) bool { return !n.Expr.Match(e) }

func (i Is) Match(e *Event) bool {
	switch i.Property {
	case ByType:
		return slices.ContainsFunc(i.Values, func(p string) bool { return MatchType(p, e.Type) })
	case ByAbout:
		return slices.ContainsFunc(e.About(), func(id RecordID) bool { return slices.Contains(i.Values, string(id)) })
	case ByFieldKey:
		return slices.ContainsFunc(e.Changes, func(c Change) bool { return slices.Contains(i.Values, c.Field) })
	case ByUserName:
		return i.inText(actorText(nil, e.Actor))
	case ByRecordName:
		return e.Record != nil && i.inText(words.AppendFold(nil, e.Record.Name))
	case ByField, ByBefore, ByAfter:
		return Changed{i}.Match(e)
	case ByIP:
		return slices.ContainsFunc(i.Values, func(v string) bool { return matchIP(v, e.Context.IP) })
	}
	return slices.Contains(i.Values, i.of(e))
}

func (c Changed) Match(e *Event) bool {
	return slices.ContainsFunc(e.Changes, func(change Change) bool {
		return !slices.ContainsFunc(c, func(i Is) bool { return !i.matchChange(change) })
	})
}

func (a At) Match(e *Event) bool {
	return (a.From.IsZero() || !e.OccurredAt.Before(a.From)) && (a.To.IsZero() || e.OccurredAt.Before(a.To))
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
	case ByEvent:
		return string(e.ID)
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

func (a All) form() any { return forms("all", a) }
func (a Any) form() any { return forms("any", a) }
func (n Not) form() any { return []any{"not", n.Expr.form()} }
func (i Is) form() any {
	if !i.byText() {
		return []any{i.Property, i.Values}
	}
	out := []any{i.Property}
	for _, v := range i.Values {
		out = append(out, words.Fold(v))
	}
	return out
}

func (c Changed) form() any {
	out := []any{"changed"}
	for _, i := range c {
		out = append(out, i.form())
	}
	return out
}

func (a At) form() any { return []any{"at", micros(a.From), micros(a.To)} }

func (t Text) form() any {
	out := []any{"text"}
	for _, p := range t.patterns() {
		out = append(out, p)
	}
	return out
}

func forms(name string, parts []Expr) any {
	out := []any{name}
	for _, x := range parts {
		out = append(out, x.form())
	}
	return out
}
