package demo

import (
	"context"
	"slices"
	"time"
)

// act is something that somebody does at a moment.
type act struct {
	at time.Time
	do func(ctx context.Context) error
}

// quiet is how long before the end the life of the last day stops; the epilogue fills the rest.
const quiet = 45 * time.Minute

// live lets one day go by; day 0 is the first.
func (h *house) live(ctx context.Context, day int) error {
	start := midnight(h.end, day-Days)
	acts := h.incidents(day, start)
	if day > 0 {
		acts = append(acts, act{start.Add(5*time.Hour + 45*time.Minute), h.overnight})
		acts = append(acts, h.sync(day, start)...)
		acts = append(acts, h.work(day, start)...)
		for hour := 9; hour <= 19; hour += 2 { // what waits comes to its time
			acts = append(acts, act{start.Add(time.Duration(hour) * time.Hour), h.automate})
		}
	}
	slices.SortStableFunc(acts, func(a, b act) int { return a.at.Compare(b.at) })
	for _, a := range acts {
		if a.at.After(h.end.Add(-quiet)) {
			break
		}
		h.clock.moveTo(a.at)
		if err := a.do(ctx); err != nil {
			return err
		}
		if h.stirred && h.thanksFlow != "" {
			if err := h.automate(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// overnight ends what was left open the day before.
func (h *house) overnight(ctx context.Context) error {
	for _, p := range h.people {
		p.seat = nil
	}
	_, err := h.w.Auth.SweepExpired(ctx)
	return err
}

// moment is a random time of the day between two hours, to the microsecond.
func (h *house) moment(start time.Time, from, to float64) time.Time {
	hours := from + h.rng.Float64()*(to-from)
	return start.Add(time.Duration(hours * float64(time.Hour))).Truncate(time.Microsecond)
}

// work is a working day of everybody, or the little that happens on a Saturday.
func (h *house) work(day int, start time.Time) []act {
	var acts []act
	weekend := start.Weekday() == time.Saturday || start.Weekday() == time.Sunday
	present := h.around()
	if weekend {
		present = slices.DeleteFunc(present, func(int) bool { return start.Weekday() == time.Sunday || !h.chance(25) })
	}
	for _, who := range present {
		if !weekend && h.chance(8) {
			continue // away
		}
		arrives, leaves := h.moment(start, 8.2, 10), h.moment(start, 16.5, 18.4)
		n := h.between(h.people[who].diligence/2, h.people[who].diligence*3/2)
		if weekend {
			arrives, leaves, n = h.moment(start, 9.5, 11), h.moment(start, 11.5, 13), h.between(1, 3)
		}
		acts = append(acts, act{arrives, func(ctx context.Context) error { return h.present(ctx, who) }})
		for range n {
			at := h.moment(start, arrives.Sub(start).Hours(), leaves.Sub(start).Hours())
			acts = append(acts, act{at, func(ctx context.Context) error { return h.something(ctx, who) }})
		}
		if h.chance(45) {
			acts = append(acts, act{leaves, func(ctx context.Context) error { return h.logout(ctx, h.people[who]) }})
		}
	}
	if weekend || day < 2 {
		return acts
	}
	return append(acts, h.newcomers(day, start)...)
}

// present logs a person in who is not yet.
func (h *house) present(ctx context.Context, who int) error {
	_, err := h.as(ctx, who)
	return err
}

// something is an everyday act of a person. One that has nothing to be done to gives way to another.
func (h *house) something(ctx context.Context, who int) error {
	if h.people[who].gone {
		return nil
	}
	for range 8 {
		if done, err := h.everyday(ctx, who); done || err != nil {
			return err
		}
	}
	return nil
}

func (h *house) everyday(ctx context.Context, who int) (bool, error) {
	acts := []struct {
		weight int
		do     func(context.Context, int) (bool, error)
	}{
		{34, h.advance}, {12, h.settle}, {7, h.revalue}, {2, h.handOver}, {1, h.reopenDeal},
		{12, h.writeNote}, {8, h.newTask}, {9, h.completeTask}, {1, h.reopenTask},
		{6, h.editContact}, {6, h.tagContact}, {2, h.untagContact}, {2, h.reassignContact}, {1, h.doNotDisturb},
		{3, h.editCompany}, {1, h.moveContact},
		{6, h.book}, {11, h.keepBooks}, {10, h.write}, {4, h.visit}, {3, h.tidyTalks}, {4, h.bill}, {3, h.receive},
	}
	total := 0
	for _, a := range acts {
		total += a.weight
	}
	n := h.rng.IntN(total)
	for _, a := range acts {
		if n -= a.weight; n < 0 {
			return a.do(ctx, who)
		}
	}
	return false, nil
}
