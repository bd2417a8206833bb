package calendar

import (
	"slices"
	"time"
)

// Band is a stretch of the clock, in minutes from midnight.
type Band struct{ From, To int }

// Len is how many minutes the band has.
func (b Band) Len() int { return b.To - b.From }

// Axis is how the hours of days stand beside each other: by the clock on the wall, with one more band wherever an hour
// passes twice on one of the days. So 09:00 is at one height on all days, and a day of 25 hours has room for them.
type Axis struct {
	bands []Band // that pass twice, in their order
}

// NewAxis is the axis of the days.
func NewAxis(days ...Day) Axis {
	var a Axis
	for _, d := range days {
		for _, b := range d.repeated() {
			if !slices.Contains(a.bands, b) {
				a.bands = append(a.bands, b)
			}
		}
	}
	slices.SortFunc(a.bands, func(x, y Band) int { return x.To - y.To })
	return a
}

// minutesOfDay is how many minutes a clock shows in a day.
const minutesOfDay = 24 * 60

// Minutes is how long the axis is.
func (a Axis) Minutes() int {
	n := minutesOfDay
	for _, b := range a.bands {
		n += b.Len()
	}
	return n
}

// Place is where the instant of day d stands, in minutes from the top; d.End stands at the bottom.
func (a Axis) Place(d Day, t time.Time) int {
	if !t.Before(d.End) {
		return a.Minutes()
	}
	local := t.In(d.Start.Location())
	wall, again := local.Hour()*60+local.Minute(), Again(local)
	if local.Day() != d.Date.Day() {
		wall = 0 // a zone that went back over midnight: these minutes belong to no day of their own
	}
	return a.place(wall, again)
}

func (a Axis) place(wall int, again bool) int {
	at := wall
	for _, b := range a.bands {
		if wall >= b.To || again && wall >= b.From {
			at += b.Len()
		}
	}
	return at
}

// Hour is a mark on the axis.
type Hour struct {
	At    int // minutes from the top
	Wall  int // minutes from midnight on the clock
	Again bool
}

// Marks are the full hours from the top to the bottom, those that pass twice with both.
func (a Axis) Marks() []Hour {
	var marks []Hour
	for wall := 0; wall < minutesOfDay; wall += 60 {
		marks = append(marks, Hour{a.place(wall, false), wall, false})
		if slices.ContainsFunc(a.bands, func(b Band) bool { return wall >= b.From && wall < b.To }) {
			marks = append(marks, Hour{a.place(wall, true), wall, true})
		}
	}
	slices.SortFunc(marks, func(x, y Hour) int { return x.At - y.At })
	return marks
}

// Voids are the stretches of the axis at which nothing of the day stands: what its clocks leave out, and the second
// pass of an hour that passes twice on another day.
func (a Axis) Voids(d Day) []Band {
	var voids []Band
	for _, b := range a.bands {
		if !slices.Contains(d.repeated(), b) {
			from := a.place(b.From, true)
			voids = append(voids, Band{from, from + b.Len()})
		}
	}
	for _, b := range d.skipped() {
		voids = append(voids, Band{a.place(b.From, false), a.place(b.From, false) + b.Len()})
	}
	return voids
}

// Change is a moment at which the clocks are changed.
type Change struct {
	At   time.Time // in the zone, with the new offset
	Band Band      // of the clock: left out when Forward, passing twice otherwise
	// Forward is whether the clocks go forward, and leave the band out.
	Forward bool
}

// Changes are the moments of the day at which the clocks are changed. One at its very start leaves out its first hour.
func (d Day) Changes() []Change {
	zone := d.Start.Location()
	var changes []Change
	for t := d.Start.Add(-time.Nanosecond).In(zone); ; {
		_, end := t.ZoneBounds()
		if end.IsZero() || !end.Before(d.End) {
			return changes
		}
		_, before := t.Zone()
		t = end.In(zone)
		_, after := t.Zone()
		minutes := (after - before) / 60
		// What the clocks show at the change, by the old offset: it counts from the midnight of d's date.
		shown := int(t.UTC().Add(time.Duration(before)*time.Second).Sub(d.Date) / time.Minute)
		switch {
		case minutes > 0:
			b := Band{max(shown, 0), min(shown+minutes, minutesOfDay)}
			if b.Len() > 0 {
				changes = append(changes, Change{t, b, true})
			}
		case minutes < 0:
			b := Band{max(shown+minutes, 0), min(shown, minutesOfDay)}
			if b.Len() > 0 {
				changes = append(changes, Change{t, b, false})
			}
		}
	}
}

func (d Day) repeated() []Band { return d.bands(false) }
func (d Day) skipped() []Band  { return d.bands(true) }

func (d Day) bands(forward bool) []Band {
	var bands []Band
	for _, c := range d.Changes() {
		if c.Forward == forward {
			bands = append(bands, c.Band)
		}
	}
	return bands
}

// Stretch is a part of a day in which its clocks run on without a change, and the axis with them.
type Stretch struct {
	At, Len int       // on the axis
	Wall    int       // what the clock shows at its beginning, in minutes from midnight
	Start   time.Time // the instant of its beginning
}

// Stretches are the parts of the day, from the top to the bottom; what lies between them is void.
func (a Axis) Stretches(d Day) []Stretch {
	voids := a.Voids(d)
	cuts := []int{0, a.Minutes()}
	for _, b := range a.bands {
		cuts = append(cuts, a.place(b.From, true), a.place(b.From, true)+b.Len())
	}
	for _, b := range voids {
		cuts = append(cuts, b.From, b.To)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var stretches []Stretch
	at := d.Start
	for i, from := range cuts[:len(cuts)-1] {
		to := cuts[i+1]
		if slices.ContainsFunc(voids, func(b Band) bool { return from >= b.From && to <= b.To }) {
			continue
		}
		stretches = append(stretches, Stretch{At: from, Len: to - from, Wall: at.Hour()*60 + at.Minute(), Start: at})
		at = at.Add(time.Duration(to-from) * time.Minute)
	}
	return stretches
}

// Slot is a stretch of a day that can be booked.
type Slot struct {
	At, Len int // on the axis
	Start   time.Time
}

// Slots cut the day by the clock: at midnight and every so many minutes from there on. Where the clocks are changed a
// slot may be shorter.
func (a Axis) Slots(d Day, minutes int) []Slot {
	var slots []Slot
	for _, s := range a.Stretches(d) {
		for at := 0; at < s.Len; {
			wall := s.Wall + at
			n := min(minutes-wall%minutes, s.Len-at)
			slots = append(slots, Slot{s.At + at, n, s.Start.Add(time.Duration(at) * time.Minute)})
			at += n
		}
	}
	return slots
}
