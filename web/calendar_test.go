package web

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
)

// visit makes an appointment; times are in UTC, as 2026-03-02T10:00.
func (w *world) visit(cal *crm.Record, title, start, end string, more ...string) *crm.Record {
	w.t.Helper()
	return w.create("appointment", append([]string{"title", title, "calendar", string(cal.ID), "start", start + ":00Z", "end", end + ":00Z"}, more...)...)
}

// section is the part of a page about a day.
func section(t *testing.T, a answer, label string) string {
	t.Helper()
	_, rest, ok := strings.Cut(a.body, `aria-label="`+label+`"`)
	if !ok {
		t.Fatalf("there is no day %q", label)
	}
	day, _, _ := strings.Cut(rest, "</section>")
	return day
}

// places are where the appointments of a day stand: "at+for lane/lanes".
func places(day string) (out []string) {
	for _, m := range regexp.MustCompile(`<li class="cal-event at-(\d+) for-(\d+) lane-(\d+) lanes-(\d+) wide-(\d+)`).FindAllStringSubmatch(day, -1) {
		out = append(out, fmt.Sprintf("%s+%s %s/%s", m[1], m[2], m[3], m[4]))
	}
	return out
}

func TestCalendarViews(t *testing.T) {
	w := newWorld(t)
	w.owner.get("/calendar/week").want(t, 200, "No calendar yet", "Make a calendar")
	showroom := w.create("calendar", "name", "Showroom", "colour", "teal", "slot_minutes", "45")
	site := w.create("calendar", "name", "Site visits", "timezone", "America/New_York")
	w.visit(showroom, "Kitchen", "2026-03-03T10:00", "2026-03-03T10:45", "assignee", string(w.memberID), "status", "confirmed")
	w.visit(site, "Roof", "2026-03-03T10:30", "2026-03-03T12:00", "assignee", string(w.memberID))
	w.visit(site, "Called off", "2026-03-03T10:30", "2026-03-03T12:00", "assignee", string(w.memberID), "status", "cancelled")
	w.visit(showroom, "Alone", "2026-03-05T09:00", "2026-03-05T10:00", "assignee", string(w.ownerID))
	nobody := w.visit(showroom, "Nobody's", "2026-03-05T09:00", "2026-03-05T10:00")

	week := w.owner.get("/calendar/week?date=2026-03-03").want(t, 200, "2 – 8 March 2026", "Europe/Lisbon", "Kitchen", "Roof", "Alone", "2 appointments are at the same time", "Confirmed", `fill="teal"`)
	if got := fmt.Sprint(places(section(t, week, "Tuesday 3 March 2026"))); got != "[120+9 0/3 126+18 1/3 126+18 2/3]" {
		t.Errorf("Tuesday's appointments stand at %s", got)
	}
	if n := strings.Count(week.body, `class="cal-clash"`); n != 2 {
		t.Errorf("%d appointments are marked as in conflict, want 2", n)
	}
	week.want(t, 200, "member has &#34;Roof&#34; at the same time (3 Mar 2026, 10:30 – 12:00).", "3 Mar 2026, 05:30 – 07:00 in America/New_York")
	w.owner.get("/calendar/day?date=2026-03-03").want(t, 200, "Tuesday 3 March 2026", "Kitchen").wantNot(t, "Alone")
	w.owner.get("/calendar/month?date=2026-03-31").want(t, 200, "March 2026", "Kitchen", "Alone", `data-day="2026-03-05"`, `data-day="2026-02-23"`, `data-day="2026-04-05"`)

	// The filters; a conflict with what they hide is shown all the same.
	w.owner.get("/calendar/week?date=2026-03-03&calendar="+string(showroom.ID)).want(t, 200, "Kitchen", "member has &#34;Roof&#34;", "is hidden").wantNot(t, `<bdi class="cal-name">Roof`)
	w.owner.get("/calendar/week?date=2026-03-03&person="+string(w.ownerID)).want(t, 200, "Alone").wantNot(t, "Kitchen", "Nobody")
	w.owner.get("/calendar/week?date=2026-03-03&person=none").want(t, 200, "Nobody").wantNot(t, "Kitchen", "Alone")
	w.update(nobody, "assignee", string(w.ownerID))
	w.owner.get("/calendar/day?date=2026-03-05").want(t, 200, "2 appointments are at the same time")

	// The ways on.
	week.want(t, 200, "/calendar/week?date=2026-02-24", "/calendar/week?date=2026-03-10", `href="/calendar/week"`, "/calendar/day?date=2026-03-04")
	w.owner.get("/calendar/month?date=2026-01-31").want(t, 200, "/calendar/month?date=2026-02-01", "/calendar/month?date=2025-12-01")
	w.owner.get("/appointments").want(t, 200, `href="/calendar/week"`, "Alone")
	w.owner.get("/contacts").want(t, 200, `href="/calendar"`)
	w.owner.htmx("/calendar/week?date=2026-03-03").want(t, 200, `id="calendar"`).wantNot(t, "<html")

	// Who sees only what is assigned to them does not see others' here either.
	reader := w.staff("reader@example.com", "member", "active")
	w.update(reader, "permissions", "records.only_assigned")
	w.login("reader@example.com").get("/calendar/week?date=2026-03-03").want(t, 200).wantNot(t, "Kitchen")

	// Who may not write sees no slots.
	w.member.get("/calendar/week?date=2026-03-03").want(t, 200, "cal-slot")
	_, err := w.ws.Auth.UpdateRoles(t.Context(), w.caller(), auth.RoleUpdate{Member: []audit.Permission{audit.RecordsRead}})
	if err != nil {
		t.Fatal(err)
	}
	w.member.get("/calendar/week?date=2026-03-03").want(t, 200, "Kitchen").wantNot(t, "cal-slot")
}

