package publish

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/backtrail/backtrail/audit"
)

func TestSchedule(t *testing.T) {
	// 2026-03-01 is a Sunday. The account's own minute is the same for all.
	minute := Hourly.next(acme, noon).Minute()
	at := func(text string) time.Time {
		got, err := time.Parse("2006-01-02 15", text)
		if err != nil {
			t.Fatal(err)
		}
		return got.Add(time.Duration(minute) * time.Minute)
	}
	for _, test := range []struct {
		schedule    Schedule
		after, want time.Time
	}{
		{Hourly, at("2026-03-01 12").Add(-1), at("2026-03-01 12")},
		{Hourly, at("2026-03-01 12"), at("2026-03-01 13")},
		{Daily, at("2026-03-01 12"), at("2026-03-02 00")},
		{Daily, at("2026-03-02 00").Add(-time.Second), at("2026-03-02 00")},
		{Daily, at("2026-12-31 00"), at("2027-01-01 00")},
		{Weekly, at("2026-03-01 12"), at("2026-03-02 00")},
		{Weekly, at("2026-03-02 00"), at("2026-03-09 00")},
		{Weekly, at("2026-03-08 23"), at("2026-03-09 00")},
		{Daily, at("2026-03-01 12").In(time.FixedZone("", 9*3600)), at("2026-03-02 00")},
	} {
		if got := test.schedule.next(acme, test.after); !got.Equal(test.want) {
			t.Errorf("%s after %v is %v, want %v", test.schedule, test.after, got, test.want)
		}
	}
}

// TestScheduleAlways: the next time is later, at most one length away, and the times follow one another by that length.
func TestScheduleAlways(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(Schedules).Draw(t, "schedule")
		account := audit.AccountID(fmt.Sprintf("01890000-0000-7000-8000-%012d", rapid.IntRange(0, 1e6).Draw(t, "account")))
		after := time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "after"))
		next := s.next(account, after)
		if !next.After(after) || next.Sub(after) > s.length() {
			t.Fatalf("%s after %v is %v", s, after, next)
		}
		if following := s.next(account, next); following.Sub(next) != s.length() {
			t.Fatalf("%s after %v is %v", s, next, following)
		}
	})
}
