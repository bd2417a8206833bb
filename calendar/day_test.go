package calendar

import (
	"testing"
	"time"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestDays(t *testing.T) {
	for _, c := range []struct {
		zone, date, start string
		hours             float64
	}{
		{"UTC", "2026-03-29", "2026-03-29T00:00:00Z", 24},
		{"Europe/Lisbon", "2026-03-28", "2026-03-28T00:00:00Z", 24},
		{"Europe/Lisbon", "2026-03-29", "2026-03-29T00:00:00Z", 23},
		{"Europe/Lisbon", "2026-10-25", "2026-10-25T00:00:00+01:00", 25},
		{"America/New_York", "2026-03-08", "2026-03-08T00:00:00-05:00", 23},
		{"America/New_York", "2026-11-01", "2026-11-01T00:00:00-04:00", 25},
		{"Australia/Lord_Howe", "2026-04-05", "2026-04-05T00:00:00+11:00", 24.5},
		{"Australia/Lord_Howe", "2026-10-04", "2026-10-04T00:00:00+10:30", 23.5},
		{"Africa/Cairo", "2024-04-26", "2024-04-26T01:00:00+03:00", 23},     // it begins at one
		{"Africa/Cairo", "2024-10-31", "2024-10-31T00:00:00+03:00", 25},     // its last hour comes twice
		{"America/Havana", "2026-11-01", "2026-11-01T00:00:00-04:00", 25},   // its first hour comes twice
		{"America/Asuncion", "2023-03-25", "2023-03-25T00:00:00-03:00", 25}, // back at midnight
		{"America/Asuncion", "2023-03-26", "2023-03-26T00:00:00-04:00", 24},
		{"Pacific/Apia", "2011-12-30", "2011-12-31T00:00:00+14:00", 0}, // left out
		{"Pacific/Apia", "2011-12-31", "2011-12-31T00:00:00+14:00", 24},
	} {
		date, err := time.Parse(time.DateOnly, c.date)
		if err != nil {
			t.Fatal(err)
		}
		d := DayOn(date.Year(), date.Month(), date.Day(), zone(t, c.zone))
		if got := d.Start.Format(time.RFC3339); got != c.start || d.Hours().Hours() != c.hours {
			t.Errorf("%s in %s begins at %s with %v hours, want %s with %v", c.date, c.zone, got, d.Hours().Hours(), c.start, c.hours)
		}
		if d.String() != c.date {
			t.Errorf("the day is called %s", d)
		}
	}
}

// Days follow each other without a gap, and each instant lies in one.
func TestDaysCoverTime(t *testing.T) {
	for _, name := range []string{"Europe/Lisbon", "America/New_York", "Africa/Cairo", "Pacific/Apia", "Australia/Lord_Howe", "America/Asuncion", "Africa/Casablanca"} {
		z := zone(t, name)
		d := DayOn(2010, 12, 30, z)
		for range 6000 {
			next := d.Add(1)
			if !d.End.Equal(next.Start) {
				t.Fatalf("%s: %s ends at %s, and %s begins at %s", name, d, d.End, next, next.Start)
			}
			if d.Hours() > 0 {
				for _, at := range []time.Time{d.Start, d.Start.Add(d.Hours() / 2), d.End.Add(-time.Nanosecond)} {
					if got := DayOf(at, z); !got.Same(d) || !got.Holds(at) {
						t.Fatalf("%s: %s lies in %s, not in %s", name, at, got, d)
					}
				}
			}
			d = next
		}
	}
}

func TestMonday(t *testing.T) {
	for date, want := range map[string]string{"2026-11-23": "2026-11-23", "2026-11-26": "2026-11-23", "2026-11-29": "2026-11-23", "2026-11-30": "2026-11-30", "2026-03-29": "2026-03-23"} {
		at, err := time.Parse(time.DateOnly, date)
		if err != nil {
			t.Fatal(err)
		}
		if got := DayOf(at.Add(12*time.Hour), zone(t, "Europe/Lisbon")).Monday().String(); got != want {
			t.Errorf("the Monday of %s is %s, want %s", date, got, want)
		}
	}
}
