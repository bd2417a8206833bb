package web

import (
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/restore"
)

// takenBack marks an entry of a list that was taken back, with what did it.
type takenBack struct {
	Word    string // "Restored"
	Address string // of the entry that did it; "" where the visitor has no way to it
	Drawer  bool   // it opens in the list's drawer
}

// takenBack is the mark of an entry, nil when it was not taken back.
func (m *entryMaker) takenBack(e *audit.Event, by audit.EventID) *takenBack {
	if by == "" {
		return nil
	}
	t := &takenBack{Word: "Undone", Address: eventAddress(by) + m.query(), Drawer: m.drawers}
	if e.Action == audit.Deleted {
		t.Word = "Restored"
	}
	if merges(m.schema, e) {
		t.Word = "Un-merged"
	}
	return t
}

// restoreNote says of an entry whether what it did can be taken back.
type restoreNote struct {
	Kind   string // of the message box: info, success, warning or plain; quiet for a line without a box
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
		n.Detail = takenAlong(d)
		if lacks := m.restoreLacks(e); lacks != "" {
			n.Detail = lacks
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
	if lacks := m.restoreLacks(e); lacks != "" {
		n.Detail = lacks
		return n
	}
	n.Address, n.Label = eventAddress(e.ID)+"/restore", "Un-merge…"
	return n
}

// takenAlong says that a part of a cascade was not deleted for itself.
func takenAlong(d *auditDetail) string {
	if d.Causes == nil || d.Causes.Cause == nil || d.Causes.Cause.Record == nil {
		return ""
	}
	return "It was deleted along with " + d.Causes.Cause.Record.Name + ". Restoring that brings it back with everything else."
}

// undoNote is the note of an entry that is no deletion, nil for one that lists alone show.
func (s *site) undoNote(m *entryMaker, d *auditDetail, undoneBy audit.EventID) *restoreNote {
	e := d.Event
	state, why := s.ws.Restore.Undoable(e, undoneBy)
	switch state {
	case restore.None:
		n := &restoreNote{Kind: "quiet", Text: "This cannot be undone.", Detail: why}
		if row, _ := s.ws.Catalog.Type(e.Type); row.Final != "" && e.Outcome == audit.Success {
			n.Kind = "plain" // one might expect that it can
		}
		return n
	case restore.Restored:
		return &restoreNote{Kind: "success", Text: "This change was undone.", By: d.Undone}
	}
	n := &restoreNote{Kind: "plain", Text: "This change can be undone."}
	lacks := m.restoreLacks(e)
	switch {
	case d.Entry.Record != nil && d.Entry.Record.Gone:
		n.Text, n.Detail = "This change cannot be undone: the record is no longer there.", "If it was deleted, restore it first."
	case lacks != "":
		n.Detail = lacks
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

// restoreLacks says which permission the visitor lacks to take an entry back, "" for none.
func (m *entryMaker) restoreLacks(e *audit.Event) string {
	if !m.mayRestore() {
		if m.caller.May(audit.AuditRead) {
			return "It takes the permission audit.restore, which you do not have."
		}
		return "It takes the permissions audit.read and audit.restore, which you do not have."
	}
	if e.Record == nil {
		return ""
	}
	if err := m.schema.MayTakeBack(m.caller, e.Record.Object); err != nil {
		lacks := errs.Of(err)
		return lacks.Detail + " " + lacks.Fix
	}
	return ""
}

// contact is whom people are told to ask.
func (s *site) contact() string {
	if s.SupportContact != "" {
		return s.SupportContact
	}
	return "the administrators of this installation"
}
