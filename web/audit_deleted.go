package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/restore"
)

const deletedPath = auditPath + "/deleted"

// auditDeletedPage is what can still be restored.
type auditDeletedPage struct {
	Base
	Tab       string
	Query     string
	Mistake   *queryMistake // in the query, nil for none
	Window    string        // "60 days"
	Deletions []deletionLine
	More      string
}

// deletionLine is one deletion with all that it took along.
type deletionLine struct {
	Entry  auditEntry
	When   when
	Counts string // what went with it, unless its description says so
	Until  when
	List   string // the log narrowed to it, "" when it is one entry
	Size   string // how many entries it has
}

func (s *site) auditDeleted(v *visit) error {
	if err := s.auditVisit(v); err != nil {
		return err
	}
	params := v.URL.Query()
	wanted := url.Values{"action": {string(audit.Deleted)}, "outcome": {string(audit.Success)}}
	query := strings.TrimSpace(params.Get("q"))
	if query != "" {
		wanted.Set("q", query)
	}
	f := s.auditFilter(v, wanted)
	m := s.entries(v, nil)
	page := &auditDeletedPage{Base: s.base(v, "Deleted records", "audit"), Tab: "deleted", Query: query, Mistake: f.Mistake,
		Window: plural(int64(v.id.Account.RestoreWindowDays), "day", "days")}
	// The exact edge of the window moves with each moment: it would make every cursor one of another filter.
	after, err := audit.ParseCursor(m.caller.Account, f.filter, params.Get("cursor"))
	if err != nil {
		return err
	}
	oldest := m.clock.now.Add(-m.window)
	q := audit.Query{Filter: f.filter, Collapse: true, After: after, Limit: auditPage}
	for len(page.Deletions) < auditPage {
		found, err := s.logFor(m.caller).Events(v.Context(), m.caller.Account, q)
		if err != nil {
			return err
		}
		more, err := s.deletions(m, page, found.Events)
		if err != nil {
			return err
		}
		if q.After = found.Next; q.After.IsZero() || !more || q.After.OccurredAt.Before(oldest) {
			q.After = audit.Position{}
			break
		}
	}
	if next := audit.Cursor(m.caller.Account, f.filter, q.After); next != "" {
		v := url.Values{"cursor": {next}}
		if query != "" {
			v.Set("q", query)
		}
		page.More = deletedPath + queryOf(v)
	}
	return v.render(http.StatusOK, "audit_deleted", page)
}

// deletions adds those of the events that can be restored, and reports whether older ones can be.
func (s *site) deletions(m *entryMaker, page *auditDeletedPage, stored []audit.Stored) (more bool, err error) {
	events, err := m.parse(stored)
	if err != nil {
		return false, err
	}
	for i, e := range events {
		state, until := s.ws.Restore.StateOf(e, stored[i].UndoneBy, m.window)
		if state == restore.Expired {
			return false, nil
		}
		d := deletionLine{Entry: m.entry(e, stored[i]), When: m.clock.short(e.OccurredAt), Until: m.clock.short(until)}
		if state == restore.Restored && e.Leads() && e.Size > 1 {
			// One of several that were deleted together came back by itself: the others may be left.
			if d.Counts, err = s.leftOf(m.ctx, m.caller, e.Operation); err != nil {
				return false, err
			}
			if d.Counts != "" {
				state, d.Entry.Restore = restore.Available, operationAddress(e.Operation)+"/restore"
			}
		}
		if state != restore.Available {
			continue
		}
		if e.Size > 1 && e.Leads() {
			d.List, d.Size = operationList(e.Operation), audit.Word{One: "entry", Many: "entries"}.Count(e.Size)
		}
		if d.Entry.Also != "" && d.Counts == "" {
			d.Counts = countsInWords(m.schema, e.Counts)
		}
		page.Deletions = append(page.Deletions, d)
	}
	return true, nil
}

// leftOf says what of an operation whose leading deletion was restored can still be, "" for nothing. Who may not restore
// gets no plan, and sees the deletion as restored.
func (s *site) leftOf(ctx context.Context, caller audit.Caller, id audit.OperationID) (string, error) {
	if !caller.May(audit.AuditRestore) {
		return "", nil
	}
	plan, err := s.ws.Restore.PreviewOperation(ctx, caller, id, restore.Request{})
	if err != nil || plan.State != restore.Available {
		return "", err
	}
	return restoredWords(s.ws.Engine.Schema(caller.Account), plan) + " left", nil
}
