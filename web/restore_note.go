package web

import (
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/restore"
)

// restoreNote says of an entry whether what it did can be taken back.
type restoreNote struct {
	Kind   string // of the message box: info, success, warning or plain
	Text   string
	Detail string
	// Address is where it is taken back, by a button with the Label; "" when it cannot be, or by others only.
	Address string
	Label   string
	// Whole is where the whole operation is taken back, when that is more; "" otherwise.
	Whole      string
	WholeLabel string
	By         *auditEntry // what took it back already
}

// restoreNote makes the note of an entry, nil when there is nothing to take back in it.
func (s *site) restoreNote(m *entryMaker, d *auditDetail, undoneBy audit.EventID) (*restoreNote, error) {
	e := d.Event
	state, until := s.ws.Restore.StateOf(e, undoneBy, m.window)
	switch state {
	case restore.Available:
		left := m.clock.short(until)
		if merges(m.schema, e) {
			return s.unmergeNote(m, e, left), nil
		}
		n := &restoreNote{Kind: "info", Text: "Can be restored until " + left.Text + " (" + left.Ago + ")."}
		n.Detail = takenAlong(d, e)
		if !m.mayRestore() {
			n.Detail = m.restoreTakes()
			return n, nil
		}
		n.Address, n.Label = eventAddress(e.ID)+"/restore", "Restore…"
		if lead := d.Operation; lead != nil && lead.Restore != "" && lead.Restore != n.Address {
			n.Whole, n.WholeLabel = lead.Restore, "Restore everything that was deleted with it…"
		}
		return n, nil
	case restore.Expired:
		passed := m.clock.short(until)
		return &restoreNote{Kind: "warning", Text: "Can no longer be restored: it was possible until " + passed.Text + " (" + passed.Ago + ").",
			Detail: "Ask " + s.contact() + " whether a backup has it."}, nil
	case restore.Restored:
		return &restoreNote{Kind: "success", Text: "This was restored.", By: d.Undone}, nil
	}
	return s.undoNote(m, d, undoneBy), nil
}

// merges reports whether e led a merge, or deleted the record that was merged away.
func merges(schema *crm.Schema, e *audit.Event) bool {
	if e.Record == nil {
		return false
	}
	o, err := schema.Object(e.Record.Object)
	if err != nil {
		return false
	}
	_, leads := o.MergeOf(e)
	return leads || o.MergedInto(e) != nil
}

func (s *site) unmergeNote(m *entryMaker, e *audit.Event, until when) *restoreNote {
	n := &restoreNote{Kind: "info", Text: "The two can be parted again until " + until.Text + " (" + until.Ago + ")."}
	if !m.mayRestore() {
		n.Detail = m.restoreTakes()
		return n
	}
	n.Address, n.Label = eventAddress(e.ID)+"/restore", "Un-merge…"
	return n
}

// takenAlong says that a part of a cascade was not deleted for itself.
func takenAlong(d *auditDetail, e *audit.Event) string {
	if d.Cause == nil || d.Cause.Record == nil || e.Cause == e.ID {
		return ""
	}
	return "It was deleted along with " + d.Cause.Record.Name + ". Restoring that brings it back with everything else."
}

// undoNote is the note of an update, nil for events that changed nothing.
func (s *site) undoNote(m *entryMaker, d *auditDetail, undoneBy audit.EventID) *restoreNote {
	e := d.Event
	row, _ := s.ws.Catalog.Type(e.Type)
	if row.Final != "" && e.Outcome == audit.Success {
		return &restoreNote{Kind: "plain", Text: "This cannot be undone.", Detail: row.Final}
	}
	if row.Undo != audit.UndoChange || e.Outcome != audit.Success || e.Record == nil || len(e.Changes) == 0 {
		return nil
	}
	if undoneBy != "" {
		return &restoreNote{Kind: "success", Text: "This change was undone.", By: d.Undone}
	}
	n := &restoreNote{Kind: "plain", Text: "This change can be undone."}
	switch {
	case d.Entry.Record.Gone:
		n.Text, n.Detail = "This change cannot be undone: the record is no longer there.", "If it was deleted, restore it first."
	case !m.mayRestore():
		n.Detail = m.restoreTakes()
	default:
		n.Address, n.Label = eventAddress(e.ID)+"/undo", "Undo…"
		if e.Record.Object == crm.SelectionObject {
			n.Address = operationAddress(e.Operation) + "/undo"
			break
		}
		if d.Operation != nil && d.Operation.Undo != "" {
			n.Whole, n.WholeLabel = d.Operation.Undo, "Undo the whole operation…"
		}
	}
	return n
}

// restoreTakes says what the visitor lacks for that.
func (m *entryMaker) restoreTakes() string {
	if m.caller.May(audit.AuditRead) {
		return "It takes the permission audit.restore, which you do not have."
	}
	return "It takes the permissions audit.read and audit.restore, which you do not have."
}

// contact is whom people are told to ask.
func (s *site) contact() string {
	if s.SupportContact != "" {
		return s.SupportContact
	}
	return "the administrators of this installation"
}