func TestCalendarAddress(t *testing.T) {
	w := newWorld(t)
	w.create("calendar", "name", "Showroom")
	for _, c := range []struct {
		query string
		words []string
	}{
		{"date=2026-02-30", []string{"asks for the day", "2026-02-30", "Write the day as 2026-03-29"}},
		{"date=yesterday", []string{"yesterday"}},
		{"date=0001-01-01", []string{"1970 to 2199"}},
		{"date=20260303", []string{"20260303"}},
		{"date=%00", []string{"which no calendar has"}},
		{"date=" + strings.Repeat("9", 5000), []string{"which no calendar has"}},
		{"calendar=x", []string{"Calendar cannot be"}},
		{"person=x", []string{"Assigned to cannot be"}},
	} {
		w.owner.get("/calendar/week?"+c.query).want(t, 400, c.words...)
	}
	w.owner.get("/calendar/week?calendar="+string(w.ownerID)).want(t, 404, "no such calendar")
	w.owner.get("/calendar/year").want(t, 404, "day, week, month")
	w.owner.get("/calendar/week?date=").want(t, 200)
	for _, edge := range []string{"1970-01-01", "2199-12-31"} {
		for _, view := range calendarViewNames {
			w.owner.get("/calendar/"+view+"?date="+edge).want(t, 200)
		}
	}
}

// The view that was chosen comes again; a phone begins with the day.
func TestCalendarRemembersTheView(t *testing.T) {
	w := newWorld(t)
	w.owner.get("/calendar").to(t, "/calendar/week")
	phone := httptest.NewRequest(http.MethodGet, "/calendar", nil)
	phone.Header.Set("User-Agent", "Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36")
	w.owner.do(phone).to(t, "/calendar/day")
	w.owner.get("/calendar/month?date=2026-03-03").want(t, 200)
	w.owner.get("/calendar?person=none").to(t, "/calendar/month?person=none")
	w.owner.do(phone).to(t, "/calendar/month")
	w.owner.cookies[calendarCookie] = "year"
	w.owner.get("/calendar").to(t, "/calendar/week")
}

