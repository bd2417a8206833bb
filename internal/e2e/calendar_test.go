package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// bookings are a calendar of a test's own in a week in which nothing else is: that of 13 May 2030.
type bookings struct {
	calendar audit.RecordID
	week     string // its address, this calendar alone
	day      string // Wednesday
}

func (w *world) newBookings(slot string) bookings {
	w.t.Helper()
	id := w.create("calendar", map[string]string{"name": "Workshop", "slot_minutes": slot, "colour": "#6d4bc4"}).ID
	return bookings{id, "/calendar/week?calendar=" + string(id) + "&date=2030-05-15", "/calendar/day?calendar=" + string(id) + "&date=2030-05-15"}
}

// appointmentAt waits until the appointment is stored at that time, as "start – end" in UTC.
func (b *tab) appointmentAt(id audit.RecordID, want string) {
	b.t.Helper()
	b.until("the appointment is at "+want, func() (string, error) {
		rec := b.record("appointment", id)
		if rec == nil {
			return "it is not there", nil
		}
		at := strings.NewReplacer(":00.000000Z", "", "2030-", "").Replace(rec.Fields["start"].Text() + " – " + rec.Fields["end"].Text())
		if at != want {
			return "it is at " + at, nil
		}
		return "", nil
	})
}

// corner is the middle of a spot from left to right, and where it begins and ends from top to bottom.
func (s spot) corner() (x, top, bottom float64) {
	s.b.t.Helper()
	s.place()
	r := read[[]float64](s, `function() { const r = this.getBoundingClientRect(); return [(r.left + r.right) / 2, r.top, r.bottom]; }`)
	return r[0], r[1], r[2]
}

// The main use: a click on a slot, the form, the appointment, dragged to another time, seen in the log.
func TestCalendarBooking(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		k := w.newBookings("45")
		w.create("contact", map[string]string{"first_name": "Wilma", "last_name": "Ackroyd"})
		b := w.tabOf(owner, width)
		view := k.week
		if width == phone {
			view = k.day
		}
		b.open(view)
		// A phone's screen is smaller than a week: there the day is looked at.
		b.css(`section[aria-label^="Wednesday 15 May"] button.cal-slot[aria-label$="09:00"]`).follow()
		b.at("heading", "New appointment").see()
		if start, end := read[string](b.css("#f-start"), `function() { return this.value; }`), read[string](b.css("#f-end"), `function() { return this.value; }`); start != "2030-05-15T09:00" || end != "2030-05-15T09:45" {
			t.Fatalf("the form is from %s to %s", start, end)
		}
		b.at("textbox", "~Title").fill("Fitting")
		b.at("button", "Create").follow()
		b.at("status", "").says(`Created the appointment "Fitting"`)
		id := audit.RecordID(w.newest("appointment"))
		b.appointmentAt(id, "05-15T08:00 – 05-15T08:45")

		// Two slots later, by the mouse; at a desk on the day after.
		to := `section[aria-label^="Thursday 16 May"] button.cal-slot[aria-label$="10:30"]`
		want := "05-16T09:30 – 05-16T10:15"
		if width == phone {
			to, want = `section[aria-label^="Wednesday 15 May"] button.cal-slot[aria-label$="10:30"]`, "05-15T09:30 – 05-15T10:15"
		}
		x, top, _ := b.css(`.cal-event:has(a[href$="` + string(id) + `"])`).corner()
		toX, toTop, _ := b.css(to).corner()
		b.do("drag Fitting", chromedp.DragAndDropXY(x, top+8, toX, toTop+10))
		b.appointmentAt(id, want)
		b.at("status", "").says(`Moved the appointment "Fitting"`)

		b.open("/settings/audit-logs?type=appointment.rescheduled&record=" + string(id) + "&object=appointment")
		b.css("#audit-results").says(`Rescheduled appointment "Fitting"`)
	})
}

