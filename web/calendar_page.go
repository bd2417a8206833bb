package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/calendar"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/schedule"
)

// calendarPage shows the appointments of a day, a week or a month.
type calendarPage struct {
	Base
	View    string
	Heading string
	Tabs    []siblingLink
	// Part is the message for a page of which htmx takes a part.
	Part *Flash

	Previous, Today, Next string
	Date                  string
	Calendars             []calendarToggle
	People                []choiceGroup
	Chosen                []audit.RecordID // calendars of the filter; nil for all
	None                  bool             // there is no calendar at all
	NewCalendar           bool             // the visitor may make one

	New       string // the form of a new appointment, "" when the visitor may not make one
	Booking   *bookingForm
	Changes   []string // of the clocks
	Conflicts int      // appointments in conflict
	Cut       int      // how many appointments are shown, when there are more
	Grid      *timeGrid
	Weeks     []monthWeek
}

// calendarToggle shows or hides a calendar; it is the legend of the colours at the same time.
type calendarToggle struct {
	Name, Colour, Href string
	Shown, Active      bool
}

// bookingForm is what a click on a slot starts with.
type bookingForm struct {
	Calendar audit.RecordID
	Name     string // of the calendar
	Minutes  int    // of a slot
	Person   audit.RecordID
	Back     string
}

// Limits of what a page shows.
const (
	mostCalendars = 100
	mostShown     = 1000 // appointments
)

// calendarCookie remembers the view that was chosen.
const calendarCookie = "backtrail_calendar"

// calendarHome leads to the view that was looked at last; before that to the week, on a phone to the day.
func (s *site) calendarHome(v *visit) error {
	view := "week"
	if v.Request.Header.Get("Sec-CH-UA-Mobile") == "?1" || strings.Contains(v.UserAgent(), "Mobi") {
		view = "day"
	}
	if cookie, err := v.Cookie(calendarCookie); err == nil && slices.Contains(calendarViewNames, cookie.Value) {
		view = cookie.Value
	}
	http.Redirect(v.ResponseWriter, v.Request, addressOf(calendarPath+"/"+view, v.URL.Query()), http.StatusSeeOther)
	return nil
}

func (s *site) calendarShow(v *visit) error {
	q, err := s.parseCalendarQuery(v, v.PathValue("view"))
	if err != nil {
		return err
	}
	page := &calendarPage{Base: s.base(v, q.heading(), "calendars"), View: q.view, Heading: q.heading(), Tabs: s.calendarTabs(q, nil),
		Previous: q.address(q.view, q.step(-1)), Today: q.today(), Next: q.address(q.view, q.step(1)), Date: q.day.String(), Chosen: q.calendars}
	shown, err := s.fillCalendars(v, q, page)
	if err != nil {
		return err
	}
	if err := s.fillAppointments(v, q, page, shown); err != nil {
		return err
	}
	if !v.htmx() {
		setCookie(v, calendarCookie, q.view, 365*24*60*60)
		return v.render(http.StatusOK, "calendar", page)
	}
	page.Part = page.Flash
	return v.renderPart(http.StatusOK, "calendar", "calendar", page)
}

// calendarTabs lead to the views and to the lists behind them; view is the list that is shown, nil for a calendar's view.
func (s *site) calendarTabs(q calendarQuery, view *objectView) []siblingLink {
	var tabs []siblingLink
	for _, name := range calendarViewNames {
		link := siblingLink{Label: strings.ToUpper(name[:1]) + name[1:], Href: calendarPath + "/" + name, Current: view == nil && name == q.view}
		if view == nil {
			link.Href = q.address(name, q.day)
		}
		tabs = append(tabs, link)
	}
	for _, key := range []string{"appointment", "calendar"} {
		other := s.views[key]
		label := other.object.LabelPlural
		if key == "appointment" {
			label = "List"
		}
		tabs = append(tabs, siblingLink{label, other.listPath(), view != nil && other.key == view.key})
	}
	return tabs
}

// calendarsOf are those that the visitor may see, by name.
func (s *site) calendarsOf(v *visit) ([]*crm.Record, error) {
	found, _, err := s.ws.Engine.Find(v.Context(), v.caller(), crm.Query{Object: s.object("calendar"), Sort: "name", Limit: mostCalendars})
	return found, err
}

