package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/restore"
)

// home is a property that the studio furnishes: an object of the company's own.
type home struct {
	id     audit.RecordID
	name   string
	status string
}

// homeStatuses are the states of a property, in the order in which it goes through them.
var homeStatuses = []crm.Option{{Key: "survey", Label: "Survey"}, {Key: "design", Label: "Design"}, {Key: "works", Label: "Works"},
	{Key: "on_hold", Label: "On hold"}, {Key: "done", Label: "Handed over"}}

// homes are the first properties: address, kind, rooms, budget, parking.
var homes = [][]string{
	{"14 Royal York Crescent", "house", "9", "184000", "Permit zone CV"},
	{"Flat 3, 8 Redcliffe Parade", "flat", "4", "52500", "None"},
	{"The Old Pump House", "house", "7", "131000", "Yard, two cars"},
	{"27 Cotham Brow", "house", "6", "88000", "Street"},
	{"Unit 5, Paintworks", "office", "3", "47250.50", "Two bays"},
	{"Harbour Loft, Wapping Wharf", "flat", "3", "39900", "Garage 41"},
}

var viewingNotes = []string{"Measured the hall again.", "Damp behind the wardrobe: tell the owner.", "Keys are with the neighbour.", "The owner wants to keep the doors.", ""}

func asked(label string, t crm.FieldType) crm.FieldInput {
	return crm.FieldInput{Label: &label, Type: &t}
}

func pointing(label, object string, on crm.OnDelete) crm.FieldInput {
	f := asked(label, crm.RefType)
	f.Object, f.OnDelete = &object, &on
	return f
}

func choosing(label, first string, options []crm.Option) crm.FieldInput {
	f := asked(label, crm.Select)
	f.Options, f.Default = options, &first
	return f
}

// define makes an object of the company's own.
func (h *house) define(ctx context.Context, who int, key, label, plural string, fields ...crm.FieldInput) error {
	c, err := h.as(ctx, who)
	if err != nil {
		return err
	}
	if _, err := h.w.Engine.CreateObject(ctx, c, crm.ObjectInput{Key: key, Label: &label, LabelPlural: &plural, Fields: fields}); err != nil {
		return fmt.Errorf("demo: define %s: %w", label, err)
	}
	return nil
}

// redefine changes an object, and says in which operation.
func (h *house) redefine(ctx context.Context, who int, object string, in crm.ObjectInput) (audit.OperationID, error) {
	c, err := h.as(ctx, who)
	if err != nil {
		return "", err
	}
	done, err := h.w.Engine.ChangeObject(ctx, c, object, in, 0)
	if err != nil {
		return "", fmt.Errorf("demo: change the object %s: %w", object, err)
	}
	return done.Operation, nil
}

// defineHomes makes the object of the properties, under the first name that came to mind.
func (h *house) defineHomes(ctx context.Context) error {
	yes := true
	address := asked("Address", crm.Text)
	address.Required, address.Unique = &yes, &yes
	address.Key = "address"
	return h.define(ctx, eleanor, "property", "Home", "Homes", address,
		choosing("Kind", "house", []crm.Option{{Key: "house", Label: "House"}, {Key: "flat", Label: "Flat"}, {Key: "office", Label: "Office"}}),
		choosing("Status", "survey", homeStatuses), pointing("Client", "contact", crm.Clear), asked("Rooms", crm.Number), asked("Budget", crm.Money),
		asked("Parking", crm.Text), asked("Handover", crm.Date), asked("Notes", crm.Long))
}

// nameHomes gives the object the name that stays, and a second one for the viewings.
func (h *house) nameHomes(ctx context.Context) error {
	label, plural := "Property", "Properties"
	if _, err := h.redefine(ctx, eleanor, "property", crm.ObjectInput{Label: &label, LabelPlural: &plural}); err != nil {
		return err
	}
	h.clock.pass(4 * time.Minute)
	required := pointing("Property", "property", crm.Cascade)
	yes := true
	required.Required = &yes
	return h.define(ctx, eleanor, "viewing", "Viewing", "Viewings", asked("Purpose", crm.Text), required, asked("At", crm.DateTime), pointing("With", "staff", crm.Clear), asked("Notes", crm.Long))
}

// enterHomes types the first properties in.
func (h *house) enterHomes(ctx context.Context) error {
	for _, t := range homes {
		c, err := h.as(ctx, marcus)
		if err != nil {
			return err
		}
		k := recent(h, h.contacts)
		rec, err := h.create(ctx, c, "property", map[string]string{"address": t[0], "kind": t[1], "rooms": t[2], "budget": t[3], "parking": t[4],
			"client": string(k.id), "handover": h.date(h.between(30, 160))})
		if err != nil {
			return err
		}
		h.homes = append(h.homes, &home{rec.ID, t[0], "survey"})
		h.clock.pass(time.Duration(h.between(60, 200)) * time.Second)
	}
	return nil
}

