package export_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/audit/audittest"
	"github.com/backtrail/backtrail/export"
	"github.com/backtrail/backtrail/jobs"
)

// The compressor is shared by all and holds channels; one that is made inside a synctest bubble cannot be used outside.
var _, _ = jobs.NewChunk(0, []byte("warm")).Piece()

const account = audittest.Account

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func encode(t testing.TB, enc export.Encoder, events ...audit.Stored) []byte {
	t.Helper()
	out := enc.Begin(nil)
	for _, s := range events {
		var err error
		if out, err = enc.Append(out, s); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// memory is an audit.Log of events in memory.
type memory struct {
	audit.Log // what is not needed
	events    []*audit.Event
	sealed    int                           // events that have a seq
	onPage    func(page int, q audit.Query) // called before each page
	fails     func(page int) error          // may fail it
	pages     int
}

func (m *memory) Events(ctx context.Context, a audit.AccountID, q audit.Query) (audit.Page, error) {
	m.pages++
	if m.onPage != nil {
		m.onPage(m.pages, q)
	}
	if m.fails != nil {
		if err := m.fails(m.pages); err != nil {
			return audit.Page{}, err
		}
	}
	newest := slices.SortedFunc(slices.Values(m.events), func(a, b *audit.Event) int { return -order(a, b) })
	var page audit.Page
	for _, e := range newest {
		if e.Account != a || !q.Filter.Match(e) || !q.After.IsZero() && order(e, &audit.Event{OccurredAt: q.After.OccurredAt, ID: q.After.ID}) >= 0 {
			continue
		}
		if len(page.Events) == q.Limit {
			last, err := page.Events[q.Limit-1].Event()
			page.Next = audit.Position{OccurredAt: last.OccurredAt, ID: last.ID}
			return page, err
		}
		seq := int64(slices.Index(m.events, e) + 1)
		if seq > int64(m.sealed) {
			seq = 0
		}
		page.Events = append(page.Events, audittest.Stored(e, seq))
	}
	return page, ctx.Err()
}

func order(a, b *audit.Event) int {
	if c := a.OccurredAt.Compare(b.OccurredAt); c != 0 {
		return c
	}
	return strings.Compare(string(a.ID), string(b.ID))
}

// endless is an audit.Log of n equal events, made as they are asked for.
type endless struct {
	audit.Log
	n    int
	body []byte
	page []audit.Stored
}

func (l *endless) Events(_ context.Context, _ audit.AccountID, q audit.Query) (audit.Page, error) {
	l.page = l.page[:0]
	for len(l.page) < q.Limit && l.n > 0 {
		l.n--
		l.page = append(l.page, audit.Stored{Seq: int64(l.n + 1), Body: l.body})
	}
	page := audit.Page{Events: l.page}
	if l.n > 0 {
		page.Next = audit.Position{ID: "next"}
	}
	return page, nil
}
