package demo

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// pipeline is one with its stages in their order.
type pipeline struct {
	id       audit.RecordID
	stages   []audit.RecordID
	projects []string
	low      int // of the values, in pounds
	high     int
}

// deal is an opportunity.
type deal struct {
	id      audit.RecordID
	in      *pipeline
	stage   int
	status  string
	value   int
	owner   *person
	contact *contact
}

// underWay is how many open deals the house has at least.
const underWay = 90

var lostReasons = []string{"Budget", "Chose another studio", "Project postponed", "No answer", "Moved away", "Listed building consent refused"}

// vary is about the value, in whole tens.
func (h *house) vary(value int) int { return value * h.between(70, 140) / 1000 * 10 }

func money(pounds int) string { return strconv.Itoa(pounds) + ".00" }

// draft is a new deal of a contact and its fields; it is not made yet.
func (h *house) draft(in *pipeline, stage int, k *contact, owner *person) (*deal, map[string]string) {
	d := &deal{in: in, stage: stage, status: "open", value: h.between(in.low, in.high) * 50, owner: owner, contact: k}
	project := pick(h, in.projects)
	name := k.guest.last + " – " + project
	if k.company != nil {
		name = k.company.name + " – " + project
	}
	texts := map[string]string{"name": name, "pipeline": string(in.id), "stage": string(in.stages[stage]), "value": money(d.value),
		"currency": "GBP", "contact": string(k.id), "source": pick(h, sources), "product": project,
		"opened": h.date(0), "expected_close": h.date(h.between(20, 120))}
	if owner != nil {
		texts["owner"] = string(owner.id)
	}
	if k.company != nil {
		texts["company"] = string(k.company.id)
	}
	return d, texts
}

// suited is the pipeline for a contact: people at a company have a commercial project as a rule.
func (h *house) suited(k *contact) *pipeline {
	if (k.company != nil) == h.chance(90) {
		return h.pipelines[1]
	}
	return h.pipelines[0]
}

// openDeal makes a deal of a contact, in the first stage.
func (h *house) openDeal(ctx context.Context, c audit.Caller, k *contact, owner *person) error {
	d, texts := h.draft(h.suited(k), 0, k, owner)
	rec, err := h.create(ctx, c, "opportunity", texts)
	if err != nil {
		return err
	}
	d.id = rec.ID
	h.deals = append(h.deals, d)
	h.made++
	return nil
}

// openDeals makes deals in one operation: somebody enters the list of a pipeline.
func (h *house) openDeals(ctx context.Context, c audit.Caller, in *pipeline, n int) error {
	var b crm.Batch
	var drafts []*deal
	for range n {
		k := pick(h, h.contacts)
		for slices.Contains(h.pipelines, in) && h.suited(k) != in {
			k = pick(h, h.contacts)
		}
		d, texts := h.draft(in, h.rng.IntN(len(in.stages)), k, k.owner)
		input, err := h.input("opportunity", texts)
		if err != nil {
			return err
		}
		b.Create = append(b.Create, input)
		drafts = append(drafts, d)
	}
	res, err := h.w.Engine.Batch(ctx, c, "opportunity", b)
	if err != nil {
		return err
	}
	for i, rec := range res.Created {
		drafts[i].id = rec.ID
		h.deals = append(h.deals, drafts[i])
	}
	return nil
}

// withDeals are the deals that pass.
func (h *house) withDeals(pass func(*deal) bool) []*deal {
	return slices.DeleteFunc(slices.Clone(h.deals), func(d *deal) bool { return !pass(d) })
}

func isOpen(d *deal) bool { return d.status == "open" }

// forget takes the deals of a pipeline that is deleted out of the house's memory.
func (h *house) forget(in *pipeline) {
	h.deals = slices.DeleteFunc(h.deals, func(d *deal) bool { return d.in == in })
}

