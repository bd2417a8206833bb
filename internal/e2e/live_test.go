package e2e

import "testing"

// What happens while the log is open is told by a button that brings it; in live mode it comes by itself, and not while
// somebody reads an entry.
func TestLiveLog(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		b := w.tabOf(owner, width)
		b.open("/settings/audit-logs?object=company")
		b.css("[data-live][data-open]").see()
		w.create("company", map[string]string{"name": "Larch Ltd"})
		b.css("[data-live-show]:not([hidden])").says("Show 1 new entry")
		b.css("[data-live-show]").click()
		b.css("#audit-list td.primary bdi").says(`Created company "Larch Ltd"`)
		b.css("[data-live-show]:not([hidden])").gone()
		address := b.path()

		b.at("checkbox", "Live").click()
		w.create("company", map[string]string{"name": "Rowan Ltd"})
		b.at("link", `~company "Rowan Ltd"`).see()
		b.at("link", `~company "Rowan Ltd"`).click()
		b.at("complementary", "Entry of the audit log").says("Rowan Ltd")
		w.create("company", map[string]string{"name": "Yew Ltd"})
		b.css("[data-live-show]:not([hidden])").says("Show 1 new entry")
		b.at("link", `~company "Yew Ltd"`).gone()
		b.at("link", "Close").click()
		b.css("[data-live-show]").click()
		b.at("link", `~company "Yew Ltd"`).see()
		if got := b.path(); got != address {
			t.Errorf("the address became %s", got)
		}
	})
}
