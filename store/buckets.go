package store

import (
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

const (
	maxBuckets  = 2000
	autoBuckets = 120 // Auto takes the narrowest interval with no more
)

// bucketStarts are the starts of the buckets from the one that holds first to the one that holds last, and the start
// behind them. Auto chooses the interval.
func bucketStarts(interval audit.Interval, first, last time.Time, loc *time.Location) (audit.Interval, []time.Time, error) {
	first, last = first.In(loc), last.In(loc)
	if interval == audit.Auto {
		i := slices.IndexFunc(audit.Intervals, func(v audit.Interval) bool {
			return v != audit.Auto && last.Sub(first) < autoBuckets*narrowest(v)
		})
		interval = audit.Month
		if i >= 0 {
			interval = audit.Intervals[i]
		}
	}
	if interval != audit.Auto && last.Sub(first)/widest(interval) > maxBuckets {
		return "", nil, tooManyBuckets(interval)
	}
	starts := []time.Time{bucketStart(interval, first)}
	for !starts[len(starts)-1].After(last) {
		starts = append(starts, nextBucket(interval, starts[len(starts)-1]))
	}
	if len(starts)-1 > maxBuckets {
		return "", nil, tooManyBuckets(interval)
	}
	return interval, starts, nil
}

func tooManyBuckets(interval audit.Interval) error {
	return errs.InvalidField("interval", "too_many_buckets", "With an interval of a %s there would be more than %d bars.", interval, maxBuckets).
		WithFix("Ask for a wider interval (or auto), or a shorter time.")
}

const day = 24 * time.Hour

// narrowest and widest are what an interval lasts at the least and at the most.
func narrowest(v audit.Interval) time.Duration {
	switch v {
	case audit.Minute:
		return time.Minute
	case audit.Hour:
		return time.Hour
	case audit.Day:
		return day
	case audit.Week:
		return 7 * day
	}
	return 30 * day
}

func widest(v audit.Interval) time.Duration {
	switch v {
	case audit.Minute, audit.Hour:
		return narrowest(v)
	case audit.Day, audit.Week:
		return narrowest(v) + 2*time.Hour
	}
	return 32 * day
}

// bucketStart is the start of the bucket that holds t, in t's time zone.
func bucketStart(interval audit.Interval, t time.Time) time.Time {
	switch interval {
	case audit.Minute:
		return onClock(t, time.Minute)
	case audit.Hour:
		start := onClock(t.Add(-3*time.Hour), time.Hour)
		for next := nextBucket(audit.Hour, start); !next.After(t); next = nextBucket(audit.Hour, start) {
			start = next
		}
		return start
	case audit.Week:
		return midnight(t.Year(), t.Month(), t.Day()-(int(t.Weekday())+6)%7, t.Location())
	case audit.Month:
		return midnight(t.Year(), t.Month(), 1, t.Location())
	}
	return midnight(t.Year(), t.Month(), t.Day(), t.Location())
}

// nextBucket is the start of the bucket behind the one that starts at t.
func nextBucket(interval audit.Interval, t time.Time) time.Time {
	switch interval {
	case audit.Minute:
		return onClock(t.Add(time.Minute), time.Minute)
	case audit.Hour:
		next := t.Add(time.Hour)
		whole := onClock(next, time.Hour)
		_, before := whole.Zone()
		if _, after := next.Zone(); before != after { // the clock moved by half an hour between: it started a new hour
			return next
		}
		return whole
	case audit.Week:
		return midnight(t.Year(), t.Month(), t.Day()+7, t.Location())
	case audit.Month:
		return midnight(t.Year(), t.Month()+1, 1, t.Location())
	}
	return midnight(t.Year(), t.Month(), t.Day()+1, t.Location())
}

// onClock goes back to the whole minute or hour of the wall clock. It counts in elapsed time: an hour that occurs twice
// in autumn has two buckets.
func onClock(t time.Time, d time.Duration) time.Time {
	_, offset := t.Zone()
	wall := t.Unix() + int64(offset)
	step := int64(d / time.Second)
	return time.Unix(t.Unix()-((wall%step)+step)%step, 0).In(t.Location())
}

// midnight is the first moment of a day. In some zones a day starts at one o'clock once a year, in some midnight occurs twice.
func midnight(year int, month time.Month, d int, loc *time.Location) time.Time {
	noon := time.Date(year, month, d, 12, 0, 0, 0, loc)
	t := time.Date(year, month, d, 0, 0, 0, 0, loc)
	if t.Day() != noon.Day() { // it does not exist: this is the evening before
		t = t.Add(time.Hour)
	}
	if before := t.Add(-time.Hour); before.Day() == noon.Day() {
		return before
	}
	return t
}

// commonUnit is the longest of the usual stretches of time that divides the distance between every two of the moments.
func commonUnit(moments []time.Time) time.Duration {
	for _, unit := range []time.Duration{day, time.Hour, 15 * time.Minute, time.Minute} {
		if !slices.ContainsFunc(moments, func(t time.Time) bool { return t.Sub(moments[0])%unit != 0 }) {
			return unit
		}
	}
	return time.Second
}
