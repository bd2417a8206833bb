package savedviews

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// CheckName trims the name of something that people keep for the log, and says what is wrong with it, in the field name; missing is
// what is said of none.
func CheckName(name, missing string) (string, []errs.Field) {
	name = strings.TrimSpace(name)
	wrong := func(code, detail string) (string, []errs.Field) {
		return name, []errs.Field{{Field: "name", Code: code, Detail: detail}}
	}
	switch {
	case name == "":
		return wrong("required", missing)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return wrong("invalid_text", "The name holds characters that cannot be shown.")
	case utf8.RuneCountInString(name) > MaxName:
		return wrong("too_long", "The name may have at most 100 characters.")
	}
	return name, nil
}

// CheckQuery puts a filter into its canonical order, and says what is wrong with it, in the field query.
func CheckQuery(query string, catalog *audit.Catalog, now time.Time, loc *time.Location) (string, []errs.Field) {
	wrong := func(code, detail string) (string, []errs.Field) {
		return "", []errs.Field{{Field: "query", Code: code, Detail: detail}}
	}
	if len(query) > MaxQuery {
		return wrong("too_long", "The filter has "+audit.Thousands(len(query))+" bytes; the limit is "+audit.Thousands(MaxQuery)+". Choose fewer values, or a pattern of event types.")
	}
	given, err := url.ParseQuery(strings.TrimPrefix(query, "?"))
	if err != nil {
		return wrong("invalid_query", "The filter must be the query of an address, such as action=deleted&range=7d.")
	}
	params := url.Values{}
	for name, values := range given {
		if name != RangeParam && name != LastParam && !slices.Contains(audit.FilterParams, name) {
			return wrong("unknown_parameter", "The filter has "+audit.Quote(strings.ToValidUTF8(name, "\uFFFD"))+", which the log cannot be filtered by.")
		}
		for _, v := range values {
			if v = strings.TrimSpace(v); v != "" && !slices.Contains(params[name], v) {
				params.Add(name, v)
			}
		}
	}
	if len(params) == 0 {
		return wrong("required", "There is no filter: choose something in the log first.")
	}
	if detail := checkDays(params); detail != "" {
		return wrong("invalid_range", detail)
	}
	var out []errs.Field
	if _, err := audit.ParseFilter(Resolve(params, now, loc), catalog, loc); err != nil {
		for _, f := range errs.Of(err).Fields {
			out = append(out, errs.Field{Field: "query", Code: f.Code, Detail: f.Detail})
		}
	}
	return params.Encode(), out
}

// checkDays says what is wrong with two ways of naming the days, "" for nothing.
func checkDays(params url.Values) string {
	key, last := params[RangeParam], params[LastParam]
	switch {
	case len(key) > 1 || len(last) > 1:
		return "range and last may be given once."
	case len(key) == 1 && RangeOf(key[0]) == nil:
		return "There is no range " + audit.Quote(strings.ToValidUTF8(key[0], "\uFFFD")) + "; there are " + rangeKeys() + "."
	case len(key) == 1 && (len(last) > 0 || params.Has("from") || params.Has("to")):
		return "The filter has a range and days; give one of them."
	case len(last) == 1 && params.Has("to"):
		return "The filter has to and last; give one of them."
	case len(last) == 1:
		if _, err := time.Parse(time.DateOnly, last[0]); err != nil {
			return "last is " + audit.Quote(strings.ToValidUTF8(last[0], "\uFFFD")) + "; give a date (2026-03-01)."
		}
	}
	return ""
}

func rangeKeys() string {
	keys := make([]string, len(Ranges))
	for i, r := range Ranges {
		keys[i] = r.Key
	}
	return strings.Join(keys, ", ")
}
