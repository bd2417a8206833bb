package restore

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// Deletion is what one operation deleted and what can still be restored.
type Deletion struct {
	// Event is the first deletion of the operation that was not taken back.
	Event  *audit.Event
	Counts map[string]int // the deleted records by object
	Until  time.Time
}

// Deletions returns the operations whose deletions can be restored, the newest first, behind after (the zero Position
// for the start), at most limit; and where the next page starts. It needs audit.read.
func (s *Service) Deletions(ctx context.Context, log audit.Log, caller audit.Caller, after audit.Position, limit int) ([]Deletion, audit.Position, error) {
	if !caller.May(audit.AuditRead) {
		return nil, audit.Position{}, errs.MissingPermission(string(audit.AuditRead), "read the audit log")
	}
	window, err := s.window(ctx, caller.Account)
	if err != nil {
		return nil, audit.Position{}, err
	}
	d := deletions{service: s, log: log, account: caller.Account, window: window, first: map[audit.OperationID]*Deletion{}}
	q := audit.Query{Collapse: true, After: after, Limit: limit + 1, Filter: audit.Filter{
		From: audit.Instant(s.clock().Add(-window)), Where: audit.All{
			audit.Is{Property: audit.ByAction, Values: []string{string(audit.Deleted)}},
			audit.Is{Property: audit.ByOutcome, Values: []string{string(audit.Success)}}}}}
	var out []Deletion
	var last audit.Position
	for {
		page, err := log.Events(ctx, caller.Account, q)
		if err != nil {
			return nil, audit.Position{}, err
		}
		for _, stored := range page.Events {
			found, err := d.at(ctx, stored)
			if err != nil {
				return nil, audit.Position{}, err
			}
			if found != nil && len(out) == limit {
				return out, last, nil
			}
			if found != nil {
				out = append(out, *found)
				last = audit.Position{OccurredAt: found.Event.OccurredAt, ID: d.foundBy}
			}
		}
		if page.Next.IsZero() {
			return out, audit.Position{}, nil
		}
		q.After = page.Next
	}
}

// deletions walks over the log.
type deletions struct {
	service *Service
	log     audit.Log
	account audit.AccountID
	window  time.Duration
	first   map[audit.OperationID]*Deletion // what was found in an operation; nil values for nothing
	foundBy audit.EventID                   // the event by which the last one was found
}

// at is the deletion that an event of the list stands for, nil when it stands for none. An operation that begins with
// a deletion is in the list once; of another one (a batch that created first) each deletion is, and the lowest counts.
func (d *deletions) at(ctx context.Context, stored audit.Stored) (*Deletion, error) {
	e, err := stored.Event()
	if err != nil {
		return nil, err
	}
	d.foundBy = e.ID
	if e.Leads() && stored.UndoneBy == "" && (d.service.deletes(e) || leadsSelection(e) && e.Size > exactUpTo) {
		return d.deletion(e, e.Counts), nil
	}
	if e.Leads() && e.Size <= 1 {
		return nil, nil
	}
	found, known := d.first[e.Operation]
	if !known {
		if found, err = d.scan(ctx, e.Operation); err != nil {
			return nil, err
		}
		d.first[e.Operation] = found
	}
	if found == nil || !e.Leads() && found.Event.ID != e.ID {
		return nil, nil
	}
	return found, nil
}

// exactUpTo is up to how many events an operation is read to say what of it was restored one by one. Of a larger one the counts
// are those of the deletion; the plan tells.
const exactUpTo = 2000

func (d *deletions) deletion(e *audit.Event, counts map[string]int) *Deletion {
	if len(counts) == 0 {
		counts = map[string]int{e.Record.Object: 1}
	}
	_, until := d.service.StateOf(e, "", d.window)
	return &Deletion{Event: e, Counts: counts, Until: until}
}

// scan finds the first deletion of an operation that can be restored, and counts those that can.
func (d *deletions) scan(ctx context.Context, op audit.OperationID) (*Deletion, error) {
	const page = 500
	var first, lead *audit.Event
	counts := map[string]int{}
	after := audit.EventID("")
	for {
		parts, err := d.log.Operation(ctx, d.account, op, after, page)
		if err != nil {
			return nil, err
		}
		for _, p := range parts {
			e, err := p.Event()
			if err != nil {
				return nil, err
			}
			after = e.ID
			if leadsSelection(e) {
				lead = e
			}
			if p.UndoneBy != "" || !d.service.deletes(e) {
				continue
			}
			if first == nil {
				first = e
			}
			counts[e.Record.Object]++
		}
		if len(parts) < page {
			break
		}
	}
	if first == nil {
		return nil, nil
	}
	if lead != nil {
		first = lead
	}
	return d.deletion(first, counts), nil
}
