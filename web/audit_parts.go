package web

import (
	"net/http"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

const partsPage = 100 // parts of an operation that are loaded at once

// auditOperation is an operation as a whole.
type auditOperation struct {
	ID      audit.OperationID
	Lead    auditEntry
	Counts  string // "1 pipeline, 5 stages and 412 opportunities"; "" when it made, deleted or restored no records
	Size    int
	Restore string // where its deletions are taken back; "" when they cannot be
	Undo    string // where its changes are
}

// auditOperation reads an operation; nil when the account has none of this id.
func (s *site) auditOperation(m *entryMaker, id audit.OperationID) (*auditOperation, error) {
	stored, err := s.logFor(m.caller).Operation(m.ctx, m.caller.Account, id, "", 1)
	if errs.Is(err, errs.NotFound) || err == nil && len(stored) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	events, err := m.parse(stored)
	if err != nil {
		return nil, err
	}
	e := events[0]
	op := &auditOperation{ID: id, Lead: m.entry(e, stored[0]), Counts: countsInWords(m.schema, e.Counts), Size: max(e.Size, 1)}
	op.Lead.When = m.clock.full(e.OccurredAt)
	op.Restore = op.Lead.Restore
	if row, _ := s.ws.Catalog.Type(e.Type); e.Size > 1 && row.Undo == audit.UndoChange && m.mayRestore() {
		op.Undo = operationAddress(id) + "/undo"
	}
	return op, nil
}

// auditPartsPage is the rows of an operation's parts, below its entry in the table.
type auditPartsPage struct {
	Operation audit.OperationID
	Entries   []auditEntry
	More      string // where the next ones are; "" at the end
}

// auditParts answers htmx with further parts of an operation; without a script its address leads to the list of them.
func (s *site) auditParts(v *visit) error {
	if err := s.auditVisitOwn(v); err != nil {
		return err
	}
	id, err := v.recordID()
	if err != nil {
		return err
	}
	if !v.htmx() {
		return v.leadTo(operationList(audit.OperationID(id)))
	}
	after := audit.EventID(v.FormValue("after"))
	if after == "" {
		after = audit.EventID(id) // behind the leading event, which is shown already
	}
	if !audit.ValidID(after) {
		return errs.InvalidField("after", "invalid_id", "after must be the id of an event.")
	}
	stored, err := s.logFor(v.caller()).Operation(v.Context(), v.caller().Account, audit.OperationID(id), after, partsPage+1)
	if err != nil {
		return err
	}
	page := &auditPartsPage{Operation: audit.OperationID(id)}
	more := len(stored) > partsPage
	stored = stored[:min(len(stored), partsPage)]
	f := s.auditFilter(v, v.URL.Query()) // of the list around them: their drawers lead back to it
	m := s.entries(v, &f)
	m.drawers = true
	events, err := m.parse(stored)
	if err != nil {
		return err
	}
	for i, e := range events {
		entry := m.entry(e, stored[i])
		entry.Part, entry.Deep = true, e.Cause != "" && string(e.Cause) != string(id)
		entry.Restore, entry.When.Ago = "", "" // as with the entry above them
		page.Entries = append(page.Entries, entry)
	}
	if more {
		page.More = operationAddress(audit.OperationID(id)) + "/parts" + f.with("after", string(events[len(events)-1].ID))
	}
	return v.renderPart(http.StatusOK, "audit_parts", "content", page)
}
