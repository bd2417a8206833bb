package storetest

import (
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/store"
)

// testFirstSince finds where a stretch of time begins, by either of an event's two times.
func testFirstSince(t *testing.T, db *store.DB) {
	at := func(account audit.AccountID, occurred, recorded time.Duration) *audit.Event {
		e := operation(account, start.Add(occurred), 1)[0]
		e.RecordedAt = start.Add(recorded)
		return e
	}
	write(t, db, other, []*audit.Event{at(other, time.Hour, time.Hour)})
	write(t, db, acme, []*audit.Event{
		at(acme, 0, time.Minute),
		at(acme, 0, 3*time.Minute),
		at(acme, -time.Hour, 2*time.Minute), // the clock was set back
		at(acme, 9*time.Minute, 4*time.Minute),
		at(acme, 0, 5*time.Minute),
	})
	seal(t, db)
	write(t, db, acme, []*audit.Event{at(acme, time.Hour, time.Hour)}) // which waits
	for since, want := range map[time.Duration]int64{-time.Hour: 1, 0: 1, time.Minute: 1, time.Minute + 1: 2, 3 * time.Minute: 2,
		3*time.Minute + 1: 4, 9 * time.Minute: 4, 9*time.Minute + 1: 0} {
		if got, err := db.FirstSince(t.Context(), acme, start.Add(since)); err != nil || got != want {
			t.Errorf("since %v: place %d, want %d: %v", since, got, want, err)
		}
	}
}
