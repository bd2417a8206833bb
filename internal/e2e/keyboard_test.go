package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
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
		b.at("combobox", "Search the log").hasFocus()
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

// What single letters do is listed by one of them, does nothing while one types, and can be switched off.
func TestShortcuts(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		b := w.tabOf(owner, width)
		b.open("/settings/audit-logs?object=company")
		b.press("?")
		list := b.at("dialog", "Keyboard shortcuts")
		list.says("Show what is new")
		b.loadAxe()
		b.accessible("the shortcuts", wcag)
		b.press(kb.Escape)
		list.gone()

		links := func(n int) spot {
			return b.css(fmt.Sprintf("#audit-list tr[id]:nth-child(%d of tr[id]) a[data-row-link]", n))
		}
		b.press("j")
		links(1).hasFocus()
		b.press("j")
		links(2).hasFocus()
		b.focusIsSeen()
		b.press("k")
		links(1).hasFocus()
		b.press("e")
		b.at("button", "CSV").see()
		b.press(kb.Escape)
		b.at("button", "CSV").gone()

		b.press("/")
		box := b.at("combobox", "Search the log")
		box.hasFocus()
		b.press("jek?")
		b.css("#audit-results .filter-chips").says("Search: jek?")
		if list.there() || b.at("button", "CSV").there() {
			t.Error("a letter that was typed is a shortcut")
		}

		b.open("/keyboard")
		off := b.at("checkbox", "~Letters and signs alone are shortcuts")
		off.click()
		b.open("/settings/audit-logs?object=company")
		b.press("/")
		b.press("j")
		b.press(kb.Tab)
		b.at("link", "Skip to the content").hasFocus()
		b.open("/keyboard")
		if read[bool](off, `function() { return this.checked; }`) {
			t.Error("the browser does not remember that shortcuts are off")
		}
	})
}

// On paper the log has no buttons, and says its filter, and who printed it when.
func TestPaper(t *testing.T) {
	w := newWorld(t)
	company := w.create("company", map[string]string{"name": "Larch Ltd"})
	w.edit(company, "industry", "Timber")
	w.edit(company, "industry", "Floors")
	b := w.tabOf(owner, desk)
	command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	for path, words := range map[string]string{
		"/settings/audit-logs?object=company&range=today":                         "Object: Company",
		"/settings/audit-logs/events/" + string(w.newestEvent("company.updated")): "Timber",
		"/companies/" + string(company.ID):                                        "Timber",
		"/settings/audit-logs/deleted":                                            "Trade fair leads",
	} {
		b.open(path)
		seen := js[string](b, `document.body.innerText`)
		for _, want := range []string{words, "printed by Eleanor Hart", "as it stood on"} {
			if !strings.Contains(seen, want) {
				t.Errorf("on paper %s does not say %q: %s", path, want, seen)
			}
		}
		if n := js[int](b, `[...document.querySelectorAll("button, .btn, input:not(.sr-only), select, nav, summary")].filter(e => e.checkVisibility()).length`); n != 0 {
			t.Errorf("on paper %s has %d things to press", path, n)
		}
	}
	b.open("/settings/audit-logs?object=company&range=today")
	if n := js[int](b, `[...document.querySelectorAll("#audit-list tr[id]")].filter(e => e.checkVisibility()).length`); n != 3 {
		t.Errorf("on paper are %d of 3 entries; what is folded cannot be opened there", n)
	}
}
