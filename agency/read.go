package agency

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/backtrail/backtrail/audit"
)

// Log is what is read of each account; see audit.Log.
type Log interface {
	Events(ctx context.Context, account audit.AccountID, q audit.Query) (audit.Page, error)
}

// Query asks for a page of several logs.
type Query struct {
	Filter audit.Filter
	// Collapse is that of audit.Query.
	Collapse bool
	After    Position // the zero Position starts at the newest
	Limit    int
}

// Position is a place in the order of several logs.
type Position struct {
	audit.Position
	Account audit.AccountID
}

// Event is an event with the account whose log it stands in.
type Event struct {
	audit.Stored
	Account audit.AccountID
}

// Page is a stretch of several logs.
type Page struct {
	Events []Event
	Next   Position // where the next page starts; zero at the end
}

// Read returns a page of the logs of the accounts as one. Of each it reads no more than the order needs, some events at a
// time.
func Read(ctx context.Context, log Log, accounts []audit.AccountID, q Query) (Page, error) {
	m := newMerge(log, accounts, q)
	if err := m.begin(ctx); err != nil {
		return Page{}, err
	}
	var page Page
	var last Position
	for len(page.Events) < q.Limit {
		e, at, ok, err := m.next(ctx)
		if err != nil {
			return Page{}, err
		}
		if !ok {
			return page, nil
		}
		page.Events, last = append(page.Events, e), at
	}
	if m.more() {
		page.Next = last
	}
	return page, nil
}

const (
	// atOnce is how many logs are read at the same time when the first events of each are asked for.
	atOnce = 8
	// leastRead is the least that is asked of a log.
	leastRead = 4
)

// merge walks over several logs in their common order.
type merge struct {
	log  Log
	q    Query
	legs []*leg
}

// leg is the log of one account: what was read and not yet taken, and where to go on.
type leg struct {
	account audit.AccountID
	ready   []placed
	after   audit.Position
	ended   bool // nothing is behind after
	size    int  // of the next read
}

// placed is an event with its place in its log.
type placed struct {
	audit.Stored
	at audit.Position
}

func newMerge(log Log, accounts []audit.AccountID, q Query) *merge {
	m := &merge{log: log, q: q}
	for _, account := range accounts {
		size := max(leastRead, 2*q.Limit/len(accounts))
		m.legs = append(m.legs, &leg{account: account, after: q.After.in(account), size: min(size, q.Limit)})
	}
	return m
}

// in is the position in one of the logs behind which what comes after p begins.
func (p Position) in(account audit.AccountID) audit.Position {
	at := p.Position
	if !p.IsZero() && account > p.Account {
		at.ID += "0" // behind p there may be an event of the same time and id: ids have one length, so this is just before it
	}
	return at
}

// begin reads the first events of each log.
func (m *merge) begin(ctx context.Context) error {
	wrong := make([]error, len(m.legs))
	turn := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for i, l := range m.legs {
		turn <- struct{}{}
		all.Go(func() {
			wrong[i] = m.fill(ctx, l)
			<-turn
		})
	}
	all.Wait()
	return errors.Join(wrong...)
}

// fill reads on in a log of which nothing is ready.
func (m *merge) fill(ctx context.Context, l *leg) error {
	if len(l.ready) > 0 || l.ended {
		return nil
	}
	page, err := m.log.Events(ctx, l.account, audit.Query{Filter: m.q.Filter, Collapse: m.q.Collapse, After: l.after, Limit: l.size})
	if err != nil {
		return err
	}
	for _, s := range page.Events {
		at, err := s.Position()
		if err != nil {
			return err
		}
		l.ready = append(l.ready, placed{s, at})
	}
	l.after, l.ended = page.Next, page.Next.IsZero()
	l.size = min(2*l.size, m.q.Limit) // more of what comes is here than elsewhere
	return nil
}

// next takes the newest event of all logs, with its place; ok is false at the end.
func (m *merge) next(ctx context.Context) (e Event, at Position, ok bool, err error) {
	var first *leg
	for _, l := range m.legs {
		if err := m.fill(ctx, l); err != nil {
			return e, at, false, err
		}
		if len(l.ready) > 0 && (first == nil || l.before(first)) {
			first = l
		}
	}
	if first == nil {
		return e, at, false, nil
	}
	p := first.ready[0]
	first.ready = first.ready[1:]
	return Event{p.Stored, first.account}, Position{p.at, first.account}, true, nil
}

// before reports whether what is ready in l comes before what is ready in other.
func (l *leg) before(other *leg) bool {
	a, b := l.ready[0].at, other.ready[0].at
	return cmp.Or(b.OccurredAt.Compare(a.OccurredAt), strings.Compare(string(b.ID), string(a.ID)), strings.Compare(string(l.account), string(other.account))) < 0
}

// more reports whether anything is left.
func (m *merge) more() bool {
	for _, l := range m.legs {
		if len(l.ready) > 0 || !l.ended {
			return true
		}
	}
	return false
}
