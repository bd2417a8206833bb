package api

import (
	"context"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// tail finds the events of a filter that are new since it last looked. An event carries the time at which its
// operation began and becomes visible when that commits, so it may appear behind others; the tail looks over a window
// of the last minutes and knows what it has seen there.
type tail struct {
	log     audit.Log
	clock   func() time.Time
	account audit.AccountID
	filter  audit.Filter
	perPage int
	behind  audit.Position // nothing up to here counts as new
	since   time.Time      // where the window begins
	next    time.Time      // where it may begin after this look: all before was looked through whole, and sent
	seen    map[audit.EventID]time.Time
	looks   int
	// fresh are the pages that hold something new, the newest first. They are read again to be sent: a tail holds one page
	// in memory, however much came at once.
	fresh []stretch
	ids   []audit.EventID // of the events that oldestFirst passes on
}

// stretch is a page as a look found it.
type stretch struct {
	at, last audit.Position // its events are behind at, up to last
}

// sweepEvery is how many looks stop at the first page without news before one goes through the whole window.
const sweepEvery = 10

// newTail starts behind the event last, or with what is recorded from now on.
func (a *API) newTail(ctx context.Context, f audit.Filter, last audit.EventID) (*tail, error) {
	t := &tail{log: a.log(ctx), clock: a.Recorder.Now, account: callerOf(ctx).Account, filter: f, perPage: streamPage, seen: map[audit.EventID]time.Time{}}
	if last == "" {
		t.since = t.clock().Add(-streamOverlap)
		return t, t.skip(ctx)
	}
	if !audit.ValidID(last) {
		return nil, errs.New(errs.NotFound, "not_found", "There is no event %s to go on from.", audit.Quote(string(last)))
	}
	stored, err := t.log.Event(ctx, t.account, last)
	if err != nil {
		return nil, err
	}
	e, err := stored.Event()
	if err != nil {
		return nil, err
	}
	t.behind = place(e)
	t.since = e.OccurredAt
	return t, nil
}

// skip takes everything in the window as seen.
func (t *tail) skip(ctx context.Context) error {
	_, err := t.pages(ctx, func(_ audit.Position, events []*audit.Event) bool {
		for _, e := range events {
			t.seen[e.ID] = e.OccurredAt
		}
		return true
	})
	return err
}

// look finds the pages with something new. Most looks go no further than the first page without: what became visible
// late lies behind it, and is found when a look goes through the whole window. Only such a look lets the window follow.
func (t *tail) look(ctx context.Context) error {
	t.fresh, t.next = t.fresh[:0], t.since
	t.looks++
	began := t.clock()
	whole, err := t.pages(ctx, func(at audit.Position, events []*audit.Event) bool {
		news := slices.ContainsFunc(events, t.isNew)
		if news {
			if at.IsZero() {
				at = from(events[0])
			}
			t.fresh = append(t.fresh, stretch{at, place(events[len(events)-1])})
		}
		return news || t.looks%sweepEvery == 0
	})
	if whole { // what carries an earlier time was visible when it began
		t.next = began.Add(-streamOverlap)
	}
	if err == nil && len(t.fresh) == 0 {
		t.move() // a filter that finds nothing must not look through the same stretch for ever
	}
	return err
}

func place(e *audit.Event) audit.Position {
	return audit.Position{OccurredAt: e.OccurredAt, ID: e.ID}
}

// from is the place of a page that begins with e, whatever is recorded before it is read again. No id lies between an
// event's own and a longer one.
func from(e *audit.Event) audit.Position {
	return audit.Position{OccurredAt: e.OccurredAt, ID: e.ID + "0"}
}

func (t *tail) isNew(e *audit.Event) bool {
	if _, ok := t.seen[e.ID]; ok {
		return false
	}
	return after(place(e), t.behind)
}

// after reports whether a comes after b in the order of the log.
func after(a, b audit.Position) bool {
	order := a.OccurredAt.Compare(b.OccurredAt)
	return order > 0 || order == 0 && a.ID > b.ID
}

func (t *tail) query(after audit.Position) audit.Query {
	f := t.filter
	if f.From.Before(t.since) {
		f.From = t.since
	}
	return audit.Query{Filter: f, After: after, Limit: t.perPage}
}

// pages walks over the window, newest first, as long as visit says so. whole says that it came to the end.
func (t *tail) pages(ctx context.Context, visit func(at audit.Position, events []*audit.Event) bool) (whole bool, err error) {
	var at audit.Position
	for {
		page, err := t.log.Events(ctx, t.account, t.query(at))
		if err != nil {
			return false, err
		}
		events, err := parse(page.Events)
		if err != nil {
			return false, err
		}
		more := visit(at, events)
		if page.Next.IsZero() {
			return true, nil
		}
		if !more {
			return false, nil
		}
		at = page.Next
	}
}

// oldestFirst passes what is new on, page by page, and moves the window.
func (t *tail) oldestFirst(ctx context.Context, send func([]audit.Stored) error) error {
	for _, s := range slices.Backward(t.fresh) {
		page, err := t.log.Events(ctx, t.account, t.query(s.at))
		if err != nil {
			return err
		}
		events, err := parse(page.Events)
		if err != nil {
			return err
		}
		var stored []audit.Stored
		t.ids = t.ids[:0]
		for i, e := range slices.Backward(events) {
			if t.isNew(e) {
				stored = append(stored, page.Events[i])
				t.ids = append(t.ids, e.ID)
			}
		}
		if err := send(stored); err != nil {
			return err
		}
		for _, e := range events {
			t.seen[e.ID] = e.OccurredAt
		}
		// Events that became visible since the look have pushed the last ones off the page: they are left to the next look.
		if n := len(events); n == 0 || after(place(events[n-1]), s.last) {
			t.next = earlier(t.next, s.last.OccurredAt)
		}
	}
	t.fresh = t.fresh[:0]
	t.move()
	return nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// move lets the window begin where the last look allows it.
func (t *tail) move() {
	if !t.since.Before(t.next) {
		return
	}
	t.since = t.next
	for id, at := range t.seen {
		if at.Before(t.since) {
			delete(t.seen, id)
		}
	}
}

func parse(stored []audit.Stored) ([]*audit.Event, error) {
	events := make([]*audit.Event, len(stored))
	for i, s := range stored {
		var err error
		if events[i], err = s.Event(); err != nil {
			return nil, err
		}
	}
	return events, nil
}
