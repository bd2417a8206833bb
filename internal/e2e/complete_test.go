package e2e

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// The search suggests keys and values as a combobox: by keyboard and by mouse, told to a screen reader; a mistake is marked where
// it stands, and told as well.
func TestSearchSuggests(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		b := w.tabOf(owner, width)
		b.open("/settings/audit-logs?range=7d")
		b.css("#audit-timeline svg").see()
		b.press("/")
		box := b.at("combobox", "Search the log")
		state := func(name string) string {
			t.Helper()
			return read[string](box, `function(name) { return this.getAttribute(name) || ""; }`, name)
		}
		value := func() string {
			t.Helper()
			return read[string](box, `function() { return this.value; }`)
		}
		b.press("ac")
		box.hasFocus()
		action := b.at("listbox", "Suggestions").at("option", "~action:")
		action.see()
		if state("aria-expanded") != "true" || state("aria-controls") != "audit-q-list" || state("aria-activedescendant") != "" {
			t.Error("the box does not say that suggestions are there, or says that one is chosen")
		}
		b.loadAxe()
		b.accessible("suggestions", wcag)
		b.press(kb.ArrowDown)
		chosen := state("aria-activedescendant")
		if got := js[string](b, `(id) => document.getElementById(id)?.getAttribute("aria-selected") + document.getElementById(id)?.getAttribute("role")`, chosen); got != "trueoption" {
			t.Errorf("what is chosen (%q) is %s", chosen, got)
		}
		b.press(kb.ArrowUp)
		b.press(kb.ArrowDown)
		b.press(kb.Escape)
		action.gone()
		if state("aria-expanded") != "false" || value() != "ac" {
			t.Errorf("Escape leaves %q, expanded %s", value(), state("aria-expanded"))
		}
		box.hasFocus()

		b.press("t")
		action.see()
		b.press(kb.ArrowDown + kb.Enter)
		b.until("the key stands in the box", func() (string, error) {
			if got := value(); got != "action:" {
				return "it holds " + got, nil
			}
			return "", nil
		})
		deleted := b.at("listbox", "Suggestions").at("option", "~deleted")
		deleted.see()
		deleted.click()
		b.waitForPath("/settings/audit-logs?q=action%3Adeleted&range=7d")
		box.hasFocus()
		b.at("link", "Remove the filter Search: action:deleted").see()

		box.fill("action:gone")
		b.css("#audit-q-note mark").says("gone")
		note := read[string](box, `function() { return document.getElementById(this.getAttribute("aria-describedby")).innerText; }`)
		if note == "" {
			t.Error("the mistake is not told with the box")
		}
		b.accessible("a mistake", wcag)
	})
}
