package web

import (
	"slices"

	"github.com/backtrail/backtrail/audit"
)

// aroundShown is how many entries of the record are shown on either side.
const aroundShown = 3

// aroundEntry is an entry of the same record, just before or after.
type aroundEntry struct {
	auditEntry
	Here bool
}

// around is what happened to the record of e just before and after it, newest first, e among it; nil when there is nothing else.
func (m *entryMaker) around(e *audit.Event, stored audit.Stored) ([]aroundEntry, error) {
	if e.Record == nil || !audit.ValidID(e.Record.ID) {
		return nil, nil
	}
	q := audit.Query{Filter: audit.History(e.Record.ID, false, nil), After: audit.Position{OccurredAt: e.OccurredAt, ID: e.ID}, Limit: aroundShown}
	later, err := newerEvents(m.ctx, m.log(), m.caller.Account, q, aroundShown)
	if err != nil {
		return nil, err
	}
	earlier, err := m.log().Events(m.ctx, m.caller.Account, q)
	if err != nil || len(later)+len(earlier.Events) == 0 {
		return nil, err
	}
	all := slices.Concat(later, []audit.Stored{stored}, earlier.Events)
	events, err := m.parse(all)
	if err != nil {
		return nil, err
	}
	out := make([]aroundEntry, len(all))
	for i := range events {
		out[i] = aroundEntry{m.entry(events[i], all[i]), i == len(later)}
		out[i].When = m.clock.short(events[i].OccurredAt)
	}
	return out, nil
}
