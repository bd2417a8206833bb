package calendar

import (
	"time"
)

// Day is a date in a time zone: all instants at which the clocks there show it.
type Day struct {
	Date  time.Time // midnight of the date in UTC: the name of the day, not an instant of it
	Start time.Time // its first instant, in the zone
	End   time.Time // the first instant of the day after it, in the zone
}

// DayOf is the day in which the instant lies.
func DayOf(t time.Time, zone *time.Location) Day {
	y, m, d := t.In(zone).Date()
	return DayOn(y, m, d, zone)
}

// DayOn is a date of the zone. A day that a zone left out (Samoa's 30 December 2011) has no length.
func DayOn(y int, m time.Month, d int, zone *time.Location) Day {
	date := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	return Day{Date: date, Start: firstOf(date, zone), End: firstOf(date.AddDate(0, 0, 1), zone)}
}

// Add is the day that many days later.
func (d Day) Add(days int) Day {
	date := d.Date.AddDate(0, 0, days)
	return DayOn(date.Year(), date.Month(), date.Day(), d.Start.Location())
}

// Monday is the first day of the week in which d lies.
func (d Day) Monday() Day { return d.Add(-(int(d.Date.Weekday()) + 6) % 7) }

// Hours is how long the day is: 24 hours, but where the clocks are changed.
func (d Day) Hours() time.Duration { return d.End.Sub(d.Start) }

// Holds reports whether the instant lies in the day.
func (d Day) Holds(t time.Time) bool { return !t.Before(d.Start) && t.Before(d.End) }

// Same reports whether both are the same date.
func (d Day) Same(other Day) bool { return d.Date.Equal(other.Date) }

// String is the date, such as 2026-03-29.
func (d Day) String() string { return d.Date.Format(time.DateOnly) }

// firstOf is the first instant from which on the zone's clocks show the date, or a later one.
func firstOf(date time.Time, zone *time.Location) time.Time {
	// The clocks of the world are at most 26 hours apart. From there on, stretch by stretch of the same offset.
	for t := date.Add(-26 * time.Hour).In(zone); ; {
		_, offset := t.Zone()
		midnight := date.Add(-time.Duration(offset) * time.Second).In(zone)
		first := t
		if midnight.After(t) {
			first = midnight
		}
		_, end := t.ZoneBounds()
		if end.IsZero() || first.Before(end) {
			return first
		}
		t = end.In(zone)
	}
}
