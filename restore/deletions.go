package restore

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// Deletion is what one operation deleted and what can still be restored.
type Deletion struct {
	// Event leads the deletion: the first of the operation that was not taken back, or what stands for all of it.
	Event  *audit.Event
	Stored audit.Stored   // of Event
	Counts map[string]int // the deleted records by object
	Until  time.Time
	// Partly says that some of it was restored by itself; Counts are of what is left.
	Partly bool
	// Why says why it cannot be restored; "" when it can.
	Why string
}

// DeletionQuery asks for a page of deletions.
type DeletionQuery struct {
	// Filter narrows them: an operation is found by any of the records that it deleted.
	Filter audit.Filter
	After  audit.Position // zero for the start
	Limit  int
	// Final asks for those as well that cannot be restored, and say why.
	Final bool
}

// Deletions returns the operations whose deletions can be restored, the newest first, and where the next page starts. It needs
// audit.read.
func (s *Service) Deletions(ctx context.Context, log audit.Log, caller audit.Caller, q DeletionQuery) ([]Deletion, audit.Position, error) {
	if !caller.May(audit.AuditRead) {
		return nil, audit.Position{}, errs.MissingPermission(string(audit.AuditRead), "read the audit log")
	}
	window, err := s.window(ctx, caller.Account)
	if err != nil {
		return nil, audit.Position{}, err
	}
	d := deletions{service: s, log: log, account: caller.Account, window: window, final: q.Final}
	oldest := audit.Instant(s.clock().Add(-window))
	find := audit.Query{Collapse: true, After: q.After, Limit: q.Limit + 1, Filter: q.Filter}
	if find.Filter.From.Before(oldest) {
		find.Filter.From = oldest
	}
	find.Filter.Where = audit.All{audit.Is{Property: audit.ByAction, Values: []string{string(audit.Deleted)}},
		audit.Is{Property: audit.ByOutcome, Values: []string{string(audit.Success)}}}
	if q.Filter.Where != nil {
		find.Filter.Where = append(find.Filter.Where.(audit.All), q.Filter.Where)
	}
	var out []Deletion
	var last audit.Position
	for {
		page, err := log.Events(ctx, caller.Account, find)
		if err != nil {
			return nil, audit.Position{}, err
		}
		for i, stored := range page.Events {
			e, err := stored.Event()
			if err != nil {
				return nil, audit.Position{}, err
			}
			// In a page the parts of an operation stand before the event that leads it, all at one time: behind that, the next begins.
			behind := audit.Position{OccurredAt: e.OccurredAt, ID: audit.EventID(e.Operation)}
			if i == len(page.Events)-1 && !page.Next.IsZero() {
				find.After = behind
			}
			if e.Operation == d.seen {
				continue
			}
			d.seen = e.Operation
			found, err := d.of(ctx, stored, e)
			if err != nil {
				return nil, audit.Position{}, err
			}
			if found == nil {
				continue
			}
			if len(out) == q.Limit {
				return out, last, nil
			}
			out, last = append(out, *found), behind
		}
		if page.Next.IsZero() {
			return out, audit.Position{}, nil
		}
	}
}

// deletions walks over the log.
type deletions struct {
	service *Service
	log     audit.Log
	account audit.AccountID
	window  time.Duration
	final   bool
	seen    audit.OperationID // the operation that was looked at last
}

// of is what of an operation can be restored, nil for nothing; one of its events was found.
func (d *deletions) of(ctx context.Context, stored audit.Stored, e *audit.Event) (*Deletion, error) {
	var err error
	if !e.Leads() {
		if stored, err = d.log.Event(ctx, d.account, audit.EventID(e.Operation)); err != nil {
			return nil, err
		}
		if e, err = stored.Event(); err != nil {
			return nil, err
		}
	}
	switch {
	case stored.UndoneBy == "" && (d.service.deletes(e) || leadsSelection(e) && e.Action == audit.Deleted && e.Size > exactUpTo):
		return d.deletion(e, stored, e.Counts), nil
	case e.Size > 1:
		return d.scan(ctx, e.Operation)
	}
	if row, _ := d.service.catalog.Type(e.Type); d.final && e.Action == audit.Deleted && row.Final != "" {
		return &Deletion{Event: e, Stored: stored, Why: row.Final}, nil
	}
	return nil, nil
}

// exactUpTo is up to how many events an operation is read to say what of it was restored one by one. Of a larger one the counts
// are those of the deletion; the plan tells.
const exactUpTo = 2000

func (d *deletions) deletion(e *audit.Event, stored audit.Stored, counts map[string]int) *Deletion {
	if len(counts) == 0 {
		counts = map[string]int{e.Record.Object: 1}
	}
	_, until := d.service.StateOf(e, "", d.window)
	return &Deletion{Event: e, Stored: stored, Counts: counts, Until: until}
}

// scan finds the first deletion of an operation that can be restored, and counts those that can.
func (d *deletions) scan(ctx context.Context, op audit.OperationID) (*Deletion, error) {
	const page = 500
	var first, lead *audit.Event
	var firstStored, leadStored audit.Stored
	counts, partly := map[string]int{}, false
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
			if leadsSelection(e) && e.Action == audit.Deleted {
				lead, leadStored = e, p
			}
			if !d.service.deletes(e) {
				continue
			}
			if p.UndoneBy != "" {
				partly = true
				continue
			}
			if first == nil {
				first, firstStored = e, p
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
		first, firstStored = lead, leadStored
	}
	found := d.deletion(first, firstStored, counts)
	found.Partly = partly
	return found, nil
}
