package alerts_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/alerts"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/mail"
)

// Each deletion fires, and those of a minute are told together.
func TestEveryEntry(t *testing.T) {
	w := newWorld(t)
	w.remove("Before")
	a := w.alert("Gone", "action=deleted", every)
	w.remove("Ana")
	w.run()
	w.want("fired", w.said("audit.alert_fired"), `The alert "Gone" fired: 1 entry`)
	e := w.events("audit.alert_fired")[0]
	deleted := w.events("contact.deleted")[1]
	if e.Cause != deleted.ID || e.Actor.Type != audit.System || e.Action != audit.Executed || e.Record == nil || e.Record.ID != audit.RecordID(a.ID) || e.Channel != audit.SystemChannel {
		t.Errorf("the event is %+v", e)
	}
	if ids := change(e, "entries", audit.Value.Strings); len(ids) != 1 || ids[0] != string(deleted.ID) {
		t.Errorf("it tells of %v", ids)
	}
	if told := change(e, "told", audit.Value.Strings); len(told) != 1 || told[0] != "olga@example.com" {
		t.Errorf("it told %v", told)
	}
	w.want("mail", w.out.subjects(), "olga@example.com: Alert Gone: 1 entry")
	letter := w.out.mails[0]
	for _, part := range []string{`The alert "Gone" fired: 1 entry on the audit log of Harbour, 2 March 2026, 09:00:00 WET.`, "- 2 March 2026, 09:00:00 WET, Olga:\n  Deleted contact \"Ana\"\n  https://log.example.com/settings/audit-logs/events/" + string(deleted.ID) + "\n",
		"https://log.example.com/settings/audit-logs?action=deleted\n", "https://log.example.com/settings/audit-logs/alerts/" + string(a.ID) + "\n", string(e.ID)} {
		if !strings.Contains(letter.Text, part) {
			t.Errorf("the letter lacks %q:\n%s", part, letter.Text)
		}
	}
	if !letter.Automatic || !strings.HasSuffix(letter.MessageID, "@log.example.com") {
		t.Errorf("the letter is %+v", letter)
	}
	for _, name := range []string{"Bo", "Cy", "Di"} {
		w.remove(name)
	}
	w.run()
	if n := len(w.events("audit.alert_fired")); n != 1 {
		t.Errorf("within the minute it fired %d times", n)
	}
	w.pass(alerts.Group)
	w.run()
	w.want("fired", w.said("audit.alert_fired"), `The alert "Gone" fired: 1 entry`, `The alert "Gone" fired: 3 entries`)
	if a = w.stored(a.ID); a.FiredAt.IsZero() || a.Fired != w.events("audit.alert_fired")[1].ID || a.SentAt.IsZero() || !a.DueAt.IsZero() {
		t.Errorf("the alert is %+v", a)
	}
	// A minute that nobody needed is not waited for.
	w.pass(time.Hour)
	for range 14 {
		w.remove("Eve")
	}
	w.run()
	text := w.out.mails[2].Text
	before, after, _ := strings.Cut(text, "\nand 4 entries between. The last ones:\n")
	if strings.Count(before, "Deleted contact") != 5 || strings.Count(after, "Deleted contact") != 5 {
		t.Errorf("the letter is\n%s", text)
	}
	deletions := w.events("contact.deleted")
	for i, e := range deletions[len(deletions)-14:] {
		if strings.Contains(text, string(e.ID)) != (i < 5 || i >= 9) {
			t.Errorf("of the entries is number %d in the letter:\n%s", i, text)
		}
	}
}

// A number fires once, and then only after the minutes; what is switched off, or was found too late, does not fire.
func TestNumber(t *testing.T) {
	w := newWorld(t)
	a := w.alert("Many", "action=deleted", times(3, 5))
	for range 2 {
		w.remove("Ana")
	}
	w.run()
	w.want("fired", w.said("audit.alert_fired"))
	w.remove("Bo")
	w.remove("Bo")
	w.run()
	w.pass(2 * time.Minute)
	for range 4 {
		w.remove("Cy")
	}
	w.run()
	w.want("fired", w.said("audit.alert_fired"), `The alert "Many" fired: 4 entries (3 entries within 5 minutes)`)
	w.pass(6 * time.Minute)
	w.run()
	for range 3 {
		w.remove("Di")
	}
	w.pass(2 * time.Minute)
	w.run()
	if n := len(w.events("audit.alert_fired")); n != 3 {
		t.Errorf("it fired %d times", n)
	}
	off, on := false, true
	if _, _, err := w.alerts.Update(t.Context(), w.caller(), a.ID, alerts.Change{Enabled: &off}); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Hour)
	for range 2 {
		w.remove("Ed")
	}
	w.run()
	if _, _, err := w.alerts.Update(t.Context(), w.caller(), a.ID, alerts.Change{Enabled: &on}); err != nil {
		t.Fatal(err)
	}
	w.remove("Ed")
	w.run()
	if n := len(w.events("audit.alert_fired")); n != 3 {
		t.Errorf("entries of before it was switched on count: it fired %d times", n)
	}
	for range 3 {
		w.remove("Flo")
	}
	if err := w.db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.pass(alerts.TooLate + time.Hour)
	w.run()
	if n := len(w.events("audit.alert_fired")); n != 3 {
		t.Errorf("what lies days back fires: %d times", n)
	}
}

