package demo

import (
	"context"
	"time"
)

// How much there is at the end.
const (
	contactsInAll = 402 // two are deleted on the way
	dealsInAll    = 300
	firstContacts = 180 // came with the import of the first days
	firstDeals    = 84
	billsInAll    = 60
)

// share is how much of what comes in the course of the days has come by the end of a day.
func share(from, all, day int) int { return from + (all-from)*day/Days }

// newcomers are the contacts and deals of a working day, so many that the numbers at the end are met.
func (h *house) newcomers(day int, start time.Time) []act {
	var acts []act
	everybody := h.around()
	met := contactsInAll - len(h.guests)
	for range share(firstContacts, contactsInAll, day) - met {
		who := pick(h, everybody)
		acts = append(acts, act{h.moment(start, 9.8, 16.8), func(ctx context.Context) error { return h.welcome(ctx, who) }})
	}
	for range share(firstDeals, dealsInAll, day) - h.made {
		who := pick(h, everybody)
		acts = append(acts, act{h.moment(start, 10, 17), func(ctx context.Context) error { return h.propose(ctx, who) }})
	}
	return acts
}

// welcome enters a new contact, often with a note about the first talk.
func (h *house) welcome(ctx context.Context, who int) error {
	g, ok := h.nextGuest()
	if !ok {
		return nil
	}
	c, err := h.as(ctx, who)
	if err != nil {
		return err
	}
	k, err := h.meet(ctx, c, g, h.people[who])
	if err != nil || !h.chance(40) {
		return err
	}
	h.clock.pass(time.Duration(h.between(20, 200)) * time.Second)
	_, err = h.create(ctx, c, "note", map[string]string{"contact": string(k.id), "body": pick(h, firstTalks)})
	return err
}

// propose opens a deal with somebody who came lately.
func (h *house) propose(ctx context.Context, who int) error {
	c, err := h.as(ctx, who)
	if err != nil {
		return err
	}
	k := recent(h, h.contacts)
	owner := k.owner
	if owner == nil || owner.gone {
		owner = h.people[who]
	}
	return h.openDeal(ctx, c, k, owner)
}
