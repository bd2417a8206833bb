package e2e

import "testing"

// TestMemberSeesNoLog: without audit.read there is no entry in the navigation and no page at the address, and the
// attempt is in the log.
func TestMemberSeesNoLog(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		s := w.newSales()
		b := w.tabOf(member, width)
		b.open("/contacts")
		b.openNavigation(width)
		b.at("link", "Opportunities").see()
		if b.at("link", "Audit Logs").there() {
			t.Error("the navigation of a member leads to the audit log")
		}
		b.expect("status of 403")
		b.open("/settings/audit-logs?action=deleted")
		b.at("heading", "You are not allowed to do this.").see()
		b.says("Ask an owner of the account")
		if js[bool](b, `!!document.querySelector("#audit-results")`) {
			t.Error("a member sees the log")
		}
		b.open("/opportunities/" + string(s.deals[0]))
		b.at("heading", "Roof").see()
		if b.css("#history").there() {
			t.Error("a member sees the history of a record")
		}

		o := w.tabOf(owner, width)
		o.open("/settings/audit-logs?outcome=denied&range=today")
		entry := o.css("#audit-results tbody tr[id]")
		entry.says("Sofia Almeida")
		entry.says("Denied")
	})
}

// openNavigation shows the navigation, which a phone folds away.
func (b *tab) openNavigation(width int) {
	b.t.Helper()
	if width < 800 {
		b.at("summary", "Menu").click()
	}
}

// TestDeactivatedPersonIsOut: whoever is deactivated has no session any more.
func TestDeactivatedPersonIsOut(t *testing.T) {
	w := newWorld(t)
	b := w.tabOf(member, desk)
	b.open("/contacts")
	b.at("heading", "Contacts").see()

	o := w.tabOf(owner, desk)
	o.open("/settings/staff")
	o.at("link", "Sofia Almeida").follow()
	o.at("button", "Deactivate").click()
	o.at("dialog", "").at("button", "Deactivate").follow()
	o.at("status", "").says("deactivated")

	b.at("link", "Companies").follow()
	b.waitForPath("/login?next=%2Fcompanies")
	b.expect("status of 401")
	b.logIn(member, "backtrail-demo")
	b.at("alert", "").see()
}