// Five wrong passwords of one person fire; the event names them.
func TestPerPerson(t *testing.T) {
	w := newWorld(t)
	w.alert("Logins", "type=session.login_failed", alerts.Condition{Count: 3, Minutes: 10, Per: alerts.PersonOrAddress})
	for i := range 4 {
		w.ws.Auth.Login(t.Context(), "olga@example.com", "wrong", audit.Origin{Channel: audit.API, Context: audit.Context{IP: "192.0.2." + string(rune('1'+i))}})
	}
	w.run()
	w.want("fired", w.said("audit.alert_fired"), `The alert "Logins" fired: 4 entries within 10 minutes: Olga`)
}

// No alert watches its own doing: neither its firings nor what is said of itself; others may watch who changes it.
func TestSelf(t *testing.T) {
	w := newWorld(t)
	all := w.alert("All of the log", "module=audit", every)
	w.alert("Everything", "outcome=success&outcome=failed", every)
	w.run()
	w.want("fired", w.said("audit.alert_fired"), `The alert "All of the log" fired: 1 entry`) // the other was made
	for range 3 {
		w.pass(time.Hour)
		w.run()
	}
	name := "All of it"
	if _, _, err := w.alerts.Update(t.Context(), w.caller(), all.ID, alerts.Change{Name: &name}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.pass(time.Hour)
		w.run()
	}
	w.want("fired", w.said("audit.alert_fired"), `The alert "All of the log" fired: 1 entry`, `The alert "Everything" fired: 1 entry`)
}

// What a workflow does because an alert fired ends at the bound of workflows, for the firing stands in its causes.
func TestNoCircleWithWorkflows(t *testing.T) {
	w := newWorld(t)
	w.create("workflow", "name", "Look", "trigger", "audit.alert_fired", "steps", `[{"action":"create_task","settings":"{\"title\":\"Look at it\"}"}]`, "enabled", "true")
	w.alert("Tasks", "type=task.created", every)
	w.create("task", "title", "First")
	for range 14 {
		w.run()
		if err := w.ws.Automation.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.pass(2 * time.Minute)
	}
	if n := len(w.events("task.created")); n != 9 {
		t.Errorf("there are %d tasks", n)
	}
}

// A digest tells once a day of what fired, at its hour of the account's clock.
func TestDigest(t *testing.T) {
	w := newWorld(t)
	a := w.alert("Gone", "action=deleted", every, func(in *alerts.NewAlert) { in.Digest = "08:00" })
	w.remove("Ana")
	w.run()
	w.pass(time.Hour)
	w.remove("Bo")
	w.run()
	w.want("mail", w.out.subjects())
	if n := len(w.events("audit.alert_fired")); n != 2 {
		t.Errorf("it fired %d times", n)
	}
	if at := w.stored(a.ID).DueAt.UTC(); !at.Equal(time.Date(2026, 3, 3, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("the digest is due %s", at)
	}
	w.pass(22 * time.Hour)
	w.run()
	w.want("mail", w.out.subjects(), "olga@example.com: Alert Gone: fired 2 times")
	text := w.out.mails[0].Text
	if !strings.Contains(text, `"Ana"`) || !strings.Contains(text, `"Bo"`) || strings.Index(text, `"Ana"`) > strings.Index(text, `"Bo"`) {
		t.Errorf("the letter is\n%s", text)
	}
	w.pass(48 * time.Hour)
	w.run()
	if len(w.out.mails) != 1 {
		t.Errorf("a day without anything has a digest")
	}
	// What waits for another time is told now.
	w.remove("Cy")
	w.run()
	none := ""
	if _, _, err := w.alerts.Update(t.Context(), w.caller(), a.ID, alerts.Change{Digest: &none}); err != nil {
		t.Fatal(err)
	}
	w.run()
	w.want("mail", w.out.subjects(), "olga@example.com: Alert Gone was changed", "olga@example.com: Alert Gone: fired 1 time", "olga@example.com: Alert Gone: fired 2 times")
	if !slices.ContainsFunc(w.out.mails, func(l mail.Letter) bool { return strings.Contains(l.Text, `"Cy"`) }) {
		t.Errorf("there are %d letters", len(w.out.mails))
	}
}
