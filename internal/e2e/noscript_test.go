package e2e

import (
	"strings"
	"testing"

	"github.com/backtrail/backtrail/demo"
)

// TestWithoutJavaScript does the essential work with scripts switched off.
func TestWithoutJavaScript(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		s := w.newSales()
		b := w.tab(width)
		b.withoutScripts()
		files := b.downloads()
		b.open("/contacts/" + string(s.contact))
		b.logIn(owner, demo.Password)
		b.waitForPath("/contacts/" + string(s.contact))

		b.at("link", "Edit").follow()
		b.at("textbox", "City").fill("Perth")
		b.at("button", "Save").follow()
		b.says("City: nothing → Perth")

		b.board(s)
		b.at("link", "Move Stairs").follow()
		b.at("button", "Closed").follow()
		b.at("status", "").says(`"Stairs" was moved to Closed`)
		b.totals(map[string]string{"Open": "1 1,000.00", "Closed": "1 250.00"})

		b.deletePipeline(s)
		b.open("/settings/audit-logs")
		b.at("summary", "~Event type").click()
		b.at("group", "Action").at("checkbox", "Deleted").click()
		b.css("#audit-filters details[open]").at("button", "Apply").follow()
		if path := b.path(); !strings.Contains(path, "action=deleted") {
			t.Errorf("after the filter the address is %s", path)
		}
		b.at("searchbox", "Search the log").fill("renewals")
		b.at("button", "Search").follow()

		b.at("summary", "Export").click()
		b.at("button", "CSV").click()
		if file := files.next(); !strings.Contains(string(file.content), "Deleted pipeline \"\"Renewals\"\"") {
			t.Errorf("the export does not have the deletion: %s", file.content)
		}
		b.at("summary", "Export").click() // closes it
		b.at("link", `~Deleted pipeline "Renewals"`).follow()
		b.at("heading", `~Deleted pipeline "Renewals"`).see()
		b.says("Can be restored until")
		b.at("link", "~Restore…").follow()
		b.at("button", "Restore").follow()
		b.at("status", "").says("Restored ")
		b.board(s)
		b.totals(map[string]string{"Open": "1 1,000.00", "Offer": "2 4,500.00", "Closed": "1 250.00"})
	})
}
