package calendar

import "time"

// Instants are the instants at which the zone's clocks show what wall shows, whose own zone does not count: one as a
// rule, none in an hour that the clocks leave out, two in an hour that passes twice, the earlier one first.
func Instants(wall time.Time, zone *time.Location) []time.Time {
	utc := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), time.UTC)
	var found []time.Time
	for t, last := utc.Add(-26*time.Hour).In(zone), utc.Add(26*time.Hour); t.Before(last); {
		_, offset := t.Zone()
		at := utc.Add(-time.Duration(offset) * time.Second).In(zone)
		start, end := t.ZoneBounds()
		if !at.Before(start) && (end.IsZero() || at.Before(end)) {
			found = append(found, at)
		}
		if end.IsZero() {
			break
		}
		t = end.In(zone)
	}
	return found
}

// NextInstant is the first instant at which the zone's clocks show what wall shows, or jump over it.
func NextInstant(wall time.Time, zone *time.Location) time.Time {
	if found := Instants(wall, zone); len(found) > 0 {
		return found[0]
	}
	utc := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), time.UTC)
	for t := utc.Add(-26 * time.Hour).In(zone); ; {
		_, end := t.ZoneBounds()
		if end.IsZero() {
			return utc // it never comes: there is no jump any more
		}
		t = end.In(zone)
		_, offset := t.Zone()
		if !t.UTC().Add(time.Duration(offset) * time.Second).Before(utc) {
			return t
		}
	}
}

// Again reports whether t lies in the second pass of an hour that the clocks show twice, and which it repeats.
func Again(t time.Time) bool {
	found := Instants(t, t.Location())
	return len(found) > 1 && !found[0].Equal(t)
}

// Twice reports whether the clocks show t's time twice on its day.
func Twice(t time.Time) bool { return len(Instants(t, t.Location())) > 1 }