// Days on which the clocks are changed, drawn by the clock; Lisbon's on 29 March and 25 October 2026.
func TestCalendarOfOddDays(t *testing.T) {
	w := newWorld(t)
	cal := w.create("calendar", "name", "Showroom", "slot_minutes", "60")
	w.visit(cal, "Before", "2026-03-29T00:30", "2026-03-29T01:30") // 00:30 to 02:30: an hour
	w.visit(cal, "Twice A", "2026-10-25T00:00", "2026-10-25T01:00")
	w.visit(cal, "Twice B", "2026-10-25T01:00", "2026-10-25T02:00")
	w.visit(cal, "Morning", "2026-10-25T09:00", "2026-10-25T10:00")
	w.visit(cal, "Saturday", "2026-10-24T08:00", "2026-10-24T09:00") // 09:00

	short := w.owner.get("/calendar/day?date=2026-03-29").want(t, 200, "23 hours", "forward: 01:00 to 02:00 does not exist", `cal-void at-12 for-12`, "tall-288", "00:30", "02:30")
	if got := fmt.Sprint(places(section(t, short, "Sunday 29 March 2026"))); got != "[6+24 0/1]" { // over the hour that is none
		t.Errorf("it stands at %s", got)
	}
	if n := strings.Count(short.body, `class="cal-slot at`); n != 23 {
		t.Errorf("the short day has %d slots", n)
	}
	short.want(t, 200, "Sun 29 Mar, 00:00", "Sun 29 Mar, 02:00").wantNot(t, "Sun 29 Mar, 01:")

	long := w.owner.get("/calendar/day?date=2026-10-25").want(t, 200, "25 hours", "back: 01:00 to 02:00 comes twice", "tall-300", "01:00 again", "01:00 (UTC+01:00)", "01:00 (UTC+00:00)")
	if got := fmt.Sprint(places(section(t, long, "Sunday 25 October 2026"))); got != "[12+12 0/1 24+12 0/1 120+12 0/1]" {
		t.Errorf("they stand at %s", got)
	}
	if n := strings.Count(long.body, `class="cal-slot at`); n != 25 {
		t.Errorf("the long day has %d slots", n)
	}
	// In the week nine o'clock is at one height on all days, and the other days leave the second pass empty.
	week := w.owner.get("/calendar/week?date=2026-10-25")
	if got := fmt.Sprint(places(section(t, week, "Saturday 24 October 2026")), strings.Count(week.body, `cal-void at-24 for-12`)); got != "[120+12 0/1] 6" {
		t.Errorf("Saturday has %s", got)
	}
	w.owner.get("/calendar/month?date=2026-10-25").want(t, 200, "comes twice", "Twice B")
}

// Appointments over midnight, over days, and many at once.
func TestCalendarOfLongAndMany(t *testing.T) {
	w := newWorld(t)
	cal := w.create("calendar", "name", "Showroom")
	w.visit(cal, "Night", "2026-02-03T22:00", "2026-02-04T02:00")
	w.visit(cal, "Until midnight", "2026-02-05T22:00", "2026-02-06T00:00")
	w.visit(cal, "Fair", "2026-02-04T08:00", "2026-02-06T18:00")
	w.visit(cal, "Course", "2026-01-20T00:00", "2026-02-20T00:00")
	w.visit(cal, "Short", "2026-02-02T10:00", "2026-02-02T10:01")
	w.visit(cal, "Last minutes", "2026-02-08T23:55", "2026-02-09T00:00")
	week := w.owner.get("/calendar/week?date=2026-02-03")
	for day, want := range map[string]string{
		"Monday 2 February 2026":    "[120+6 0/1]",
		"Tuesday 3 February 2026":   "[264+24 0/1]",
		"Wednesday 4 February 2026": "[0+24 0/1]",
		"Thursday 5 February 2026":  "[264+24 0/1]",
		"Friday 6 February 2026":    "[]",
		"Sunday 8 February 2026":    "[282+6 0/1]",
	} {
		if got := fmt.Sprint(places(section(t, week, day))); got != want {
			t.Errorf("%s: %s, want %s", day, got, want)
		}
	}
	if day := section(t, week, "Wednesday 4 February 2026"); !strings.Contains(day, "until 02:00") || !strings.Contains(day, "from 08:00") || !strings.Contains(day, "Course") {
		t.Errorf("Wednesday: %s", day)
	}
	if day := section(t, week, "Thursday 5 February 2026"); !strings.Contains(day, "24:00") || strings.Count(day, "all day") != 2 {
		t.Errorf("Thursday: %s", day)
	}
	if day := section(t, week, "Friday 6 February 2026"); !strings.Contains(day, "until 18:00") || strings.Contains(day, "Until midnight") {
		t.Errorf("Friday: %s", day)
	}
	w.owner.get("/calendar/month?date=2026-02-03").want(t, 200, "Night", "Fair", "from 22:00", "until 02:00")

	for i := range 45 {
		w.visit(cal, fmt.Sprintf("At once %d", i), "2026-02-10T10:00", "2026-02-10T11:00")
	}
	week = w.owner.get("/calendar/week?date=2026-02-10")
	tuesday := section(t, week, "Tuesday 10 February 2026")
	if got := places(tuesday); len(got) != 3 || got[0] != "120+12 0/4" || !strings.Contains(tuesday, ">+42<") {
		t.Errorf("of 45 at once the week shows %v", got)
	}
	day := w.owner.get("/calendar/day?date=2026-02-10")
	if got := places(section(t, day, "Tuesday 10 February 2026")); len(got) != mostLanes-1 || !strings.Contains(day.body, ">+6<") {
		t.Errorf("of 45 at once the day shows %d", len(got))
	}
	w.owner.get("/calendar/month?date=2026-02-10").want(t, 200, "43 more")
}

