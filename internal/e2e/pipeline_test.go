package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/backtrail/backtrail/audit"
)

const deletedInOpportunities = "/settings/audit-logs?action=deleted&module=opportunities"

// deletePipeline deletes it by its page.
func (b *tab) deletePipeline(s sales) {
	b.t.Helper()
	b.open("/pipelines/" + string(s.pipeline))
	b.at("link", "Delete…").follow()
	b.at("heading", "Delete pipeline "+s.name+"?").see()
	b.says("3 stages")
	b.says("4 opportunities")
	b.says("can be restored from the audit log for 60 days, until ")
	b.at("button", "Delete pipeline").follow()
	b.at("status", "").says(`Deleted the pipeline "Renewals" with `)
	b.at("status", "").says("It can be restored until ")
}

// TestDeleteAndRestorePipeline is the product's main job.
func TestDeleteAndRestorePipeline(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		s := w.newSales()
		b := w.tabOf(owner, width)
		b.deletePipeline(s)
		if w.record("opportunity", s.deals[0]) != nil {
			t.Fatal("the opportunity is still there")
		}

		b.open("/settings/audit-logs")
		b.filterBy("Event type", "Action", "Deleted")
		b.waitForPath("/settings/audit-logs?action=deleted")
		b.filterBy("Module", "", "Opportunities")
		b.waitForPath(deletedInOpportunities)
		b.keepsFilters()

		b.openEntryIntoParts(width)
		b.restoreFromDrawer()
		b.restored(s)
		b.board(s)
		b.totals(map[string]string{"Open": "2 1,250.00", "Offer": "2 4,500.00", "Closed": "0 No value"})
		b.at("region", "Open").at("link", "Roof").see()
		b.at("region", "Open").at("link", "Stairs").see()
		b.at("region", "Offer").at("link", "Windows").see()
	})
}

// filterBy checks a choice of one of the filters above the log.
func (b *tab) filterBy(menu, group, choice string) {
	b.t.Helper()
	b.at("summary", "~"+menu).click()
	choices := b.css("#audit-filters details[open]")
	if group != "" {
		choices = choices.at("group", group)
	}
	choices.at("checkbox", "~"+choice).click() // its count may stand behind it
	b.at("link", "~: "+choice).see()           // its chip
	b.press("\x1b")                            // Escape
	b.css("#audit-filters details[open]").gone()
}

// keepsFilters reloads, goes elsewhere and comes back.
func (b *tab) keepsFilters() {
	b.t.Helper()
	shown := func() {
		b.t.Helper()
		b.waitForPath(deletedInOpportunities)
		b.at("link", "Remove the filter Action: Deleted").see()
		b.at("link", "Remove the filter Module: Opportunities").see()
		b.css("#audit-results").says(`Deleted pipeline "Renewals"`)
	}
	shown()
	b.load("reload", chromedp.Reload())
	shown()
	if checked := b.css("#audit-filters input[name=action]:checked").count(); checked != 1 {
		b.t.Errorf("after a reload %d actions are checked in the filter", checked)
	}
	js[chromedp.Void](b, `history.back()`)
	b.until("the page before is shown, with one filter", func() (string, error) {
		return eval[string](b, `document.readyState !== "complete" ? "it loads" : location.search !== "?action=deleted" ? location.search :
			[...document.querySelectorAll(".chip-remove")].map(a => a.ariaLabel).filter(l => l !== "Remove the filter Action: Deleted").join()`)
	})
	js[chromedp.Void](b, `history.forward()`)
	shown()
}

// openEntryIntoParts opens the one line of the deletion into its eight events, and closes it again.
func (b *tab) openEntryIntoParts(width int) {
	b.t.Helper()
	entry := b.css("#audit-results tbody tr:has(a.expander)")
	entry.says(`Deleted pipeline "Renewals" with 3 stages and 4 opportunities`)
	parts := b.css("tr.part-row")
	if n := parts.count(); n > 0 {
		b.t.Errorf("%d parts are shown before anybody asked for them", n)
	}
	expander := entry.css("a.expander")
	expander.click()
	b.css("#audit-results").says(`Deleted opportunity "Windows"`)
	if n := parts.count(); n != 7 {
		b.t.Errorf("the deletion opened into %d parts, not 7", n)
	}
	expander.click()
	parts.gone()
}

// restoreFromDrawer opens the entry in the drawer and restores it from there, with an impatient double click.
func (b *tab) restoreFromDrawer() {
	b.t.Helper()
	b.at("link", `~Deleted pipeline "Renewals"`).click()
	drawer := b.at("complementary", "Entry of the audit log")
	drawer.says("Can be restored until")
	drawer.says("Eleanor Hart")
	drawer.says("Same operation")
	drawer.at("link", "~Restore").follow()
	b.at("heading", `~Restore: Deleted pipeline "Renewals"`).see()
	for _, what := range []string{"1 pipeline", "3 stages", "4 opportunities"} {
		b.css(".restores").says(what)
	}
	b.at("button", "Restore").doubleClickAndFollow()
	b.at("status", "").says("Restored ")
}

// restored waits until everything is back where it was, by one operation.
func (b *tab) restored(s sales) {
	b.t.Helper()
	b.until("the restore is in the store", func() (string, error) {
		if b.record("pipeline", s.pipeline) == nil {
			return "the pipeline is not there", nil
		}
		return "", nil
	})
	for i, stage := range []audit.RecordID{s.open, s.open, s.offer, s.offer} {
		deal := b.record("opportunity", s.deals[i])
		if deal == nil {
			b.t.Errorf("opportunity %d did not come back", i)
		} else if at := deal.Fields["stage"].Text(); at != string(stage) {
			b.t.Errorf("%s came back to the stage %s, not %s", deal.Name, at, stage)
		}
	}
	b.open("/settings/audit-logs?type=pipeline.restored&range=today")
	if n := b.css("#audit-results tbody tr[id]").count(); n != 1 {
		b.t.Errorf("the log has %d restores of a pipeline, not 1", n)
	}
}
