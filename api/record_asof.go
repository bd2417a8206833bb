package api

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workspace"
)

// recordAsOf is a record as its events tell it up to and with a time.
func (a *API) recordAsOf(ctx context.Context, o *crm.Object, id audit.RecordID, asOf string) (*crm.Record, error) {
	caller := callerOf(ctx)
	for _, p := range []audit.Permission{audit.RecordsRead, audit.AuditRead} {
		if !caller.May(p) {
			return nil, errs.MissingPermission(string(p), "see how records were in the past")
		}
	}
	at, err := audit.ParseTime(asOf, workspace.Zone(identityOf(ctx).Account))
	if err != nil {
		return nil, errs.InvalidField("as_of", "invalid_time", "as_of is %s; give a date (2026-03-01) or a time (2026-03-01T09:30:00Z).", audit.Quote(strings.ToValidUTF8(asOf, "\uFFFD")))
	}
	if !audit.ValidID(id) {
		return nil, notThere(o)
	}
	until := at.Add(time.Microsecond) // a filter's end is exclusive
	events, err := a.eventsOf(ctx, audit.Filter{To: until, Where: audit.All{audit.Is{Property: audit.ByRecord, Values: []string{string(id)}},
		audit.Is{Property: audit.ByObject, Values: []string{o.Key}}}})
	if err != nil {
		return nil, err
	}
	moves, err := a.movesOf(ctx, o, events, until)
	if err != nil {
		return nil, err
	}
	events = append(events, moves...)
	slices.SortFunc(events, func(x, y *audit.Event) int {
		return cmp.Or(x.OccurredAt.Compare(y.OccurredAt), strings.Compare(string(x.ID), string(y.ID)))
	})
	state, key := crm.State{}, crm.RecordKey{Object: o.Key, ID: id}
	var deleted *audit.Event
	for _, e := range events {
		was := state[key]
		if state.Apply(a.schema(ctx), e); was != nil && state[key] == nil {
			deleted = e
		}
	}
	switch rec := state[key]; {
	case rec != nil:
		return rec, nil
	case deleted != nil:
		return nil, errs.New(errs.Gone, "deleted", "The %s %s was deleted at that time, since %s.", o.Word().One, audit.Quote(deleted.Record.Name), timeText(deleted.OccurredAt)).
			WithFix("The event %s tells who deleted it.", deleted.ID)
	}
	return nil, notThere(o)
}

func notThere(o *crm.Object) error {
	return errs.New(errs.NotFound, "not_found", "There is no such %s, or there was none yet at that time.", o.Word().One)
}

// movesOf are the events that tell of the record's place among others: they are of the record it belongs to.
func (a *API) movesOf(ctx context.Context, o *crm.Object, own []*audit.Event, until time.Time) ([]*audit.Event, error) {
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
		found, err := a.eventsOf(ctx, audit.Filter{To: until, Where: audit.All{
			audit.Is{Property: audit.ByRecord, Values: audit.SortedSet(parents)},
			audit.Is{Property: audit.ByType, Values: []string{string(o.Type(rule.Verb))}}}})
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// eventsOf reads all events that pass, newest first.
func (a *API) eventsOf(ctx context.Context, f audit.Filter) ([]*audit.Event, error) {
	var out []*audit.Event
	q := audit.Query{Filter: f, Limit: 500}
	for {
		page, err := a.Log.Events(ctx, callerOf(ctx).Account, q)
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
