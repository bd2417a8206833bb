package alerts

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// entry is an event some time after noon; who is "ana@10.0.0.1".
func entry(t *testing.T, n int, at, who string) *audit.Event {
	t.Helper()
	d, err := time.ParseDuration(at)
	if err != nil {
		t.Fatal(err)
	}
	name, ip, _ := strings.Cut(who, "@")
	e := &audit.Event{ID: audit.EventID(fmt.Sprintf("e%02d", n)), OccurredAt: noon.Add(d), Actor: audit.Actor{Type: audit.User, ID: audit.ActorID(name), Name: name}, Context: audit.Context{IP: ip}}
	e.RecordedAt = e.OccurredAt
	return e
}

func TestCounts(t *testing.T) {
	for _, c := range []struct {
		name    string
		c       Condition
		entries string // TIME or TIME:WHO, in the order of the log
		want    string // the firings: entry that made it fire, number of entries, for whom
	}{
		{"too few", Condition{3, 5, Together}, "0s 1m", ""},
		{"as many", Condition{3, 5, Together}, "0s 1m 2m", "e02/3"},
		{"less than the minutes apart", Condition{2, 5, Together}, "0s 4m59.999999s", "e01/2"},
		{"just as many minutes apart", Condition{2, 5, Together}, "0s 5m", ""},
		{"the first ones pass", Condition{3, 5, Together}, "0s 5m 8m 10m 10m30s", "e04/3"},
		{"all at one time", Condition{3, 1, Together}, "0s 0s 0s", "e02/3"},
		{"quiet until the minutes have passed", Condition{2, 5, Together}, "0s 1m 2m 3m 5m59s 6m 6m1s", "e01/2 e06/2"},
		{"what is quiet counts for nothing later", Condition{2, 5, Together}, "0s 1m 5m 6m", "e01/2"},
		{"out of order", Condition{3, 5, Together}, "4m 0s 2m", "e02/3"},
		{"late, in its place", Condition{2, 5, Together}, "1m 9m 3m", "e02/2"},
		{"late within the quiet time", Condition{2, 5, Together}, "5m 6m 2m 3m", "e01/2"},
		{"late before the quiet time", Condition{2, 5, Together}, "5m 6m 0s 1m", "e01/2 e03/2"},
		{"too late to find its neighbour", Condition{2, 5, Together}, "0s 20m 1m", ""},
		{"one person", Condition{2, 5, PerPerson}, "0s:ana 1m:bo 2m:ana", "e02/2/ana"},
		{"each is quiet by itself", Condition{2, 5, PerPerson}, "0s:ana 1m:ana 2m:bo 3m:bo 4m:ana", "e01/2/ana e03/2/bo"},
		{"one address", Condition{2, 5, PerAddress}, "0s:ana@::1 1m:bo@::1 2m:ana 3m:ana", "e01/2/::/64"},
		{"many addresses of one IPv6 network", Condition{3, 5, PerAddress}, "0s:a@2001:db8::1 1s:b@2001:db8::2 2s:c@2001:db8::ffff:3", "e02/3/2001:db8::/64"},
		{"each IPv6 network by itself", Condition{2, 5, PerAddress}, "0s:a@2001:db8::1 1s:a@2001:db8:0:1::1", ""},
		{"each IPv4 address by itself", Condition{2, 5, PerAddress}, "0s:a@192.0.2.1 1s:a@192.0.2.2 2s:a@::ffff:192.0.2.1", "e02/2/192.0.2.1"},
		{"many people from one address", Condition{3, 5, PersonOrAddress}, "0s:a@::1 1s:b@::1 2s:c@::1", "e02/3/::/64"},
		{"one person from many addresses", Condition{3, 5, PersonOrAddress}, "0s:a@::1 1s:a@::2 2s:a@::3", "e02/3/a"},
		{"a person from an address fires once", Condition{3, 5, PersonOrAddress}, "0s:a@::1 1s:a@::1 2s:a@::1 3s:b@::1 4s:b@::1 5s:b@::1", "e02/3/a"},
	} {
		for _, trims := range []bool{true, false} {
			t.Run(fmt.Sprint(c.name, " ", trims), func(t *testing.T) {
				var counts Counts
				var got []string
				for i, text := range strings.Fields(c.entries) {
					at, who, _ := strings.Cut(text, ":")
					e := entry(t, i, at, who)
					if n := counts.add(c.c, e); n.run != nil {
						got = append(got, strings.TrimSuffix(fmt.Sprintf("%s/%d/%s", e.ID, len(n.run), n.by), "/"))
					}
					// It is kept between two looks at the log, which may be looks at one entry or at many.
					if trims {
						counts.trim(c.c.window())
					}
					b, err := json.Marshal(counts)
					counts = Counts{}
					if err == nil {
						err = json.Unmarshal(b, &counts)
					}
					if err != nil {
						t.Fatal(err)
					}
				}
				if got := strings.Join(got, " "); got != c.want {
					t.Errorf("fired %q, want %q", got, c.want)
				}
			})
		}
	}
}

