package web

import (
	"time"

	"github.com/backtrail/backtrail/audit"
)

// when is a moment as the log shows it: exact, in the account's zone, with UTC on hover, and how long ago it was.
type when struct {
	Moment
	Ago string
}

// clock words moments for one page: in one zone, as of one time.
type clock struct {
	now  time.Time
	zone *time.Location
}

func (c clock) at(t time.Time, layout string) when {
	return when{Moment{Zero: t.IsZero(), Text: t.In(c.zone).Format(layout), Machine: t.UTC().Format(time.RFC3339Nano),
		UTC: t.UTC().Format("2006-01-02 15:04:05.000000 UTC")}, ago(c.now.Sub(t))}
}

// full is the moment with its day, to the second.
func (c clock) full(t time.Time) when { return c.at(t, "2 Jan 2006, 15:04:05") }

// short is the moment with its day, to the minute.
func (c clock) short(t time.Time) when { return c.at(t, "2 Jan 2006, 15:04") }

// time is the time of the day: under a heading that says the day.
func (c clock) time(t time.Time) when { return c.at(t, "15:04:05") }

// dayKey tells days apart.
func (c clock) dayKey(t time.Time) string { return t.In(c.zone).Format(time.DateOnly) }

// day heads the entries of one day: "Today, Monday 23 November 2026".
func (c clock) day(t time.Time) string {
	words := t.In(c.zone).Format("Monday 2 January 2006")
	switch c.dayKey(t) {
	case c.dayKey(c.now):
		return "Today, " + words
	case c.now.In(c.zone).AddDate(0, 0, -1).Format(time.DateOnly):
		return "Yesterday, " + words
	}
	return words
}

// ago says how long something was ago, in one unit.
func ago(d time.Duration) string {
	if d < 0 {
		return "in " + span(-d)
	}
	if d < 45*time.Second {
		return "just now"
	}
	return span(d) + " ago"
}

// span says a duration in one unit: "19 days".
func span(d time.Duration) string {
	const day = 24 * time.Hour
	for _, unit := range []struct {
		size       time.Duration
		below      time.Duration
		one, other string
	}{
		{time.Second, time.Minute, "s", "s"},
		{time.Minute, time.Hour, "min", "min"},
		{time.Hour, day, "h", "h"},
		{day, 100 * day, "day", "days"},
		{30 * day, 730 * day, "month", "months"},
		{365 * day, 1<<63 - 1, "year", "years"},
	} {
		n := int64((d + unit.size/2) / unit.size)
		if d < unit.below && time.Duration(n)*unit.size < unit.below || unit.one == "year" {
			return plural(n, unit.one, unit.other)
		}
	}
	return ""
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return audit.Thousands(int(n)) + " " + many
}
