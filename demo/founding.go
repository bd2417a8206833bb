package demo

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strconv"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/importer"
	"github.com/backtrail/backtrail/workspace"
)

const firstFirms = 60 // companies of the first import

// found makes the account: whoever installs the product does it on the command line.
func (h *house) found(ctx context.Context) error {
	p := h.people[eleanor]
	f, err := h.w.Found(ctx, workspace.Founding{Name: "Harbour & Pine", Timezone: timezone, OwnerName: p.name,
		OwnerEmail: p.email, OwnerPassword: p.password})
	if err != nil {
		return err
	}
	h.account, p.id = f.Account.ID, f.Owner.ID
	return nil
}

// settleIn is the owner's first morning: the account's full name, and the others.
func (h *house) settleIn(ctx context.Context) error {
	c, err := h.as(ctx, eleanor)
	if err != nil {
		return err
	}
	name := "Harbour & Pine Interiors"
	if _, err := h.w.Auth.UpdateAccount(ctx, c, auth.AccountUpdate{Name: &name}); err != nil {
		return err
	}
	h.clock.pass(95 * time.Second)
	if err := h.update(ctx, c, "staff", h.people[eleanor].id, map[string]string{"title": h.people[eleanor].title, "phone": "+44 117 496 0100"}); err != nil {
		return err
	}
	for i, p := range h.people[marcus:] {
		h.clock.pass(time.Duration(h.between(50, 140)) * time.Second)
		if err := h.hire(ctx, p, fmt.Sprintf("+44 117 496 01%02d", i+1)); err != nil {
			return err
		}
	}
	return nil
}

// hire invites somebody, who comes in at once.
func (h *house) hire(ctx context.Context, p *person, phone string) error {
	c, err := h.as(ctx, eleanor)
	if err != nil {
		return err
	}
	rec, err := h.create(ctx, c, "staff", map[string]string{"name": p.name, "email": p.email, "role": p.role, "title": p.title,
		"phone": phone, "status": "invited"})
	if err != nil {
		return err
	}
	p.id = rec.ID
	link, _, err := h.w.Invite(ctx, c, p.id)
	if err != nil {
		return err
	}
	h.clock.pass(32 * time.Second)
	_, err = h.w.AcceptInvitation(ctx, link.Token, p.password, h.from(p))
	return err
}

// build makes a pipeline with its stages in one operation.
func (h *house) build(ctx context.Context, who int, name, description string, p *pipeline, stages ...string) error {
	c, err := h.as(ctx, who)
	if err != nil {
		return err
	}
	return h.w.Engine.Do(ctx, c, func(op *crm.Operation) error {
		in, err := h.input("pipeline", map[string]string{"name": name, "description": description})
		if err != nil {
			return err
		}
		made, err := op.Create(ctx, "pipeline", in)
		if err != nil {
			return err
		}
		p.id = made.ID
		for i, stage := range stages {
			in, err := h.input("stage", map[string]string{"pipeline": string(p.id), "name": stage, "position": strconv.Itoa(i + 1),
				"probability": strconv.Itoa(100 * (i + 1) / (len(stages) + 1))})
			if err != nil {
				return err
			}
			made, err := op.CreateBecause(ctx, "stage", in, audit.EventID(op.ID()))
			if err != nil {
				return err
			}
			p.stages = append(p.stages, made.ID)
		}
		return nil
	})
}

func (h *house) buildPipelines(ctx context.Context) error {
	h.pipelines = []*pipeline{{projects: residential, low: 60, high: 1300}, {projects: commercial, low: 300, high: 5200}}
	err := h.build(ctx, eleanor, "Residential projects", "Homes, from the first call to the signed contract.", h.pipelines[0],
		"Enquiry", "Site visit", "Design proposal", "Quote sent", "Contract")
	if err != nil {
		return err
	}
	h.clock.pass(4 * time.Minute)
	return h.build(ctx, eleanor, "Commercial fit-outs", "Offices, hotels, clinics and shops.", h.pipelines[1],
		"Brief received", "Survey", "Concept", "Tender", "Award")
}

