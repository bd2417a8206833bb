package web

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/calendar"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workspace"
)

const calendarPath = "/calendar"

// calendarViewNames are the views of the calendar in the order of their tabs, by the last part of their address.
var calendarViewNames = []string{"day", "week", "month"}

// calendarQuery is what the address of a calendar asks for.
type calendarQuery struct {
	view      string
	zone      *time.Location
	day       calendar.Day
	dated     bool             // the address names the day
	calendars []audit.RecordID // nil for all
	person    string           // an id, noneValue for nobody's, "" for everybody's
}

// The years that a calendar shows: those for which the zones' rules are known, and some more.
const (
	firstYear = 1970
	lastYear  = 2199
)

// parseCalendarQuery reads the address of a calendar; errs.Invalid names what is wrong in it.
func (s *site) parseCalendarQuery(v *visit, view string) (calendarQuery, error) {
	values := v.URL.Query()
	q := calendarQuery{view: view, zone: workspace.Zone(v.id.Account), person: values.Get("person")}
	if !slices.Contains(calendarViewNames, view) {
		return q, errs.New(errs.NotFound, "not_found", "There is no such view of the calendar.").WithFix("There are %s.", strings.Join(calendarViewNames, ", "))
	}
	q.day = calendar.DayOf(s.now(), q.zone)
	if text := strings.TrimSpace(values.Get("date")); text != "" {
		date, err := time.Parse(time.DateOnly, text)
		if err != nil || date.Year() < firstYear || date.Year() > lastYear {
			return q, errs.InvalidField("date", "invalid_date", "The address asks for the day %s, which no calendar has.", audit.Quote(text)).
				WithFix("Write the day as 2026-03-29, in the years %d to %d, or open the calendar without one.", firstYear, lastYear)
		}
		q.day, q.dated = calendar.DayOn(date.Year(), date.Month(), date.Day(), q.zone), true
	}
	for _, id := range values["calendar"] {
		if !audit.ValidID(audit.RecordID(id)) {
			return q, errs.InvalidField("calendar", "invalid_option", "Calendar cannot be %s.", audit.Quote(id))
		}
		q.calendars = append(q.calendars, audit.RecordID(id))
	}
	if q.person != "" && q.person != noneValue && !audit.ValidID(audit.RecordID(q.person)) {
		return q, errs.InvalidField("person", "invalid_option", "Assigned to cannot be %s.", audit.Quote(q.person))
	}
	return q, nil
}

// people is the filter by person as the schedule has it.
func (q calendarQuery) people() []audit.RecordID {
	switch q.person {
	case "":
		return nil
	case noneValue:
		return []audit.RecordID{""}
	}
	return []audit.RecordID{audit.RecordID(q.person)}
}

// address is that of a view on a day, with the same filters.
func (q calendarQuery) address(view string, day calendar.Day) string {
	values := url.Values{}
	if q.dated || !day.Same(q.day) {
		values.Set("date", day.String())
	}
	for _, id := range q.calendars {
		values.Add("calendar", string(id))
	}
	if q.person != "" {
		values.Set("person", q.person)
	}
	return addressOf(calendarPath+"/"+view, values)
}

// here is the address of what is shown.
func (q calendarQuery) here() string { return q.address(q.view, q.day) }

// today is the address of the present day.
func (q calendarQuery) today() string {
	q.dated = false
	return q.address(q.view, q.day)
}

// days are those that the view shows.
func (q calendarQuery) days() []calendar.Day {
	first, n := q.day, 1
	switch q.view {
	case "week":
		first, n = q.day.Monday(), 7
	case "month":
		month := q.firstOfMonth()
		first = month.Monday()
		next := month.Add(31)
		n = int(calendar.DayOn(next.Date.Year(), next.Date.Month(), 1, q.zone).Date.Sub(first.Date) / (24 * time.Hour))
		n = (n + 6) / 7 * 7
	}
	days := []calendar.Day{first}
	for len(days) < n {
		days = append(days, days[len(days)-1].Add(1))
	}
	return days
}

func (q calendarQuery) firstOfMonth() calendar.Day {
	return calendar.DayOn(q.day.Date.Year(), q.day.Date.Month(), 1, q.zone)
}

// step is the day that the view shows when it goes forward or back by one.
func (q calendarQuery) step(by int) calendar.Day {
	switch q.view {
	case "day":
		return q.day.Add(by)
	case "week":
		return q.day.Add(7 * by)
	}
	date := q.firstOfMonth().Date.AddDate(0, by, 0)
	return calendar.DayOn(date.Year(), date.Month(), 1, q.zone)
}

// heading is what is shown, in words.
func (q calendarQuery) heading() string {
	switch q.view {
	case "day":
		return q.day.Date.Format("Monday 2 January 2006")
	case "month":
		return q.day.Date.Format("January 2006")
	}
	first := q.day.Monday().Date
	last := first.AddDate(0, 0, 6)
	layout := "2"
	switch {
	case first.Year() != last.Year():
		layout = "2 January 2006"
	case first.Month() != last.Month():
		layout = "2 January"
	}
	return first.Format(layout) + " – " + last.Format("2 January 2006")
}

// parseInstant reads the instant that a script sends; errs.Invalid when it is none.
func parseInstant(field, text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, errs.InvalidField(field, "invalid_datetime", "The %s must be a time with its offset, such as 2026-03-01T09:30:00Z.", field)
	}
	return t, nil
}