func TestAppointmentFromASlot(t *testing.T) {
	w := newWorld(t)
	cal := w.create("calendar", "name", "Showroom", "slot_minutes", "45")
	w.create("calendar", "name", "Closed", "active", "false")
	week := w.owner.get("/calendar/week?date=2026-06-03").want(t, 200, "Click a free time for a new appointment in Showroom", "(not active)")
	if !strings.Contains(week.body, `name="start" value="2026-06-03T08:00:00Z" tabindex="-1" aria-label="New appointment, Wed 3 Jun, 09:00"`) {
		t.Error("there is no slot at nine in Lisbon")
	}
	here := "/calendar/week?date=2026-06-03"
	form := formFields(t, w.owner.get("/appointments/new?start=2026-06-03T08:00:00Z&calendar="+string(cal.ID)+"&_back="+url.QueryEscape(here)), "/appointments")
	if start, end := fieldOf(form, "start"), fieldOf(form, "end"); start != "2026-06-03T09:00" || end != "2026-06-03T09:45" {
		t.Fatalf("the form is from %s to %s", start, end)
	}
	w.owner.post("/appointments", with(form, "title", "Kitchen", "assignee", string(w.memberID))...).to(t, here)
	w.owner.get(here).want(t, 200, "Created the appointment", "Kitchen").wantNot(t, "flash-warning")
	w.owner.post("/appointments", with(form, "title", "Bath", "assignee", string(w.memberID))...).to(t, here)
	w.owner.get(here).want(t, 200, "flash-warning", `member has "Kitchen" at the same time (3 Jun 2026, 09:00 – 09:45).`)
	bath := w.newest("appointment.created").Record.ID
	page := w.owner.get("/appointments/"+string(bath)).want(t, 200, "Conflict: member has another appointment at this time.", "Kitchen", "3 Jun 2026, 09:00 – 09:45 in Europe/Lisbon", "No-show", "/calendar/day?date=2026-06-03")
	page.want(t, 200, "Confirm")

	// By its buttons.
	status := "/appointments/" + string(bath) + "/status"
	w.owner.post(status, "status", "cancelled").to(t, "/appointments/"+string(bath))
	w.owner.get("/appointments/"+string(bath)).want(t, 200, "is cancelled now", "Reopen").wantNot(t, "Conflict:")
	if got := w.newest("appointment.cancelled").Description; got != `Cancelled appointment "Bath"` {
		t.Errorf("it is logged as %q", got)
	}
	w.owner.post(status, "status", "confirmed")
	w.owner.post(status, "status", "no_show")
	w.owner.get("/appointments/"+string(bath)).want(t, 200, "is no-show now")
	w.owner.post(status, "status", "cancelled")
	w.owner.get("/appointments/"+string(bath)).want(t, 200, "The status was changed in the meantime")

	// An end before the start.
	w.owner.post("/appointments", with(form, "title", "Backwards", "end", "2026-06-03T08:00")...).want(t, 422, "The end of an appointment must come after its start.", `value="Backwards"`)
}

func fieldOf(form []string, key string) string {
	for i := 0; i < len(form); i += 2 {
		if form[i] == key {
			return form[i+1]
		}
	}
	return ""
}

