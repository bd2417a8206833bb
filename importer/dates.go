package importer

import (
	"fmt"
	"regexp"
	"time"

	"github.com/backtrail/backtrail/errs"
)

// defaultLatestYear makes of two-digit years what POSIX does: 69 to 99 are in the last century.
const defaultLatestYear = 2068

// microseconds is how the product writes times.
const microseconds = "2006-01-02T15:04:05.000000Z"

// Dates reads the dates of one column.
type Dates struct {
	// Format is the column's order, from File.DateFormat or DateEvidence.Decide. In auto, a cell that can be read in
	// two ways is an error.
	Format DateFormat
	// Location is the zone of times that do not say theirs: the account's. nil is UTC.
	Location *time.Location
	// LatestYear is the last year that two digits may mean, 0 for 2068. For dates of birth it should be this year.
	LatestYear int
}

// Date reads a cell as YYYY-MM-DD; a blank one is "". A time of day is left out, after it has been moved to Location if it
// says its zone. Errors have the codes not_a_date, impossible_date, ambiguous_date.
func (d Dates) Date(cell string) (string, error) {
	m, blank, err := d.read(cell)
	if blank || err != nil {
		return "", err
	}
	if m.clock.zoned {
		t := d.time(m)
		m.year, m.month, m.day = t.Year(), int(t.Month()), t.Day()
	}
	if m.year > 9999 {
		return "", notADate(cell)
	}
	return fmt.Sprintf("%04d-%02d-%02d", m.year, m.month, m.day), nil
}

// DateTime reads a cell as a time in UTC, RFC 3339 with microseconds; a blank one is "". A date alone is its first
// moment in Location. Errors are those of Date.
func (d Dates) DateTime(cell string) (string, error) {
	m, blank, err := d.read(cell)
	if blank || err != nil {
		return "", err
	}
	t := d.time(m)
	if !m.clock.given && t.Day() != m.day {
		t = t.Add(time.Hour) // the clocks skip that midnight
	}
	t = t.UTC()
	if t.Year() < 1000 || t.Year() > 9999 {
		return "", notADate(cell)
	}
	return t.Format(microseconds), nil
}

// moment is a day that exists, with the time of day that the cell gives.
type moment struct {
	year, month, day int
	clock            clock
}

// time is m in Location. Of a time that the clocks there repeat, it is the one that package time takes.
func (d Dates) time(m moment) time.Time {
	here, there := time.UTC, time.UTC
	if d.Location != nil {
		here, there = d.Location, d.Location
	}
	if m.clock.zoned {
		there = time.FixedZone("", m.clock.offset)
	}
	c := m.clock
	return time.Date(m.year, time.Month(m.month), m.day, c.hour, c.min, c.sec, c.nsec, there).In(here)
}

func (d Dates) read(cell string) (m moment, blank bool, err error) {
	if Blank(cell) {
		return m, true, nil
	}
	lexed, ok := lexDate(Clean(cell))
	if !ok {
		return m, false, notADate(cell)
	}
	if lexed.clock.impossible {
		return m, false, errs.New(errs.Invalid, "impossible_date", "%s: there is no such time of day.", quoted(cell)).
			WithFix("Write times from 00:00:00 to 23:59:59.")
	}
	m.clock = lexed.clock
	m.year, m.month, m.day, err = d.calendar(cell, lexed)
	return m, false, err
}

// calendar gives the parts their meaning and checks that the day exists.
func (d Dates) calendar(cell string, lexed lexedDate) (year, month, day int, err error) {
	latest, format := d.LatestYear, d.Format
	if latest == 0 {
		latest = defaultLatestYear
	}
	if format == "" || format == DateAuto {
		var e DateEvidence
		e.Add(Clean(cell))
		if format, err = e.Decide(DateAuto); err != nil {
			return 0, 0, 0, errs.New(errs.Invalid, "ambiguous_date", "%s may be day first or month first.", quoted(cell)).
				WithFix("Say which with date_format: dmy, mdy or ymd.")
		}
		if !lexed.plain() && e.total() == 0 {
			format = DateDMY // exists in no order; which one is said does not matter
		}
	}
	year, month, day, ok := lexed.read(format, latest)
	switch {
	case !ok:
		err = errs.New(errs.Invalid, "impossible_date", "%s is not a date when read %s.", quoted(cell), format.words()).WithFix("Correct it, or choose another date_format.")
	case month < 1 || month > 12:
		err = errs.New(errs.Invalid, "impossible_date", "%s is not a date when read %s: there is no month %d.", quoted(cell), format.words(), month).
			WithFix("Correct it, or choose another date_format.")
	case year < 1000:
		err = errs.New(errs.Invalid, "impossible_date", "%s: the year %d is too long ago.", quoted(cell), year).WithFix("Write the year with four digits.")
	case !exists(year, month, day):
		err = errs.New(errs.Invalid, "impossible_date", "%s does not exist: %s %d has %d days.", quoted(cell), time.Month(month), year, daysIn(year, month)).
			WithFix("Correct the date.")
	}
	return year, month, day, err
}

var dayNumber = regexp.MustCompile(`^[2-7]\d{4}([.,]\d+)?$`)

func notADate(cell string) error {
	e := errs.New(errs.Invalid, "not_a_date", "%s is not a date.", quoted(cell))
	if dayNumber.MatchString(plain(cell)) {
		// Counting from 1900 or from 1904 depends on the workbook, so that the number alone is not enough.
		return e.WithFix("It seems to be a spreadsheet's day number: format the column as a date and save the file again.")
	}
	return e.WithFix("Write dates as 2020-08-26.")
}
