package web

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/calendar"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/schedule"
)

// calendarEntry is an appointment as a calendar shows it.
type calendarEntry struct {
	ID       audit.RecordID
	Href     string
	Name     string
	Version  int64
	Colour   string
	Status   string // its label; "" while it is new
	Off      bool   // it takes nobody's time: cancelled, invalid, no-show
	With     string // the contact
	Person   string // whom it is assigned to
	Conflict string // what it is in conflict with, in a sentence; "" for nothing
	Hover    string // all of it, in words
	Slot     int    // minutes of its calendar's slots
	Move     string // where it is moved, "" when the visitor may not
	Start    string // for the script, in UTC
	Minutes  int    // how long it is

	start, end time.Time // in the zone of the page
}

// defaultSlot is how long a slot is in a calendar that does not say.
const defaultSlot = 30

// slotOf is how many minutes the slots of a calendar have.
func slotOf(rec *crm.Record) int {
	if n, err := strconv.Atoi(rec.Fields["slot_minutes"].Text()); err == nil && n > 0 {
		return n
	}
	return defaultSlot
}

// zoneOf is the calendar's own zone, nil when it has none.
func zoneOf(rec *crm.Record) *time.Location {
	name := rec.Fields["timezone"].Text()
	if name == "" {
		return nil
	}
	if zone, err := time.LoadLocation(name); err == nil {
		return zone
	}
	return nil
}

// calendarEntries make the appointments ready to be shown, with their conflicts.
func (s *site) calendarEntries(v *visit, q calendarQuery, found []schedule.Appointment, calendars map[audit.RecordID]shownCalendar) ([]*calendarEntry, error) {
	conflicts, err := s.ws.Schedule.Conflicts(v.Context(), v.caller(), found...)
	if err != nil {
		return nil, err
	}
	names := newNames(s, v.caller())
	for _, a := range found {
		names.want("contact", a.Fields["contact"])
		names.want("staff", a.Fields["assignee"])
	}
	if err := names.read(v.Context()); err != nil {
		return nil, err
	}
	view := v.views()["appointment"]
	status, _ := view.object.Field("status")
	writes := v.mayWrite(view.object)
	var entries []*calendarEntry
	for _, a := range found {
		c, ok := calendars[audit.RecordID(a.Fields["calendar"].Text())]
		if !ok {
			c = shownCalendar{name: hiddenName, colour: schedule.ColourOr("", 0), slot: defaultSlot}
		}
		e := &calendarEntry{ID: a.ID, Href: view.address(a.ID), Name: a.Name, Version: a.Version, Colour: c.colour, Off: !a.Occupies(), Slot: c.slot,
			With: names.of(a.Fields["contact"]), Person: names.of(a.Fields["assignee"]), Start: a.Start.UTC().Format(time.RFC3339),
			Minutes: int(a.End.Sub(a.Start) / time.Minute), start: a.Start.In(q.zone), end: a.End.In(q.zone)}
		if key := a.Fields["status"].Text(); key != "new" && key != "" {
			e.Status = status.OptionLabel(key)
		}
		if writes {
			e.Move = view.address(a.ID) + "/move"
		}
		if others := conflicts[a.ID]; len(others) > 0 {
			e.Conflict = conflictWords(e.Person, others, q.zone)
		}
		e.Hover = e.hover(c, q.zone)
		entries = append(entries, e)
	}
	return entries, nil
}

// hover says all of an entry.
func (e *calendarEntry) hover(c shownCalendar, zone *time.Location) string {
	parts := []string{e.Name, timeRange(e.start, e.end), c.name}
	if c.zone != nil && c.zone.String() != zone.String() {
		parts = append(parts, timeRange(e.start.In(c.zone), e.end.In(c.zone))+" in "+c.zone.String())
	}
	for _, text := range []string{e.With, e.Person, e.Status, e.Conflict} {
		if text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, "\n")
}

// conflictWords say with what an appointment is in conflict.
func conflictWords(person string, others []schedule.Appointment, zone *time.Location) string {
	if person == "" {
		person = "The same person"
	}
	text := person + " has "
	if len(others) == 1 {
		text += audit.Quote(others[0].Name)
	} else {
		text += strconv.Itoa(len(others)) + " others"
	}
	return text + " at the same time" + when1(others, zone) + "."
}

// when1 is when the only one of the appointments is, in parentheses.
func when1(others []schedule.Appointment, zone *time.Location) string {
	if len(others) != 1 {
		return ""
	}
	return " (" + timeRange(others[0].Start.In(zone), others[0].End.In(zone)) + ")"
}

// timeRange is from when to when, in the zone of the times. An hour that comes twice says which it is.
func timeRange(start, end time.Time) string {
	if start.Format(time.DateOnly) == end.Format(time.DateOnly) {
		return start.Format("2 Jan 2006, ") + clockText(start) + " – " + clockText(end)
	}
	return start.Format("2 Jan 2006, ") + clockText(start) + " – " + end.Format("2 Jan 2006, ") + clockText(end)
}

// clockText is what a clock shows, with the offset when it shows it twice that day.
func clockText(t time.Time) string {
	if calendar.Twice(t) {
		return t.Format("15:04 (UTC-07:00)")
	}
	return t.Format("15:04")
}

// wallText is a time of the day, in minutes from midnight.
func wallText(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// long reports whether the entry stands above the hours: it lasts a day or more.
func (e *calendarEntry) long() bool { return e.end.Sub(e.start) >= 24*time.Hour }

// in reports whether the entry has an instant in the day.
func (e *calendarEntry) in(d calendar.Day) bool { return e.start.Before(d.End) && e.end.After(d.Start) }

// within says when the entry is on that day: from a time until another, or in words.
func (e *calendarEntry) within(d calendar.Day) (when, until string) {
	begins, ends := d.Holds(e.start), !e.end.After(d.End)
	switch {
	case begins && e.end.Equal(d.End):
		return clockText(e.start), "24:00"
	case begins && ends:
		return clockText(e.start), clockText(e.end)
	case begins:
		return "from " + clockText(e.start), ""
	case ends && !e.end.Equal(d.End):
		return "until " + clockText(e.end), ""
	}
	return "all day", ""
}

// piece is what of the entry stands in a day.
func (e *calendarEntry) piece(d calendar.Day) *gridPiece {
	p := &gridPiece{calendarEntry: e, Before: e.start.Before(d.Start), After: e.end.After(d.End)}
	p.When, p.Until = e.within(d)
	return p
}

func queryEscape(text string) string { return url.QueryEscape(text) }
