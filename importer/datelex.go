package importer

import (
	"strings"
	"time"
)

// lexedDate is a cell cut into a date's three parts, with nothing decided about their order yet.
type lexedDate struct {
	n     [3]int
	width [3]int // digits as written; 0 where the month's name stands
	clock clock
}

// clock is the time of day in a cell.
type clock struct {
	given          bool
	hour, min, sec int
	nsec           int
	zoned          bool // an offset is written
	offset         int  // seconds east of UTC
	impossible     bool
}

// named is the place of the month's name, -1 without.
func (d lexedDate) named() int {
	for i, w := range d.width {
		if w == 0 {
			return i
		}
	}
	return -1
}

// plain reports that the parts themselves say their order.
func (d lexedDate) plain() bool { return d.width[0] == 4 || d.named() >= 0 }

// read gives the parts their meaning in format f; latest is the last year that two digits may mean. It is false when
// the shape excludes the format (a four-digit year in the first place, read day first, is plain and stays year first).
func (d lexedDate) read(f DateFormat, latest int) (year, month, day int, ok bool) {
	y, m, dd := 2, 1, 0
	switch {
	case d.width[0] == 4:
		y, m, dd = 0, 1, 2
		if d.width[1] != 0 && d.named() == 2 {
			m, dd = 2, 1 // 2020 3 March
		}
	case d.named() == 0: // March 3, 2020
		m, dd = 0, 1
	case d.named() >= 0:
		if f == DateYMD && d.width[2] < 3 && d.width[0] == 2 {
			y, m, dd = 0, 1, 2 // 20-Mar-03, only when asked for
		}
	case d.width[2] == 4:
		switch f {
		case DateMDY:
			m, dd = 0, 1
		case DateYMD:
			return 0, 0, 0, false
		}
	default:
		switch f {
		case DateMDY:
			m, dd = 0, 1
		case DateYMD:
			y, m, dd = 0, 1, 2
		}
	}
	if d.named() >= 0 && m != d.named() {
		return 0, 0, 0, false
	}
	switch d.width[y] {
	case 4:
		year = d.n[y]
	case 2:
		year = latest - latest%100 + d.n[y]
		if year > latest {
			year -= 100
		}
	default:
		return 0, 0, 0, false
	}
	return year, d.n[m], d.n[dd], d.width[dd] <= 2
}

// exists reports whether the calendar has the day.
func exists(year, month, day int) bool {
	return year >= 1000 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// lexDate cuts a cell. It is false for what no one would call a date.
func lexDate(cell string) (lexedDate, bool) {
	var d lexedDate
	if len(cell) < 6 || len(cell) > 64 {
		return d, false
	}
	s := plain(cell)
	if strings.Contains(s, ":") {
		var ok bool
		if s, d.clock, ok = cutClock(s); !ok {
			return d, false
		}
	}
	if y, ok := compact(s); ok {
		d.n, d.width = y, [3]int{4, 2, 2}
		return d, true
	}
	return d, d.parts(s)
}

// compact reads 20200826.
func compact(s string) (n [3]int, ok bool) {
	if len(s) != 8 || strings.Trim(s, "0123456789") != "" {
		return n, false
	}
	n = [3]int{digits(s[:4]), digits(s[4:6]), digits(s[6:])}
	return n, n[0] >= 1900 && n[0] < 2100 && exists(n[0], n[1], n[2])
}

// parts cuts s into its three parts. Numbers must have the same separator twice: 10-11/12 is something else.
func (d *lexedDate) parts(s string) bool {
	i, marks := 0, [2]string{}
	for place := 0; ; {
		tok := run(s[i:])
		if tok == "" {
			return false
		}
		i += len(tok)
		digit := isDigit(tok[0])
		switch {
		case digit && len(tok) <= 4 && len(tok) != 3:
			d.n[place], d.width[place] = digits(tok), len(tok)
			if suffix := run(s[i:]); ordinal(suffix) {
				i += len(suffix)
			}
		case digit:
			return false
		case place == 0 && weekday(tok):
			i += len(separator(s[i:]))
			continue
		default:
			m, ok := months[strings.ToLower(tok)]
			if !ok || d.hasName(place) {
				return false
			}
			d.n[place], d.width[place] = m, 0
		}
		sep := separator(s[i:])
		i += len(sep)
		place++
		if place == 3 {
			return i == len(s) && strings.Trim(sep, " .") == "" && d.shaped(marks)
		}
		marks[place-1] = strings.TrimSpace(sep)
	}
}

// hasName reports a month's name before place.
func (d *lexedDate) hasName(place int) bool {
	for _, w := range d.width[:place] {
		if w == 0 {
			return true
		}
	}
	return false
}

// shaped refuses three parts that cannot be a date: a year of one digit, four digits in the middle, separators that differ.
func (d *lexedDate) shaped(marks [2]string) bool {
	long := 0
	for _, w := range d.width {
		if w == 4 {
			long++
		}
	}
	if long > 1 || d.width[1] == 4 {
		return false
	}
	if d.named() >= 0 {
		return long == 1 || d.width[2] == 2
	}
	one := marks[0] == marks[1] && (marks[0] == "" || len(marks[0]) == 1 && marks[0] != ",")
	return one && (long == 1 || d.width[2] == 2)
}

// run is the digits or the letters that s begins with.
func run(s string) string {
	for i := range len(s) {
		if !isDigit(s[i]) && !isLetter(s[i]) || i > 0 && isDigit(s[i]) != isDigit(s[0]) {
			return s[:i]
		}
	}
	return s
}

// separator is what stands between two parts.
func separator(s string) string { return s[:len(s)-len(strings.TrimLeft(s, "/-. ,"))] }

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// digits is the value of a few decimal digits.
func digits(s string) (n int) {
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

func ordinal(s string) bool {
	switch strings.ToLower(s) {
	case "st", "nd", "rd", "th":
		return true
	}
	return false
}

func weekday(s string) bool {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if len(s) >= 3 && len(s) <= len(d.String()) && strings.EqualFold(d.String()[:len(s)], s) {
			return true
		}
	}
	return false
}

// months are the English names, whole and short; dates in other languages are to be written in numbers.
var months = func() map[string]int {
	m := map[string]int{"sept": 9}
	for i := time.January; i <= time.December; i++ {
		name := strings.ToLower(i.String())
		m[name], m[name[:3]] = int(i), int(i)
	}
	return m
}()
