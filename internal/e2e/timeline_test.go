package e2e

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Dragging over the timeline narrows the log to that stretch, by bars that then are finer; a double click goes back. The
// same is in the table, for whoever has no mouse.
func TestTimeline(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		b := w.tabOf(owner, width)
		b.open("/settings/audit-logs?module=opportunities")
		picture := b.css(".timeline-picture")
		picture.see()
		before := b.css("[data-bar]").count()
		left, y := b.css("[data-bar]:nth-of-type(11)").place()
		right, _ := b.css("[data-bar]:nth-of-type(20)").place()
		b.do("drag over ten days", chromedp.DragAndDropXY(left, y, right, y))
		b.until("the address has the stretch", func() (string, error) {
			q, err := url.ParseQuery(strings.TrimPrefix(js[string](b, "location.search"), "?"))
			if err != nil || q.Get("from") == "" || q.Get("module") != "opportunities" {
				return "it is " + q.Encode(), err
			}
			from, err := time.Parse(time.RFC3339, q.Get("from"))
			if err != nil {
				return "", err
			}
			to, err := time.Parse(time.RFC3339, q.Get("to"))
			if days := to.Sub(from).Hours() / 24; err == nil && (days < 9.9 || days > 10.1) {
				t.Errorf("it is narrowed to %.1f days", days)
			}
			return "", err
		})
		b.at("link", "All time").see()
		b.until("there are other bars", func() (string, error) {
			if n := b.css("[data-bar]").count(); n == before || n == 0 {
				return "there are as many", nil
			}
			return "", nil
		})
		x, y := picture.place()
		b.do("double click", chromedp.MouseClickXY(x, y, chromedp.ClickCount(2)))
		b.waitForPath("/settings/audit-logs?module=opportunities")
		b.at("link", "All time").gone()

		b.css(".timeline-table summary").click()
		b.css(".timeline-table tbody a").click()
		b.at("link", "All time").see()
		b.at("link", "All time").click()
		b.waitForPath("/settings/audit-logs?module=opportunities")
	})
}

// The room of the timeline is kept before it comes, so that the list does not jump, on every screen.
func TestTheListDoesNotJump(t *testing.T) {
	w := newWorld(t)
	b := w.tabOf(owner, desk)
	for _, width := range []int{360, phone, 768, 900, desk, 2560} {
		b.resize(width)
		b.open("/settings/audit-logs")
		b.css(".timeline-picture").see()
		b.fits(fmt.Sprint("the log at ", width))
		if jump := js[float64](b, `(() => {
			const room = document.getElementById("audit-timeline"), rest = [...room.childNodes];
			const full = room.getBoundingClientRect().height;
			room.replaceChildren();
			const empty = room.getBoundingClientRect().height;
			room.replaceChildren(...rest);
			return full - empty;
		})()`); jump > 1 {
			t.Errorf("at %d the list jumps by %.0f pixels when the timeline comes", width, jump)
		}
	}
}
