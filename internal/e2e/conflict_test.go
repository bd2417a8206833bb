package e2e

import "testing"

// TestRestoreWithConflict: the contact of a deleted opportunity is deleted afterwards, so that there are choices.
func TestRestoreWithConflict(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		s := w.newSales()
		if _, err := w.Engine.Delete(t.Context(), w.caller(owner), "pipeline", s.pipeline); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Engine.Delete(t.Context(), w.caller(owner), "contact", s.contact); err != nil {
			t.Fatal(err)
		}
		b := w.tabOf(admin, width)
		b.open("/settings/audit-logs/deleted")
		b.row(`Deleted pipeline "Renewals"`).at("link", "~Restore…").follow()
		b.says("To decide")
		conflict := b.css("fieldset.conflict")
		conflict.says("Roof")
		if n := conflict.at("radio", "").count(); n < 3 {
			t.Errorf("the conflict has %d choices: restore the contact too, clear it, skip the opportunity", n)
		}
		if b.at("button", "Restore").there() {
			t.Error("it can be restored before the conflict is decided")
		}
		conflict.at("radio", "~Restore").click()
		b.at("button", "Show what these choices give").follow()
		b.css(".restores").says("1 contact")
		b.at("button", "Restore").follow()
		b.at("status", "").says("Restored ")
		b.restored(s)
		if w.record("contact", s.contact) == nil {
			t.Error("the contact did not come back with it")
		}
		if deal := w.record("opportunity", s.deals[0]); deal != nil && deal.Fields["contact"].Text() != string(s.contact) {
			t.Errorf("the opportunity came back with the contact %q", deal.Fields["contact"].Text())
		}
	})
}
