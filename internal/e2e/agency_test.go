package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

const agencyLogin = "agency@demo.test"

// TestAgency: the logs of two accounts are one list; an account is chosen; an entry of the other account opens there, and the
// switcher leads back.
func TestAgency(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		b := w.tabOf(agencyLogin, width)
		b.open("/settings/audit-logs")
		b.at("link", "All accounts").follow()
		b.at("heading", "Audit Logs of all accounts").see()
		b.says("in the 2 accounts in which you have the role agency")
		if n := b.css("#audit-results td.of-account").count(); n < 20 {
			t.Errorf("the list has %d entries", n)
		}
		b.look("agency-log", width)

		// The account stands in the address, the chips and each row.
		b.filterBy("Account", "", "Lantern Books")
		b.css(".filter-chips").says("Account: Lantern Books")
		b.until("the list is of one account", func() (string, error) {
			if js[bool](b, `[...document.querySelectorAll("#audit-results td.of-account")].some(e => e.textContent !== "Lantern Books")`) {
				return "it has others", nil
			}
			return "", nil
		})
		if !strings.Contains(js[string](b, "location.search"), "account=") {
			t.Error("the address does not name the account")
		}

		// Without a mouse, to an entry of the account that they are not in.
		in := js[string](b, `document.querySelector(".nav-foot .strong").textContent.trim()`)
		elsewhere := map[string]string{"Harbor Dental": "Lantern Books", "Lantern Books": "Harbor Dental"}[in]
		b.open("/settings/audit-logs/all?type=contact.restored")
		entry := b.row(elsewhere).css("button[data-row-link]")
		b.tabTo(entry)
		b.focusIsSeen()
		b.press(kb.Enter)
		b.at("heading", "~Restored contact").see()
		b.says("You are in")
		b.says(elsewhere)

		b.openNavigation(width)
		b.css("#switch-account").choose(in + " (Agency)")
		b.at("button", "Switch").follow()
		b.says("You are in")
		b.says(in)
	})
}

// TestAgencyWithoutScripts: the same by forms and links alone.
func TestAgencyWithoutScripts(t *testing.T) {
	w := newWorld(t)
	b := w.tabOf(agencyLogin, phone)
	b.withoutScripts()
	b.open("/settings/audit-logs/all?type=contact.restored")
	b.css("tbody button.btn-link").follow()
	b.at("heading", "~Restored contact").see()
}
