package web

import (
	"context"
	"net/http"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// The two ways to go from an entry.
const (
	newer = "newer"
	older = "older"
)

func (s *site) auditNewer(v *visit) error { return s.auditNeighbour(v, newer, newerEvent) }
func (s *site) auditOlder(v *visit) error { return s.auditNeighbour(v, older, olderEvent) }

// auditNeighbour leads to the entry above or below one in the list that the filter makes; at the end it leads back.
func (s *site) auditNeighbour(v *visit, way string, find func(context.Context, audit.Log, audit.AccountID, audit.Query) (audit.Stored, error)) error {
	if err := s.auditVisitOwn(v); err != nil {
		return err
	}
	id, err := v.recordID()
	if err != nil {
		return err
	}
	account, log := v.caller().Account, s.logFor(v.caller())
	stored, err := log.Event(v.Context(), account, audit.EventID(id))
	if err != nil {
		return err
	}
	e, err := stored.Event()
	if err != nil {
		return err
	}
	f := s.auditFilter(v, v.URL.Query())
	q := audit.Query{Filter: f.filter, Collapse: len(f.address["operation"]) == 0, After: audit.Position{OccurredAt: e.OccurredAt, ID: e.ID}}
	found, err := find(v.Context(), log, account, q)
	if err != nil {
		return err
	}
	if found.Body == nil {
		return v.leadTo(eventAddress(e.ID) + f.with("end", way))
	}
	next, err := found.Event()
	if err != nil {
		return err
	}
	return v.leadTo(eventAddress(next.ID) + f.query())
}

// leadTo answers a GET with the page at another address; htmx follows it like a browser.
func (v *visit) leadTo(to string) error {
	v.ResponseWriter.Header().Set("Location", to)
	v.ResponseWriter.Header().Set("Cache-Control", "no-store")
	v.WriteHeader(http.StatusSeeOther)
	return nil
}

// olderEvent is the next event of q behind q.After, the zero Stored when there is none.
func olderEvent(ctx context.Context, log audit.Log, account audit.AccountID, q audit.Query) (audit.Stored, error) {
	q.Limit = 1
	page, err := log.Events(ctx, account, q)
	if err != nil || len(page.Events) == 0 {
		return audit.Stored{}, err
	}
	return page.Events[0], nil
}

// newerEvent is the last event of q that stands before q.After, the zero Stored when there is none.
func newerEvent(ctx context.Context, log audit.Log, account audit.AccountID, q audit.Query) (audit.Stored, error) {
	found, err := newerEvents(ctx, log, account, q, 1)
	if err != nil || len(found) == 0 {
		return audit.Stored{}, err
	}
	return found[0], nil
}

// newerEvents are the last n events of q that stand before q.After, newest first. The log is read one way only: this looks
// at a stretch behind the place, and at one four times as long while it finds too few.
func newerEvents(ctx context.Context, log audit.Log, account audit.AccountID, q audit.Query, n int) ([]audit.Stored, error) {
	at, end := q.After, q.Filter.To
	q.After, q.Limit = audit.Position{}, 200
	if q.Filter.From.Before(at.OccurredAt) {
		q.Filter.From = at.OccurredAt
	}
	for wide := time.Minute; ; wide *= 4 {
		q.Filter.To = at.OccurredAt.Add(wide)
		last := !end.IsZero() && !q.Filter.To.Before(end) || wide > 100*365*24*time.Hour
		if last {
			q.Filter.To = end
		}
		found, err := lastBefore(ctx, log, account, q, at, n)
		if err != nil || len(found) == n || last {
			return found, err
		}
	}
}

// lastBefore reads all of q and returns its last n events that stand before at.
func lastBefore(ctx context.Context, log audit.Log, account audit.AccountID, q audit.Query, at audit.Position, n int) (found []audit.Stored, _ error) {
	for {
		page, err := log.Events(ctx, account, q)
		if err != nil {
			return nil, err
		}
		for _, st := range page.Events {
			e, err := st.Event()
			if err != nil {
				return nil, err
			}
			if e.OccurredAt.Equal(at.OccurredAt) && e.ID <= at.ID {
				return found, nil
			}
			if found = append(found, st); len(found) > n {
				found = found[1:]
			}
		}
		if q.After = page.Next; q.After.IsZero() {
			return found, nil
		}
	}
}