// Nobody dates an entry into the future to keep an alert quiet, or to let it forget.
func TestFutureEntries(t *testing.T) {
	var counts Counts
	c := Condition{3, 5, Together}
	far := entry(t, 0, "0s", "")
	far.OccurredAt = noon.AddDate(5, 0, 0)
	for i, e := range []*audit.Event{far, entry(t, 1, "1m", ""), entry(t, 2, "2m", "")} {
		run := counts.add(c, e).run
		if (run != nil) != (i == 2) {
			t.Errorf("entry %d: fired %v", i, run)
		}
	}
}

// Whatever comes, what is kept is bounded, in order, and never as much as would fire.
func TestCountsStayBounded(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		var counts Counts
		c := Condition{2 + random.IntN(6), 1 + random.IntN(5), Pers[random.IntN(len(Pers))]}
		window := time.Duration(c.Minutes) * time.Minute
		for i := range 600 {
			e := entry(t, i, fmt.Sprintf("%ds", i*10+random.IntN(600)), fmt.Sprintf("p%d@10.0.0.%d", random.IntN(9), random.IntN(4)))
			run := counts.add(c, e).run
			counts.trim(window)
			if run != nil && (len(run) != c.Count || run[len(run)-1].At.Sub(run[0].At) >= window) {
				t.Fatalf("%+v fired by %v", c, run)
			}
			for key, list := range counts.Recent {
				if !slices.IsSortedFunc(list, func(a, b Seen) int { return a.At.Compare(b.At) }) || len(list) == 0 {
					t.Fatalf("of %q it keeps %v", key, list)
				}
				if c.Per != PersonOrAddress && within(list, list[len(list)-1], c.Count, window) != nil {
					t.Fatalf("%v should have fired", list)
				}
			}
		}
	}
	var counts Counts
	for i := range maxKept + 50 {
		counts.add(Condition{2, 1440, PerPerson}, entry(t, i, fmt.Sprintf("%ds", i), fmt.Sprintf("p%d", i)))
	}
	counts.trim(24 * time.Hour)
	if n := len(counts.Recent); n != maxKept || counts.Recent["person user p49"] != nil {
		t.Errorf("it keeps %d people", n)
	}
}

// For how many it is quiet is bounded too: of more it forgets who fired first, who may fire anew.
func TestQuietStaysBounded(t *testing.T) {
	var counts Counts
	c := Condition{2, 1440, PerPerson}
	for i := range maxKept + 50 {
		for range 2 {
			counts.add(c, entry(t, i, fmt.Sprintf("%ds", i), fmt.Sprintf("p%d", i)))
			counts.add(c, entry(t, -i, fmt.Sprintf("%ds", i), fmt.Sprintf("p%d", i)))
		}
	}
	counts.trim(c.window())
	if n := len(counts.Quiet); n != maxKept {
		t.Errorf("it is quiet for %d people", n)
	}
	for who, want := range map[string]bool{"p49": false, "p50": true} {
		if n := counts.add(c, entry(t, 9999, "1h", who)); !n.quiet.IsZero() != want {
			t.Errorf("it is quiet for %s until %s", who, n.quiet)
		}
	}
}

// A preview keeps of an event what is counted, and nothing else: it may hold thousands.
func TestBare(t *testing.T) {
	e := entry(t, 1, "1m", "ana@192.0.2.1")
	e.RecordedAt = noon
	e.Changes, e.Description, e.Related = []audit.Change{{Field: "x"}}, "long", []audit.Ref{{ID: "y"}}
	b := bare(e)
	if b.Changes != nil || b.Description != "" || b.Related != nil {
		t.Errorf("it keeps %+v", b)
	}
	keys, names := Condition{3, 5, PersonOrAddress}.keysOf(e)
	bareKeys, bareNames := Condition{3, 5, PersonOrAddress}.keysOf(b)
	if seenOf(b) != seenOf(e) || !slices.Equal(bareKeys, keys) || !slices.Equal(bareNames, names) {
		t.Errorf("it counts as %v %v %v", seenOf(b), bareKeys, bareNames)
	}
}

func TestNextDigest(t *testing.T) {
	lisbon, err := time.LoadLocation("Europe/Lisbon")
	if err != nil {
		t.Fatal(err)
	}
	samoa, err := time.LoadLocation("Pacific/Apia") // has no 30 December 2011
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		clock, after, want string
		zone               *time.Location
	}{
		{"08:00", "2026-03-02T07:59:59Z", "2026-03-02T08:00:00Z", lisbon},
		{"08:00", "2026-03-02T08:00:00Z", "2026-03-03T08:00:00Z", lisbon},
		{"08:00", "2026-03-28T12:00:00Z", "2026-03-29T07:00:00Z", lisbon}, // summer time began in the night
		{"08:00", "2026-10-24T12:00:00Z", "2026-10-25T08:00:00Z", lisbon}, // and ended
		{"01:30", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", lisbon}, // no clock shows it: when they jump to 02:00
		{"01:30", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z", lisbon}, // shown twice: the first
		{"01:30", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z", lisbon}, // and not the second
		{"08:00", "2011-12-29T20:00:00Z", "2011-12-30T10:00:00Z", samoa},
		{"00:00", "2026-03-02T07:00:00Z", "2026-03-03T00:00:00Z", time.UTC},
	} {
		after, _ := time.Parse(time.RFC3339, c.after)
		if got := nextDigest(c.clock, after, c.zone).UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%s after %s in %s is %s, want %s", c.clock, c.after, c.zone, got, c.want)
		}
	}
}
