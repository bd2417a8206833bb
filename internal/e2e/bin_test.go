package e2e

import (
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/restore"
)

// TestRestoreSeveral: what was deleted apart is ticked and restored by one preview; an old preview is shown anew and never applied, and
// a double click restores once. Of a single deletion as well.
func TestRestoreSeveral(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		s := w.newSales()
		remove := func(object string, id audit.RecordID) audit.OperationID {
			t.Helper()
			d, err := w.Engine.Delete(t.Context(), w.caller(admin), object, id)
			if err != nil {
				t.Fatal(err)
			}
			return d.Operation
		}
		contact := remove("contact", s.contact)
		remove("opportunity", s.deals[1])
		remove("pipeline", s.pipeline)
		applied := func() int {
			t.Helper()
			page, err := w.Log.Events(t.Context(), w.account, audit.Query{Limit: 50, Filter: audit.Filter{Where: audit.All{
				audit.Is{Property: audit.ByType, Values: []string{"audit.restore_applied"}}, audit.Is{Property: audit.ByUser, Values: []string{string(w.caller(owner).Actor.ID)}}}}})
			if err != nil {
				t.Fatal(err)
			}
			return len(page.Events)
		}
		before := applied()

		b := w.tabOf(owner, width)
		b.open("/settings/audit-logs/deleted?what=module:opportunities")
		b.row(`Deleted pipeline "Renewals"`).at("checkbox", "").click()
		b.says("1 selected")
		b.open("/settings/audit-logs/deleted")
		for _, what := range []string{`Deleted pipeline "Renewals"`, `Deleted opportunity`, `Deleted contact`} {
			b.row(what).at("checkbox", "").click()
		}
		b.says("3 selected")
		b.loadAxe()
		b.accessible("the bin with a selection", wcag)
		b.at("button", "Restore selected…").follow()
		b.at("heading", "Restore 3 deletions together").see()
		b.css(".restores").says("4 opportunities")
		b.loadAxe()
		b.accessible("the preview of several", wcag)

		// Somebody restores one of them meanwhile.
		if _, err := w.Restore.ApplyOperation(t.Context(), w.caller(admin), contact, restore.Request{}); err != nil {
			t.Fatal(err)
		}
		b.expect("status of 409")
		b.at("button", "Restore").follow()
		b.says("Something changed since the preview was made")
		b.says("Restored already")
		if n := applied(); n != before || w.record("pipeline", s.pipeline) != nil {
			t.Error("an old preview was applied")
		}
		b.at("button", "Restore").doubleClickAndFollow()
		b.at("status", "").says("Restored ")
		if n := applied(); n != before+1 {
			t.Errorf("a double click restored %d times", n-before)
		}
		for i, id := range s.deals {
			if w.record("opportunity", id) == nil {
				t.Errorf("opportunity %d did not come back", i)
			}
		}

		// Of one alone: a preview that is out of date is shown anew.
		w.edit(w.record("opportunity", s.deals[0]), "contact", string(s.contact))
		remove("contact", s.contact)
		b.open("/settings/audit-logs/deleted")
		b.row("Deleted contact").at("link", "Restore…").follow()
		b.at("heading", "~Restore: Deleted contact").see()
		other := w.create("contact", map[string]string{"first_name": "Olive"}).ID
		w.edit(w.record("opportunity", s.deals[0]), "contact", string(other))
		b.expect("status of 409")
		b.at("button", "Restore").follow()
		b.says("Something changed since the preview was made")
		if w.record("contact", s.contact) != nil {
			t.Error("an old preview was applied")
		}
	})
}
