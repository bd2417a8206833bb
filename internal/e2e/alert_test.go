package e2e

import (
	"strings"
	"testing"

	"github.com/backtrail/backtrail/mail/mailtest"
)

// An alert is made of a saved view, looked at before, fires, is mailed, and leads to what made it.
func TestAlert(t *testing.T) {
	w := newWorld(t)
	s := &mailtest.Server{}
	w.sendsBy(s)
	b := w.tabOf(owner, desk)
	b.open("/settings/audit-logs/views")
	b.row("Deletions this week").at("link", "~Alert me").follow()
	b.says("Days are left out")
	b.at("textbox", "Number of entries").fill("2")
	b.at("textbox", "Number of minutes").fill("60")
	if !read[bool](b.css("[name=when][value=number]"), `function() { return this.checked; }`) {
		t.Error("typing a number does not choose it")
	}
	b.at("button", "How often would it have fired?").click()
	b.css("#alert-preview").says("In the last 30 days it would have fired")
	b.at("button", "Save").follow()
	b.says("Saved the alert")
	b.row("Deletions this week").says("2 entries within 60 minutes")

	for _, name := range []string{"Ida", "Uwe"} {
		contact := w.create("contact", map[string]string{"first_name": name})
		if _, err := w.Engine.Delete(t.Context(), w.caller(owner), "contact", contact.ID); err != nil {
			t.Fatal(err)
		}
	}
	b.until("the alert is mailed", func() (string, error) {
		mails := mailsTo(s, owner)
		if len(mails) != 1 {
			return "no mail yet", nil
		}
		if m := mails[0]; !strings.Contains(m, "Subject: Alert Deletions this week: 2 entries") || !strings.Contains(m, `Deleted contact "Ida"`) || !strings.Contains(m, `Deleted contact "Uwe"`) {
			t.Errorf("the mail is %s", m)
		}
		return "", nil
	})
	fired := w.newestEvent("audit.alert_fired")
	b.open("/settings/audit-logs/alerts")
	b.row("Deletions this week").css("td.time a").follow()
	b.waitForPath("/settings/audit-logs/events/" + string(fired))
	b.says("Fired by")
	b.at("link", `Deleted contact "Ida"`).see()

	b.open("/settings/audit-logs/alerts")
	b.row("Deletions this week").at("button", "~Switch off").follow()
	b.says("Switched off the alert")
	b.row("Many deletions").at("button", "~Switch on").follow()
	b.says("Switched on the alert")
}
