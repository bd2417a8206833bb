package importer

import (
	"strings"

	"github.com/backtrail/backtrail/errs"
)

// DateFormat is the order in which dates are written; it is the API's date_format. A date whose order is plain (the
// year in front with four digits, the month by name) is read in every format.
type DateFormat string

// The formats.
const (
	DateAuto DateFormat = "auto" // what the column itself shows
	DateDMY  DateFormat = "dmy"  // 26/08/2020
	DateMDY  DateFormat = "mdy"  // 08/26/2020
	DateYMD  DateFormat = "ymd"  // 2020-08-26
)

// ParseDateFormat reads the parameter; nothing is auto.
func ParseDateFormat(s string) (DateFormat, error) {
	switch f := DateFormat(strings.ToLower(s)); f {
	case "":
		return DateAuto, nil
	case DateAuto, DateDMY, DateMDY, DateYMD:
		return f, nil
	}
	return "", errs.InvalidField("date_format", "unknown_option", "%s is not a date format.", quoted(s)).WithFix("Use auto, dmy, mdy or ymd.")
}

// words says the format in a sentence.
func (f DateFormat) words() string {
	switch f {
	case DateDMY:
		return "day first"
	case DateMDY:
		return "month first"
	case DateYMD:
		return "year first"
	}
	return "automatically"
}

// orders is a set of formats.
type orders uint8

const (
	fitsDMY orders = 1 << iota
	fitsMDY
	fitsYMD
)

var orderOf = map[DateFormat]orders{DateDMY: fitsDMY, DateMDY: fitsMDY, DateYMD: fitsYMD}

// DateEvidence gathers how a column writes its dates. The zero value is ready.
type DateEvidence struct {
	Dates   int     // cells that are dates of any form
	Example string  // the first whose order is open
	fits    [8]int  // number of dates that exist in each set of orders
	first   [2]bits // values seen in the first place of two-digit dates, and in the last
}

// bits is a set of numbers from 0 to 99.
type bits [2]uint64

func (b *bits) add(n int) { b[n/64] |= 1 << (n % 64) }

func (b bits) len() int {
	n := 0
	for _, w := range b {
		for ; w != 0; w &= w - 1 {
			n++
		}
	}
	return n
}

// Add takes one cell into account; one that is not a date says nothing.
func (e *DateEvidence) Add(cell string) {
	d, ok := lexDate(cell)
	if !ok {
		return
	}
	e.Dates++
	if d.plain() {
		return
	}
	set := orders(0)
	for f, o := range orderOf {
		if y, m, day, ok := d.read(f, defaultLatestYear); ok && exists(y, m, day) {
			set |= o
		}
	}
	e.fits[set]++
	if set&fitsDMY != 0 && set&fitsMDY != 0 && e.Example == "" {
		e.Example = Clean(cell)
	}
	if d.width[2] == 2 {
		e.first[0].add(d.n[0])
		e.first[1].add(d.n[2])
	}
}

// numeric reports whether any date's order had to be found out.
func (e *DateEvidence) numeric() bool { return e.total() > 0 }

func (e *DateEvidence) total() int { return e.count(func(orders) bool { return true }) }

// count is the number of dates that exist, in the sets that ok selects.
func (e *DateEvidence) count(ok func(orders) bool) (n int) {
	for set := orders(1); set < 8; set++ {
		if ok(set) {
			n += e.fits[set]
		}
	}
	return n
}

// allows reports that every date exists when read in f.
func (e *DateEvidence) allows(f DateFormat) bool {
	return e.count(func(s orders) bool { return s&orderOf[f] == 0 }) == 0
}

// most is how many times more dates must speak for an order than against it; those against are then each an error of
// their row.
const most = 19

// Decide returns the order to read the column in: the one asked for, or in auto the one that its dates prove. A single
// 26/08/2020 proves a column. When none does, the error is ambiguous_dates; when they prove different things, mixed_dates.
// It stays auto for a column in which every date says its order itself (2020-08-26, 3 Mar 2020), or there is none.
//
// Two-digit years leave the year's place open too: 20-10-16 may be in 2016 or in 2020. Years vary less than days, so the
// year is taken to be last unless the first place varies less; nearly nobody writes two-digit years in front.
func (e *DateEvidence) Decide(asked DateFormat) (DateFormat, error) {
	if asked != DateAuto && asked != "" {
		return asked, nil
	}
	total := e.total()
	if total == 0 {
		return DateAuto, nil
	}
	dmy := e.count(func(s orders) bool { return s&fitsDMY != 0 && s&fitsMDY == 0 })
	mdy := e.count(func(s orders) bool { return s&fitsMDY != 0 && s&fitsDMY == 0 })
	ymd := e.fits[fitsYMD] // exist in this order alone
	ymdToo := e.count(func(s orders) bool { return s&fitsYMD != 0 })
	switch {
	case ymd > 0 && ymdToo == total:
		return DateYMD, nil
	case ymd > 0 && ymd*most > total:
		return "", e.mixed()
	case dmy > 0 && dmy >= most*mdy:
		if ymdToo == total && e.first[0].len() < e.first[1].len() {
			return "", e.ambiguous()
		}
		return DateDMY, nil
	case mdy > 0 && mdy >= most*dmy:
		return DateMDY, nil
	case dmy > 0:
		return "", e.mixed()
	}
	return "", e.ambiguous()
}

func (e *DateEvidence) ambiguous() error {
	detail := "The dates can be read in more than one way"
	if e.Example != "" {
		detail += ": " + quoted(e.Example) + " may be day first or month first"
	}
	return errs.InvalidField("date_format", "ambiguous_dates", "%s.", detail).
		WithFix("Say how they are written: date_format dmy (26/08/2020), mdy (08/26/2020) or ymd (2020-08-26).")
}

func (e *DateEvidence) mixed() error {
	return errs.InvalidField("date_format", "mixed_dates", "The column mixes dates of different orders.").
		WithFix("Say which is right with date_format (dmy, mdy or ymd); the dates that do not fit are then reported row by row.")
}
