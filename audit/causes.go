package audit

import (
	"context"
	"slices"

	"github.com/backtrail/backtrail/errs"
)

// MostCauses is how far up [Causes] walks. What Backtrail does by itself goes far less deep.
const MostCauses = 32

// Causes are the events that led to e, its own cause first, the first one of all last, as far as the reader of the log sees
// them. whole is false when there is one more: it is not for this reader, is no longer there, or lies too far up.
func Causes(ctx context.Context, log Log, account AccountID, e *Event) (chain []Stored, whole bool, err error) {
	seen := []EventID{e.ID}
	for id := e.Cause; id != ""; {
		if len(chain) == MostCauses || slices.Contains(seen, id) {
			return chain, false, nil
		}
		stored, err := log.Event(ctx, account, id)
		if errs.Is(err, errs.NotFound) {
			return chain, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		cause, err := stored.Event()
		if err != nil {
			return nil, false, err
		}
		chain, seen = append(chain, stored), append(seen, id)
		id = cause.Cause
	}
	return chain, true, nil
}

// Caused is a page of what e caused, newest first, and how many there are of them in all, which may take a while to count.
func Caused(ctx context.Context, log Log, account AccountID, e *Event, limit int) ([]Stored, int, error) {
	page, err := log.Events(ctx, account, Query{Filter: causedBy(e), Limit: limit})
	if err != nil || page.Next.IsZero() {
		return page.Events, len(page.Events), err
	}
	counted, err := log.Facets(ctx, account, causedBy(e), 0)
	return page.Events, counted.Total, err
}

// CausedMoreThan reports whether e caused more than n events; it reads no more of them than that takes.
func CausedMoreThan(ctx context.Context, log Log, account AccountID, e *Event, n int) (bool, error) {
	page, err := log.Events(ctx, account, Query{Filter: causedBy(e), Limit: n + 1})
	return len(page.Events) > n, err
}

func causedBy(e *Event) Filter {
	return Filter{From: e.OccurredAt, Where: Is{ByCause, []string{string(e.ID)}}}
}
