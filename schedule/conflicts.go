package schedule

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// mostBeside is how many appointments are looked at for conflicts. An account with more of them at a stretch sees the
// conflicts of the earlier ones.
const mostBeside = 5000

// Conflicts are, for each of the appointments that is in conflict, the others of the same person at the same time, by
// their start. The others may be in any calendar; they are those that the caller may see.
func (s *Schedule) Conflicts(ctx context.Context, caller audit.Caller, of ...Appointment) (map[audit.RecordID][]Appointment, error) {
	people := map[audit.RecordID]bool{}
	var from, to time.Time
	for _, a := range of {
		if a.Assignee() == "" || !a.Occupies() {
			continue
		}
		if len(people) == 0 || a.Start.Before(from) {
			from = a.Start
		}
		if a.End.After(to) {
			to = a.End
		}
		people[a.Assignee()] = true
	}
	if len(people) == 0 {
		return nil, nil
	}
	others, _, err := s.Appointments(ctx, caller, Query{From: from, To: to, People: slices.Sorted(maps.Keys(people)), Limit: mostBeside})
	if err != nil {
		return nil, err
	}
	return among(of, others), nil
}

// among finds the conflicts of some appointments with others, which are in the order of their start.
func among(of, others []Appointment) map[audit.RecordID][]Appointment {
	theirs := map[audit.RecordID][]Appointment{}
	for _, a := range others {
		if a.Occupies() {
			theirs[a.Assignee()] = append(theirs[a.Assignee()], a)
		}
	}
	found := map[audit.RecordID][]Appointment{}
	for _, a := range of {
		if a.Assignee() == "" || !a.Occupies() {
			continue
		}
		for _, other := range theirs[a.Assignee()] {
			if !other.Start.Before(a.End) {
				break
			}
			if other.ID != a.ID && a.Overlaps(other) {
				found[a.ID] = append(found[a.ID], other)
			}
		}
	}
	return found
}