// mine chooses an open deal, rather one of the person's own.
func (h *house) mine(who int, pass func(*deal) bool) *deal {
	open := h.withDeals(func(d *deal) bool { return isOpen(d) && pass(d) })
	if own := slices.DeleteFunc(slices.Clone(open), func(d *deal) bool { return d.owner != h.people[who] }); len(own) > 0 && h.chance(80) {
		open = own
	}
	if len(open) == 0 {
		return nil
	}
	return pick(h, open)
}

// advance moves a deal to the next stage, seldom over one or back.
func (h *house) advance(ctx context.Context, who int) (bool, error) {
	d := h.mine(who, func(d *deal) bool { return d.stage < len(d.in.stages)-1 && h.hasRoom(d.in, d.stage+1) })
	if d == nil {
		return false, nil
	}
	step := 1
	switch n := h.rng.IntN(20); {
	case n == 0 && d.stage > 0:
		step = -1
	case n == 1 && d.stage+2 < len(d.in.stages):
		step = 2
	}
	d.stage += step
	texts := map[string]string{"stage": string(d.in.stages[d.stage])}
	if h.chance(15) {
		d.value = h.vary(d.value)
		texts["value"] = money(d.value)
	}
	return true, h.by(ctx, who, "opportunity", d.id, texts)
}

// hasRoom reports whether a stage takes a further deal: a pipeline narrows towards its end.
func (h *house) hasRoom(in *pipeline, stage int) bool {
	standing := len(h.withDeals(func(d *deal) bool { return isOpen(d) && d.in == in && d.stage == stage }))
	return standing < 6+3*(len(in.stages)-1-stage)
}

// settle closes a deal: won from the last stages, lost or abandoned from any. Some work is always under way.
func (h *house) settle(ctx context.Context, who int) (bool, error) {
	if len(h.withDeals(isOpen)) < underWay {
		return false, nil
	}
	d := h.mine(who, func(d *deal) bool { return d.stage >= len(d.in.stages)-2 || h.chance(15) })
	if d == nil {
		return false, nil
	}
	c, err := h.as(ctx, who)
	if err != nil {
		return true, err
	}
	texts := map[string]string{"closed": h.date(0)}
	switch n := h.rng.IntN(100); {
	case n < 55 && d.stage >= len(d.in.stages)-2:
		d.status = "won"
	case n < 90:
		d.status = "lost"
		texts["lost_reason"] = pick(h, lostReasons)
	default:
		d.status = "abandoned"
	}
	texts["status"] = d.status
	if err := h.update(ctx, c, "opportunity", d.id, texts); err != nil || d.status != "won" {
		return true, err
	}
	h.clock.pass(time.Duration(h.between(5, 40)) * time.Second)
	return true, h.becomes(ctx, c, d.contact)
}

func (h *house) revalue(ctx context.Context, who int) (bool, error) {
	d := h.mine(who, func(*deal) bool { return true })
	if d == nil {
		return false, nil
	}
	d.value = h.vary(d.value)
	return true, h.by(ctx, who, "opportunity", d.id, map[string]string{"value": money(d.value), "expected_close": h.date(h.between(10, 90))})
}

func (h *house) handOver(ctx context.Context, who int) (bool, error) {
	d, to := h.mine(who, func(*deal) bool { return true }), h.people[pick(h, h.around())]
	if d == nil || d.owner == to {
		return false, nil
	}
	d.owner = to
	return true, h.by(ctx, who, "opportunity", d.id, map[string]string{"owner": string(to.id)})
}

func (h *house) reopenDeal(ctx context.Context, who int) (bool, error) {
	lost := h.withDeals(func(d *deal) bool { return d.status == "lost" })
	if len(lost) == 0 {
		return false, nil
	}
	d := pick(h, lost)
	d.status = "open"
	return true, h.by(ctx, who, "opportunity", d.id, map[string]string{"status": "open", "lost_reason": "", "closed": ""})
}
