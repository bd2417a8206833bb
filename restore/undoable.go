package restore

import "github.com/backtrail/backtrail/audit"

// Undoable tells, from the event alone, whether the fields that it changed can be put back: Available, Restored when they were, or
// None and why. It is what lists and entries show; the plan tells the rest.
func (s *Service) Undoable(e *audit.Event, undoneBy audit.EventID) (State, string) {
	if !leadsSelection(e) || e.Action != audit.Updated {
		if why := s.whyNot(e); why != "" {
			return None, why
		}
	}
	if undoneBy != "" {
		return Restored, ""
	}
	return Available, ""
}

// whyNot says why an event cannot be undone, "" when it can.
func (s *Service) whyNot(e *audit.Event) string {
	row, known := s.catalog.Type(e.Type)
	switch {
	case e.Outcome != audit.Success:
		return "It was not done, so there is nothing to undo."
	case e.Action == audit.Deleted && s.deletes(e):
		return "This entry is a deletion: restore it instead."
	case known && row.Final != "":
		return row.Final
	case leadsSelection(e):
		return "This entry stands for its whole operation."
	case e.Action == audit.Created:
		return "This entry is the creation of a record: delete the record instead."
	case e.Action == audit.Restored:
		return "This entry is a restore: delete again what came back instead."
	case !known || row.Undo != audit.UndoChange || e.Record == nil || len(e.Changes) == 0:
		return "This entry changed no fields of a record; there is nothing to undo."
	}
	return ""
}
