package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/store"
)

func testHistogram(t *testing.T, db *store.DB) {
	zone := func(name string) *time.Location {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return loc
	}
	empty, err := db.Histogram(t.Context(), acme, audit.Filter{}, audit.Auto, time.UTC)
	if err != nil || len(empty.Buckets) != 0 {
		t.Errorf("of nothing: %+v %v", empty, err)
	}
	for _, tt := range []struct {
		name     string
		zone     string
		interval audit.Interval
		times    []string
		want     []string // start and total
	}{
		{"days end at midnight of the zone", "Asia/Kathmandu", audit.Day, []string{"2026-03-01T18:14:59Z", "2026-03-01T18:15:00Z", "2026-03-03T18:15:00Z"},
			[]string{"2026-03-01T00:00:00+05:45 1", "2026-03-02T00:00:00+05:45 1", "2026-03-03T00:00:00+05:45 0", "2026-03-04T00:00:00+05:45 1"}},
		{"a day of 23 hours", "Europe/Lisbon", audit.Day, []string{"2026-03-28T23:59:59Z", "2026-03-29T00:00:00Z", "2026-03-29T22:59:59Z", "2026-03-29T23:00:00Z"},
			[]string{"2026-03-28T00:00:00Z 1", "2026-03-29T00:00:00Z 2", "2026-03-30T00:00:00+01:00 1"}},
		{"the hour that occurs twice", "Europe/Lisbon", audit.Hour, []string{"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"},
			[]string{"2026-10-25T01:00:00+01:00 1", "2026-10-25T01:00:00Z 1", "2026-10-25T02:00:00Z 1"}},
		{"a clock that moves half an hour", "Australia/Lord_Howe", audit.Hour, []string{"2026-04-04T14:10:00Z", "2026-04-04T15:10:00Z", "2026-04-04T16:10:00Z"},
			[]string{"2026-04-05T01:00:00+11:00 1", "2026-04-05T01:30:00+10:30 1", "2026-04-05T02:00:00+10:30 1"}},
		{"a day without midnight", "Asia/Beirut", audit.Day, []string{"2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"},
			[]string{"2026-03-28T00:00:00+02:00 1", "2026-03-29T01:00:00+03:00 1"}},
		{"a day with two midnights", "America/Havana", audit.Day, []string{"2026-10-31T12:00:00Z", "2026-11-01T04:30:00Z"},
			[]string{"2026-10-31T00:00:00-04:00 1", "2026-11-01T00:00:00-04:00 1"}},
		{"weeks start on Monday", "UTC", audit.Week, []string{"2026-03-01T12:00:00Z", "2026-03-02T00:00:00Z"},
			[]string{"2026-02-23T00:00:00Z 1", "2026-03-02T00:00:00Z 1"}},
		{"months", "America/New_York", audit.Month, []string{"2026-02-01T04:59:00Z", "2026-04-01T04:00:00Z"},
			[]string{"2026-01-01T00:00:00-05:00 1", "2026-02-01T00:00:00-05:00 0", "2026-03-01T00:00:00-05:00 0", "2026-04-01T00:00:00-04:00 1"}},
		{"minutes", "UTC", audit.Minute, []string{"2026-02-01T04:59:59.999999Z", "2026-02-01T05:01:00Z"},
			[]string{"2026-02-01T04:59:00Z 1", "2026-02-01T05:00:00Z 0", "2026-02-01T05:01:00Z 1"}},
		{"before 1970", "UTC", audit.Hour, []string{"1969-12-31T22:59:59.999999Z", "1969-12-31T23:30:00Z", "1970-01-01T00:00:00Z"},
			[]string{"1969-12-31T22:00:00Z 1", "1969-12-31T23:00:00Z 1", "1970-01-01T00:00:00Z 1"}},
	} {
		account := audit.AccountID(newID())
		for i, s := range tt.times {
			at, err := time.Parse(time.RFC3339Nano, s)
			if err != nil {
				t.Fatal(err)
			}
			write(t, db, account, operation(account, at, 1))
			if i == 0 {
				seal(t, db)
			}
		}
		h, err := db.Histogram(t.Context(), account, audit.Filter{}, tt.interval, zone(tt.zone))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var got []string
		for _, b := range h.Buckets {
			got = append(got, b.Start.Format(time.RFC3339)+" "+audit.Thousands(b.Total))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
	for _, tt := range []struct {
		span time.Duration
		want audit.Interval
	}{
		{0, audit.Minute}, {time.Hour, audit.Minute}, {2 * time.Hour, audit.Hour}, {3 * 24 * time.Hour, audit.Hour},
		{30 * 24 * time.Hour, audit.Day}, {300 * 24 * time.Hour, audit.Week}, {4 * 365 * 24 * time.Hour, audit.Month},
	} {
		account := audit.AccountID("span " + tt.span.String())
		write(t, db, account, operation(account, start, 1), operation(account, start.Add(tt.span), 1))
		h, err := db.Histogram(t.Context(), account, audit.Filter{}, audit.Auto, time.UTC)
		if err != nil || h.Interval != tt.want || len(h.Buckets) > 121 {
			t.Errorf("over %s: %d buckets of a %s, want %s (%v)", tt.span, len(h.Buckets), h.Interval, tt.want, err)
		}
		_, err = db.Histogram(t.Context(), account, audit.Filter{}, audit.Minute, time.UTC)
		if tooMany := tt.span > 2000*time.Minute; errs.Is(err, errs.Invalid) != tooMany {
			t.Errorf("minutes over %s: %v", tt.span, err)
		}
	}
}
