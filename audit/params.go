package audit

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/backtrail/backtrail/errs"
)

// FilterParams are the names of the filter's parameters, in an address or an export's request.
var FilterParams = []string{"from", "to", "user", "type", "action", "module", "object", "record", "about", "field", "operation", "outcome", "channel", "q"}

// Outcomes and Channels list the values for a filter.
var (
	Outcomes = []Outcome{Success, Denied, Failed}
	Channels = []Channel{Web, API, Import, WorkflowChannel, Attach, SystemChannel}
)

const (
	maxFilterValues = 100 // values of one parameter
	maxQuestions    = 10  // of q
	maxWords        = 20  // words of one q
)

// ParseFilter reads a filter from parameters. Each parameter may repeat (any of its values); different ones narrow.
// Dates are days in the time zone loc. A wrong value is errs.Invalid and names its parameter; parameters that are not
// in FilterParams are left to the caller. q is a question of the search language (ParseQuery); several must all apply.
// With a catalog of nil, modules are whatever they are.
func ParseFilter(params url.Values, catalog *Catalog, loc *time.Location) (Filter, error) {
	p := filterParser{params: params, loc: loc}
	f := Filter{From: p.time("from"), To: p.time("to")}
	if !f.From.IsZero() && !f.To.IsZero() && !f.From.Before(f.To) {
		p.fail("to", "invalid_range", "The end of the range (to) must come after its start (from).")
	}
	var where All
	where = p.is(where, ByUser, func(v string) bool { return len(v) <= 200 }, "must be the id of a person or key")
	where = p.is(where, ByType, validTypePattern, `must be an event type such as "contact.created", or a pattern such as "contact.*" or "*.deleted"`)
	where = p.is(where, ByAction, oneOf(Actions), "must be one of "+list(Actions))
	if modules := moduleKeys(catalog); modules != nil {
		where = p.is(where, ByModule, oneOf(modules), "must be one of "+list(modules))
	} else {
		where = p.is(where, ByModule, validKey, `must be the key of a module, such as "contacts"`)
	}
	where = p.is(where, ByObject, validKey, `must be the key of an object, such as "contact"`)
	where = p.is(where, ByRecord, ValidID[string], "must be a record's id")
	where = p.is(where, ByAbout, ValidID[string], "must be a record's id")
	where = p.named(where, "field", ByFieldKey, func(v string) bool { return len(v) <= 100 }, `must be the key of a field, such as "stage"`)
	where = p.is(where, ByOperation, ValidID[string], "must be an operation's id")
	where = p.is(where, ByOutcome, oneOf(Outcomes), "must be one of "+list(Outcomes))
	where = p.is(where, ByChannel, oneOf(Channels), "must be one of "+list(Channels))
	if n := len(params["q"]); n > maxQuestions {
		p.fail("q", "too_many_values", "q is given %d times; the limit is %d.", n, maxQuestions)
	}
	for _, q := range params["q"][:min(len(params["q"]), maxQuestions)] {
		x, wrong := parseQuery(q, catalog, loc)
		if wrong != nil {
			p.wrong = append(p.wrong, *wrong)
		} else if x != nil {
			where = append(where, x)
		}
	}
	if len(where) > 0 {
		f.Where = All(Terms(allParts(where)))
	}
	return f, errs.InvalidFields(p.wrong)
}

type filterParser struct {
	params url.Values
	loc    *time.Location
	wrong  []errs.Field
}

func (p *filterParser) fail(field, code, format string, args ...any) {
	p.wrong = append(p.wrong, errs.Field{Field: field, Code: code, Detail: fmt.Sprintf(format, args...)})
}

func (p *filterParser) time(name string) time.Time {
	values := p.params[name]
	if len(values) == 0 || values[0] == "" {
		return time.Time{}
	}
	if len(values) > 1 {
		p.fail(name, "repeated", "%s may be given once.", name)
	}
	t, err := ParseTime(values[0], p.loc)
	if err != nil {
		p.fail(name, "invalid_time", `%s is %s; give a date (2026-03-01) or a time (2026-03-01T09:30:00Z).`, name, Quote(values[0]))
	}
	return t
}

// ParseTime reads a date, as midnight in loc, or an RFC 3339 time, between the years 1 and 9999.
func ParseTime(s string, loc *time.Location) (time.Time, error) {
	if t, err := time.ParseInLocation(time.DateOnly, s, loc); err == nil {
		return Instant(t), nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	return Instant(t), err
}

func (p *filterParser) is(where All, property Property, valid func(string) bool, must string) All {
	return p.named(where, string(property), property, valid, must)
}

func (p *filterParser) named(where All, name string, property Property, valid func(string) bool, must string) All {
	values := slices.DeleteFunc(slices.Clone(p.params[name]), func(v string) bool { return v == "" })
	if len(values) == 0 {
		return where
	}
	if len(values) > maxFilterValues {
		p.fail(name, "too_many_values", "%s is given %d times; the limit is %d.", name, len(values), maxFilterValues)
		return where
	}
	for _, v := range values {
		if !utf8.ValidString(v) || strings.ContainsRune(v, 0) || !valid(v) {
			p.fail(name, "invalid_"+name, "%s is %s; it %s.", name, Quote(strings.ToValidUTF8(v, "\uFFFD")), must)
		}
	}
	return append(where, Is{property, SortedSet(values)})
}

// SplitWords splits a search text at white space; "what stands in quotation marks" stays together.
func SplitWords(q string) []string {
	var words []string
	for i, part := range strings.Split(q, `"`) {
		if i%2 == 1 {
			if part = strings.TrimSpace(part); part != "" {
				words = append(words, part)
			}
			continue
		}
		words = append(words, strings.Fields(part)...)
	}
	return words
}

func oneOf[T ~string](allowed []T) func(string) bool {
	return func(v string) bool { return slices.Contains(allowed, T(v)) }
}

func list[T ~string](items []T) string {
	words := make([]string, len(items))
	for i, v := range items {
		words[i] = string(v)
	}
	return joinAnd(words)
}

func validKey(s string) bool {
	if s == "" || len(s) > 100 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

func validTypePattern(s string) bool {
	if s == "*" {
		return true
	}
	object, verb, ok := strings.Cut(s, ".")
	return ok && (object == "*" || validKey(object)) && (verb == "*" || validKey(verb))
}
