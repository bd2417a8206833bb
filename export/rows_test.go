package export_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/audit/audittest"
	"github.com/backtrail/backtrail/export"
	"github.com/backtrail/backtrail/sheet"
)

func collect(t *testing.T, log audit.Log, sel export.Selection) (ids []audit.EventID) {
	t.Helper()
	for s, err := range export.Rows(t.Context(), log, sel) {
		if err != nil {
			t.Fatal(err)
		}
		e, err := s.Event()
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, e.ID)
	}
	return ids
}

func TestRowsAreThoseOfTheRequest(t *testing.T) {
	log := &memory{}
	for n := range 1000 {
		log.events = append(log.events, audittest.Sample(n))
	}
	until := audittest.Sample(999).OccurredAt
	// Events with every kind of time arrive while the log is read.
	log.onPage = func(page int, _ audit.Query) {
		for i, claim := range []time.Time{audittest.Sample(0).OccurredAt, audittest.Sample(500).OccurredAt, until.Add(time.Hour)} {
			e := audittest.Sample(10_000 + 10*page + i)
			e.OccurredAt, e.RecordedAt = claim, until.Add(time.Second)
			log.events = append(log.events, e)
		}
	}
	skewed := audittest.Sample(2000) // recorded in time, by a sender whose clock is ahead
	skewed.RecordedAt = until
	log.events = append(log.events, skewed)

	got := collect(t, log, export.Selection{Account: account, Until: until})
	want := []audit.EventID{skewed.ID}
	for n := range 1000 {
		want = append(want, audittest.ID(999-n))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d events, want %d", len(got), len(want))
	}
	if log.pages < 3 {
		t.Errorf("%d pages", log.pages)
	}
}

func TestRowsAtTheInstantOfTheRequest(t *testing.T) {
	log := &memory{}
	at := audittest.Sample(0).OccurredAt
	for n := range 5 {
		e := audittest.Sample(n)
		e.OccurredAt, e.RecordedAt = at, at
		log.events = append(log.events, e)
	}
	got := collect(t, log, export.Selection{Account: account, Until: at, Before: audittest.ID(3)})
	if want := []audit.EventID{audittest.ID(2), audittest.ID(1), audittest.ID(0)}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRowsFollowTheFilter(t *testing.T) {
	log := &memory{}
	for n := range 300 {
		e := audittest.Sample(n)
		if n%3 == 0 {
			e.Actor.ID = "u3"
		}
		log.events = append(log.events, e)
	}
	f := audit.Filter{From: audittest.Sample(100).OccurredAt, To: audittest.Sample(200).OccurredAt, Where: audit.Is{Property: audit.ByUser, Values: []string{"u3"}}}
	got := collect(t, log, export.Selection{Account: account, Filter: f})
	if len(got) != 33 || got[0] != audittest.ID(198) || got[32] != audittest.ID(102) {
		t.Errorf("%d events: %v", len(got), got)
	}
	if got := collect(t, log, export.Selection{Account: "another", Filter: f}); got != nil {
		t.Errorf("another account sees %v", got)
	}
}

func TestRowsEnd(t *testing.T) {
	broken := errors.New("broken")
	log := &memory{fails: func(page int) error { return map[int]error{2: broken}[page] }}
	for n := range 100 {
		log.events = append(log.events, audittest.Sample(n))
	}
	n := 0
	for _, err := range export.Rows(t.Context(), log, export.Selection{Account: account}) {
		if n++; err != nil && !errors.Is(err, broken) {
			t.Fatal(err)
		}
	}
	if n != 65 {
		t.Errorf("%d turns, want 64 events and an error", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range export.Rows(ctx, &endless{n: 10, body: audittest.Sample(1).AppendCanonical(nil)}, export.Selection{Account: account}) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v", err)
		}
	}
}

// TestPagesOfLargeEvents: a page is bounded in bytes too.
func TestPagesOfLargeEvents(t *testing.T) {
	big := audittest.Sample(1)
	big.Description = strings.Repeat("x", 1<<19)
	log := &endless{n: 500, body: big.AppendCanonical(nil)}
	most := 0
	first := true
	for _, err := range export.Rows(t.Context(), log, export.Selection{Account: account}) {
		if err != nil {
			t.Fatal(err)
		}
		if len(log.page) != 64 {
			first = false
		}
		if !first {
			most = max(most, len(log.page))
		}
	}
	if most > 8 {
		t.Errorf("pages of %d events of half a megabyte", most)
	}
}

// TestConstantMemory exports 200,000 events and looks at what is allocated, not at the clock.
func TestConstantMemory(t *testing.T) {
	const rows = 200_000
	for _, enc := range []export.Encoder{sheet.NewCSV(zone(t, "Europe/Lisbon")), export.JSONL{}} {
		t.Run(fmt.Sprintf("%T", enc), func(t *testing.T) {
			log := &endless{n: rows, body: audittest.Stored(audittest.Sample(1), 1).Body}
			var before, after runtime.MemStats
			buf := make([]byte, 0, 1<<17)
			runtime.GC()
			runtime.ReadMemStats(&before)
			n := 0
			for s, err := range export.Rows(t.Context(), log, export.Selection{Account: account, Until: audittest.Sample(2).RecordedAt}) {
				if err != nil {
					t.Fatal(err)
				}
				if buf, err = enc.Append(buf, s); err != nil {
					t.Fatal(err)
				}
				if n++; len(buf) > 1<<16 {
					buf = buf[:0]
				}
			}
			runtime.ReadMemStats(&after)
			if n != rows {
				t.Errorf("%d rows", n)
			}
			if got := after.Mallocs - before.Mallocs; got > 1000 {
				t.Errorf("%d allocations for %d rows", got, rows)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > 4<<20 {
				t.Errorf("%d bytes allocated in all", got)
			}
		})
	}
}
