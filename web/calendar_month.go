package web

import (
	"time"

	"github.com/backtrail/backtrail/calendar"
)

// monthWeek is a row of a month.
type monthWeek struct{ Days []monthDay }

// monthDay is a cell.
type monthDay struct {
	Date   string
	Label  string // the whole date
	Number int
	Other  bool // it is of another month
	Today  bool
	Href   string
	New    string
	Lines  []*gridPiece // those of a day or more first; nil for an empty place
	More   int          // that have no room
}

// monthLines is how many appointments a day of the month shows.
const monthLines = 4

func monthOf(q calendarQuery, days []calendar.Day, today calendar.Day, entries []*calendarEntry, booking *bookingForm) []monthWeek {
	var weeks []monthWeek
	for n := 0; n < len(days); n += 7 {
		week := days[n : n+7]
		long := lanesOfLong(week, entries)
		var row monthWeek
		for i, d := range week {
			day := monthDay{Date: d.String(), Label: d.Date.Format("Monday 2 January 2006"), Number: d.Date.Day(), Other: d.Date.Month() != q.day.Date.Month(),
				Today: d.Same(today), Href: q.address("day", d), Lines: long[i]}
			if booking != nil {
				day.New = booking.newOn(d, q.zone)
			}
			for _, e := range entries {
				if !e.long() && e.in(d) {
					day.add(e.piece(d))
				}
			}
			day.cut()
			row.Days = append(row.Days, day)
		}
		weeks = append(weeks, row)
	}
	return weeks
}

// add puts an appointment into the first place that is empty.
func (day *monthDay) add(p *gridPiece) {
	for i, line := range day.Lines {
		if line == nil {
			day.Lines[i] = p
			return
		}
	}
	day.Lines = append(day.Lines, p)
}

// cut keeps what there is room for and counts the rest.
func (day *monthDay) cut() {
	if len(day.Lines) <= monthLines {
		return
	}
	for _, line := range day.Lines[monthLines-1:] {
		if line != nil {
			day.More++
		}
	}
	day.Lines = day.Lines[:monthLines-1]
}

// newOn is the form of a new appointment at nine on a day of the zone.
func (b *bookingForm) newOn(d calendar.Day, zone *time.Location) string {
	return b.address(calendar.NextInstant(time.Date(d.Date.Year(), d.Date.Month(), d.Date.Day(), 9, 0, 0, 0, time.UTC), zone))
}
