package e2e

import "testing"

// A filter is saved under a name, opened from the menu, given another filter, and deleted.
func TestSavedViews(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		b := w.tabOf(owner, width)
		b.open("/settings/audit-logs?action=restored")
		b.at("summary", "Views").click()
		b.at("link", "Failed and refused").see()
		b.at("summary", "Save this filter").click()
		b.at("textbox", "~Name").fill("What came back")
		b.look("views-menu", width)
		b.at("button", "Save").follow()
		b.says("Saved the view")
		b.waitForPath("/settings/audit-logs?action=restored")
		b.at("summary", "~View:").click()
		b.at("link", "Deletions this week").follow()
		b.waitForPath("/settings/audit-logs?action=deleted&range=7d")
		b.at("summary", "~Deletions this week").click()
		b.at("summary", "Save this filter").click()
		b.at("combobox", "Save as").choose("Instead of: What came back")
		b.at("button", "Save").follow()
		b.says("Replaced the filter")

		b.open("/settings/audit-logs/views")
		b.row("What came back").at("summary", "~Change").click()
		b.row("What came back").at("textbox", "Name").fill("What went")
		b.look("views-page", width)
		b.row("What came back").at("button", "Save").follow()
		b.says("Changed the view")
		b.row("What went").at("button", "~Delete").click()
		b.at("dialog", "").at("button", "Delete").follow()
		b.says("Deleted the view")
		b.row("What went").gone()
	})
}