// The hour that comes twice: the form asks which.
func TestHourThatComesTwice(t *testing.T) {
	w := newWorld(t)
	cal := w.create("calendar", "name", "Showroom")
	fields := []string{"title", "T", "calendar", string(cal.ID), "start", "2026-10-25T01:30", "end", "2026-10-25T03:00"}
	w.owner.post("/appointments", fields...).want(t, 422, "Start: 01:30 comes twice on 25 October 2026 in Europe/Lisbon", "Choose the first or the second",
		`name="start.offset"`, `value="&#43;01:00"`, `value="&#43;00:00"`, "The second (UTC&#43;00:00), after they went back", `value="2026-10-25T01:30"`)
	a := w.owner.post("/appointments", append(fields, "start.offset", "+00:00")...)
	id := audit.RecordID(strings.TrimPrefix(a.location, "/appointments/"))
	if got := w.record("appointment", id).Fields["start"].Text(); got != "2026-10-25T01:30:00.000000Z" {
		t.Errorf("the second 01:30 is %s", got)
	}
	// It stays the second when something else is saved, and can be made the first.
	form := formFields(t, w.owner.get(a.location+"/edit").want(t, 200, `<option value="&#43;00:00" selected>`), a.location)
	n := len(w.events(100))
	w.owner.post(a.location, form...).to(t, a.location)
	if len(w.events(100)) != n {
		t.Error("saving without a change wrote an event")
	}
	w.owner.post(a.location, with(form, "start.offset", "+01:00")...).to(t, a.location)
	if got := w.record("appointment", id).Fields["start"].Text(); got != "2026-10-25T00:30:00.000000Z" {
		t.Errorf("the first 01:30 is %s", got)
	}
	// What was chosen for another time means nothing.
	form = formFields(t, w.owner.get(a.location+"/edit"), a.location)
	w.owner.post(a.location, with(form, "start", "2026-10-26T01:30", "end", "2026-10-26T02:30")...).to(t, a.location)
	if got := w.record("appointment", id).Fields["start"].Text(); got != "2026-10-26T01:30:00.000000Z" {
		t.Errorf("the day after it is %s", got)
	}
	// A slot in the second pass opens the form there.
	form = formFields(t, w.owner.get("/appointments/new?start=2026-10-25T01:00:00Z&calendar="+string(cal.ID)), "/appointments")
	if start, offset := fieldOf(form, "start"), fieldOf(form, "start.offset"); start != "2026-10-25T01:00" || offset != "+00:00" {
		t.Errorf("the form starts at %s %s", start, offset)
	}
}

func TestAppointmentMove(t *testing.T) {
	w := newWorld(t)
	cal := w.create("calendar", "name", "Showroom")
	rec := w.visit(cal, "Kitchen", "2026-03-02T10:00", "2026-03-02T11:00", "assignee", string(w.memberID))
	other := w.visit(cal, "Bath", "2026-03-03T12:30", "2026-03-03T13:00", "assignee", string(w.memberID))
	move := "/appointments/" + string(rec.ID) + "/move"
	times := func() string {
		now := w.record("appointment", rec.ID).Fields
		return strings.NewReplacer(":00.000000Z", "", "2026-", "").Replace(now["start"].Text() + " " + now["end"].Text())
	}
	// By a script: it keeps its length, and the conflict is told on the page that comes next.
	if a := w.owner.drag(move, url.Values{"start": {"2026-03-03T12:00:00.000Z"}, "version": {"1"}}); a.status != 204 || times() != "03-03T12:00 03-03T13:00" {
		t.Fatalf("%d %s; it is at %s", a.status, a.body, times())
	}
	w.owner.htmx("/calendar/week?date=2026-03-03").want(t, 200, `Moved the appointment`, `member has "Bath" at the same time`)
	e := w.newest("appointment.rescheduled")
	if e.Channel != audit.Web || len(e.Changes) != 2 || e.Context.IP != "192.0.2.7" {
		t.Errorf("the move is logged as %+v", e)
	}
	// Somebody else moved it in the meantime.
	stale := w.owner.drag(move, url.Values{"start": {"2026-03-04T12:00:00Z"}, "version": {"1"}})
	if stale.status != 412 || !strings.Contains(stale.body, "Somebody changed this appointment") || times() != "03-03T12:00 03-03T13:00" {
		t.Errorf("a stale move: %d %s", stale.status, stale.body)
	}
	// Longer, and not before its start.
	w.owner.drag(move, url.Values{"end": {"2026-03-03T14:00:00Z"}, "version": {"2"}}).want(t, 204)
	w.owner.drag(move, url.Values{"end": {"2026-03-03T12:00:00Z"}, "version": {"3"}}).want(t, 400, "must come after its start")
	w.owner.drag(move, url.Values{"start": {"soon"}}).want(t, 400, "must be a time")
	w.owner.drag(move, url.Values{"start": {"2026-03-03T12:00"}}).want(t, 400, "with its offset")
	w.owner.drag(move, url.Values{"day": {"2026-02-30"}}).want(t, 400, "must be like")
	w.owner.drag(move, url.Values{"version": {"3"}}).want(t, 400, "Say when")
	w.owner.drag(move, url.Values{"start": {"2026-03-03T12:00:00Z"}, "version": {"x"}}).want(t, 400)
	if times() != "03-03T12:00 03-03T14:00" {
		t.Errorf("it is at %s", times())
	}
	// Without a script the answer is a page.
	w.owner.post(move, "start", "2026-03-04T12:00:00Z", "version", "3").to(t, "/appointments/"+string(rec.ID))

	// To another day, at the same time of the day there; into an hour that does not exist.
	w.owner.drag(move, url.Values{"day": {"2026-03-30"}}).want(t, 204)
	if times() != "03-30T11:00 03-30T13:00" {
		t.Errorf("at noon in Lisbon it is at %s", times())
	}
	w.update(rec, "start", "2026-03-30T00:30:00Z", "end", "2026-03-30T01:00:00Z") // 01:30
	w.owner.drag(move, url.Values{"day": {"2026-03-29"}}).want(t, 400, "01:30 does not exist on 29 March 2026", "The next time that exists is 02:00")
	w.owner.drag(move, url.Values{"day": {"2026-10-25"}}).want(t, 204)
	if times() != "10-25T00:30 10-25T01:00" {
		t.Errorf("at the first 01:30 it is at %s", times())
	}
	// One of several days ends at the same time of the day.
	w.update(other, "start", "2026-03-20T09:00:00Z", "end", "2026-03-22T18:00:00Z")
	w.owner.drag("/appointments/"+string(other.ID)+"/move", url.Values{"day": {"2026-03-28"}}).want(t, 204)
	if now := w.record("appointment", other.ID).Fields; now["start"].Text() != "2026-03-28T09:00:00.000000Z" || now["end"].Text() != "2026-03-30T17:00:00.000000Z" {
		t.Errorf("it is from %s to %s", now["start"].Text(), now["end"].Text())
	}

	// Who sees only what is theirs does not find it.
	guest := w.staff("guest@example.com", "member", "active")
	w.update(guest, "permissions", "records.only_assigned")
	w.login("guest@example.com").drag(move, url.Values{"start": {"2026-03-03T12:00:00Z"}}).want(t, 404)
	w.owner.drag("/appointments/"+string(w.ownerID)+"/move", url.Values{"start": {"2026-03-03T12:00:00Z"}}).want(t, 404)
}

