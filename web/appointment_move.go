package web

import (
	"net/url"
	"time"

	"github.com/backtrail/backtrail/calendar"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/schedule"
	"github.com/backtrail/backtrail/workspace"
)

// appointmentMove gives an appointment another time: what dragging does. The form has version, and
//
//   - start, an instant: the appointment keeps its length, unless end says where it ends; or
//   - end alone: it keeps its start; or
//   - day: it keeps its time of the day, as the clocks of the account's zone show it.
func (s *site) appointmentMove(view *objectView) handler {
	return s.withRecord(view, func(v *visit, form url.Values, rec *crm.Record) error {
		version, err := versionOf(form)
		if err != nil {
			return err
		}
		a, err := schedule.Of(rec)
		if err != nil {
			return err
		}
		start, end, err := s.newTimes(form, a, workspace.Zone(v.id.Account))
		if err != nil {
			return err
		}
		texts := map[string]string{"start": start.UTC().Format(crm.TimeLayout), "end": end.UTC().Format(crm.TimeLayout)}
		saved, err := s.ws.Engine.Update(v.Context(), v.caller(), view.object.Key, rec.ID, crm.Texts(view.object, texts), version)
		if err != nil {
			return err
		}
		return s.afterSave(v, view, saved, "Moved")
	})
}

// newTimes reads from when to when an appointment shall be.
func (s *site) newTimes(form url.Values, a schedule.Appointment, zone *time.Location) (start, end time.Time, err error) {
	if form.Get("day") != "" {
		return onDay(s.object("appointment"), form.Get("day"), a, zone)
	}
	if !form.Has("start") && !form.Has("end") {
		return start, end, errs.InvalidField("start", "required", "Say when the appointment shall be: start, end or day.")
	}
	start, end = a.Start, a.End
	if form.Has("start") {
		if start, err = parseInstant("start", form.Get("start")); err != nil {
			return start, end, err
		}
		end = start.Add(a.End.Sub(a.Start))
	}
	if form.Has("end") {
		end, err = parseInstant("end", form.Get("end"))
	}
	return start, end, err
}

// onDay is the appointment at the same time of another day. One of less than a day keeps its length; a longer one ends at
// the same time of the day as well. A time that comes twice is the first of the two.
func onDay(o *crm.Object, day string, a schedule.Appointment, zone *time.Location) (start, end time.Time, err error) {
	date, err := time.Parse(time.DateOnly, day)
	if err != nil || date.Year() < firstYear || date.Year() > lastYear {
		return start, end, errs.InvalidField("day", "invalid_date", "The day must be like 2026-03-29.")
	}
	was := a.Start.In(zone)
	wall := time.Date(date.Year(), date.Month(), date.Day(), was.Hour(), was.Minute(), was.Second(), was.Nanosecond(), time.UTC)
	found := calendar.Instants(wall, zone)
	if len(found) == 0 {
		f, _ := o.Field("start")
		mistake := noSuchTime(f, wall, zone)
		return start, end, errs.InvalidField(mistake.Field, mistake.Code, "%s", mistake.Detail)
	}
	start = found[0]
	end = start.Add(a.End.Sub(a.Start))
	if a.End.Sub(a.Start) < 24*time.Hour {
		return start, end, nil
	}
	days := int(date.Sub(calendar.DayOf(a.Start, zone).Date) / (24 * time.Hour))
	was = a.End.In(zone)
	return start, calendar.NextInstant(time.Date(was.Year(), was.Month(), was.Day()+days, was.Hour(), was.Minute(), was.Second(), was.Nanosecond(), time.UTC), zone), nil
}