// importFirms brings the companies in from a file of the old system.
func (h *house) importFirms(ctx context.Context) error {
	rows := [][]string{{"Name", "Industry", "City", "Phone", "Owner"}}
	for _, f := range firms[:firstFirms] {
		rows = append(rows, []string{f.name, f.industry, f.city, homePlace.number(h), pick(h, h.people[marcus:]).name})
	}
	if err := h.importCSV(ctx, marcus, "company", "companies.csv", rows); err != nil {
		return err
	}
	return h.each(ctx, "company", func(rec *crm.Record) {
		h.companies = append(h.companies, &company{rec.ID, rec.Name})
	})
}

// importGuests brings the first contacts in, some of them at a company.
func (h *house) importGuests(ctx context.Context) error {
	known := map[string]*contact{}
	rows := [][]string{{"First name", "Last name", "Email", "Telephone", "Company", "Town", "Country", "Owner", "Tags"}}
	for _, g := range h.draw(firstContacts) {
		k := &contact{guest: g, owner: pick(h, h.people[sofia:]), kind: "lead"}
		var firm, tag string
		if h.chance(45) {
			k.company = pick(h, h.companies)
			firm = k.company.name
		}
		if h.chance(30) {
			tag = pick(h, contactTags)
			k.tags = []string{tag}
		}
		known[g.email] = k
		rows = append(rows, []string{g.first, g.last, g.email, g.fields["phone"], firm, g.place.city, g.place.country, k.owner.name, tag})
	}
	if err := h.importCSV(ctx, marcus, "contact", "contacts-old-system.csv", rows); err != nil {
		return err
	}
	return h.each(ctx, "contact", func(rec *crm.Record) {
		k := known[rec.Fields["email"].Text()]
		k.id = rec.ID
		h.contacts = append(h.contacts, k)
	})
}

func (h *house) importCSV(ctx context.Context, who int, object, file string, rows [][]string) error {
	c, err := h.as(ctx, who)
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	if err := csv.NewWriter(&buf).WriteAll(rows); err != nil {
		return err
	}
	res, err := h.w.Imports.Run(ctx, c, importer.Request{Object: object, FileName: file, Region: "GB"}, bytes.NewReader(buf.Bytes()))
	if err == nil && res.FailedRows > 0 {
		err = fmt.Errorf("demo: import of %s: %v", file, res.Failed)
	}
	return err
}

// each visits the records of an object in the order in which they were made.
func (h *house) each(ctx context.Context, object string, visit func(*crm.Record)) error {
	o, err := h.w.Schema.Object(object)
	if err != nil {
		return err
	}
	q := crm.Query{Object: o, Sort: "created_at", Limit: 500}
	for {
		recs, next, err := h.w.Engine.Find(ctx, auth.SystemCaller(h.account, "Demo"), q)
		if err != nil {
			return err
		}
		for _, rec := range recs {
			visit(rec)
		}
		if q.After = next; next == nil {
			return nil
		}
	}
}

// enterDeals is what was under way when the account began.
func (h *house) enterDeals(ctx context.Context) error {
	for _, in := range h.pipelines {
		c, err := h.as(ctx, marcus)
		if err != nil {
			return err
		}
		if err := h.openDeals(ctx, c, in, firstDeals/len(h.pipelines)); err != nil {
			return err
		}
		h.clock.pass(9 * time.Minute)
	}
	h.made = firstDeals
	return nil
}

// newFirms are the companies that came later, a few at a time.
func (h *house) newFirms(ctx context.Context, who, from, to int) error {
	for _, f := range firms[from:to] {
		c, err := h.as(ctx, who)
		if err != nil {
			return err
		}
		rec, err := h.create(ctx, c, "company", map[string]string{"name": f.name, "industry": f.industry, "city": f.city, "owner": string(h.people[who].id)})
		if err != nil {
			return err
		}
		h.companies = append(h.companies, &company{rec.ID, f.name})
		h.clock.pass(time.Duration(h.between(40, 150)) * time.Second)
	}
	return nil
}
