package demo

import (
	"context"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// booking is an appointment.
type booking struct {
	id     audit.RecordID
	start  time.Time
	status string
	who    *person
}

// openCalendars makes the calendars of the showroom and of the visits.
func (h *house) openCalendars(ctx context.Context) error {
	for _, texts := range []map[string]string{
		{"name": "Showroom", "description": "Visits to the showroom by appointment.", "slot_minutes": "45", "colour": "teal"},
		{"name": "Site visits", "description": "At the customer's.", "slot_minutes": "90", "colour": "#b45309", "owner": string(h.people[tomasz].id)},
	} {
		c, err := h.as(ctx, marcus)
		if err != nil {
			return err
		}
		texts["timezone"] = timezone
		rec, err := h.create(ctx, c, "calendar", texts)
		if err != nil {
			return err
		}
		h.calendars = append(h.calendars, rec.ID)
		h.clock.pass(45 * time.Second)
	}
	return nil
}

// planAhead is a week before the end: what goes over midnight and over days, a calendar on the other side of the ocean, and
// somebody who is booked twice.
func (h *house) planAhead(ctx context.Context) error {
	c, err := h.as(ctx, marcus)
	if err != nil {
		return err
	}
	online, err := h.create(ctx, c, "calendar", map[string]string{"name": "Boston desk", "description": "Video calls, by Boston's clock.", "slot_minutes": "30", "timezone": "America/New_York"})
	if err != nil {
		return err
	}
	now := h.clock.now().In(h.zone)
	hour := func(days, hour, minute int) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day()+days, hour, minute, 0, 0, h.zone)
	}
	for _, b := range []struct {
		title, location string
		calendar        audit.RecordID
		start, end      time.Time
		who             int
	}{
		{"Interiors fair", "Harrogate", h.calendars[1], hour(8, 8, 0), hour(10, 18, 0), sofia},
		{"Night delivery of the display kitchen", "Showroom, back door", h.calendars[0], hour(7, 22, 30), hour(8, 1, 30), tomasz},
		{"Fabrics from Boston", "", online.ID, hour(7, 15, 0), hour(7, 15, 30), priya},
		{"Walk-through with the fitters", "Showroom", h.calendars[0], hour(7, 15, 15), hour(7, 16, 0), priya},
	} {
		h.clock.pass(70 * time.Second)
		texts := times(b.start, b.end.Sub(b.start))
		texts["title"], texts["location"], texts["calendar"], texts["assignee"], texts["status"] = b.title, b.location, string(b.calendar), string(h.people[b.who].id), "confirmed"
		if _, err := h.create(ctx, c, "appointment", texts); err != nil {
			return err
		}
	}
	return nil
}

// closeShowroom takes no visits for the stocktaking; openShowroom takes them again.
func (h *house) closeShowroom(ctx context.Context) error {
	return h.by(ctx, marcus, "calendar", h.calendars[0], map[string]string{"active": "false"})
}
func (h *house) openShowroom(ctx context.Context) error {
	return h.by(ctx, marcus, "calendar", h.calendars[0], map[string]string{"active": "true"})
}

// slot is a time of a day to come.
func (h *house) slot(days int) time.Time {
	day := midnight(h.clock.now().In(h.zone), days)
	if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
		day = day.AddDate(0, 0, 2)
	}
	return day.Add(time.Duration(9*4+h.rng.IntN(7*4)) * 15 * time.Minute)
}

// times are the start and the end of an appointment as a form has them.
func times(start time.Time, length time.Duration) map[string]string {
	return map[string]string{"start": start.UTC().Format(audit.TimeLayout), "end": start.Add(length).UTC().Format(audit.TimeLayout)}
}

func (h *house) book(ctx context.Context, who int) (bool, error) {
	c, err := h.as(ctx, who)
	if err != nil {
		return true, err
	}
	k := recent(h, h.contacts)
	b := &booking{start: h.slot(h.between(1, 12)), status: "new", who: h.people[pick(h, h.around())]}
	in := h.rng.IntN(len(h.calendars))
	texts := times(b.start, time.Duration(45*(in+1))*time.Minute)
	texts["calendar"], texts["contact"] = string(h.calendars[in]), string(k.id)
	texts["title"] = pick(h, [][]string{showroomVisits, siteVisits}[in]) + " – " + k.guest.last
	texts["assignee"] = string(b.who.id)
	rec, err := h.create(ctx, c, "appointment", texts)
	if err != nil {
		return true, err
	}
	b.id = rec.ID
	h.bookings = append(h.bookings, b)
	return true, nil
}

// booked chooses an appointment that passes, nil for none.
func (h *house) booked(pass func(*booking) bool) *booking {
	fitting := slices.DeleteFunc(slices.Clone(h.bookings), func(b *booking) bool { return !pass(b) })
	if len(fitting) == 0 {
		return nil
	}
	return pick(h, fitting)
}

func (b *booking) open() bool { return b.status == "new" || b.status == "confirmed" }

// noteVisit writes down what to bring to the visit that was booked last.
func (h *house) noteVisit(ctx context.Context) error {
	for _, b := range slices.Backward(h.bookings) {
		if b.open() {
			return h.by(ctx, priya, "appointment", b.id, map[string]string{"notes": "Bring the samples of tiles."})
		}
	}
	return nil
}

// keepBooks does with appointments what days bring: those to come are confirmed, moved, handed over or cancelled, those
// that are past took place or did not.
func (h *house) keepBooks(ctx context.Context, who int) (bool, error) {
	now := h.clock.now()
	if b := h.booked(func(b *booking) bool { return b.open() && b.start.Before(now) }); b != nil {
		b.status = "showed"
		if h.chance(15) {
			b.status = "no_show"
		}
		return true, h.by(ctx, who, "appointment", b.id, map[string]string{"status": b.status})
	}
	b := h.booked(func(b *booking) bool { return b.open() && b.start.After(now) })
	if b == nil {
		return false, nil
	}
	switch n := h.rng.IntN(20); {
	case n < 9 && b.status == "new":
		b.status = "confirmed"
	case n < 11:
		b.status = "cancelled"
	case n < 13:
		to := h.people[pick(h, h.around())]
		if to == b.who {
			return false, nil
		}
		b.who = to
		return true, h.by(ctx, who, "appointment", b.id, map[string]string{"assignee": string(to.id)})
	default:
		b.start = h.slot(h.between(1, 9))
		return true, h.by(ctx, who, "appointment", b.id, times(b.start, time.Hour))
	}
	return true, h.by(ctx, who, "appointment", b.id, map[string]string{"status": b.status})
}