// fillCalendars makes the filters and what a click on a slot starts with, and returns the calendars by id.
func (s *site) fillCalendars(v *visit, q calendarQuery, page *calendarPage) (map[audit.RecordID]shownCalendar, error) {
	all, err := s.calendarsOf(v)
	if err != nil {
		return nil, err
	}
	shown := map[audit.RecordID]shownCalendar{}
	var booked *crm.Record
	for i, rec := range all {
		c := shownCalendar{name: rec.Name, colour: schedule.ColourOr(rec.Fields["colour"].Text(), i), slot: slotOf(rec), zone: zoneOf(rec)}
		shown[rec.ID] = c
		in := q.calendars == nil || slices.Contains(q.calendars, rec.ID)
		active := rec.Fields["active"].Bool()
		page.Calendars = append(page.Calendars, calendarToggle{rec.Name, c.colour, q.toggled(all, rec.ID).here(), in, active})
		if in && active && booked == nil {
			booked = rec
		}
	}
	for _, id := range q.calendars {
		if _, ok := shown[id]; !ok {
			return nil, errs.New(errs.NotFound, "not_found", "There is no such calendar.").WithFix("It may be deleted, or not be yours to see. Open the calendar without it.")
		}
	}
	view := s.views["appointment"]
	assignee, _ := view.object.Field("assignee")
	if page.People, err = s.filterChoices(v, view, assignee, q.person); err != nil {
		return nil, err
	}
	page.None, page.NewCalendar = len(all) == 0, v.mayWrite(s.object("calendar"))
	if v.mayWrite(view.object) {
		page.New = view.path + "/new?_back=" + queryEscape(q.here())
		if booked != nil {
			page.Booking = &bookingForm{Calendar: booked.ID, Name: booked.Name, Minutes: shown[booked.ID].slot, Back: q.here()}
			if ids := q.people(); len(ids) == 1 {
				page.Booking.Person = ids[0]
			}
			page.New += "&calendar=" + string(booked.ID) + "&assignee=" + string(page.Booking.Person)
		}
	}
	return shown, nil
}

// toggled is the query with a calendar shown or hidden. With none left it shows all of them again.
func (q calendarQuery) toggled(all []*crm.Record, id audit.RecordID) calendarQuery {
	var calendars []audit.RecordID
	for _, rec := range all {
		if in := q.calendars == nil || slices.Contains(q.calendars, rec.ID); in != (rec.ID == id) {
			calendars = append(calendars, rec.ID)
		}
	}
	if len(calendars) == len(all) {
		calendars = nil
	}
	q.calendars = calendars
	return q
}

// shownCalendar is a calendar as its appointments need it.
type shownCalendar struct {
	name, colour string
	slot         int
	zone         *time.Location // nil for the account's
}

// fillAppointments reads the appointments of the view's days and lays them out.
func (s *site) fillAppointments(v *visit, q calendarQuery, page *calendarPage, calendars map[audit.RecordID]shownCalendar) error {
	days := q.days()
	found, more, err := s.ws.Schedule.Appointments(v.Context(), v.caller(), schedule.Query{From: days[0].Start, To: days[len(days)-1].End,
		Calendars: q.calendars, People: q.people(), Limit: mostShown})
	if err != nil {
		return err
	}
	if more {
		page.Cut = len(found)
	}
	entries, err := s.calendarEntries(v, q, found, calendars)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Conflict != "" {
			page.Conflicts++
		}
	}
	for _, d := range days {
		page.Changes = append(page.Changes, changesOf(d)...)
	}
	today := calendar.DayOf(s.now(), q.zone)
	if q.view == "month" {
		page.Weeks = monthOf(q, days, today, entries, page.Booking)
	} else {
		page.Grid = s.gridOf(q, days, today, entries, page.Booking)
	}
	return nil
}

// changesOf says where a day's clocks are changed.
func changesOf(d calendar.Day) []string {
	var texts []string
	for _, c := range d.Changes() {
		on := "On " + d.Date.Format("Monday 2 January 2006") + " the clocks go "
		from, to := wallText(c.Band.From), wallText(c.Band.To)
		if c.Forward {
			texts = append(texts, on+"forward: "+from+" to "+to+" does not exist.")
		} else {
			texts = append(texts, on+"back: "+from+" to "+to+" comes twice.")
		}
	}
	return texts
}
