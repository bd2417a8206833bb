package e2e

import (
	"testing"

	"github.com/backtrail/backtrail/client"
)

// TestRoles gives members their own part of the log, and takes records from them, as an owner does it.
func TestRoles(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		m := w.tabOf(member, width)
		m.open("/settings/roles")
		m.says("An owner can change these.")

		b := w.tabOf(owner, width)
		b.open("/settings/roles")
		box := func(key string) spot { return b.css("input[name=member][value='" + key + "']") }
		box("audit.read_own").click()
		box("records.write").click()
		b.at("button", "Save").follow()
		b.waitForPath("/settings/roles")
		if !checked(box("audit.read_own")) || checked(box("records.write")) {
			t.Error("the page shows another table than was saved")
		}
		b.look("roles-changed", width)

		m.open("/contacts")
		m.openNavigation(width)
		m.at("link", "Audit Logs").follow()
		m.waitForPath("/settings/audit-logs")
		m.says("Your own changes")
		m.css("#audit-results").says("Sofia Almeida")
		m.open("/settings/audit-logs?range=today")
		m.css(".filter-chips").says("Your own changes")
		m.look("audit-log-own", width)
		if m.css("#audit-log [data-menu=user]").there() {
			t.Error("there is a choice of users, of which there is one")
		}
		m.expect("status of 403")
		m.open("/contacts/new")
		m.at("heading", "You are not allowed to do this.").see()

		b.open("/settings/audit-logs?type=permissions.updated&range=today")
		b.css("#audit-results tbody tr[id]").says("Eleanor Hart")
	})
}

func checked(s spot) bool { return read[bool](s, `function() { return this.checked; }`) }

// TestAPIKeys makes a key, works with it, and revokes it.
func TestAPIKeys(t *testing.T) {
	atEachWidth(t, func(t *testing.T, w *world, width int) {
		b := w.tabOf(owner, width)
		b.open("/settings/api-keys")
		b.at("textbox", "~Name").fill("Website form")
		b.css("select[name=role]").choose("Member")
		b.at("button", "Make the key").follow()
		b.says("shown this once and kept nowhere")
		token := b.css(".token code").text()
		b.look("key-made", width)
		program, err := client.New(w.base, token)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := program.Create(t.Context(), "contact", client.Fields{"first_name": "Webster"}); err != nil {
			t.Errorf("the key does not work: %v", err)
		}

		b.open("/settings/api-keys")
		if b.css(".token").there() {
			t.Error("the token is shown again")
		}
		row := b.row("Website form")
		row.says("Valid")
		row.at("link", "~Revoke").follow()
		b.look("key-revoke", width)
		b.at("textbox", "Type Website form to confirm").fill("Website form")
		b.at("button", "Revoke the key").follow()
		b.waitForPath("/settings/api-keys")
		b.row("Website form").says("Revoked")
		if _, err := program.Create(t.Context(), "contact", client.Fields{"first_name": "Late"}); err == nil {
			t.Error("a revoked key still works")
		}
		b.open("/settings/audit-logs?channel=api&range=today")
		b.css("#audit-results").says("Website form")
		b.css("#audit-results").says("Webster")
	})
}
