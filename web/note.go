package web

import (
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// notesPart is the notes of a contact.
type notesPart struct {
	Contact audit.RecordID
	Add     bool
	Notes   []shownNote
	More    bool // older ones are not shown
}

type shownNote struct {
	Text    string
	Written Moment
	Edited  bool
	Edit    string // "" when the visitor may not change it
	Delete  string
	History string // "" for who may not read the log
}

// notesShown is how many notes a contact's page shows.
const notesShown = 50

func (s *site) fillNotes(v *visit, view *objectView, rec *crm.Record, page *recordPage) error {
	if view.object.Key != "contact" {
		return nil
	}
	of := v.views()["note"]
	f, _ := of.object.Field("contact")
	found, next, err := s.ws.Engine.Find(v.Context(), v.caller(), crm.Query{Object: of.object, Sort: "created_at", Desc: true, Limit: notesShown,
		Where: []crm.Condition{{Field: f, Values: []string{string(rec.ID)}}}})
	if err != nil {
		return err
	}
	part := &notesPart{Contact: rec.ID, Add: v.mayWrite(of.object), More: next != nil}
	for _, note := range found {
		shown := shownNote{Text: note.Fields["body"].Text(), Written: page.At(note.CreatedAt), Edited: note.Version > 1}
		if part.Add {
			shown.Edit, shown.Delete = of.address(note.ID)+"/edit", of.address(note.ID)+"/delete"
		}
		if v.may(audit.AuditRead) {
			shown.History = historyAddress("note", note.ID)
		}
		part.Notes = append(part.Notes, shown)
	}
	page.Notes = part
	return nil
}
