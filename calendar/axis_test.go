package calendar

import (
	"fmt"
	"testing"
	"time"
)

func TestAxisOfADay(t *testing.T) {
	lisbon := zone(t, "Europe/Lisbon")
	plain, short, long := DayOn(2026, 3, 28, lisbon), DayOn(2026, 3, 29, lisbon), DayOn(2026, 10, 25, lisbon)
	for _, c := range []struct {
		days    []Day
		day     Day
		minutes int
		at      string // an instant of the day
		place   int
		voids   string
	}{
		{[]Day{plain}, plain, 1440, "2026-03-28T09:05:00Z", 545, "[]"},
		{[]Day{short}, short, 1440, "2026-03-29T00:59:00Z", 59, "[{60 120}]"},
		{[]Day{short}, short, 1440, "2026-03-29T01:00:00Z", 120, "[{60 120}]"},
		{[]Day{short}, short, 1440, "2026-03-29T23:00:00Z", 1440, "[{60 120}]"}, // its end
		{[]Day{long}, long, 1500, "2026-10-24T23:30:00Z", 30, "[]"},
		{[]Day{long}, long, 1500, "2026-10-25T00:30:00Z", 90, "[]"},  // 01:30, the first time
		{[]Day{long}, long, 1500, "2026-10-25T01:30:00Z", 150, "[]"}, // 01:30 again
		{[]Day{long}, long, 1500, "2026-10-25T02:00:00Z", 180, "[]"},
		{[]Day{long}, long, 1500, "2026-10-26T00:00:00Z", 1500, "[]"},
		// A plain day beside the long one: its hours stand at the same height, and the second pass is empty.
		{[]Day{long.Add(-1), long}, long.Add(-1), 1500, "2026-10-24T00:30:00Z", 90, "[{120 180}]"},
		{[]Day{long.Add(-1), long}, long.Add(-1), 1500, "2026-10-24T08:00:00Z", 600, "[{120 180}]"},
	} {
		a := NewAxis(c.days...)
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := a.Place(c.day, at); a.Minutes() != c.minutes || got != c.place {
			t.Errorf("%s stands at %d of %d, want %d of %d", c.at, got, a.Minutes(), c.place, c.minutes)
		}
		if got := fmt.Sprint(a.Voids(c.day)); got != c.voids {
			t.Errorf("%s leaves out %s, want %s", c.day, got, c.voids)
		}
	}
}

// On an axis of its own a day goes downwards minute by minute, jumping over what it leaves out and over nothing else.
func TestAxisIsWhole(t *testing.T) {
	for _, name := range []string{"Europe/Lisbon", "America/New_York", "Africa/Cairo", "Australia/Lord_Howe", "America/Havana", "America/Asuncion", "Africa/Casablanca"} {
		for d := DayOn(2023, 1, 1, zone(t, name)); d.Date.Year() < 2027; d = d.Add(1) {
			a, void := NewAxis(d), 0
			for _, b := range a.Voids(d) {
				void += b.Len()
			}
			if a.Minutes()-void != int(d.Hours()/time.Minute) {
				t.Fatalf("%s: %s has %v and an axis of %d minutes without %d", name, d, d.Hours(), a.Minutes(), void)
			}
			if len(d.Changes()) == 0 {
				continue
			}
			last := -1
			for at := d.Start; at.Before(d.End); at = at.Add(time.Minute) {
				place := a.Place(d, at)
				jump := false
				for _, b := range a.Voids(d) {
					jump = jump || place == b.To && last == b.From-1
				}
				if place != last+1 && !jump {
					t.Fatalf("%s: %s stands at %d, behind %d", name, at, place, last)
				}
				last = place
			}
		}
	}
}

func TestMarks(t *testing.T) {
	long := NewAxis(DayOn(2026, 10, 25, zone(t, "Europe/Lisbon"))).Marks()
	if len(long) != 25 || long[1] != (Hour{60, 60, false}) || long[2] != (Hour{120, 60, true}) || long[3] != (Hour{180, 120, false}) {
		t.Errorf("the marks of the long day are %v", long)
	}
	if n := len(NewAxis(DayOn(2026, 3, 29, zone(t, "Europe/Lisbon"))).Marks()); n != 24 {
		t.Errorf("the axis of the short day has %d marks", n)
	}
}

func TestSlots(t *testing.T) {
	lisbon := zone(t, "Europe/Lisbon")
	short, long := DayOn(2026, 3, 29, lisbon), DayOn(2026, 10, 25, lisbon)
	show := func(slots []Slot) (out []string) {
		for _, s := range slots[:min(6, len(slots))] {
			out = append(out, fmt.Sprintf("%d+%d %s", s.At, s.Len, s.Start.Format("15:04-07")))
		}
		return out
	}
	for _, c := range []struct {
		axis    Axis
		day     Day
		minutes int
		n       int
		first   string
	}{
		{NewAxis(short), short, 30, 46, "[0+30 00:00+00 30+30 00:30+00 120+30 02:00+01 150+30 02:30+01 180+30 03:00+01 210+30 03:30+01]"},
		{NewAxis(short), short, 45, 32, "[0+45 00:00+00 45+15 00:45+00 120+15 02:00+01 135+45 02:15+01 180+45 03:00+01 225+45 03:45+01]"},
		{NewAxis(long), long, 60, 25, "[0+60 00:00+01 60+60 01:00+01 120+60 01:00+00 180+60 02:00+00 240+60 03:00+00 300+60 04:00+00]"},
		{NewAxis(long, short), long.Add(-1), 60, 24, "[0+60 00:00+01 60+60 01:00+01 180+60 02:00+01 240+60 03:00+01 300+60 04:00+01 360+60 05:00+01]"},
		{NewAxis(short.Add(1)), short.Add(1), 1440, 1, "[0+1440 00:00+01]"},
	} {
		slots := c.axis.Slots(c.day, c.minutes)
		if got := fmt.Sprint(show(slots)); len(slots) != c.n || got != c.first {
			t.Errorf("%s has %d slots of %d minutes, want %d: %s", c.day, len(slots), c.minutes, c.n, got)
		}
		for _, s := range slots {
			if got := c.axis.Place(c.day, s.Start); got != s.At {
				t.Errorf("%s: the slot of %s stands at %d, and %s at %d", c.day, s.Start, s.At, s.Start, got)
			}
		}
	}
}
