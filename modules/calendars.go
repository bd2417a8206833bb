package modules

import (
	"context"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/schedule"
)

// calendars are the objects of the module calendars.
var calendars = []*crm.Object{calendar, appointment}

var calendar = &crm.Object{
	Key: "calendar", Label: "Calendar", LabelPlural: "Calendars", Module: "calendars",
	Title:    [][]string{{"name"}},
	Assignee: "owner",
	Check:    checkCalendar,
	Fields: []crm.Field{
		required(unique(field("name", "Name", crm.Text))),
		field("description", "Description", crm.Long),
		ref("owner", "Owner", "staff", crm.Clear),
		field("timezone", "Time zone", crm.Text),
		field("slot_minutes", "Minutes of a slot", crm.Number),
		field("colour", "Colour", crm.Text),
		byDefault(field("active", "Active", crm.Boolean), "true"),
	},
	Rules: []crm.Rule{
		{Verb: "activated", Field: "active", To: []string{"true"}, Label: "Activated",
			Template: "Activated calendar {record}", When: "A calendar takes appointments again."},
		{Verb: "deactivated", Field: "active", From: []string{"true"}, Label: "Deactivated",
			Template: "Deactivated calendar {record}", When: "A calendar was switched off; its appointments stay."},
	},
}

// maxSlot is the longest slot: a day.
const maxSlot = 24 * 60

func checkCalendar(_ context.Context, w *crm.Write) error {
	if w.After == nil {
		return nil
	}
	if err := checkZone(w, "timezone"); err != nil {
		return err
	}
	if err := checkColour(w); err != nil {
		return err
	}
	return checkWhole(w, "slot_minutes", 1, maxSlot)
}

// checkColour wants a colour that pages can draw with, or none. What a calendar has already stays.
func checkColour(w *crm.Write) error {
	text := w.After.Fields["colour"].Text()
	if text == "" || !w.Changed("colour") {
		return nil
	}
	if _, ok := schedule.Colour(text); !ok {
		return errs.InvalidField("colour", "invalid_colour", "Colour must be like #0f766e, or one of these: %s.", strings.Join(schedule.ColourNames, ", "))
	}
	return nil
}

var appointment = &crm.Object{
	Key: "appointment", Label: "Appointment", LabelPlural: "Appointments", Module: "calendars",
	Title:    [][]string{{"title"}},
	Assignee: "assignee",
	Check:    checkAppointment,
	Fields: []crm.Field{
		required(ref("calendar", "Calendar", "calendar", crm.Cascade)),
		ref("contact", "Contact", "contact", crm.Clear),
		required(field("title", "Title", crm.Text)),
		required(field("start", "Start", crm.DateTime)),
		required(field("end", "End", crm.DateTime)),
		byDefault(choice("status", "Status", "new", "New", "confirmed", "Confirmed", "cancelled", "Cancelled", "showed", "Showed", "no_show", "No-show", "invalid", "Invalid"), "new"),
		ref("assignee", "Assigned to", "staff", crm.Clear),
		field("location", "Location", crm.Text),
		field("notes", "Notes", crm.Long),
	},
	Rules: []crm.Rule{
		{Verb: "rescheduled", Field: "start", Or: []string{"end"}, Label: "Rescheduled", NoteTime: newTime,
			Template: "Rescheduled appointment {record} to {note}", When: "The start or the end of an appointment changed; both are in one event."},
		{Verb: "cancelled", Field: "status", To: []string{"cancelled"}, Label: "Cancelled",
			Template: "Cancelled appointment {record}", When: "An appointment was cancelled."},
		{Verb: "status_changed", Field: "status", Label: "Status changed",
			Template: "Changed the status of appointment {record} from {status.before} to {status.after}", When: "An appointment got another status than Cancelled: it was confirmed, the contact showed or did not."},
		{Verb: "reassigned", Field: "assignee", Label: "Reassigned",
			Template: "Reassigned appointment {record} from {assignee.before} to {assignee.after}", When: "An appointment got another person, or none."},
	},
}

// newTime is when an appointment is, as its descriptions say it: in the zone that the account has when it happens, which they
// name.
func newTime(after map[string]audit.Value, zone *time.Location) string {
	start, err := time.Parse(crm.TimeLayout, after["start"].Text())
	end, err2 := time.Parse(crm.TimeLayout, after["end"].Text())
	if err != nil || err2 != nil {
		return "another time"
	}
	start, end = start.In(zone), end.In(zone)
	layout := "15:04 MST"
	if start.Format(time.DateOnly) != end.Format(time.DateOnly) {
		layout = "2006-01-02 15:04 MST"
	}
	return start.Format("2006-01-02 15:04") + " – " + end.Format(layout)
}

func checkAppointment(_ context.Context, w *crm.Write) error {
	if w.After == nil {
		return nil
	}
	f := w.After.Fields
	if f["end"].Text() <= f["start"].Text() { // both are in UTC, in one layout
		return errs.InvalidField("end", "before_start", "The end of an appointment must come after its start.")
	}
	return nil
}
