package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// Rapid saves of a record are one line, which opens in place by mouse and by keyboard; an entry of it in the drawer opens it.
func TestFolds(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		company := w.create("company", map[string]string{"name": "Larch Ltd"})
		w.edit(company, "industry", "Timber")
		w.edit(company, "website", "https://larch.example")
		w.edit(company, "industry", "Floors")
		w.create("company", map[string]string{"name": "Rowan Ltd"})
		b := w.tabOf(owner, width)
		b.open("/settings/audit-logs?object=company&range=today")
		line := b.at("checkbox", `~Changed company "Larch Ltd" 3 times: Industry, Website`)
		line.see()
		entries := b.css("#audit-list").at("link", `~of company "Larch Ltd"`)
		shown := func(want int) {
			t.Helper()
			if n := entries.count(); n != want {
				t.Errorf("%d entries of the fold are seen, want %d", n, want)
			}
		}
		shown(0)
		b.css(".fold-toggle").click()
		entries.see()
		shown(3)
		b.loadAxe()
		b.accessible("an open fold", wcag)

		// From the row above it the keys go over the line while it is closed, and into it when it is open.
		b.css(".fold-toggle").click()
		entries.gone()
		above := b.at("link", `Created company "Rowan Ltd"`)
		b.tabTo(above)
		b.press(kb.ArrowDown)
		line.hasFocus()
		b.focusIsSeen()
		b.press(kb.ArrowDown)
		b.at("link", `Created company "Larch Ltd"`).hasFocus()
		b.press(kb.ArrowUp)
		b.press(kb.Enter)
		entries.see()
		b.press(kb.ArrowDown)
		b.css("tr.folded:nth-child(2) a[data-row-link]").hasFocus()
		b.press(kb.ArrowUp)
		b.press(kb.Enter)
		entries.gone()

		// With an entry in the drawer they go from entry to entry.
		b.press(kb.ArrowUp)
		above.hasFocus()
		b.press(kb.Enter)
		b.css("#drawer h2").says("Rowan Ltd")
		b.at("link", "Older entry").click()
		b.css("#drawer h2").says(`of company "Larch Ltd"`)
		if width == desk {
			entries.see()
			shown(3)
			b.css("tr.folded.is-selected").see()
		}
		b.press(kb.Escape)
		b.css("#drawer h2").gone()

		b.at("checkbox", "Open what is folded").click()
		entries.see()
		shown(3)

		quiet := w.tabOf(owner, width)
		quiet.withoutScripts()
		quiet.open("/settings/audit-logs?object=company&range=today")
		entries = quiet.at("link", `~of company "Larch Ltd"`)
		shown(0)
		quiet.css(".fold-toggle").click()
		entries.see()
	})
}

// Each value of a row leads to what has it, or to all else: by the mouse beside it, by keyboard and touch from the list of the
// row. The menus say how much there is behind each choice.
func TestNarrowFromARow(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		w.create("company", map[string]string{"name": "Larch Ltd"})
		b := w.tabOf(owner, width)
		b.open("/settings/audit-logs?object=company&range=today")
		row := b.css("#audit-list tr[id]:has(.narrow-more)")
		b.tabTo(row.css(".narrow-more"))
		b.press(kb.Enter)
		list := b.at("dialog", "Only these, or not these")
		list.at("link", "Only User Eleanor Hart").hasFocus()
		b.loadAxe()
		b.accessible("the list of a row", wcag)
		b.press(kb.Escape)
		list.gone()
		row.css(".narrow-more").hasFocus()
		b.press(kb.Enter)
		list.at("link", "Not Action Created").click()
		b.at("link", "~Remove the filter Search: -action:created").see()
		if path := b.path(); !strings.Contains(path, "q=-action%3Acreated") || !strings.Contains(path, "object=company") {
			t.Errorf("the address is %s", path)
		}
		list.gone()

		b.open("/settings/audit-logs?object=company&range=today")
		if width == desk {
			b.css("tr[id] [data-v=type]").hover()
			b.css(".narrow-bar a").click()
			b.at("link", "~Remove the filter Search: type:company.created").see()
		}
		b.at("summary", "~Module").click()
		b.at("checkbox", "Contacts 1").see()
		b.css("label.none").see()
	})
}
