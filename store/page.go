package store

import (
	"context"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
)

const (
	// scanChunkMost is the largest number of events that are read at once.
	scanChunkMost = 2000
	// skipFrom is the number of parts from which an operation is stepped over by the database instead of here.
	skipFrom = 100
)

// Events implements audit.Log.
func (db *DB) Events(ctx context.Context, account audit.AccountID, q audit.Query) (page audit.Page, err error) {
	err = db.read(ctx, of(account), func(c conn) error {
		page, err = readPage(ctx, c, account, q)
		return err
	})
	return page, err
}

func readPage(ctx context.Context, c conn, account audit.AccountID, q audit.Query) (audit.Page, error) {
	s, err := newScan(ctx, c, account, q.Filter)
	if err != nil {
		return audit.Page{}, err
	}
	s.after = q.After
	var shown collapse
	if q.Collapse {
		shown = collapse{scan: s, leads: map[audit.OperationID]bool{}}
	}
	var page audit.Page
	var last logged
	// What a page needs is asked for, not more: where little passes, every further event is far. While less than half of
	// what comes is shown, it is twice as much each time, unless what was in the way is stepped over from now on.
	for n := q.Limit + 1; ; {
		rows, more, err := s.next(ctx, n)
		if err != nil {
			return audit.Page{}, err
		}
		stepped := len(s.skips)
		if q.Collapse {
			if rows, err = shown.keep(ctx, rows); err != nil {
				return audit.Page{}, err
			}
		}
		for _, l := range rows {
			if len(page.Events) == q.Limit {
				page.Next = audit.Position{OccurredAt: time.UnixMicro(last.at).UTC(), ID: last.id}
				return page, nil
			}
			page.Events = append(page.Events, l.Stored)
			last = l
		}
		if !more {
			return page, nil
		}
		if need := q.Limit + 1 - len(page.Events); 2*len(rows) < n && len(s.skips) == stepped {
			n = max(need, min(2*n, scanChunkMost))
		} else {
			n = need
		}
	}
}

// scan walks over the events that pass a filter, newest first, chunk by chunk.
type scan struct {
	c       conn
	account audit.AccountID
	filter  audit.Filter
	where   fragment
	exact   bool
	span    span
	record  string   // whose history is walked down by an index of its own; "" for none
	narrow  fragment // a condition that an index of its own finds few events by; empty for none
	places  bool     // narrow is a list of places
	none    bool     // nothing can pass
	words   *wordScan
	after   audit.Position
	skips   []skip
}

// skip is the parts of one operation, without the leading event; they need not be read.
type skip struct {
	operation audit.OperationID
	at        int64
	from, to  int64 // of seq; 0 when none is sealed
}

func newScan(ctx context.Context, c conn, account audit.AccountID, f audit.Filter) (*scan, error) {
	where := c.words().compile(f.Where)
	s := &scan{c: c, account: account, filter: f, where: where.sql, exact: where.exact, span: spanOf(f)}
	s.narrow = narrowing(f.Where)
	s.words = &wordScan{way: settled}
	if records, ok := required(f.Where, audit.ByRecord); ok && len(records) == 1 {
		s.record = records[0]
	}
	switch q := lookup(f.Where); {
	case q == nil:
	case s.record != "":
		s.words = &wordScan{query: allWords([]*wordQuery{q, ofRecord(s.record)})}
	case s.narrow.text == "":
		s.words = &wordScan{query: q}
	}
	operations, ok := required(f.Where, audit.ByOperation)
	if !ok {
		return s, nil
	}
	// The time of an operation is that of its leading event, and there is an index by time.
	ids := make([]audit.EventID, len(operations))
	for i, id := range operations {
		ids[i] = audit.EventID(id)
	}
	leads, err := readEvents(ctx, c, account, ids)
	if err != nil {
		return nil, err
	}
	s.none = len(leads) == 0
	var times span
	for i, l := range leads {
		if i == 0 {
			times = span{l.at, l.at + 1, true, true}
		}
		times.from, times.to = min(times.from, l.at), max(times.to, l.at+1)
	}
	s.span = s.span.within(times)
	return s, nil
}

// next reads up to n further rows and returns those that pass, and whether there may be more.
func (s *scan) next(ctx context.Context, n int) (rows []logged, more bool, err error) {
	if err := s.search(ctx, false); err != nil {
		return nil, false, err
	}
	if s.none {
		return nil, false, nil
	}
	if s.words.way == byHits {
		rows, more, err = s.nextOfHits(ctx, n)
	} else {
		rows, more, err = s.nextInOrder(ctx, n)
	}
	if err != nil {
		return nil, false, err
	}
	if s.exact {
		return rows, more, nil
	}
	passing := rows[:0]
	for _, l := range rows {
		e, err := l.Event()
		if err != nil {
			return nil, false, err
		}
		if s.filter.Match(e) {
			l.parsed = e
			passing = append(passing, l)
		}
	}
	return passing, more, nil
}