// readOnly are the pages to the browser's person, without the permission to write.
func (w *world) readOnly(method, pattern string, h func(*site) handler) *world {
	s := &site{Options: testOptions, ws: w.ws, views: views(w.ws.Schema), files: newStaticFiles(), templates: parseTemplates()}
	mux := http.NewServeMux()
	mux.Handle(method+" "+pattern, s.open(func(v *visit) error {
		id, err := s.identify(v)
		if err != nil {
			return err
		}
		id.Caller.Permissions = maps.Clone(id.Caller.Permissions)
		delete(id.Caller.Permissions, audit.RecordsWrite)
		v.id = id
		return h(s)(v)
	}))
	other := *w
	other.pages = mux
	return &other
}

// Who may see and not write: the calendar offers nothing, and a drag is refused and logged.
func TestCalendarToReadOnly(t *testing.T) {
	w := newWorld(t)
	cal := w.create("calendar", "name", "Showroom")
	rec := w.visit(cal, "Kitchen", "2026-03-02T10:00", "2026-03-02T11:00")
	for _, view := range calendarViewNames {
		b := w.readOnly("GET", "/calendar/{view}", func(s *site) handler { return s.calendarShow }).same(w.member)
		b.get("/calendar/"+view+"?date=2026-03-02").want(t, 200, "Kitchen").wantNot(t, "data-move", "cal-slot", "New appointment", "cal-add")
	}
	b := w.readOnly("POST", "/appointments/{id}/move", func(s *site) handler { return s.appointmentMove(s.views["appointment"]) }).same(w.member)
	b.drag("/appointments/"+string(rec.ID)+"/move", url.Values{"start": {"2026-03-03T12:00:00Z"}, "version": {"1"}}).want(t, 403, "records.write")
	if now := w.record("appointment", rec.ID); now.Version != 1 {
		t.Errorf("it was moved: %v", now.Fields)
	}
	if types := w.events(1); types[0] != "access.denied" {
		t.Errorf("the log ends with %v", types)
	}
}

// same is the session of a browser at other pages.
func (w *world) same(b *browser) *browser { return &browser{w, b.cookies} }
