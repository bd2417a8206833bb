package e2e

import "testing"

// TestExpiredDeletion looks at what was deleted longer ago than it can be restored.
func TestExpiredDeletion(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		b := w.tabOf(owner, width)
		b.open("/settings/audit-logs?type=pipeline.deleted")
		b.css("#audit-results tbody tr:has(a.expander):nth-last-child(2)").says(`Deleted pipeline "Spring showroom"`)
		entry := b.at("link", `~Deleted pipeline "Spring showroom"`)
		if b.row("Spring showroom").at("link", "~Restore…").there() {
			t.Error("the line offers a restore that is no longer possible")
		}
		entry.click()
		drawer := b.at("complementary", "Entry of the audit log")
		drawer.says("Can no longer be restored: it was possible until ")
		drawer.says("days ago")
		drawer.says("Ask " + whomToAsk)

		event := read[string](drawer.css("[data-event]"), `function() { return this.dataset.event; }`)
		b.open("/settings/audit-logs/events/" + event + "/restore")
		b.says("This can no longer be restored: it was possible until ")
		b.says("Ask " + whomToAsk)
		if b.at("button", "Restore").there() {
			t.Error("the page offers a restore that is no longer possible")
		}
	})
}
