package calendar

import (
	"testing"
	"time"
)

func TestInstants(t *testing.T) {
	for _, c := range []struct {
		zone, wall string
		want       []string
		next       string
	}{
		{"Europe/Lisbon", "2026-06-01 09:30", []string{"2026-06-01T09:30:00+01:00"}, ""},
		{"Europe/Lisbon", "2026-03-29 00:59", []string{"2026-03-29T00:59:00Z"}, ""},
		{"Europe/Lisbon", "2026-03-29 01:00", nil, "2026-03-29T02:00:00+01:00"},
		{"Europe/Lisbon", "2026-03-29 01:30", nil, "2026-03-29T02:00:00+01:00"},
		{"Europe/Lisbon", "2026-03-29 02:00", []string{"2026-03-29T02:00:00+01:00"}, ""},
		{"Europe/Lisbon", "2026-10-25 00:59", []string{"2026-10-25T00:59:00+01:00"}, ""},
		{"Europe/Lisbon", "2026-10-25 01:00", []string{"2026-10-25T01:00:00+01:00", "2026-10-25T01:00:00Z"}, ""},
		{"Europe/Lisbon", "2026-10-25 01:59", []string{"2026-10-25T01:59:00+01:00", "2026-10-25T01:59:00Z"}, ""},
		{"Europe/Lisbon", "2026-10-25 02:00", []string{"2026-10-25T02:00:00Z"}, ""},
		{"Australia/Lord_Howe", "2026-04-05 01:45", []string{"2026-04-05T01:45:00+11:00", "2026-04-05T01:45:00+10:30"}, ""},
		{"Australia/Lord_Howe", "2026-10-04 02:10", nil, "2026-10-04T02:30:00+11:00"},
		{"Pacific/Apia", "2011-12-30 12:00", nil, "2011-12-31T00:00:00+14:00"},
		{"UTC", "2026-03-29 01:30", []string{"2026-03-29T01:30:00Z"}, ""},
	} {
		wall, err := time.Parse("2006-01-02 15:04", c.wall)
		if err != nil {
			t.Fatal(err)
		}
		found := Instants(wall, zone(t, c.zone))
		if len(found) != len(c.want) {
			t.Errorf("%s in %s is %v, want %v", c.wall, c.zone, found, c.want)
			continue
		}
		for i, at := range found {
			if got := at.Format(time.RFC3339); got != c.want[i] {
				t.Errorf("%s in %s is %s, want %s", c.wall, c.zone, got, c.want[i])
			}
			if Again(at) != (i == 1) || Twice(at) != (len(found) == 2) {
				t.Errorf("%s: again %v, twice %v", at, Again(at), Twice(at))
			}
		}
		if c.next == "" {
			c.next = c.want[0]
		}
		if got := NextInstant(wall, zone(t, c.zone)).Format(time.RFC3339); got != c.next {
			t.Errorf("the next instant for %s in %s is %s, want %s", c.wall, c.zone, got, c.next)
		}
	}
}
