package importer

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/errs"
)

func TestDateEvidence(t *testing.T) {
	for _, c := range []struct {
		name, cells, want, code string
	}{
		{"nothing", "", "auto", ""},
		{"not dates", "x|12|Ana", "auto", ""},
		{"iso", "2020-08-26|2020-01-02", "auto", ""},
		{"month names", "3 Mar 2020|April 5, 2021", "auto", ""},
		{"day first", "26/08/2020|01/02/2020", "dmy", ""},
		{"month first", "08/26/2020|01/02/2020", "mdy", ""},
		{"two digits, day first", "20-10-16|25-10-16|01-03-17", "dmy", ""},
		{"two digits, month first", "10-20-16|10-25-16", "mdy", ""},
		{"two digits, year first for certain", "99-12-31|99-01-02", "ymd", ""},
		{"two digits, years vary less in front", "17-05-20|17-06-21|17-07-22", "", "ambiguous_dates"},
		{"one date", "20-10-16", "dmy", ""},
		{"open", "01/02/2020|03/04/2020", "", "ambiguous_dates"},
		{"open, two digits", "01/02/03", "", "ambiguous_dates"},
		{"mixed", "26/08/2020|08/26/2020", "", "mixed_dates"},
		{"mixed with the year in front", "99-12-31|26-08-2020", "", "mixed_dates"},
		{"one slip among many", strings.Repeat("26/08/2020|", 40) + "08/26/2020", "dmy", ""},
		{"impossible days say nothing", "31/02/2020|26/08/2020", "dmy", ""},
		{"only impossible days", "31/02/2020", "auto", ""},
		{"with times", "26/08/2020 10:00|01/02/2020 11:00", "dmy", ""},
		{"other things between", "26/08/2020|n/a|unknown", "dmy", ""},
	} {
		var e DateEvidence
		for cell := range strings.SplitSeq(c.cells, "|") {
			e.Add(cell)
		}
		got, err := e.Decide(DateAuto)
		if string(got) != c.want || errs.Code(err) != c.code || err != nil && errs.Of(err).Fix == "" {
			t.Errorf("%s: %q, %v; want %q %s", c.name, got, err, c.want, c.code)
		}
		if got, err := e.Decide(DateMDY); got != DateMDY || err != nil {
			t.Errorf("%s: asked for mdy, got %q, %v", c.name, got, err)
		}
	}
}

