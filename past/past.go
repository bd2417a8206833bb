// Package past tells what a record was like at a time, from the log alone: whatever was recorded can be seen again, also of
// a record that is gone. Who may see it is for the caller to check.
package past

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// Record is a record as it was.
type Record struct {
	*crm.Record
	// Texts are the words that the log has for its values, by field: names of what references pointed at among them.
	Texts map[string]string
}

// Reader reads the past of one account.
type Reader struct {
	Log     audit.Log
	Account audit.AccountID
	Schema  *crm.Schema
}

// Record is a record after everything that happened up to and with a time. errs.NotFound before it was made, errs.Gone while
// it was deleted.
func (r Reader) Record(ctx context.Context, o *crm.Object, id audit.RecordID, at time.Time) (Record, error) {
	if !audit.ValidID(id) {
		return Record{}, notThere(o)
	}
	until := at.Add(time.Microsecond) // a filter's end is exclusive
	events, err := r.events(ctx, audit.Filter{To: until, Where: audit.All{audit.Is{Property: audit.ByRecord, Values: []string{string(id)}},
		audit.Is{Property: audit.ByObject, Values: []string{o.Key}}}})
	if err != nil {
		return Record{}, err
	}
	moves, err := r.moves(ctx, o, events, until)
	if err != nil {
		return Record{}, err
	}
	events = append(events, moves...)
	slices.SortFunc(events, func(x, y *audit.Event) int {
		return cmp.Or(x.OccurredAt.Compare(y.OccurredAt), strings.Compare(string(x.ID), string(y.ID)))
	})
	state, key := crm.State{}, crm.RecordKey{Object: o.Key, ID: id}
	texts := map[string]string{}
	var deleted *audit.Event
	for _, e := range events {
		was := state[key]
		if state.Apply(r.Schema, e); was != nil && state[key] == nil {
			deleted = e
		}
		if state[key] == nil {
			continue
		}
		for _, c := range e.Changes {
			if c.Record == nil || c.Record.Object == o.Key && c.Record.ID == id {
				texts[c.Field] = c.AfterText
			}
		}
	}
	switch rec := state[key]; {
	case rec != nil:
		return Record{rec, texts}, nil
	case deleted != nil:
		return Record{}, errs.New(errs.Gone, "deleted", "The %s %s was deleted at that time, since %s.", o.Word().One, audit.Quote(deleted.Record.Name), deleted.OccurredAt.UTC().Format(audit.TimeLayout)).
			WithFix("The event %s tells who deleted it.", deleted.ID)
	}
	return Record{}, notThere(o)
}

func notThere(o *crm.Object) error {
	return errs.New(errs.NotFound, "not_found", "There is no such %s, or there was none yet at that time.", o.Word().One)
}

// moves are the events that tell of the record's place among others: they are of the record it belongs to.
func (r Reader) moves(ctx context.Context, o *crm.Object, own []*audit.Event, until time.Time) ([]*audit.Event, error) {
	var out []*audit.Event
	for _, rule := range o.Rules {
		if rule.Kind != crm.OnOrder {
			continue
		}
		var parents []string
		for _, e := range own {
			for _, c := range e.Changes {
				if c.Field == rule.Parent && c.After != audit.None {
					parents = append(parents, c.After.Text())
				}
			}
		}
		if len(parents) == 0 {
			continue
		}
		found, err := r.events(ctx, audit.Filter{To: until, Where: audit.All{
			audit.Is{Property: audit.ByRecord, Values: audit.SortedSet(parents)},
			audit.Is{Property: audit.ByType, Values: []string{string(o.Type(rule.Verb))}}}})
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// events reads all events that pass, newest first.
func (r Reader) events(ctx context.Context, f audit.Filter) ([]*audit.Event, error) {
	var out []*audit.Event
	q := audit.Query{Filter: f, Limit: 500}
	for {
		page, err := r.Log.Events(ctx, r.Account, q)
		if err != nil {
			return nil, err
		}
		for _, stored := range page.Events {
			e, err := stored.Event()
			if err != nil {
				return nil, err
			}
			out = append(out, e)
		}
		if page.Next.IsZero() {
			return out, nil
		}
		q.After = page.Next
	}
}
