package e2e

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// TestKeyboard reads the log without a mouse.
func TestKeyboard(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		b := w.tabOf(owner, width)
		b.open("/settings/audit-logs")
		b.press(kb.Tab)
		b.at("link", "Skip to the content").hasFocus()
		b.press(kb.Enter)
		b.css("main").hasFocus()

		b.press("/")
		b.at("searchbox", "Search the log").hasFocus()
		menu := b.at("summary", "~Event type")
		b.tabTo(menu)
		b.press(kb.Enter)
		deleted := b.at("group", "Action").at("checkbox", "~Deleted")
		b.tabTo(deleted)
		b.press(" ")
		b.waitForPath("/settings/audit-logs?action=deleted")
		b.at("link", "Remove the filter Action: Deleted").see()
		deleted.hasFocus()
		b.press(kb.Escape)
		menu.hasFocus()
		if deleted.there() {
			t.Error("Escape does not close the filter")
		}

		first, second := b.css("#audit-results tr[id]:nth-child(1 of tr[id]) a[data-row-link]"), b.css("#audit-results tr[id]:nth-child(2 of tr[id]) a[data-row-link]")
		b.tabTo(first)
		b.press(kb.ArrowDown)
		second.hasFocus()
		b.focusIsSeen()
		b.press(kb.Enter)
		heading := b.at("complementary", "Entry of the audit log").at("heading", read[string](second, `function() { return this.innerText; }`))
		heading.hasFocus()
		b.tabTo(b.at("link", "Close"))
		b.press(kb.Escape)
		heading.gone()
		second.hasFocus()
		b.focusIsSeen()
	})
}
