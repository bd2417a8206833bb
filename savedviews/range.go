package savedviews

import (
	"net/url"
	"slices"
	"time"
)

// Beside the parameters of audit.ParseFilter, which hold their meaning here (to is exclusive), a view's filter has two that
// read better in a form: RangeParam names a Range, and LastParam is the last day, itself included.
const (
	RangeParam = "range"
	LastParam  = "last"
)

// Range is a range of days that ends today, or yesterday: it moves on.
type Range struct {
	Key, Label string
	from       func(today time.Time) time.Time
	to         func(today time.Time) time.Time // nil for an open end
}

// Ranges are all of them; today is midnight in the account's zone.
var Ranges = []Range{
	{"today", "Today", func(t time.Time) time.Time { return t }, nil},
	{"yesterday", "Yesterday", func(t time.Time) time.Time { return t.AddDate(0, 0, -1) }, func(t time.Time) time.Time { return t }},
	{"7d", "Last 7 days", func(t time.Time) time.Time { return t.AddDate(0, 0, -6) }, nil},
	{"30d", "Last 30 days", func(t time.Time) time.Time { return t.AddDate(0, 0, -29) }, nil},
	{"90d", "Last 90 days", func(t time.Time) time.Time { return t.AddDate(0, 0, -89) }, nil},
	{"month", "This month", func(t time.Time) time.Time { return t.AddDate(0, 0, 1-t.Day()) }, nil},
}

// RangeOf is the range of a key, nil when there is none.
func RangeOf(key string) *Range {
	i := slices.IndexFunc(Ranges, func(r Range) bool { return r.Key == key })
	if i < 0 {
		return nil
	}
	return &Ranges[i]
}

// Resolve is a filter in the parameters of audit.ParseFilter alone: a range as the days that it is of now, in the zone loc.
func Resolve(params url.Values, now time.Time, loc *time.Location) url.Values {
	out := make(url.Values, len(params))
	for name, values := range params {
		out[name] = slices.Clone(values)
	}
	out.Del(RangeParam)
	out.Del(LastParam)
	if r := RangeOf(params.Get(RangeParam)); r != nil {
		t := now.In(loc)
		today := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, loc)
		out.Set("from", r.from(today).Format(time.DateOnly))
		if r.to != nil {
			out.Set("to", r.to(today).Format(time.DateOnly))
		}
	}
	if day, err := time.Parse(time.DateOnly, params.Get(LastParam)); err == nil {
		out.Set("to", day.AddDate(0, 0, 1).Format(time.DateOnly))
	}
	return out
}
