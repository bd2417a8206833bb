package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/backtrail/backtrail/audit"
)

// Entries are stepped through with the drawer open, on over what is loaded; the table keeps its place, and back, forward and
// Escape lead where one expects.
func TestDrawerSteps(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		companies := 3
		if width == desk {
			companies = 52 // more than are loaded at once
		}
		for n := range companies {
			w.create("company", map[string]string{"name": fmt.Sprintf("Zebra %d", companies-n)})
		}
		b := w.tabOf(owner, width)
		b.open("/settings/audit-logs?object=company&q=zebra")
		js[bool](b, `window.kept = true`)
		title, first := b.css("#drawer h2"), b.css("#audit-list tr[id]:nth-child(1 of tr[id]) a[data-row-link]")
		open := func(name string) {
			t.Helper()
			title.says(`"Zebra ` + name + `"`)
			b.css("tr.is-selected").says(`"Zebra ` + name + `"`)
		}
		b.tabTo(first)
		b.press(kb.Enter)
		open("1")
		title.hasFocus()
		for _, step := range []struct{ key, name string }{{"j", "2"}, {kb.ArrowDown, "3"}, {"k", "2"}, {kb.ArrowUp, "1"}, {kb.ArrowRight, "2"}} {
			b.press(step.key)
			open(step.name)
		}
		title.hasFocus()
		if at := b.path(); !strings.Contains(at, "event=") {
			t.Errorf("the address is %s", at)
		}
		b.loadAxe()
		b.accessible("the drawer", wcag)

		js[bool](b, `(history.back(), true)`)
		title.gone()
		b.waitForPath("/settings/audit-logs?object=company&q=zebra")
		js[bool](b, `(history.forward(), true)`)
		open("2")
		b.press(kb.Escape)
		title.gone()
		b.css("#audit-list tr[id]:nth-child(2 of tr[id]) a[data-row-link]").hasFocus()
		b.waitForPath("/settings/audit-logs?object=company&q=zebra")
		if !js[bool](b, `window.kept === true`) {
			t.Error("the list was read anew")
		}

		if width != desk {
			return
		}
		// From the last entry that is loaded to the next one.
		last := b.css("#audit-list tr[id]:nth-child(50 of tr[id])")
		id := strings.TrimPrefix(read[string](last, `function() { return this.id; }`), "e-")
		b.open("/settings/audit-logs?object=company&q=zebra&event=" + id)
		open("50")
		b.press("j")
		open("51")
		b.press("j")
		open("52")
		b.press("j")
		b.at("complementary", "Entry of the audit log").says("This is the oldest entry of the list.")
	})
}

// From a part of a deletion up to what led to it and down again, to what happened on the record, and away with a copy.
func TestDrawerTree(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		contact := w.create("contact", map[string]string{"first_name": "Zora"})
		w.edit(contact, "city", "Hull")
		talk := w.create("conversation", map[string]string{"contact": string(contact.ID), "channel": "email"})
		w.create("message", map[string]string{"conversation": string(talk.ID), "direction": "out", "subject": "Zinnias", "body": "Dear Zora"})
		if _, err := w.Engine.Delete(t.Context(), w.caller(owner), "contact", contact.ID); err != nil {
			t.Fatal(err)
		}
		b := w.tabOf(owner, width)
		b.open("/settings/audit-logs?type=contact.deleted&q=zora")
		b.at("link", `~Deleted contact "Zora"`).click()
		drawer := b.at("complementary", "Entry of the audit log")
		drawer.says("Cause and effect")
		drawer.says("On this record, just before and after")
		drawer.at("link", `~Updated City`).see()
		drawer.at("summary", "What it caused").click()
		drawer.at("link", `Deleted message "Zinnias"`).click()
		drawer.at("heading", `Deleted message "Zinnias"`).see()
		drawer.css(".tree").says("this entry")
		b.loadAxe()
		b.accessible("the tree of causes", wcag)
		drawer.css(".tree").at("link", `~Deleted contact "Zora"`).click()
		drawer.at("heading", `~Deleted contact "Zora"`).see()

		js[bool](b, `Object.defineProperty(navigator, "clipboard", { value: { writeText: async (text) => { window.copied = text; } } }) === navigator`)
		drawer.at("button", "Copy link").click()
		b.css("#announced").says("Copied: link")
		id := audit.EventID(read[string](drawer.css("[data-event]"), `function() { return this.dataset.event; }`))
		if got := js[string](b, `window.copied`); !strings.HasSuffix(got, "/settings/audit-logs/events/"+string(id)) || !strings.HasPrefix(got, "http://") {
			t.Errorf("copied is %s", got)
		}
		drawer.at("button", "Copy JSON").click()
		b.css("#announced").says("Copied: JSON")
		if got := js[string](b, `JSON.parse(window.copied).id`); got != string(id) {
			t.Errorf("the JSON is of %s", got)
		}

		quiet := w.tabOf(owner, width)
		quiet.withoutScripts()
		quiet.open("/settings/audit-logs/events/" + string(id))
		quiet.at("summary", "What it caused").click()
		quiet.at("link", "It stands on its own page").follow()
		quiet.at("link", `Deleted message "Zinnias"`).see()
	})
}

// A record's history is narrowed and goes on in place; the address says how.
func TestHistoryOfARecord(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		contact := w.create("contact", map[string]string{"first_name": "Zora"})
		note := w.create("note", map[string]string{"contact": string(contact.ID), "body": "Likes zinnias"})
		if _, err := w.Engine.Delete(t.Context(), w.caller(owner), "note", note.ID); err != nil {
			t.Fatal(err)
		}
		for n := range 10 {
			w.edit(contact, "city", fmt.Sprintf("Town %d", n))
		}
		page := "/contacts/" + string(contact.ID)
		b := w.tabOf(owner, width)
		b.open(page)
		history := b.css("#history")
		history.says("Town 9")
		b.tabTo(history.at("link", "Older entries"))
		b.press(kb.Enter)
		history.at("link", `~Deleted note`).see()
		history.at("link", `~Created contact "Zora"`).see()
		b.loadAxe()
		b.accessible("a history", wcag)
		b.look("history", width)
		history.at("link", "Only this record").click()
		b.waitForPath(page + "?history=own")
		history.at("link", `~Deleted note`).gone()
		history.css("select").choose("First name")
		b.waitForPath(page + "?field=first_name&history=own")
		history.says(`Created contact "Zora"`)
		history.at("link", `~Updated City`).gone()

		quiet := w.tabOf(owner, width)
		quiet.withoutScripts()
		quiet.open(page)
		quiet.css("#history").at("link", "Older entries").follow()
		quiet.css("#history").at("link", `~Deleted note`).see()
		quiet.at("link", "Back to the newest").see()
	})
}
