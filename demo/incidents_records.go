package demo

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/restore"
)

// startSpring begins a campaign that comes to nothing.
func (h *house) startSpring(ctx context.Context) error {
	h.spring = &pipeline{projects: showroom, low: 8, high: 60}
	if err := h.build(ctx, jonas, "Spring showroom", "Ex-display sale.", h.spring, "Invited", "Visited", "Reserved", "Sold"); err != nil {
		return err
	}
	h.clock.pass(6 * time.Minute)
	c, err := h.as(ctx, jonas)
	if err != nil {
		return err
	}
	return h.openDeals(ctx, c, h.spring, 14)
}

func (h *house) deleteSpring(ctx context.Context) error {
	return h.deletePipeline(ctx, marcus, h.spring)
}
func (h *house) deleteFair(ctx context.Context) error { return h.deletePipeline(ctx, marcus, h.fair) }

func (h *house) deletePipeline(ctx context.Context, who int, p *pipeline) error {
	c, err := h.as(ctx, who)
	if err != nil {
		return err
	}
	h.forget(p)
	_, err = h.w.Engine.Delete(ctx, c, "pipeline", p.id)
	return err
}

// startFair and enterFair bring the leads of a trade fair in.
func (h *house) startFair(ctx context.Context) error {
	h.fair = &pipeline{projects: fairLeads, low: 20, high: 400}
	return h.build(ctx, tomasz, "Trade fair leads", "Everybody who left a card at the stand.", h.fair,
		"Card", "Called", "Samples sent", "Visit", "Handed over")
}

func (h *house) enterFair(ctx context.Context) error {
	for _, n := range []int{24, 16} {
		c, err := h.as(ctx, tomasz)
		if err != nil {
			return err
		}
		if err := h.openDeals(ctx, c, h.fair, n); err != nil {
			return err
		}
		h.clock.pass(17 * time.Minute)
	}
	return nil
}

// tidyStages renames a stage and gives two others each other's place.
func (h *house) tidyStages(ctx context.Context) error {
	c, err := h.as(ctx, eleanor)
	if err != nil {
		return err
	}
	p := h.pipelines[0]
	if err := h.update(ctx, c, "stage", p.stages[0], map[string]string{"name": "New enquiry"}); err != nil {
		return err
	}
	h.clock.pass(50 * time.Second)
	p.stages[1], p.stages[2] = p.stages[2], p.stages[1]
	return h.w.Engine.Do(ctx, c, func(op *crm.Operation) error {
		for i, position := range []string{"2", "3"} {
			in, err := h.input("stage", map[string]string{"position": position})
			if err == nil {
				_, err = op.Update(ctx, "stage", p.stages[i+1], in, 0)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// bulkOwner gives the leads that nobody has to the client advisor.
func (h *house) bulkOwner(ctx context.Context) error {
	to := h.people[priya]
	change := crm.BulkChange{Set: crm.Input{"owner": []byte(audit.String(string(to.id)))}}
	return h.bulk(ctx, marcus, 45, change, func(k *contact) bool {
		if k.owner != nil {
			return false
		}
		k.owner = to
		return true
	})
}

// bulkTag marks whom the autumn letter goes to.
func (h *house) bulkTag(ctx context.Context) error {
	return h.bulk(ctx, sofia, 36, crm.BulkChange{AddTags: []string{"autumn letter"}}, func(k *contact) bool {
		if k.kind != "customer" {
			return false
		}
		k.tags = append(k.tags, "autumn letter")
		return true
	})
}

// bulk changes the contacts that fit in one operation, at most so many.
func (h *house) bulk(ctx context.Context, who, most int, change crm.BulkChange, fits func(*contact) bool) error {
	c, err := h.as(ctx, who)
	if err != nil {
		return err
	}
	sel := crm.Selection{Object: "contact"}
	for _, k := range h.contacts {
		if fits(k) {
			if sel.IDs = append(sel.IDs, k.id); len(sel.IDs) == most {
				break
			}
		}
	}
	_, err = h.w.Engine.Bulk(ctx, c, sel, change)
	return err
}

// enterDouble enters a customer anew who was not found; mergeDouble makes one contact of the two.
func (h *house) enterDouble(ctx context.Context) error {
	c, err := h.as(ctx, sofia)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(h.contacts, func(k *contact) bool { return k.kind == "customer" && len(k.guest.fields["first_name"]) > 3 })
	h.once = h.contacts[i]
	first, _ := utf8.DecodeRuneInString(h.once.guest.fields["first_name"])
	rec, err := h.create(ctx, c, "contact", map[string]string{"first_name": string(first) + ".", "last_name": h.once.guest.last, "type": "customer", "source": "Walk-in"})
	if err != nil {
		return err
	}
	h.twice = rec.ID
	h.clock.pass(80 * time.Second)
	if _, err := h.create(ctx, c, "note", map[string]string{"contact": string(rec.ID), "body": "Came by the showroom and asked for fabric samples."}); err != nil {
		return err
	}
	h.clock.pass(40 * time.Second)
	_, err = h.create(ctx, c, "task", map[string]string{"contact": string(rec.ID), "title": "Send fabric samples to " + h.once.guest.last, "assignee": string(h.people[sofia].id)})
	return err
}

func (h *house) mergeDouble(ctx context.Context) error {
	c, err := h.as(ctx, marcus)
	if err != nil {
		return err
	}
	_, err = h.w.Engine.Merge(ctx, c, "contact", crm.Merge{Winner: h.once.id, Loser: h.twice})
	return err
}

// contactLost deletes the wrong contact, a customer with tasks; contactFound brings them back from the log.
func (h *house) contactLost(ctx context.Context) error {
	c, err := h.as(ctx, priya)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(h.contacts, func(k *contact) bool {
		return k.kind == "customer" && !h.hasBill(k) && slices.ContainsFunc(h.tasks, func(t *task) bool { return t.contact == k }) &&
			slices.ContainsFunc(h.talks, func(t *talk) bool { return t.contact == k })
	})
	h.away = h.contacts[i]
	h.contacts = slices.Delete(h.contacts, i, i+1)
	d, err := h.w.Engine.Delete(ctx, c, "contact", h.away.id)
	h.lost = audit.EventID(d.Operation)
	return err
}

func (h *house) contactFound(ctx context.Context) error {
	c, err := h.as(ctx, marcus)
	if err != nil {
		return err
	}
	h.contacts = append(h.contacts, h.away)
	h.away = nil
	_, err = h.w.Restore.Apply(ctx, c, h.lost, restore.Request{})
	return err
}

// wrongValue types a nought too many; undoValue takes it back from the log.
func (h *house) wrongValue(ctx context.Context) error {
	d := h.withDeals(isOpen)[0]
	h.mistyped = d.id
	return h.by(ctx, sofia, "opportunity", d.id, map[string]string{"value": money(d.value * 10)})
}

func (h *house) undoValue(ctx context.Context) error {
	c, err := h.as(ctx, marcus)
	if err != nil {
		return err
	}
	last := audit.Filter{Where: audit.All{audit.Is{Property: audit.ByRecord, Values: []string{string(h.mistyped)}},
		audit.Is{Property: audit.ByType, Values: []string{"opportunity.value_changed"}}}}
	page, err := h.w.Log.Events(ctx, h.account, audit.Query{Filter: last, Limit: 1})
	if err != nil {
		return err
	}
	e, err := page.Events[0].Event()
	if err != nil {
		return err
	}
	_, err = h.w.Restore.Undo(ctx, c, e.ID, restore.Request{})
	return err
}
