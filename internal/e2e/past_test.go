package e2e

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/backtrail/backtrail/crm"
)

// From a record's history to what it was, by the slider and by links, and a field of it back.
func TestRecordAsItWas(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		id := w.create("company", map[string]string{"name": "Fell & Sons", "city": "Hull", "industry": "Joinery"}).ID
		o, err := w.Schema.Object("company")
		if err != nil {
			t.Fatal(err)
		}
		for _, city := range []string{"Leeds", "York"} {
			if _, err := w.Engine.Update(t.Context(), w.caller(admin), "company", id, crm.Texts(o, map[string]string{"city": city, "industry": "Roofing"}), 0); err != nil {
				t.Fatal(err)
			}
		}
		b := w.tabOf(owner, width)
		b.open("/companies/" + string(id))
		b.at("link", "See it as it was…").follow()
		b.at("heading", "Nothing is different").see()
		b.at("link", "← Earlier change").follow()
		b.row("City").says("Leeds")
		b.css("[data-past]").click() // the middle of the slider; from there by keyboard
		b.css("[data-past]:focus").see()
		b.press(kb.ArrowLeft)
		b.row("City").says("Hull")
		b.css(".past-table").says("Joinery")
		b.look("company-past", width)
		b.at("checkbox", "Put back City").click()
		b.at("button", "Put back what is ticked").follow()
		b.at("status", "").says("Put back 1 field")
		if fields := w.record("company", id).Fields; fields["city"].Text() != "Hull" || fields["industry"].Text() != "Roofing" {
			t.Errorf("it is in %q and does %q", fields["city"].Text(), fields["industry"].Text())
		}
	})
}
