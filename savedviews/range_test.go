package savedviews

import (
	"net/url"
	"testing"
	"time"
)

// A range is of the days of now in the account's zone, across the change of the hour too; days that are given stay.
func TestResolve(t *testing.T) {
	lisbon, err := time.LoadLocation("Europe/Lisbon")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 31, 23, 30, 0, 0, time.UTC) // the first of April in Lisbon, where summer time began on the 29th
	for query, want := range map[string]string{
		"range=today":                "from=2026-04-01",
		"range=yesterday":            "from=2026-03-31&to=2026-04-01",
		"range=7d&action=deleted":    "action=deleted&from=2026-03-26",
		"range=30d":                  "from=2026-03-03",
		"range=90d":                  "from=2026-01-02",
		"range=month":                "from=2026-04-01",
		"from=2026-01-01":            "from=2026-01-01",
		"last=2026-02-28&from=x":     "from=x&to=2026-03-01",
		"last=tomorrow":              "",
		"range=8d&q=a":               "q=a",
		"type=a.*&type=b.*&range=7d": "from=2026-03-26&type=a.%2A&type=b.%2A",
	} {
		given, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if got := Resolve(given, now, lisbon).Encode(); got != want {
			t.Errorf("%s is %s, want %s", query, got, want)
		}
		if after, _ := url.ParseQuery(query); given.Encode() != after.Encode() {
			t.Errorf("%s was changed to %s", query, given.Encode())
		}
	}
}