// nextInOrder walks down an index of each table in the order of the log, n rows at most.
func (s *scan) nextInOrder(ctx context.Context, n int) (rows []logged, more bool, err error) {
	if s.words.way == walk {
		n = min(n, max(searching.first-s.words.walked, 1))
	}
	if rows, err = readBoth(ctx, s.c, s.pending(n), s.sealed(n), newestFirst, n); err != nil {
		return nil, false, err
	}
	s.words.walked += n
	more = len(rows) == n
	if more {
		s.advance(rows[n-1])
	}
	return rows, more, nil
}

// advance goes on behind l; what was skipped at another time lies behind for good.
func (s *scan) advance(l logged) {
	s.goBehind(audit.Position{OccurredAt: time.UnixMicro(l.at).UTC(), ID: l.id})
}

func (s *scan) goBehind(p audit.Position) {
	s.after = p
	kept := s.skips[:0]
	for _, k := range s.skips {
		if k.at == p.OccurredAt.UnixMicro() {
			kept = append(kept, k)
		}
	}
	s.skips = kept
}

// place is the condition that an event lies in the span and behind what was read.
func (s *scan) place() fragment {
	sp := s.span
	var f fragment
	if !s.after.IsZero() {
		at := s.after.OccurredAt.UnixMicro()
		if !sp.hasTo || at < sp.to {
			sp.hasTo = false // one upper end is what an index can use
			f.add(" AND (occurred_at, id) < (?, ?)", at, s.after.ID)
		}
	}
	f.put("", sp.sql("occurred_at"), "")
	return f
}

const newest = " ORDER BY occurred_at DESC, id DESC LIMIT ?"

func (s *scan) sealed(n int) fragment {
	if s.narrow.text != "" && s.record == "" {
		return s.history(n)
	}
	f, order := sqlf("SELECT "+sealedColumns+" FROM events WHERE account = ?", s.account), newest
	if s.record != "" {
		f.add(" AND record_id = ?", s.record)
		order = " ORDER BY occurred_at DESC, " + s.c.words().unindexed("id") + " DESC LIMIT ?" // not down the index by time
	}
	f.put("", s.place(), "")
	f.put(" AND (", s.where, ")")
	for _, k := range s.skips {
		if k.from > 0 {
			f.add(" AND NOT (seq BETWEEN ? AND ?)", k.from, k.to)
		}
	}
	f.add(order, n)
	return f
}

// narrowing is the condition on an id, a record or a cause that every event must meet, if there is one.
func narrowing(x audit.Expr) fragment {
	if ids, ok := required(x, audit.ByEvent); ok {
		return among("id", ids)
	}
	if records, ok := required(x, audit.ByRecord); ok {
		return among("record_id", records)
	}
	causes, ok := required(x, audit.ByCause)
	if !ok || slices.Contains(causes, "") {
		return fragment{}
	}
	f := among("cause", causes)
	f.add(" AND cause <> ''") // the index holds no others
	return f
}

// history finds the events of several records, or those that an event caused, by an index of their own: they are few among the
// account's. Then they are put in order, and the bodies of those on the page are read.
func (s *scan) history(n int) fragment {
	from := "events"
	if s.places {
		from += s.c.words().byPlace
	}
	f := sqlf("WITH history AS MATERIALIZED (SELECT seq, id, occurred_at FROM "+from+" WHERE account = ?", s.account)
	f.put(" AND ", s.narrow, "")
	f.put(" AND (", s.where, "))")
	f.put(", newest AS MATERIALIZED (SELECT seq FROM history WHERE 1 = 1", s.place(), newest+")")
	f.args = append(f.args, n)
	f.add(" SELECT "+sealedColumns+" FROM events WHERE account = ? AND seq IN (SELECT seq FROM newest)", s.account)
	return f
}

func (s *scan) pending(n int) fragment {
	f := sqlf("SELECT "+pendingColumns+" FROM pending WHERE account = ?", s.account)
	f.put("", s.place(), "")
	f.put(" AND (", s.where, ")")
	for _, k := range s.skips {
		f.add(" AND (operation <> ? OR id = ?)", k.operation, k.operation)
	}
	f.add(newest, n)
	return f
}
