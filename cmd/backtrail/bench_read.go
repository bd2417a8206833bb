package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// benchPage is the number of entries that the page of the log loads at once.
const benchPage = 50

// readCase is a filter that is measured.
type readCase struct {
	name   string
	params string // as in the address of the page
}

func (l *benchLog) readCases() []readCase {
	day := func(t time.Time) string { return t.UTC().Format(time.DateOnly) }
	middle := l.first.Add(l.last.Sub(l.first) / 2)
	return []readCase{
		{"no filter", ""},
		{"user", "user=" + string(recordID(1, 3))},
		{"type", "type=opportunity.stage_changed"},
		{"type pattern", "type=contact.*"},
		{"type pattern with the verb", "type=*.deleted"},
		{"action", "action=deleted"},
		{"module", "module=opportunities"},
		{"object", "object=opportunity"},
		{"date range, 7 days half a year ago", "from=" + day(middle) + "&to=" + day(middle.AddDate(0, 0, 7))},
		{"record", "record=" + string(l.record.ID)},
		{"operation of many parts", "operation=" + string(l.operation)},
		{"outcome, 1 event in 500", "outcome=denied"},
		{"channel", "channel=api"},
		{"user and type and action", "user=" + string(recordID(1, 3)) + "&type=contact.*&action=created"},
		{"word, 1 event in 26", "q=" + frequentWord},
		{"word, " + strconv.Itoa(rareEvents) + " events", "q=" + rareWord},
		{"word, no event", "q=" + absentWord},
		{"two words, each in 1 event of 26 or more", "q=" + frequentWord + "+Faro"},
		{"two words that never meet", "q=" + frequentWord + "+Qualified"},
		{"record by name, user by name", "q=record:%22Rita+Sousa+77%22+user:ana"},
		{"network, no event", "q=ip:198.51.100.0/24"},
		{"user, " + strconv.Itoa(rareEvents) + " events", "user=" + rarePerson},
		{"user, no event", "user=" + nobody},
		{"user, no event in the last 30 days", "user=" + nobody + "&from=" + day(l.last.AddDate(0, 0, -30))},
	}
}

func (c readCase) filter(l *benchLog) (audit.Filter, error) {
	params, err := url.ParseQuery(c.params)
	if err != nil {
		return audit.Filter{}, err
	}
	return audit.ParseFilter(params, l.Catalog, time.UTC)
}

// askRead measures the page of the log, and what stands beside it.
func (b *bench) askRead(ctx context.Context) error {
	l, err := b.bigLog(ctx)
	if err != nil {
		return err
	}
	size, err := l.db.Size(ctx)
	if err != nil {
		return err
	}
	b.report.section("Reading a log of "+audit.Thousands(b.events)+" events", fmt.Sprintf("One account, a year of events, all sealed; the database has %s. "+
		"Pages of %d entries: as the page shows them (a cascade is one entry) and as the API lists them. Up to %d runs each, after one that warms up.",
		showBytes(size), benchPage, b.runs))
	var rows [][]string
	for _, c := range l.readCases() {
		f, err := c.filter(l)
		if err != nil {
			return err
		}
		row, err := b.readRow(ctx, l, c.name, audit.Query{Filter: f, Collapse: !strings.HasPrefix(c.params, "operation="), Limit: benchPage})
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	deep := audit.Position{OccurredAt: l.first.Add(l.last.Sub(l.first) / 10), ID: nobody}
	row, err := b.readRow(ctx, l, "no filter, a page deep in the log", audit.Query{Collapse: true, After: deep, Limit: benchPage})
	if err != nil {
		return err
	}
	b.report.table([]string{"Filter", "Entries", "Page, median", "p99", "API, median", "p99"}, append(rows, row))
	return b.readCounts(ctx, l)
}

// readRow measures a page as q asks for it, and without collapsing.
func (b *bench) readRow(ctx context.Context, l *benchLog, name string, q audit.Query) ([]string, error) {
	row := []string{name, ""}
	for _, collapse := range []bool{q.Collapse, false} {
		q.Collapse = collapse
		found := 0
		times, err := b.repeat(func() error {
			page, err := l.Log.Events(ctx, l.caller.Account, q)
			found = len(page.Events)
			return err
		})
		if err != nil {
			return nil, err
		}
		if row[1] == "" {
			row[1] = strconv.Itoa(found)
		}
		row = append(row, showDuration(quantile(times, 0.5)), showDuration(quantile(times, 0.99)))
	}
	return row, nil
}

// readCounts measures what goes through all events that pass.
func (b *bench) readCounts(ctx context.Context, l *benchLog) error {
	month := audit.Filter{From: l.last.AddDate(0, 0, -30)}
	person := audit.Filter{Where: audit.Is{Property: audit.ByUser, Values: []string{string(recordID(1, 3))}}}
	word := audit.Filter{Where: audit.Text{Words: []string{frequentWord}}}
	var rows [][]string
	for _, c := range []struct {
		name   string
		filter audit.Filter
	}{{"no filter", audit.Filter{}}, {"the last 30 days", month}, {"user", person}, {"word, 1 event in 26", word}} {
		row := []string{c.name}
		for _, ask := range []func() error{
			func() error {
				_, err := l.Log.Facets(ctx, l.caller.Account, c.filter, 0)
				return err
			},
			func() error {
				_, err := l.Log.Facets(ctx, l.caller.Account, c.filter, menuCounts)
				return err
			},
			func() error {
				_, err := l.Log.Histogram(ctx, l.caller.Account, c.filter, audit.Auto, time.UTC)
				return err
			},
		} {
			times, err := b.repeat(ask)
			if err != nil {
				return err
			}
			row = append(row, showDuration(quantile(times, 0.5)), showDuration(quantile(times, 0.99)))
		}
		rows = append(rows, row)
	}
	b.report.table([]string{"Counting", "Facets, median", "p99", "of the newest " + audit.Thousands(menuCounts), "p99", "Histogram, median", "p99"}, rows)
	return nil
}

// menuCounts is how many of the newest events the menus of the page count.
const menuCounts = 100_000

// repeat measures do several times: as often as asked for, but at least three times it lasts no longer than its patience.
func (b *bench) repeat(do func() error) ([]time.Duration, error) {
	if err := do(); err != nil {
		return nil, err
	}
	var times []time.Duration
	for start := time.Now(); len(times) < b.runs && (len(times) < 3 || time.Since(start) < b.patience); {
		begun := time.Now()
		if err := do(); err != nil {
			return nil, err
		}
		times = append(times, time.Since(begun))
	}
	return times, nil
}