// visit is a viewing of a property, or what follows from one.
func (h *house) visit(ctx context.Context, who int) (bool, error) {
	if _, err := h.w.Engine.Schema(h.account).Object("viewing"); err != nil || len(h.homes) == 0 {
		return false, nil
	}
	p := pick(h, h.homes)
	if i := slices.IndexFunc(homeStatuses, func(o crm.Option) bool { return o.Key == p.status }); h.chance(35) && i < len(homeStatuses)-1 {
		p.status = homeStatuses[i+1].Key
		if p.status == "on_hold" {
			p.status = "done"
		}
		return true, h.by(ctx, who, "property", p.id, map[string]string{"status": p.status})
	}
	c, err := h.as(ctx, who)
	if err != nil {
		return true, err
	}
	_, err = h.create(ctx, c, "viewing", map[string]string{"purpose": pick(h, siteVisits) + ", " + p.name, "property": string(p.id),
		"at": h.slot(h.between(1, 9)).UTC().Format(audit.TimeLayout), "with": string(h.people[who].id), "notes": pick(h, viewingNotes)})
	return true, err
}

// askStyle gives contacts a field of their own.
func (h *house) askStyle(ctx context.Context) error {
	_, err := h.redefine(ctx, eleanor, "contact", crm.ObjectInput{Fields: []crm.FieldInput{
		choosing("Preferred style", "", []crm.Option{{Key: "classic", Label: "Classic"}, {Key: "modern", Label: "Modern"}, {Key: "nordic", Label: "Nordic"}})}})
	if err != nil {
		return err
	}
	for _, style := range []string{"modern", "classic", "nordic", "modern"} {
		h.clock.pass(time.Minute)
		if err := h.by(ctx, eleanor, "contact", recent(h, h.contacts).id, map[string]string{"preferred_style": style}); err != nil {
			return err
		}
	}
	return nil
}

// noHold gives up the state that nobody uses.
func (h *house) noHold(ctx context.Context) error {
	left := slices.DeleteFunc(slices.Clone(homeStatuses), func(o crm.Option) bool { return o.Key == "on_hold" })
	_, err := h.redefine(ctx, marcus, "property", crm.ObjectInput{Fields: []crm.FieldInput{{Key: "status", Options: left, Moves: map[string]string{"on_hold": "design"}}}})
	return err
}

// parkingLost removes a field by mistake, and brings it back.
func (h *house) parkingLost(ctx context.Context) error {
	op, err := h.redefine(ctx, marcus, "property", crm.ObjectInput{Remove: []string{"parking"}})
	if err != nil {
		return err
	}
	return h.bringBack(ctx, op)
}

// viewingsLost deletes an object by mistake, and brings it back.
func (h *house) viewingsLost(ctx context.Context) error {
	op, err := h.undefine(ctx, "viewing")
	if err != nil {
		return err
	}
	return h.bringBack(ctx, op)
}

func (h *house) undefine(ctx context.Context, object string) (audit.OperationID, error) {
	c, err := h.as(ctx, marcus)
	if err != nil {
		return "", err
	}
	d, err := h.w.Engine.DeleteObject(ctx, c, object, 0)
	if err != nil {
		return "", fmt.Errorf("demo: delete the object %s: %w", object, err)
	}
	return d.Operation, nil
}

// bringBack takes back what led an operation, after a moment of fright.
func (h *house) bringBack(ctx context.Context, op audit.OperationID) error {
	h.clock.pass(11 * time.Minute)
	c, err := h.as(ctx, marcus)
	if err != nil {
		return err
	}
	_, err = h.w.Restore.Apply(ctx, c, audit.EventID(op), restore.Request{})
	return err
}

// defineSamples makes an object that is given up again; see dropSamples.
func (h *house) defineSamples(ctx context.Context) error {
	if err := h.define(ctx, marcus, "sample", "Sample", "Samples", asked("Name", crm.Text), asked("Colour", crm.Text), pointing("Lent to", "contact", crm.Clear)); err != nil {
		return err
	}
	for _, name := range []string{"Oak, oiled", "Linen, sand", "Brass handle"} {
		h.clock.pass(time.Minute)
		c, err := h.as(ctx, marcus)
		if err != nil {
			return err
		}
		if _, err := h.create(ctx, c, "sample", map[string]string{"name": name}); err != nil {
			return err
		}
	}
	return nil
}

func (h *house) dropSamples(ctx context.Context) error {
	_, err := h.undefine(ctx, "sample")
	return err
}
