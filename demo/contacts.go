package demo

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
)

var (
	contactTags = []string{"newsletter", "showroom visitor", "referral", "past client", "architect", "press", "vip",
		"budget-conscious", "sustainability", "listed building", "landlord", "urgent"}
	sources = []string{"Website", "Referral", "Instagram", "Houzz", "Trade fair", "Walk-in", "Google"}
)

// nextGuest is somebody whom the house does not know yet; nobody when all have come.
func (h *house) nextGuest() (guest, bool) {
	if len(h.guests) == 0 {
		return guest{}, false
	}
	g := h.guests[0]
	h.guests = h.guests[1:]
	return g, true
}

// meet makes a contact of a guest, by a person or by the API key of the web forms (owner nil).
func (h *house) meet(ctx context.Context, c audit.Caller, g guest, owner *person) (*contact, error) {
	k := &contact{guest: g, owner: owner, kind: "lead"}
	texts := g.texts()
	texts["source"] = "Website"
	if owner != nil {
		texts["owner"] = string(owner.id)
		texts["source"] = pick(h, sources)
		if h.chance(40) {
			k.tags = []string{pick(h, contactTags)}
			texts["tags"] = k.tags[0]
		}
		if len(h.companies) > 0 && h.chance(35) {
			k.company = pick(h, h.companies)
			texts["company"] = string(k.company.id)
		}
	}
	rec, err := h.create(ctx, c, "contact", texts)
	if err != nil {
		return nil, err
	}
	k.id = rec.ID
	h.contacts = append(h.contacts, k)
	return k, nil
}

// editContact corrects what people mistype or learn later.
func (h *house) editContact(ctx context.Context, who int) (bool, error) {
	k := pick(h, h.contacts)
	texts := map[string]string{}
	switch h.rng.IntN(5) {
	case 0:
		texts["phone"] = k.guest.place.number(h)
	case 1:
		texts["address"], texts["postal_code"] = h.street(k.guest.place), k.guest.place.postcode(h)
	case 2:
		texts["website"] = "https://" + strings.ReplaceAll(k.guest.latin(), " ", "-") + ".example"
	case 3:
		texts["date_of_birth"] = h.clock.now().AddDate(-h.between(27, 71), -h.between(0, 11), -h.between(0, 27)).Format("2006-01-02")
	case 4:
		texts["source"] = pick(h, sources)
	}
	return true, h.by(ctx, who, "contact", k.id, texts)
}

// by updates a record as a person.
func (h *house) by(ctx context.Context, who int, object string, id audit.RecordID, texts map[string]string) error {
	c, err := h.as(ctx, who)
	if err != nil {
		return err
	}
	return h.update(ctx, c, object, id, texts)
}

func (h *house) tagContact(ctx context.Context, who int) (bool, error) {
	k, tag := recent(h, h.contacts), pick(h, contactTags)
	if len(k.tags) > 3 || slices.Contains(k.tags, tag) {
		return false, nil
	}
	k.tags = append(k.tags, tag)
	return true, h.by(ctx, who, "contact", k.id, map[string]string{"tags": strings.Join(k.tags, ",")})
}

func (h *house) untagContact(ctx context.Context, who int) (bool, error) {
	k := pick(h, h.contacts)
	if len(k.tags) == 0 {
		return false, nil
	}
	k.tags = k.tags[1:]
	return true, h.by(ctx, who, "contact", k.id, map[string]string{"tags": strings.Join(k.tags, ",")})
}

func (h *house) reassignContact(ctx context.Context, who int) (bool, error) {
	k, to := recent(h, h.contacts), h.people[pick(h, h.around())]
	if k.owner == to {
		return false, nil
	}
	k.owner = to
	return true, h.by(ctx, who, "contact", k.id, map[string]string{"owner": string(to.id)})
}

func (h *house) doNotDisturb(ctx context.Context, who int) (bool, error) {
	texts := map[string]string{"dnd": "true", "dnd_channels": pick(h, []string{"email", "sms", "email,sms", "call"})}
	k := pick(h, h.contacts)
	k.quiet = true
	return true, h.by(ctx, who, "contact", k.id, texts)
}

func (h *house) moveContact(ctx context.Context, who int) (bool, error) {
	k, to := pick(h, h.contacts), pick(h, h.companies)
	if k.company == to {
		return false, nil
	}
	k.company = to
	return true, h.by(ctx, who, "contact", k.id, map[string]string{"company": string(to.id)})
}

// becomes makes a customer of a lead.
func (h *house) becomes(ctx context.Context, c audit.Caller, k *contact) error {
	if k.kind == "customer" {
		return nil
	}
	k.kind = "customer"
	return h.update(ctx, c, "contact", k.id, map[string]string{"type": "customer"})
}

func (h *house) editCompany(ctx context.Context, who int) (bool, error) {
	k := pick(h, h.companies)
	texts := map[string]string{}
	switch h.rng.IntN(4) {
	case 0:
		texts["employees"] = pick(h, []string{"8", "14", "25", "60", "120", "340"})
	case 1:
		texts["phone"] = homePlace.number(h)
	case 2:
		texts["address"], texts["postal_code"] = h.street(homePlace), homePlace.postcode(h)
	case 3:
		texts["revenue"] = money(h.between(2, 90) * 100_000)
	}
	return true, h.by(ctx, who, "company", k.id, texts)
}

// writeNote keeps what was said.
func (h *house) writeNote(ctx context.Context, who int) (bool, error) {
	c, err := h.as(ctx, who)
	if err != nil {
		return true, err
	}
	_, err = h.create(ctx, c, "note", map[string]string{"contact": string(recent(h, h.contacts).id), "body": pick(h, noteBodies)})
	return true, err
}

func (h *house) newTask(ctx context.Context, who int) (bool, error) {
	c, err := h.as(ctx, who)
	if err != nil {
		return true, err
	}
	k := recent(h, h.contacts)
	due := midnight(h.clock.now().In(h.zone), h.between(1, 9)).Add(10 * 3600e9)
	texts := map[string]string{"contact": string(k.id), "title": pick(h, taskTitles) + " " + k.guest.last,
		"assignee": string(h.people[pick(h, h.around())].id), "due": due.UTC().Format(audit.TimeLayout)}
	rec, err := h.create(ctx, c, "task", texts)
	if err == nil {
		h.tasks = append(h.tasks, &task{id: rec.ID, contact: k})
	}
	return true, err
}

func (h *house) completeTask(ctx context.Context, who int) (bool, error) {
	return h.tick(ctx, who, true)
}
func (h *house) reopenTask(ctx context.Context, who int) (bool, error) {
	return h.tick(ctx, who, false)
}

// tick completes a task, or opens it again.
func (h *house) tick(ctx context.Context, who int, done bool) (bool, error) {
	fitting := slices.DeleteFunc(slices.Clone(h.tasks), func(t *task) bool { return t.done == done || t.contact == h.away })
	if len(fitting) == 0 {
		return false, nil
	}
	t := pick(h, fitting)
	t.done = done
	value := map[bool]string{true: "true", false: "false"}[done]
	return true, h.by(ctx, who, "task", t.id, map[string]string{"completed": value})
}

// texts are the fields of a contact.
func (g guest) texts() map[string]string { return maps.Clone(g.fields) }
