package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/backtrail/backtrail/audit"
)

// board opens the board of the pipeline.
func (b *tab) board(s sales) {
	b.t.Helper()
	b.open("/opportunities?pipeline=" + string(s.pipeline))
}

// totals waits until the board's columns show these totals.
func (b *tab) totals(want map[string]string) {
	b.t.Helper()
	for column, total := range want {
		b.at("region", column).css(".board-head").says(total)
	}
}

// stageOf waits until the opportunity is stored in the stage.
func (b *tab) stageOf(deal, stage audit.RecordID) {
	b.t.Helper()
	b.until("the opportunity is in its new stage", func() (string, error) {
		if at := b.record("opportunity", deal).Fields["stage"].Text(); at != string(stage) {
			return "it is in " + at, nil
		}
		return "", nil
	})
}

func TestDragOpportunity(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		s := w.newSales()
		b := w.tabOf(owner, width)
		b.board(s)
		b.totals(map[string]string{"Open": "2 1,250.00", "Offer": "2 4,500.00", "Closed": "0 No value"})

		x, y := b.at("region", "Open").css("li.card:has(a[href$='" + string(s.deals[0]) + "']) .card-meta").place()
		corner := read[[]float64](b.at("region", "Offer").css("ol"), `function() { const r = this.getBoundingClientRect(); return [r.left, r.top]; }`)
		toX, toY := corner[0]+40, corner[1]+40 // a phone shows little more of it
		if toX > float64(width) {
			t.Fatalf("the screen ends before the next column, which begins at %v", corner[0])
		}
		b.do("drag Roof to Offer", chromedp.DragAndDropXY(x, y, toX, toY))
		b.at("region", "Offer").at("link", "Roof").see()
		b.stageOf(s.deals[0], s.offer)
		b.totals(map[string]string{"Open": "1 250.00", "Offer": "3 5,500.00"})

		b.open("/settings/audit-logs?record=" + string(s.deals[0]) + "&object=opportunity")
		b.css("#audit-results").says(`Moved "Roof" from Open to Offer`)
	})
}

func TestMoveOpportunityWithoutMouse(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		s := w.newSales()
		b := w.tabOf(owner, width)
		b.board(s)
		b.tabTo(b.at("link", "Move Roof"))
		b.press("\r")
		dialog := b.at("dialog", "Move Roof")
		dialog.see()
		b.tabTo(dialog.at("button", "Closed"))
		b.load("choose Closed", chromedp.KeyEvent("\r"))
		b.at("status", "").says(`"Roof" was moved to Closed`)
		b.totals(map[string]string{"Open": "1 250.00", "Closed": "1 1,000.00"})
		b.stageOf(s.deals[0], s.closed)
	})
}
