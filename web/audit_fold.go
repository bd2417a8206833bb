package web

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
)

const (
	// foldWithin is how far behind the newest entry of a fold its oldest may lie.
	foldWithin = 2 * time.Minute
	// foldReadsOn is how many further entries are read so that a page does not end within a fold.
	foldReadsOn = 50
	foldFields  = 6 // that a fold names
)

// auditFold is several saves of one record by one actor, shortly after each other, as one line of the list above their
// entries, which open below it. It is there to be looked at alone: the API, exports and the order of the list know no folds.
type auditFold struct {
	Object, Name string // of the record
	Times        string // "3 times"
	Fields       string // "City, Stage"
	Entries      int
}

// foldable reports whether an entry can stand in a fold: a change of a record, done, and no undo of another.
func foldable(e *audit.Event) bool {
	return e.Action == audit.Updated && e.Outcome == audit.Success && e.Record != nil && e.UndoOf == ""
}

// folds reports whether the entry e, which follows in the list, belongs into one fold with its newest.
func (c clock) folds(newest, e *audit.Event) bool {
	return foldable(newest) && foldable(e) && newest.OccurredAt.Sub(e.OccurredAt) <= foldWithin &&
		c.dayKey(newest.OccurredAt) == c.dayKey(e.OccurredAt) && // a day has its own heading
		newest.Record.Object == e.Record.Object && newest.Record.ID == e.Record.ID &&
		newest.Channel == e.Channel && sameActor(newest.Actor, e.Actor)
}

func sameActor(a, b audit.Actor) bool {
	behalf := func(a audit.Actor) audit.ActorID {
		if a.OnBehalfOf == nil {
			return ""
		}
		return a.OnBehalfOf.ID
	}
	return a.Type == b.Type && a.ID == b.ID && a.Name == b.Name && behalf(a) == behalf(b)
}

// foldEnd is where the fold ends that begins at from.
func (c clock) foldEnd(events []*audit.Event, from int) int {
	end := from + 1
	for end < len(events) && c.folds(events[from], events[end]) {
		end++
	}
	return end
}

// fold marks the folds among the entries of a page: at least two saves each.
func (m *entryMaker) fold(events []*audit.Event, entries []auditEntry) {
	for from := 0; from < len(events); {
		end := m.clock.foldEnd(events, from)
		saves := map[audit.OperationID]bool{}
		for _, e := range events[from:end] {
			saves[e.Operation] = true
		}
		if len(saves) > 1 {
			entries[from].Fold = m.foldLine(events[from:end], len(saves))
			for i := from; i < end; i++ {
				entries[i].Folded = true
			}
			entries[end-1].FoldEnds = true
		}
		from = end
	}
}

func (m *entryMaker) foldLine(events []*audit.Event, saves int) *auditFold {
	record := events[0].Record
	f := &auditFold{Object: objectWord(m.schema, record.Object).One, Name: record.Name, Entries: len(events),
		Times: audit.Word{One: "time", Many: "times"}.Count(saves)}
	var fields []string
	more := false
	for _, e := range slices.Backward(events) {
		for _, c := range e.Changes {
			if !slices.Contains(fields, c.Label) {
				fields = append(fields, c.Label)
			}
		}
		more = more || e.Leads() && e.Size > 1
	}
	if len(fields) > foldFields {
		fields, more = fields[:foldFields], true
	}
	f.Fields = strings.Join(fields, ", ")
	if more && f.Fields != "" {
		f.Fields += " and more"
	}
	return f
}

// readOn reads as far behind the page as its last fold goes, so that the next page begins with something else. Of a fold that
// has more than a page the rest begins a fold of its own.
func (m *entryMaker) readOn(ctx context.Context, log audit.Log, q audit.Query, page audit.Page) (audit.Page, error) {
	if page.Next.IsZero() || len(page.Events) == 0 {
		return page, nil
	}
	events := make([]*audit.Event, len(page.Events))
	for i, stored := range page.Events {
		var err error
		if events[i], err = stored.Event(); err != nil {
			return page, err
		}
	}
	from := 0
	for end := 0; end < len(events); {
		from, end = end, m.clock.foldEnd(events, end)
	}
	if !foldable(events[from]) {
		return page, nil
	}
	q.After, q.Limit = page.Next, foldReadsOn
	further, err := log.Events(ctx, m.caller.Account, q)
	if err != nil {
		return page, err
	}
	for i, stored := range further.Events {
		e, err := stored.Event()
		if err != nil {
			return page, err
		}
		if !m.clock.folds(events[from], e) {
			return page, nil
		}
		page.Events = append(page.Events, stored)
		if page.Next = (audit.Position{OccurredAt: e.OccurredAt, ID: e.ID}); i == len(further.Events)-1 {
			page.Next = further.Next
		}
	}
	return page, nil
}