// By the keyboard alone, and back with Escape; and longer by its edge.
func TestCalendarKeyboard(t *testing.T) {
	w := newWorld(t)
	k := w.newBookings("30")
	id := w.create("appointment", map[string]string{"title": "Fitting", "calendar": string(k.calendar), "start": "2030-05-15T08:10:00Z", "end": "2030-05-15T09:00:00Z"}).ID
	b := w.tabOf(owner, desk)
	b.open(k.week)
	link := b.css(`.cal-event a[href$="` + string(id) + `"]`)
	b.tabTo(link)
	arrow := func(key string) {
		command(b, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: key, Code: key})
		command(b, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: key, Code: key})
	}
	says := b.css("[data-calendar-says]")
	b.press(" ")
	says.says("Taken: Fitting. Wednesday 15 May 2030, 09:10 – 10:00")
	arrow("ArrowDown")
	says.says("09:30 – 10:20") // to the next slot first
	arrow("Escape")
	says.says("Left where it was.")
	b.appointmentAt(id, "05-15T08:10 – 05-15T09:00")
	b.press(" ")
	arrow("ArrowDown")
	arrow("ArrowDown")
	arrow("ArrowRight")
	says.says("Thursday 16 May 2030, 10:00 – 10:50")
	b.press("\r")
	b.at("status", "").says(`Moved the appointment "Fitting"`)
	b.appointmentAt(id, "05-16T09:00 – 05-16T09:50")
	b.css(`section[aria-label^="Thursday 16 May"] a[href$="` + string(id) + `"]:focus`).see()

	x, _, bottom := b.css(`.cal-event:has(a[href$="` + string(id) + `"])`).corner()
	_, _, to := b.css(`section[aria-label^="Thursday 16 May"] button.cal-slot[aria-label$="12:00"]`).corner()
	b.do("drag its edge", chromedp.DragAndDropXY(x, bottom-2, x, to))
	b.appointmentAt(id, "05-16T09:00 – 05-16T11:30")
	b.css(`section[aria-label^="Thursday 16 May"]`).says("10:00–12:30")

	// Somebody else moves it in the meantime: the drag is told so, and changes nothing.
	o, err := w.Schema.Object("appointment")
	if err == nil {
		_, err = w.Engine.Update(t.Context(), w.caller(owner), "appointment", id, crm.Texts(o, map[string]string{"start": "2030-05-17T09:00:00Z", "end": "2030-05-17T10:00:00Z"}), 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	b.expect("status of 412")
	b.tabTo(link)
	b.press(" ")
	arrow("ArrowDown")
	b.press("\r")
	b.css(".toasts").says("Somebody changed this appointment")
	b.appointmentAt(id, "05-17T09:00 – 05-17T10:00")
}

// In a month by the day, across the day on which the clocks go forward.
func TestCalendarMonth(t *testing.T) {
	w := newWorld(t)
	k := w.newBookings("30")
	id := w.create("appointment", map[string]string{"title": "Fitting", "calendar": string(k.calendar), "start": "2030-03-28T12:00:00Z", "end": "2030-03-28T13:00:00Z"}).ID
	b := w.tabOf(owner, desk)
	b.open("/calendar/month?calendar=" + string(k.calendar) + "&date=2030-03-28")
	x, y := b.css(`.cal-event a[href$="` + string(id) + `"]`).place()
	toX, toY := b.css(`td[data-day="2030-03-31"]`).place()
	b.do("drag Fitting", chromedp.DragAndDropXY(x, y, toX, toY))
	b.at("status", "").says(`Moved the appointment "Fitting"`)
	b.appointmentAt(id, "03-31T11:00 – 03-31T12:00") // at noon in London

	// An odd day in the week: what is dropped into the hour that does not exist stands behind it.
	early := w.create("appointment", map[string]string{"title": "Early", "calendar": string(k.calendar), "start": "2030-03-31T02:00:00Z", "end": "2030-03-31T03:00:00Z"}).ID
	b.open("/calendar/day?calendar=" + string(k.calendar) + "&date=2030-03-31")
	read[bool](b.css("[data-calendar-scroll]"), `function() { this.scrollTop = 0; return true; }`)
	x, top, _ := b.css(`.cal-event:has(a[href$="` + string(early) + `"])`).corner()
	toX, toY = b.css(".cal-void").place()
	b.do("drag Early", chromedp.DragAndDropXY(x, top+8, toX, toY))
	b.at("status", "").says(`Moved the appointment "Early"`)
	b.appointmentAt(early, "03-31T01:00 – 03-31T02:00")
}

// Without scripts: the views, the ways between them, a slot and its form.
func TestCalendarWithoutJavaScript(t *testing.T) {
	w := newWorld(t)
	k := w.newBookings("60")
	b := w.tabOf(owner, desk)
	b.withoutScripts()
	b.open(k.week)
	b.at("link", "Next week").follow()
	b.at("heading", "20 – 26 May 2030").see()
	b.at("link", "Month").follow()
	b.at("link", "Wednesday 15 May 2030").follow()
	b.css(`button.cal-slot[aria-label$="14:00"]`).follow()
	b.at("textbox", "~Title").fill("Fitting")
	b.at("button", "Create").follow()
	b.at("heading", "Wednesday 15 May 2030").see()
	b.appointmentAt(audit.RecordID(w.newest("appointment")), "05-15T13:00 – 05-15T14:00")
	b.css(".cal-event a").follow()
	b.at("button", "No-show").follow()
	b.at("status", "").says("is no-show now")
}
