package alerts

import (
	"context"
	"slices"
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
	Since   time.Time // how far back it looked: PreviewDays, or less when there are too many entries
	Whole   bool      // it looked PreviewDays back
}

// Preview looks what an alert with this filter and condition would have done in the last PreviewDays. errs.Invalid as for Create.
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
	now := s.Recorder.Now()
	p := Preview{Since: now.AddDate(0, 0, -PreviewDays), Whole: true}
	filter.From = p.Since
	var found []*audit.Event
	for q := (audit.Query{Filter: filter, Limit: 500}); ; {
		page, err := s.Store.Events(ctx, c.Account, q)
		if err != nil {
			return p, err
		}
		for _, stored := range page.Events {
			e, err := stored.Event()
			if err != nil {
				return p, err
			}
			if e.Type != firedType && e.Type != failedType {
				found = append(found, e)
			}
		}
		if page.Next.IsZero() {
			break
		}
		if len(found) >= PreviewEntries {
			p.Whole, p.Since = false, found[len(found)-1].OccurredAt
			break
		}
		q.After = page.Next
	}
	p.Matches = len(found)
	p.Fired = a.wouldFire(found)
	return p, nil
}

// wouldFire counts the firings of events, the newest first.
func (a *Alert) wouldFire(found []*audit.Event) (n int) {
	for _, e := range slices.Backward(found) {
		at := seenOf(e).At
		if a.State.Pending != nil && !at.Before(a.pendingDue()) { // the clock would have brought it before this one
			a.FiredAt, a.State.Pending = a.pendingDue(), nil
			n++
		}
		a.count(e)
		if a.State.Pending != nil && !at.Before(a.pendingDue()) {
			a.FiredAt, a.State.Pending = at, nil
			n++
		}
	}
	if a.State.Pending != nil {
		n++
	}
	return n
}
