package web

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/savedviews"
)

// auditPath is the address of the log; everything about it lies below.
const auditPath = "/settings/audit-logs"

// Beside the parameters of audit.ParseFilter, the page's address has those of saved views; see package savedviews.
const (
	rangeParam = savedviews.RangeParam
	lastParam  = savedviews.LastParam
)

const customRange = "custom"

// auditFilter is what the address asks of the log.
type auditFilter struct {
	// address holds the parameters as they were given, without empty ones and without those that are wrong.
	address url.Values
	// contract holds the same in the words of audit.FilterParams alone: what an export asks for.
	contract url.Values
	filter   audit.Filter
	// path is that of the page, "" for auditPath. The log of one object has its own, and is narrowed to it.
	path string
	// Errors says what is wrong, by parameter.
	Errors map[string]string
	// Mistake is where the question is wrong, nil when it is not.
	Mistake *queryMistake
}

// readAuditFilter reads the filter of an address. What is wrong in it is left out and named in Errors: the page shows the
// rest, and says so. more are parameters that the page reads by itself.
func readAuditFilter(params url.Values, catalog *audit.Catalog, now time.Time, loc *time.Location, more ...string) auditFilter {
	f := auditFilter{address: url.Values{}, Errors: map[string]string{}}
	for _, name := range slices.Concat(audit.FilterParams, []string{rangeParam, lastParam}, more) {
		for _, value := range params[name] {
			if value = strings.TrimSpace(value); value != "" && !slices.Contains(f.address[name], value) {
				f.address.Add(name, value)
			}
		}
	}
	f.readRange(now, loc)
	for {
		f.contract = savedviews.Resolve(f.address, now, loc)
		var err error
		if f.filter, err = audit.ParseFilter(f.contract, catalog, loc); err == nil {
			return f
		}
		for _, wrong := range errs.Of(err).Fields {
			if wrong.Field == "q" && f.Mistake == nil {
				f.Mistake = mistakeOf(wrong, f.address.Get("q"))
			}
			f.Errors[wrong.Field] = cmp.Or(f.Errors[wrong.Field], wrong.Detail)
			f.address.Del(wrong.Field)
			if wrong.Field == "to" {
				f.address.Del(lastParam)
			}
		}
	}
}

// readRange settles what two ways of naming the days mean together: a preset wins over days.
func (f *auditFilter) readRange(now time.Time, loc *time.Location) {
	switch key := f.address.Get(rangeParam); {
	case key == "" || key == customRange:
		f.address.Del(rangeParam)
	case savedviews.RangeOf(key) == nil:
		f.Errors[rangeParam] = "There is no range " + audit.Quote(strings.ToValidUTF8(key, "\uFFFD")) + "; choose one from the list."
		f.address.Del(rangeParam)
	default:
		f.address.Set(rangeParam, key)
		for _, name := range []string{"from", "to", lastParam} {
			f.address.Del(name)
		}
	}
	last := f.address.Get(lastParam)
	if last == "" {
		return
	}
	f.address.Set(lastParam, last)
	if f.address.Get("to") != "" {
		f.address.Del("to")
	}
	if _, err := time.ParseInLocation(time.DateOnly, last, loc); err != nil {
		f.Errors["to"] = "The last day is " + audit.Quote(strings.ToValidUTF8(last, "\uFFFD")) + "; give a date such as " + now.In(loc).Format(time.DateOnly) + "."
		f.address.Del(lastParam)
	}
}

func cloneValues(v url.Values) url.Values {
	out := make(url.Values, len(v))
	for name, values := range v {
		out[name] = slices.Clone(values)
	}
	return out
}

// at is the address of the page that the filter belongs to.
func (f *auditFilter) at() string { return cmp.Or(f.path, auditPath) }

// narrow keeps the page at path to events that have one of the values, whatever else is asked.
func (f *auditFilter) narrow(path string, property audit.Property, values ...string) {
	f.path = path
	f.contract[string(property)] = values
	where, _ := f.filter.Where.(audit.All)
	f.filter.Where = append(slices.Clone(where), audit.Is{Property: property, Values: audit.SortedSet(values)})
}

// Active reports whether anything is filtered.
func (f *auditFilter) Active() bool { return len(f.address) > 0 }

// query is the filter as it stands behind an address, with its question mark; "" for none.
func (f *auditFilter) query() string { return queryOf(f.address) }

func queryOf(v url.Values) string {
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}

// with is the query of the filter with a parameter set to one value.
func (f *auditFilter) with(name, value string) string {
	v := cloneValues(f.address)
	v.Set(name, value)
	return queryOf(v)
}

// without is the query of the filter without one of its values; a parameter's whole list when value is "".
func (f *auditFilter) without(name, value string) string {
	v := cloneValues(f.address)
	v[name] = slices.DeleteFunc(v[name], func(s string) bool { return value == "" || s == value })
	if len(v[name]) == 0 {
		v.Del(name)
	}
	return queryOf(v)
}

// chosen reports whether the address has this value.
func (f *auditFilter) chosen(name, value string) bool { return slices.Contains(f.address[name], value) }

// Hidden lists the contract's parameters for a form that passes the filter on.
func (f *auditFilter) Hidden() []hiddenField { return hiddenFields(f.contract) }

// hiddenField is a parameter that a form carries along.
type hiddenField struct{ Name, Value string }

func hiddenFields(v url.Values) []hiddenField {
	var out []hiddenField
	for _, name := range slices.Sorted(maps.Keys(v)) {
		for _, value := range v[name] {
			out = append(out, hiddenField{name, value})
		}
	}
	return out
}
