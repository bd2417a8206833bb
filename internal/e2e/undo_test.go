package e2e

import (
	"testing"

	"github.com/backtrail/backtrail/crm"
)

func TestUndoUpdate(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		id := w.create("company", map[string]string{"name": "Fell & Sons", "city": "Hull", "industry": "Joinery"}).ID
		o, err := w.Schema.Object("company")
		if err != nil {
			t.Fatal(err)
		}
		change := crm.Texts(o, map[string]string{"city": "Leeds", "industry": "Roofing"})
		if _, err := w.Engine.Update(t.Context(), w.caller(admin), "company", id, change, 0); err != nil {
			t.Fatal(err)
		}
		b := w.tabOf(owner, width)
		b.open("/settings/audit-logs?object=company&record=" + string(id))
		b.at("link", `~of company "Fell & Sons"`).click()
		drawer := b.at("complementary", "Entry of the audit log")
		drawer.says("This change can be undone")
		drawer.at("link", "Undo…").follow()
		b.row("City").says("Leeds Hull")
		b.at("checkbox", "Industry").click() // stays as it is
		b.at("button", "Undo").follow()
		b.at("status", "").says("Undone")
		if fields := w.record("company", id).Fields; fields["city"].Text() != "Hull" || fields["industry"].Text() != "Roofing" {
			t.Errorf("after the undo the company is in %q and does %q", fields["city"].Text(), fields["industry"].Text())
		}
		b.open("/settings/audit-logs?object=company&record=" + string(id) + "&action=updated")
		if n := b.css("#audit-results tbody tr[id]").count(); n != 2 { // the change, and its undo
			t.Errorf("the log shows %d lines", n)
		}
	})
}
