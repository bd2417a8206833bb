package store

import (
	"context"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// moment is the events of one action in one unit of time.
type moment struct {
	at     int64 // microseconds
	action audit.Action
	n      int
}

// Histogram implements audit.Log. More than 2,000 buckets are errs.Invalid.
func (db *DB) Histogram(ctx context.Context, account audit.AccountID, f audit.Filter, interval audit.Interval, loc *time.Location) (h audit.Histogram, err error) {
	err = db.read(ctx, of(account), func(c conn) error {
		s, err := newScan(ctx, c, account, f)
		if err != nil {
			return err
		}
		if s.exact {
			h, err = s.histogram(ctx, interval, loc)
			return err
		}
		var moments []moment
		if err := s.each(ctx, true, func(e *audit.Event) (enough bool) {
			moments = append(moments, moment{e.OccurredAt.UnixMicro(), e.Action, 1})
			return false
		}); err != nil {
			return err
		}
		if len(moments) == 0 {
			h = emptyHistogram(interval)
			return nil
		}
		interval, starts, err := bucketStarts(interval, time.UnixMicro(moments[len(moments)-1].at), time.UnixMicro(moments[0].at), loc)
		if err != nil {
			return err
		}
		h = fold(interval, starts, moments)
		return nil
	})
	return h, err
}

func emptyHistogram(interval audit.Interval) audit.Histogram {
	if interval == audit.Auto {
		interval = audit.Day
	}
	return audit.Histogram{Interval: interval, Buckets: []audit.Bucket{}}
}

// histogram lets the database count in units that no boundary of a bucket cuts.
func (s *scan) histogram(ctx context.Context, interval audit.Interval, loc *time.Location) (audit.Histogram, error) {
	first, last, err := s.ends(ctx)
	if err != nil || first > last {
		return emptyHistogram(interval), err
	}
	interval, starts, err := bucketStarts(interval, time.UnixMicro(first), time.UnixMicro(last), loc)
	if err != nil {
		return audit.Histogram{}, err
	}
	base, unit := starts[0].UnixMicro(), commonUnit(starts).Microseconds()
	var moments []moment
	for _, table := range []string{"pending", "events"} {
		f := sqlf("SELECT (occurred_at - ?) / ?, action, count(*) FROM ", base, unit)
		f.put("", s.countable(table), " GROUP BY 1, 2")
		part, err := all(ctx, s.c, func(r row) (m moment, err error) {
			err = r.Scan(&m.at, &m.action, &m.n)
			m.at = base + m.at*unit
			return m, err
		}, f.numbered(), f.args...)
		if err != nil {
			return audit.Histogram{}, err
		}
		moments = append(moments, part...)
	}
	return fold(interval, starts, moments), nil
}

// ends are the times of the oldest and the newest event that pass, the oldest after the newest when none does.
func (s *scan) ends(ctx context.Context) (first, last int64, err error) {
	first, last = 1, 0
	if s.none {
		return first, last, nil
	}
	found := false
	for _, table := range []string{"pending", "events"} {
		for _, order := range []string{"occurred_at, id", "occurred_at DESC, id DESC"} {
			f := sqlf("SELECT occurred_at FROM ")
			f.put("", s.countable(table), " ORDER BY "+order+" LIMIT 1")
			at, ok, err := one(ctx, s.c, scanInt, f.numbered(), f.args...)
			if err != nil {
				return 0, 0, err
			}
			if !ok {
				break
			}
			if !found {
				first, last, found = at, at, true
			}
			first, last = min(first, at), max(last, at)
		}
	}
	return first, last, nil
}

// fold puts the moments into their buckets.
func fold(interval audit.Interval, starts []time.Time, moments []moment) audit.Histogram {
	h := audit.Histogram{Interval: interval, Buckets: make([]audit.Bucket, len(starts)-1), End: starts[len(starts)-1]}
	for i := range h.Buckets {
		h.Buckets[i] = audit.Bucket{Start: starts[i], ByAction: map[audit.Action]int{}}
	}
	for _, m := range moments {
		i, exact := slices.BinarySearchFunc(starts, time.UnixMicro(m.at), time.Time.Compare)
		if !exact {
			i--
		}
		h.Buckets[i].Total += m.n
		h.Buckets[i].ByAction[m.action] += m.n
	}
	return h
}
