package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/backtrail/backtrail/audit"
)

// benchCast is the records that opportunities point at.
type benchCast struct {
	staff, companies, contacts, stages []audit.RecordID
	pipeline                           audit.RecordID
}

// addCast makes a pipeline with five stages, 20 people, and n contacts with a tenth as many companies.
func (b *benchBase) addCast(ctx context.Context, n int) (c benchCast, err error) {
	one := func(ids []audit.RecordID, i int) string { return string(ids[i%len(ids)]) }
	if c.staff, err = b.createMany(ctx, "staff", 20, func(i int) map[string]string {
		return map[string]string{"name": fmt.Sprintf("Person %d", i), "email": fmt.Sprintf("person%d@example.com", i), "role": "member", "status": "active"}
	}); err != nil {
		return c, err
	}
	if c.companies, err = b.createMany(ctx, "company", max(1, n/10), func(i int) map[string]string {
		return map[string]string{"name": fmt.Sprintf("Company %d Ltd", i), "industry": "Retail", "city": "Lisbon", "owner": one(c.staff, i)}
	}); err != nil {
		return c, err
	}
	if c.contacts, err = b.createMany(ctx, "contact", n, func(i int) map[string]string {
		return map[string]string{"first_name": fmt.Sprintf("Contact%d", i), "last_name": "Martins", "email": fmt.Sprintf("contact%d@example.com", i),
			"phone": "+351 21 123 45 67", "city": "Porto", "company": one(c.companies, i), "owner": one(c.staff, i)}
	}); err != nil {
		return c, err
	}
	pipelines, err := b.createMany(ctx, "pipeline", 1, func(int) map[string]string { return map[string]string{"name": "Sales"} })
	if err != nil {
		return c, err
	}
	c.pipeline = pipelines[0]
	names := []string{"New", "Qualified", "Proposal", "Negotiation", "Won"}
	c.stages, err = b.createMany(ctx, "stage", len(names), func(i int) map[string]string {
		return map[string]string{"pipeline": string(c.pipeline), "name": names[i], "position": strconv.Itoa(i + 1)}
	})
	return c, err
}

// addOpportunities makes n opportunities in the pipeline, each with a contact, a company and an owner.
func (b *benchBase) addOpportunities(ctx context.Context, c benchCast, n int) ([]audit.RecordID, error) {
	return b.createMany(ctx, "opportunity", n, func(i int) map[string]string {
		one := func(ids []audit.RecordID) string { return string(ids[i%len(ids)]) }
		return map[string]string{"name": fmt.Sprintf("Renewal %d", i), "pipeline": string(c.pipeline), "stage": one(c.stages), "value": strconv.Itoa(100 + i),
			"currency": "EUR", "contact": one(c.contacts), "company": one(c.companies), "owner": one(c.staff), "source": "Website", "opened": "2026-03-01"}
	})
}
