package web

import (
	"time"

	"github.com/backtrail/backtrail/calendar"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/schedule"
	"github.com/backtrail/backtrail/workspace"
)

// appointmentPart is what the page of an appointment says about its time.
type appointmentPart struct {
	Calendar  string // the day in the calendar
	When      string
	Elsewhere string // the same in the calendar's own zone, "" when that is the account's
	Person    string
	Conflicts []listRow
	More      int // conflicts that are not shown
}

// conflictsShown is how many conflicts the page of an appointment lists.
const conflictsShown = 10

// fillAppointment says when an appointment is and with what it is in conflict.
func (s *site) fillAppointment(v *visit, view *objectView, rec *crm.Record, page *recordPage) error {
	if view.object.Key != "appointment" {
		return nil
	}
	a, err := schedule.Of(rec)
	if err != nil {
		return err
	}
	zone := workspace.Zone(v.id.Account)
	q := calendarQuery{view: "day", zone: zone, dated: true}
	part := &appointmentPart{Calendar: q.address("day", calendar.DayOf(a.Start, zone)), When: timeRange(a.Start.In(zone), a.End.In(zone)) + " in " + zone.String()}
	of, err := s.calendarOf(v, rec)
	if err != nil {
		return err
	}
	if of != nil {
		if own := zoneOf(of); own != nil && own.String() != zone.String() {
			part.Elsewhere = timeRange(a.Start.In(own), a.End.In(own)) + " in " + own.String()
		}
	}
	conflicts, err := s.ws.Schedule.Conflicts(v.Context(), v.caller(), a)
	if err != nil {
		return err
	}
	names, err := s.names(v.Context(), v.caller(), view.object, []string{"assignee"}, rec)
	if err != nil {
		return err
	}
	part.Person = page.show(view, rec, "assignee", names).Text
	for _, other := range conflicts[rec.ID] {
		if len(part.Conflicts) == conflictsShown {
			part.More++
			continue
		}
		row := listRow{Href: view.address(other.ID), Name: other.Name}
		row.Cells = []shownValue{{Kind: "text", Text: timeRange(other.Start.In(zone), other.End.In(zone))}, page.show(view, other.Record, "status", nil)}
		part.Conflicts = append(part.Conflicts, row)
	}
	page.Appointment = part
	return nil
}

// calendarOf is the calendar of an appointment, nil when the visitor may not see it.
func (s *site) calendarOf(v *visit, rec *crm.Record) (*crm.Record, error) {
	calendars, err := s.calendarsOf(v)
	if err != nil {
		return nil, err
	}
	for _, c := range calendars {
		if string(c.ID) == rec.Fields["calendar"].Text() {
			return c, nil
		}
	}
	return nil, nil
}

// tellConflicts says after a save with what the appointment is in conflict.
func tellConflicts(s *site, v *visit, rec *crm.Record, said *Flash) (*Flash, error) {
	a, err := schedule.Of(rec)
	if err != nil {
		return nil, err
	}
	conflicts, err := s.ws.Schedule.Conflicts(v.Context(), v.caller(), a)
	if err != nil {
		return nil, err
	}
	view := v.views()["appointment"]
	if others := conflicts[rec.ID]; len(others) > 0 {
		names, err := s.names(v.Context(), v.caller(), view.object, []string{"assignee"}, rec)
		if err != nil {
			return nil, err
		}
		person := names["staff"][a.Assignee()]
		said = Warning(said.Text + " " + conflictWords(person, others, workspace.Zone(v.id.Account)))
	}
	return said.WithLink(view.address(rec.ID), "Open it"), nil
}

// prefillAppointment ends a new appointment one slot of its calendar after its start.
func prefillAppointment(s *site, v *visit, texts map[string]string) error {
	f, _ := s.object("appointment").Field("start")
	zone := workspace.Zone(v.id.Account)
	if texts["start"] == "" || texts["end"] != "" {
		return nil
	}
	start, mistake := momentOf(f, texts["start"], zone)
	if mistake != nil {
		return nil // the form says what is wrong with it when it is sent
	}
	minutes := defaultSlot
	calendars, err := s.calendarsOf(v)
	if err != nil {
		return err
	}
	for _, c := range calendars {
		if string(c.ID) == texts["calendar"] {
			minutes = slotOf(c)
		}
	}
	texts["end"] = momentText(start.Add(time.Duration(minutes)*time.Minute), zone)
	return nil
}
