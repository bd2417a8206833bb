package audit

import (
	"strings"
	"time"
)

// atUnits are the forms of a moment that stands for a stretch of time, the widest first, with where the stretch ends.
var atUnits = []struct {
	layout string
	end    func(time.Time) time.Time
}{
	{"2006", func(t time.Time) time.Time { return t.AddDate(1, 0, 0) }},
	{"2006-01", func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }},
	{time.DateOnly, func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }},
	{"2006-01-02T15", func(t time.Time) time.Time { return t.Add(time.Hour) }},
	{"2006-01-02T15:04", func(t time.Time) time.Time { return t.Add(time.Minute) }},
	{"2006-01-02T15:04:05", func(t time.Time) time.Time { return t.Add(time.Second) }},
}

// lastYear is the last one that begins and ends in four digits in every time zone.
const lastYear = 9998

// parseMoment reads a moment as the stretch of time that it stands for: a year, a month, a day and so on in loc, or a
// time with its zone, which stands for a second, or with a fraction for a microsecond.
func parseMoment(s string, loc *time.Location) (At, bool) {
	for _, unit := range atUnits {
		if len(s) != len(unit.layout) {
			continue
		}
		if t, err := time.ParseInLocation(unit.layout, s, loc); err == nil && t.UTC().Year() >= 1 && t.UTC().Year() <= lastYear {
			return At{Instant(t), Instant(unit.end(t))}, true
		}
	}
	s = strings.ToUpper(s)
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || t.UTC().Year() < 1 || t.UTC().Year() > lastYear {
		return At{}, false
	}
	t = Instant(t)
	if strings.Contains(s, ".") {
		return At{t, t.Add(time.Microsecond)}, true
	}
	return At{t, t.Add(time.Second)}, true
}

// parseAt reads what stands behind at: a moment, or two with dots between, of which one may be left out. Both belong to
// the range.
func parseAt(s string, loc *time.Location) (At, bool) {
	first, last, isRange := strings.Cut(s, "..")
	if !isRange {
		return parseMoment(s, loc)
	}
	var a At
	if first == "" && last == "" {
		return a, false
	}
	if first != "" {
		from, ok := parseMoment(first, loc)
		if !ok {
			return a, false
		}
		a.From = from.From
	}
	if last != "" {
		to, ok := parseMoment(last, loc)
		if !ok {
			return a, false
		}
		a.To = to.To
	}
	return a, true
}

// text writes the stretch as parseAt reads it, as short as can be.
func (a At) text(loc *time.Location) string {
	last := a.To.Add(-time.Microsecond)
	starts := func(m At) bool { return a.From.IsZero() || m.From.Equal(a.From) }
	ends := func(m At) bool { return a.To.IsZero() || m.To.Equal(a.To) }
	form := func(t time.Time, layout string, fits func(At) bool) (string, bool) {
		s := t.In(loc).Format(layout)
		m, ok := parseMoment(s, loc)
		return s, ok && fits(m)
	}
	for _, unit := range atUnits {
		from, fromFits := form(a.From, unit.layout, starts)
		to, toFits := form(last, unit.layout, ends)
		switch {
		case a.From.IsZero() && toFits:
			return ".." + to
		case a.To.IsZero() && fromFits:
			return from + ".."
		case fromFits && toFits && from == to:
			return from
		case fromFits && toFits:
			return from + ".." + to
		}
	}
	exact := func(t, bound time.Time) string {
		if bound.IsZero() {
			return ""
		}
		return t.UTC().Format(TimeLayout)
	}
	from, to := exact(a.From, a.From), exact(last, a.To)
	if from == to {
		return from
	}
	return from + ".." + to
}
