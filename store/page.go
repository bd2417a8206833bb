package store

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
)

const (
	// scanChunk is the number of events that are read at once when not all of them will be shown.
	scanChunk = 200
	// scanChunkMost is what it grows to while little is found.
	scanChunkMost = 2000
	// skipFrom is the number of parts from which an operation is stepped over by the database instead of here.
	skipFrom = 100
)

// Events implements audit.Log.
func (db *DB) Events(ctx context.Context, account audit.AccountID, q audit.Query) (page audit.Page, err error) {
	err = db.read(ctx, func(c conn) error {
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
	for {
		n := q.Limit + 1 - len(page.Events)
		if q.Collapse || !s.exact {
			n = max(n, s.chunk())
		}
		rows, more, err := s.next(ctx, n)
		if err != nil {
			return audit.Page{}, err
		}
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
	records []string // the events are of one of these records; nil for any
	none    bool     // nothing can pass
	words   [][]byte // stand in the body of every event that passes, but for capitals
	after   audit.Position
	skips   []skip
	size    int
}

// skip is a stretch of parts of one operation that need not be read.
type skip struct {
	operation audit.OperationID
	at        int64
	from, to  int64 // of seq; 0 when none is sealed
}

func newScan(ctx context.Context, c conn, account audit.AccountID, f audit.Filter) (*scan, error) {
	where := c.words().compile(f.Where)
	s := &scan{c: c, account: account, filter: f, where: where.sql, exact: where.exact, span: spanOf(f), size: scanChunk}
	s.records, _ = required(f.Where, audit.ByRecord)
	s.words = requiredWords(f.Where)
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

// chunk is the number of events to read at once, more with every chunk.
func (s *scan) chunk() int {
	n := s.size
	s.size = min(2*s.size, scanChunkMost)
	return n
}

// next reads up to n further rows and returns those that pass, and whether there may be more.
func (s *scan) next(ctx context.Context, n int) (rows []logged, more bool, err error) {
	if s.none {
		return nil, false, nil
	}
	// Each table is walked down an index in the order of the log, n rows at most.
	if rows, err = readBoth(ctx, s.c, s.pending(n), s.sealed(n), newestFirst, n); err != nil {
		return nil, false, err
	}
	more = len(rows) == n
	if more {
		s.advance(rows[n-1])
	}
	if s.exact {
		return rows, more, nil
	}
	passing := rows[:0]
	for _, l := range rows {
		if !s.mayHold(l.Body) {
			continue
		}
		e, err := l.Event()
		if err != nil {
			return nil, false, err
		}
		if s.filter.Match(e) {
			passing = append(passing, l)
		}
	}
	return passing, more, nil
}

// mayHold is a look at the bytes of an event, before it is parsed.
func (s *scan) mayHold(body []byte) bool {
	if len(s.words) == 0 {
		return true
	}
	small := bytes.ToLower(body)
	return !slices.ContainsFunc(s.words, func(w []byte) bool { return !bytes.Contains(small, w) })
}

// advance goes on behind l; what was skipped at another time lies behind for good.
func (s *scan) advance(l logged) {
	s.after = audit.Position{OccurredAt: time.UnixMicro(l.at).UTC(), ID: l.id}
	kept := s.skips[:0]
	for _, k := range s.skips {
		if k.at == l.at {
			kept = append(kept, k)
		}
	}
	s.skips = kept
}

// conditions are those that are the same for both tables.
func (s *scan) conditions() fragment {
	sp := s.span
	var f fragment
	if !s.after.IsZero() {
		at := s.after.OccurredAt.UnixMicro()
		if !sp.hasTo || at < sp.to {
			sp.hasTo = false // one upper end is what an index can use
			f.add(" AND (occurred_at, id) < (?, ?)", at, s.after.ID)
		}
	}
	f.put("", sp.sql(), "")
	f.put(" AND (", s.where, ")")
	return f
}

func (s *scan) sealed(n int) fragment {
	const newest = " ORDER BY occurred_at DESC, id DESC LIMIT ?"
	from := "account = ?"
	args := []any{s.account}
	if s.records != nil {
		among := among("record_id", s.records)
		from, args = from+" AND "+among.text, append(args, among.args...)
	}
	f := sqlf(from, args...)
	f.put("", s.conditions(), "")
	for _, k := range s.skips {
		if k.from > 0 {
			f.add(" AND NOT (seq BETWEEN ? AND ?)", k.from, k.to)
		}
	}
	var out fragment
	if s.records == nil {
		out.put("SELECT "+sealedColumns+" FROM events WHERE ", f, newest)
		out.args = append(out.args, n)
		return out
	}
	// A record's events are few among the account's: they are found by their own index and then put in order.
	out.put("WITH history AS MATERIALIZED (SELECT seq, id, occurred_at FROM events WHERE ", f, "), newest AS MATERIALIZED (SELECT seq FROM history"+newest+") ")
	out.args = append(out.args, n)
	out.add("SELECT "+sealedColumns+" FROM events WHERE account = ? AND seq IN (SELECT seq FROM newest)", s.account)
	return out
}

func (s *scan) pending(n int) fragment {
	f := sqlf("SELECT "+pendingColumns+" FROM pending WHERE account = ?", s.account)
	if s.records != nil {
		f.put(" AND ", among("record_id", s.records), "")
	}
	f.put("", s.conditions(), "")
	for _, k := range s.skips {
		f.add(" AND operation <> ?", k.operation)
	}
	f.add(" ORDER BY occurred_at DESC, id DESC LIMIT ?", n)
	return f
}