func TestDate(t *testing.T) {
	for _, c := range []struct {
		format     DateFormat
		cell, want string
	}{
		{"", "", ""},
		{"", "N/A", ""},
		{"", "2020-08-26", "2020-08-26"},
		{"", "2020/8/6", "2020-08-06"},
		{"", "20200826", "2020-08-26"},
		{DateDMY, "2020-08-06", "2020-08-06"}, // the year in front is plain in every format
		{DateMDY, "3 Mar 2020", "2020-03-03"},
		{"", "26/08/2020", "2020-08-26"},
		{"", "08/26/2020", "2020-08-26"},
		{DateDMY, "20-10-16", "2016-10-20"},
		{DateYMD, "20-10-16", "2020-10-16"},
		{DateMDY, "10-11-16", "2016-10-11"},
		{DateDMY, "1.2.2020", "2020-02-01"},
		{DateDMY, "1. 2. 2020", "2020-02-01"},
		{DateDMY, "01.02.2020.", "2020-02-01"},
		{DateDMY, "1 2 2020", "2020-02-01"},
		{DateDMY, "01\u201302\u20132020", "2020-02-01"},
		{DateDMY, "01-02-69", "1969-02-01"},
		{DateDMY, "01-02-68", "2068-02-01"},
		{"", "March 3, 2020", "2020-03-03"},
		{"", "Mar 3 20", "2020-03-03"},
		{"", "3rd March 2020", "2020-03-03"},
		{"", "Tue, 3 Mar 2020", "2020-03-03"},
		{"", "03-Sept-20", "2020-09-03"},
		{"", "03MAR2020", "2020-03-03"},
		{"", "2020-Mar-03", "2020-03-03"},
		{"", "2020 3 March", "2020-03-03"},
		{"", "20-Mar-03", "2003-03-20"},
		{DateYMD, "20-Mar-03", "2020-03-03"},
		{"", "2020-08-26 00:00:00", "2020-08-26"},
		{"", "2020-08-26T23:30:00Z", "2020-08-27"}, // in Lisbon it is the next day already
		{"", "29/02/2020", "2020-02-29"},
	} {
		got, err := Dates{Format: c.format, Location: zone(t, "Europe/Lisbon")}.Date(c.cell)
		if err != nil || got != c.want {
			t.Errorf("%q %s is %q, %v; want %q", c.cell, c.format, got, err, c.want)
		}
	}
	if got, err := (Dates{Format: DateDMY, LatestYear: 2026}).Date("12-05-55"); got != "1955-05-12" || err != nil {
		t.Errorf("a date of birth is %q, %v", got, err)
	}
	// The clocks skip this midnight; the day is there all the same.
	if got, err := (Dates{Location: zone(t, "America/Sao_Paulo")}).Date("2018-11-04"); got != "2018-11-04" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestDateRefused(t *testing.T) {
	for _, c := range []struct {
		format             DateFormat
		cell, code, detail string
	}{
		{"", "soon", "not_a_date", `"soon" is not a date.`},
		{"", "44069", "not_a_date", "44069"},
		{"", "Q4 2016", "not_a_date", ""},
		{"", "10-11/2020", "not_a_date", ""},
		{"", "1/2/3", "not_a_date", ""},
		{"", "915.112.1727", "not_a_date", ""},
		{"", "10:30", "not_a_date", ""},
		{"", "2020-08-26 25:00", "impossible_date", "time of day"},
		{"", "2020-08-26 13:00 PM", "impossible_date", "time of day"},
		{DateDMY, "31/02/2020", "impossible_date", "February 2020 has 29 days"},
		{"", "31/02/2020", "impossible_date", "February 2020 has 29 days"},
		{"", "29 Feb 2021", "impossible_date", "28 days"},
		{"", "2021-02-29", "impossible_date", "28 days"},
		{DateDMY, "08/26/2020", "impossible_date", "day first: there is no month 26"},
		{DateMDY, "26/08/2020", "impossible_date", "month first: there is no month 26"},
		{DateYMD, "26/08/2020", "impossible_date", "year first"},
		{"", "0020-10-16", "impossible_date", "year 20"},
		{"", "0000-00-00", "impossible_date", "month 0"},
		{"", "01/02/2020", "ambiguous_date", "day first or month first"},
	} {
		got, err := Dates{Format: c.format}.Date(c.cell)
		if got != "" || errs.Code(err) != c.code || !strings.Contains(err.Error(), c.detail) || errs.Of(err).Fix == "" {
			t.Errorf("%q %s is %q, %v; want %s %q", c.cell, c.format, got, err, c.code, c.detail)
		}
	}
	if _, err := (Dates{}).Date("44069"); !strings.Contains(errs.Of(err).Fix, "day number") {
		t.Errorf("no hint for a day number: %v", errs.Of(err).Fix)
	}
}

func TestDateTime(t *testing.T) {
	for _, c := range []struct{ zone, cell, want string }{
		{"UTC", "", ""},
		{"UTC", "2020-08-26T10:00:00Z", "2020-08-26T10:00:00.000000Z"},
		{"Europe/Lisbon", "2020-08-26 10:00", "2020-08-26T09:00:00.000000Z"},
		{"Europe/Lisbon", "2020-08-26T10:00:00.123456789+05:30", "2020-08-26T04:30:00.123456Z"},
		{"Europe/Lisbon", "26/08/2020, 10:00:05 pm", "2020-08-26T21:00:05.000000Z"},
		{"UTC", "26/08/2020 12:05 a.m.", "2020-08-26T00:05:00.000000Z"},
		{"America/New_York", "2020-08-26", "2020-08-26T04:00:00.000000Z"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00.000000Z"},
		{"UTC", "Tue, 03 Mar 2020 10:00:00 GMT", "2020-03-03T10:00:00.000000Z"},
		{"UTC", "2020-08-26 10:00:00 -0300", "2020-08-26T13:00:00.000000Z"},
	} {
		got, err := Dates{Location: zone(t, c.zone)}.DateTime(c.cell)
		if err != nil || got != c.want {
			t.Errorf("%q in %s is %q, %v; want %q", c.cell, c.zone, got, err, c.want)
		}
	}
	if _, err := (Dates{}).DateTime("9999-12-31T23:00:00-05:00"); errs.Code(err) != "not_a_date" {
		t.Error(err)
	}
}

func TestParseDateFormat(t *testing.T) {
	for in, want := range map[string]DateFormat{"": DateAuto, "auto": DateAuto, "DMY": DateDMY, "mdy": DateMDY, "ymd": DateYMD} {
		if got, err := ParseDateFormat(in); got != want || err != nil {
			t.Errorf("%q is %q, %v", in, got, err)
		}
	}
	if _, err := ParseDateFormat("dd/mm"); errs.Code(err) != "unknown_option" || len(errs.Of(err).Fields) != 1 {
		t.Error(err)
	}
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

var canonicalDate = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)

func FuzzDate(f *testing.F) {
	for _, s := range []string{"", "20-10-16", "26/08/2020", "3rd Mar 2020", "2020-08-26T10:00:00.5+01:00", "20200826", "31/02/2020", "1 2 20 3:04 pm", "Mon", "０１/02/2020", "2020--1"} {
		for _, format := range []DateFormat{DateAuto, DateDMY, DateMDY, DateYMD} {
			f.Add(s, string(format))
		}
	}
	f.Fuzz(func(t *testing.T, cell, format string) {
		var e DateEvidence
		e.Add(cell)
		if _, err := e.Decide(DateAuto); err != nil && errs.Code(err) != "ambiguous_dates" {
			t.Fatal(err)
		}
		asked, err := ParseDateFormat(format)
		if err != nil {
			return
		}
		d := Dates{Format: asked}
		day, err := d.Date(cell)
		if err == nil && !Blank(cell) {
			if _, perr := time.Parse(time.DateOnly, day); perr != nil || !canonicalDate.MatchString(day) {
				t.Fatalf("%q is %q", cell, day)
			}
			if again, err := d.Date(day); again != day || err != nil {
				t.Fatalf("%q read again is %q, %v", day, again, err)
			}
		}
		moment, merr := d.DateTime(cell)
		if merr == nil && moment != "" {
			if _, err := time.Parse(time.RFC3339Nano, moment); err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(moment, day) {
				t.Fatalf("%q is on %q, at %q", cell, day, moment)
			}
		}
	})
}
