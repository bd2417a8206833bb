package alerts

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// PreviewDays is how far back a preview looks, and PreviewEntries at how many entries.
const (
	PreviewDays    = 30
	PreviewEntries = 5000
)

// Preview is what an alert would have done.
type Preview struct {
	Fired   int
	Matches int
	Since   time.Time // how far back it looked: PreviewDays, or less when there are too many entries, or too large ones
	Whole   bool      // it looked PreviewDays back
}

// previewBytes is how much of the log a preview reads, and previewPage how many entries at once: an entry has up to a megabyte.
const (
	previewBytes = 64 << 20
	previewPage  = 50
)

// previews are those that run, by account.
type previews struct {
	mu      sync.Mutex
	running map[audit.AccountID]bool // guarded by mu
}

// begin claims the account's place; end gives it back. errs.TooMany preview_running.
func (p *previews) begin(account audit.AccountID) (end func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running[account] {
		return nil, errs.New(errs.TooMany, "preview_running", "The account has a preview of an alert that is not done yet.").WithFix("Try again in some seconds.")
	}
	if p.running == nil {
		p.running = map[audit.AccountID]bool{}
	}
	p.running[account] = true
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.running, account)
	}, nil
}

// Preview looks what an alert with this filter and condition would have done in the last PreviewDays. errs.Invalid as for
// Create; errs.TooMany preview_running: an account has one at a time, for each server.
func (s *Service) Preview(ctx context.Context, c audit.Caller, query string, condition Condition) (Preview, error) {
	if err := mayRead(c); err != nil {
		return Preview{}, err
	}
	condition = condition.whole()
	query, wrong := s.checkQuery(query)
	if err := errs.InvalidFields(append(wrong, condition.check()...)); err != nil {
		return Preview{}, err
	}
	a := Alert{Account: c.Account, Query: query, Condition: condition}
	filter, err := audit.ParseFilter(a.Params(), s.Recorder.Catalog(), time.UTC)
	if err != nil {
		return Preview{}, err
	}
	end, err := s.previews.begin(c.Account)
	if err != nil {
		return Preview{}, err
	}
	defer end()
	p := Preview{Since: s.Recorder.Now().AddDate(0, 0, -PreviewDays), Whole: true}
	filter.From = p.Since
	found, whole, err := s.lookBack(ctx, c.Account, filter)
	if err != nil {
		return Preview{}, err
	}
	if !whole {
		p.Whole, p.Since = false, found[len(found)-1].OccurredAt
	}
	p.Matches = len(found)
	p.Fired = a.wouldFire(found)
	return p, nil
}

// lookBack returns what passes a filter, the newest first, and of each entry no more than what is counted. It is whole unless there is too
// much.
func (s *Service) lookBack(ctx context.Context, account audit.AccountID, filter audit.Filter) (found []*audit.Event, whole bool, err error) {
	bytes := 0
	for q := (audit.Query{Filter: filter, Limit: previewPage}); ; {
		page, err := s.Store.Events(ctx, account, q)
		if err != nil {
			return nil, false, err
		}
		for _, stored := range page.Events {
			bytes += len(stored.Body)
			e, err := stored.Event()
			if err != nil {
				return nil, false, err
			}
			if e.Type != firedType && e.Type != failedType {
				found = append(found, bare(e))
			}
		}
		if page.Next.IsZero() {
			return found, true, nil
		}
		if len(found) >= PreviewEntries || bytes >= previewBytes && len(found) > 0 {
			return found, false, nil
		}
		q.After = page.Next
	}
}

// bare is what counts of an event.
func bare(e *audit.Event) *audit.Event {
	return &audit.Event{ID: e.ID, OccurredAt: e.OccurredAt, RecordedAt: e.RecordedAt, Actor: audit.Actor{Type: e.Actor.Type, ID: e.Actor.ID, Name: e.Actor.Name},
		Context: audit.Context{IP: e.Context.IP}}
}

// wouldFire counts the firings of events, the newest first, as if each had been looked at as it came.
func (a *Alert) wouldFire(found []*audit.Event) (n int) {
	fire := func(at time.Time) {
		if p, _ := a.due(at); p != nil {
			a.FiredAt = at
			n++
		}
	}
	byClock := func(until time.Time) { // the clock would have brought it before
		for a.setDue(); !a.DueAt.IsZero() && !a.DueAt.After(until); a.setDue() {
			fire(a.DueAt)
		}
	}
	for i, e := range slices.Backward(found) {
		if i%100 == 0 {
			a.State.Counts.trim(a.Condition.window())
		}
		at := seenOf(e).At
		byClock(at)
		a.count(e)
		fire(at)
	}
	byClock(a.FiredAt.AddDate(1, 0, 0)) // whatever is left
	return n
}
