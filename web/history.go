package web

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
)

const historyShown = 20 // entries on a record's page; the log has the others

// historyView is what happened to one record, newest first.
type historyView struct {
	Entries []auditEntry
	// More tells that there are older entries than these; they are at All, with everything about the record.
	More bool
	All  string
	Past string // where the record is as it was; "" when it has no page
}

// historyOf reads the history of a record. The caller checks that the visitor may read the log.
func (s *site) historyOf(ctx context.Context, id auth.Identity, object string, recordID audit.RecordID) (historyView, error) {
	h := historyView{All: recordLog(object, recordID)}
	if page := recordAddress(object, recordID); page != "" {
		h.Past = page + "/past"
	}
	where := audit.All{audit.Is{Property: audit.ByObject, Values: []string{object}}, audit.Is{Property: audit.ByRecord, Values: []string{string(recordID)}}}
	found, err := s.logFor(id.Caller).Events(ctx, id.Caller.Account, audit.Query{Filter: audit.Filter{Where: where}, Limit: historyShown})
	if err != nil {
		return h, err
	}
	h.More = !found.Next.IsZero()
	m := s.entriesOf(ctx, id.Caller, id.Account)
	events, err := m.parse(found.Events)
	if err != nil {
		return h, err
	}
	for i, e := range events {
		entry := m.entry(e, found.Events[i])
		entry.When = m.clock.short(e.OccurredAt)
		if e.Action == audit.Updated {
			entry.Changes = m.clock.changes(e)
		}
		h.Entries = append(h.Entries, entry)
	}
	return h, nil
}
