package modules_test

import (
	"slices"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/restore"
)

// Every object of which there can be several is changed and deleted by selection, each with its own event, and undone and
// restored as a whole.
func TestEveryObjectIsChangedTogether(t *testing.T) {
	l := newLife(t)
	pipeline := l.make("pipeline", "name", "Sales")
	stage := l.make("stage", "name", "New", "pipeline", string(pipeline.ID), "position", "1")
	spare := l.make("stage", "name", "Spare", "pipeline", string(pipeline.ID), "position", "2")
	calendar := l.make("calendar", "name", "Visits")
	talk := l.make("conversation", "contact", string(l.bo.ID), "channel", "email")
	bill := l.invoice("status", "sent")
	made := map[string]*crm.Record{
		"contact": l.make("contact", "first_name", "Cy"), "company": l.make("company", "name", "Acme"),
		"note": l.make("note", "contact", string(l.bo.ID), "body", "x"), "task": l.make("task", "title", "Call"),
		"pipeline": l.make("pipeline", "name", "Other"), "stage": spare,
		"opportunity": l.make("opportunity", "name", "Deal", "pipeline", string(pipeline.ID), "stage", string(stage.ID)),
		"calendar":    l.make("calendar", "name", "Spare"), "appointment": l.make("appointment", "calendar", string(calendar.ID), "title", "Visit", "start", "2026-03-02T10:00:00Z", "end", "2026-03-02T11:00:00Z"),
		"conversation": l.make("conversation", "contact", string(l.bo.ID), "channel", "call"),
		"message":      l.make("message", "conversation", string(talk.ID), "to", "bo@example.com", "subject", "Quote", "body", "B"),
		"template":     l.make("template", "name", "Thanks", "body", "Dear"), "workflow": l.make("workflow", "name", "Welcome", "trigger", "contact.created"),
		"invoice": l.invoice(), "payment": l.make("payment", "invoice", string(bill.ID), "amount", "1", "method", "card", "status", "pending"),
		"phone_number": l.make("phone_number", "number", "+44 20 7946 0001"), "integration": l.make("integration", "provider", "Stripe"),
		"staff": l.make("staff", "name", "Mo", "email", "mo@example.com", "role", "member", "status", "active"),
	}
	changed := map[string]crm.Input{"note": {"body": []byte(`"y"`)}, "task": {"body": []byte(`"y"`)}, "stage": {"probability": []byte(`"50"`)},
		"calendar": {"description": []byte(`"y"`)}, "pipeline": {"description": []byte(`"y"`)}, "appointment": {"location": []byte(`"y"`)}, "conversation": {"starred": []byte("true")},
		"message": {"subject": []byte(`"y"`)}, "template": {"subject": []byte(`"y"`)}, "workflow": {"folder": []byte(`"y"`)}, "invoice": {"title": []byte(`"y"`)},
		"payment": {"reference": []byte(`"y"`)}, "phone_number": {"label": []byte(`"y"`)}, "integration": {"config": []byte(`"y"`)}, "staff": {"title": []byte(`"y"`)},
		"contact": {"city": []byte(`"y"`)}, "company": {"city": []byte(`"y"`)}, "opportunity": {"source": []byte(`"y"`)}}
	for _, o := range l.schema.Objects() {
		if o.Single {
			continue
		}
		rec := made[o.Key]
		if rec == nil {
			t.Errorf("no %s is changed: add one to this test", o.Key)
			continue
		}
		sel := crm.Selection{Object: o.Key, IDs: []audit.RecordID{rec.ID}}
		for _, change := range []crm.BulkChange{{Set: changed[o.Key]}, {Delete: true}} {
			kind := o.Type("bulk_updated")
			if change.Delete {
				kind = o.Type("bulk_deleted")
			}
			n := len(l.events())
			res, err := l.engine.Bulk(t.Context(), l.caller, sel, change)
			if err != nil {
				t.Errorf("%s: %v", kind, err)
				continue
			}
			if !slices.ContainsFunc(l.events()[n:], func(e *audit.Event) bool { return e.Type == kind && e.Leads() && e.Module == o.Module }) {
				t.Errorf("%s was not written", kind)
			}
			back := l.restore.UndoOperation
			if change.Delete {
				back = l.restore.ApplyOperation
			}
			if _, err := back(t.Context(), l.caller, res.Operation, restore.Request{}); err != nil {
				t.Errorf("%s is not taken back: %v", kind, err)
			}
		}
	}
}
