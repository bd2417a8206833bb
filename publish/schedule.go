package publish

import (
	"hash/fnv"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// Schedule is how often a copy of the checkpoint leaves the machine.
type Schedule string

// The schedules. The hours, days and weeks are those of UTC; a week begins on Monday.
const (
	Hourly Schedule = "hourly"
	Daily  Schedule = "daily"
	Weekly Schedule = "weekly"
)

// Schedules lists them in the order in which they are shown.
var Schedules = []Schedule{Hourly, Daily, Weekly}

// next is the first time of the schedule after a moment: a minute of the account's own, behind the full hour, midnight,
// or the midnight of Monday. So not all accounts of an installation send at once.
func (s Schedule) next(account audit.AccountID, after time.Time) time.Time {
	h := fnv.New32a()
	h.Write([]byte(account)) // never fails
	minute := time.Duration(h.Sum32()%60) * time.Minute
	at := s.begin(after.UTC()).Add(minute)
	for !at.After(after) {
		at = s.begin(at.Add(-minute).Add(s.length())).Add(minute)
	}
	return at
}

// begin is the beginning of the hour, day or week of a moment.
func (s Schedule) begin(t time.Time) time.Time {
	if s == Hourly {
		return t.Truncate(time.Hour)
	}
	t = t.Truncate(24 * time.Hour)
	if s == Weekly {
		t = t.AddDate(0, 0, -(int(t.Weekday())+6)%7)
	}
	return t
}

func (s Schedule) length() time.Duration {
	switch s {
	case Hourly:
		return time.Hour
	case Weekly:
		return 7 * 24 * time.Hour
	}
	return 24 * time.Hour
}
