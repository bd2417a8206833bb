package api

import (
	"context"
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// mostCaused is how many events a single event lists that it caused.
const mostCaused = 100

type eventPageAnswer struct{ Body eventPage }

func (a *API) listEvents(ctx context.Context, in *struct {
	AuditFilter
	Paging
}) (*eventPageAnswer, error) {
	f, err := in.read(ctx, a)
	if err != nil {
		return nil, err
	}
	return a.page(ctx, f, in.Paging)
}

// page is a page of what passes f.
func (a *API) page(ctx context.Context, f audit.Filter, p Paging) (*eventPageAnswer, error) {
	account := identityOf(ctx).Account
	after, err := audit.ParseCursor(account.ID, f, p.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := a.log(ctx).Events(ctx, account.ID, audit.Query{Filter: f, After: after, Limit: p.Limit})
	if err != nil {
		return nil, err
	}
	list, err := a.events(account, found.Events)
	return &eventPageAnswer{eventPage{list, nullable(audit.Cursor(account.ID, f, found.Next))}}, err
}

func (a *API) history(ctx context.Context, in *struct {
	RecordPath
	Related bool     `query:"related" doc:"With the events of what belongs to the record, or belonged to it: of a contact its notes, conversations with their messages, appointments, invoices, ..."`
	Field   []string `query:"field,explode" doc:"Keys of fields: only events in which one of them changed" maxItems:"100"`
	Paging
}) (*eventPageAnswer, error) {
	if err := a.readWholeLog(ctx); err != nil {
		return nil, err
	}
	o, err := a.schema(ctx).Object(in.Object)
	if err != nil {
		return nil, err
	}
	own := audit.History(in.ID, false, nil)
	own.Where = append(own.Where.(audit.All), audit.Is{Property: audit.ByObject, Values: []string{o.Key}})
	known, err := a.page(ctx, own, Paging{Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(known.Body.Events) == 0 {
		return nil, errs.New(errs.NotFound, "not_found", "There is no such %s.", o.Word().One)
	}
	return a.page(ctx, audit.History(in.ID, in.Related, in.Field), in.Paging)
}

// EventPath names an event in the address.
type EventPath struct {
	ID audit.EventID `path:"id" doc:"Id of the event"`
}

// check refuses what cannot be an id as it refuses one that is not there.
func (p EventPath) check() error {
	if audit.ValidID(p.ID) {
		return nil
	}
	return errs.New(errs.NotFound, "not_found", "There is no such event.")
}

type eventAnswer struct{ Body singleEvent }

func (a *API) getEvent(ctx context.Context, in *EventPath) (*eventAnswer, error) {
	if err := a.readLog(ctx); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	account := identityOf(ctx).Account
	stored, err := a.log(ctx).Event(ctx, account.ID, in.ID)
	if err != nil {
		return nil, err
	}
	e, err := stored.Event()
	if err != nil {
		return nil, err
	}
	causes, _, err := audit.Causes(ctx, a.log(ctx), account.ID, e)
	if err != nil {
		return nil, err
	}
	caused, total, err := audit.Caused(ctx, a.log(ctx), account.ID, e, mostCaused)
	if err != nil {
		return nil, err
	}
	list, err := a.events(account, slices.Concat([]audit.Stored{stored}, causes, caused))
	if err != nil {
		return nil, err
	}
	proof, err := a.proofOf(ctx, e.ID, stored.Seq)
	if err != nil {
		return nil, err
	}
	list[0].undo, list[0].why = a.Restore.Undoable(e, stored.UndoneBy)
	return &eventAnswer{singleEvent{list[0], proof, list[1 : 1+len(causes)], list[1+len(causes):], total}}, nil
}
