package web

import (
	"fmt"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/alerts"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/savedviews"
)

// alertNamed is an alert of the account.
func (w *world) alertNamed(name string) alerts.Alert {
	w.t.Helper()
	list, err := w.ws.Alerts.Alerts(w.t.Context(), w.caller())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, a := range list {
		if a.Name == name {
			return a
		}
	}
	w.t.Fatalf("there is no alert %s", name)
	return alerts.Alert{}
}

// catchUp lets alerts fire.
func (w *world) catchUp() {
	w.t.Helper()
	if err := w.db.Seal(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	if err := w.ws.Alerts.CatchUp(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

const owner = "owner@example.com"

// An alert is made of what the log shows, fires, is changed, switched off and deleted.
func TestAlerts(t *testing.T) {
	w := newWorld(t)
	w.owner.get(auditPath).want(t, 200, `href="`+alertsPath+`"`).wantNot(t, "Alert me")
	w.owner.get(alertsPath).want(t, 200, "Many deletions", "Ready-made", "10 entries within 5 minutes", "Event type: Login failed", "Emails cannot leave", "Switch on", "New alert")
	w.owner.get(auditPath+"?range=7d&type=contact.deleted").want(t, 200, `href="`+alertsPath+`/new?range=7d&amp;type=contact.deleted"`, "Alert me…")
	w.owner.get(alertsPath+"/new?range=7d&type=contact.deleted").want(t, 200, `name="query" value="type=contact.deleted"`, "Days are left out", "Event type: Contact deleted", `value="`+owner+`" checked`, "emails cannot leave yet")

	w.owner.post(alertsPath, "query", "type=contact.deleted", "name", "Contacts that went", "when", "number", "count", "2", "minutes", "5", "per", "person",
		"recipients", owner, "sent", "instant", "enabled", "true").to(t, alertsPath)
	w.owner.get(alertsPath).want(t, 200, "Saved the alert &#34;Contacts that went&#34;.", "2 entries within 5 minutes by one person", "Switch off", "Never")
	a := w.alertNamed("Contacts that went")
	at := alertsPath + "/" + string(a.ID)
	for _, name := range []string{"Ana", "Bo"} {
		rec := w.create("contact", "first_name", name)
		w.owner.post("/contacts/" + string(rec.ID) + "/delete")
	}
	w.catchUp()
	fired := w.newest("audit.alert_fired")
	w.owner.get(alertsPath).want(t, 200, `href="/settings/audit-logs/events/`+string(fired.ID)+`"`)
	w.owner.get(auditPath+"/events/"+string(fired.ID)).want(t, 200, "The alert &#34;Contacts that went&#34; fired: 2 entries within 5 minutes: Olga Owner", "Fired by", "Deleted contact &#34;Ana&#34;", "Deleted contact &#34;Bo&#34;",
		`href="`+at+`"`).wantNot(t, `<th scope="row">The first ones`)
	page := w.owner.get(at).want(t, 200, "Last fired", `value="2"`, `value="person" selected`, "Send a test", "Delete", `value="`+owner+`" checked`)
	page.wantNot(t, "Ready-made")

	w.owner.post(at, "query", "type=contact.deleted", "name", "Gone", "when", "every", "recipients", owner, "sent", "daily", "digest", "07:30").to(t, alertsPath)
	if a = w.alertNamed("Gone"); a.Enabled || a.Digest != "07:30" || !a.Condition.Every() {
		t.Errorf("changed to %+v", a)
	}
	w.owner.post(at+"/enabled", "enabled", "true").to(t, alertsPath)
	w.owner.get(alertsPath).want(t, 200, "Switched on the alert &#34;Gone&#34;.", "daily at 07:30")
	w.owner.post(at+"/test").to(t, at)
	w.owner.get(at).want(t, 200, "The test message did not arrive everywhere.", "No mail server is set")
	w.owner.post(at+"/test").to(t, at)
	w.owner.get(at).want(t, 200, "less than a minute ago")
	w.owner.post(at+"/delete").to(t, alertsPath)
	w.owner.get(alertsPath).want(t, 200, "Deleted the alert &#34;Gone&#34;.", "What it watched").wantNot(t, at)
	w.owner.get(at).want(t, 404, "There is no such alert.")
	if e := w.newest("audit.alert_deleted"); e.Actor.Type != audit.User || e.Record.Name != "Gone" {
		t.Errorf("the deletion is %+v", e)
	}
}

// A ready-made one is switched on by one click, and cannot be deleted.
func TestReadyMadeAlert(t *testing.T) {
	w := newWorld(t)
	a := w.alertNamed("Log exported")
	at := alertsPath + "/" + string(a.ID)
	w.owner.get(at).want(t, 200, "It comes with every account", "Event type: Export requested").wantNot(t, at+"/delete")
	w.owner.post(at+"/enabled", "enabled", "true").to(t, alertsPath)
	if a = w.alertNamed("Log exported"); !a.Enabled || len(a.Recipients) != 1 {
		t.Errorf("%+v", a)
	}
	w.owner.post(at+"/delete").want(t, 422, "Switch it off.")
}

// A saved view lends its filter, without its days; the secret of a webhook is shown once.
func TestAlertOfView(t *testing.T) {
	w := newWorld(t)
	view := w.share("Refusals", "outcome=denied&range=7d")
	w.owner.get(viewsPath).want(t, 200, `href="`+alertsPath+`/new?view=`+string(view.ID)+`"`)
	w.owner.get(alertsPath+"/new?view="+string(view.ID)).want(t, 200, `value="Refusals"`, `name="query" value="outcome=denied"`, "Days are left out")
	shown := w.owner.post(alertsPath, "query", "", "view", string(view.ID), "name", "Refused", "when", "every", "webhook", "https://example.com/s3cret", "sent", "instant", "enabled", "true").
		want(t, 200, "Copy the secret of the webhook now", "whsec_")
	a := w.alertNamed("Refused")
	at := alertsPath + "/" + string(a.ID)
	if a.Query != "outcome=denied" || !strings.Contains(shown.body, strings.ReplaceAll(a.Secret, "+", "&#43;")) {
		t.Errorf("made %+v", a)
	}
	w.owner.get(at).want(t, 200, "Make another secret").wantNot(t, "whsec_")
	w.owner.get(alertsPath).want(t, 200, "https://example.com/…").wantNot(t, "s3cret", "whsec_")
	w.owner.post(at, "query", a.Query, "name", a.Name, "when", "every", "webhook", a.Webhook, "sent", "instant", "enabled", "true", "new_secret", "true").want(t, 200, "whsec_")
	if _, err := w.ws.Views.Views(t.Context(), w.caller()); err != nil {
		t.Fatal(err)
	}
	if err := w.ws.Views.Delete(t.Context(), w.caller(), savedviews.ID(view.ID)); err != nil {
		t.Fatal(err)
	}
	if after := w.alertNamed("Refused"); after.Query != a.Query || !after.Enabled || after.Secret == a.Secret {
		t.Errorf("without its view it is %+v", after)
	}
	w.owner.post(alertsPath, "query", "", "view", string(view.ID), "name", "B", "when", "every", "recipients", owner, "sent", "instant").want(t, 422, "The view is not there any more.")
}

// Of many entries the page of a firing has the first and the last, and says how many lie between.
func TestFiringOfMany(t *testing.T) {
	w := newWorld(t)
	w.owner.post(alertsPath, "query", "type=contact.deleted", "name", "Gone", "when", "every", "recipients", owner, "sent", "instant", "enabled", "true").to(t, alertsPath)
	for i := range 12 {
		rec := w.create("contact", "first_name", fmt.Sprintf("C%02d", i))
		w.owner.post("/contacts/" + string(rec.ID) + "/delete")
	}
	w.catchUp()
	w.owner.get(auditPath+"/events/"+string(w.newest("audit.alert_fired").ID)).want(t, 200, "fired: 12 entries", "Fired by", "&#34;C04&#34;", "2 between. The last ones:", "&#34;C07&#34;", "&#34;C11&#34;").
		wantNot(t, "&#34;C05&#34;", "&#34;C06&#34;", `<th scope="row">The last ones`)
}

// What cannot be saved is said beside what was typed, all of it at once; the other button only looks.
func TestAlertMistakes(t *testing.T) {
	w := newWorld(t)
	w.owner.post(alertsPath, "query", "", "name", " ", "when", "number", "count", "many", "minutes", "0", "per", "all", "sent", "daily", "digest", "", "webhook", "ftp://x").
		want(t, 422, "The alert needs a name", "There is no filter", "number of entries must be a whole number", "number of minutes must be", "The daily digest needs a time", `value="many"`, `value="ftp://x"`, `href="#f-count"`, `href="#f-webhook"`)
	w.owner.post(alertsPath, "query", "action=deleted", "name", "Many deletions", "when", "every", "recipients", owner, "sent", "instant").want(t, 422, "There is an alert &#34;Many deletions&#34; already.", `value="`+owner+`" checked`)
	w.owner.post(alertsPath, "query", "q=at:2026", "name", "A", "when", "every", "recipients", "member@example.com", "sent", "instant").want(t, 422, "take at: out of its search", "is not the email of an active staff member")
	w.create("contact", "first_name", "Ana")
	for _, c := range []struct{ query, count, want string }{{"type=contact.created", "", "In the last 30 days it would have fired 1 time: 1 entry passed its filter."},
		{"type=contact.created", "2", "it would not have fired: 1 entry passed"}, {"action=eaten", "2", "action is &#34;eaten&#34;"}, {"action=deleted", "x", "must be a whole number"}} {
		when := "every"
		if c.count != "" {
			when = "number"
		}
		w.owner.post(alertsPath, "query", c.query, "name", "Kept", "when", when, "count", c.count, "minutes", "5", "per", "all", "recipients", owner, "sent", "instant", "_do", "preview").want(t, 200, c.want, `value="Kept"`, `value="`+owner+`" checked`)
	}
	if n := len(w.events(500)); n == 0 {
		t.Fatal("no events")
	}
	for _, kind := range w.events(500) {
		if kind == "audit.alert_created" {
			t.Error("an alert was made")
		}
	}
	w.owner.post(alertsPath+"/nothing", "name", "A").want(t, 404, "There is no such alert.")
	w.owner.post(alertsPath+"/nothing/enabled", "enabled", "true").want(t, 404)
	w.owner.post(alertsPath+"/nothing/delete").want(t, 404, "There is no such alert.")
}

// Who may only read the log sees alerts and changes none; others see nothing.
func TestAlertsNeedPermissions(t *testing.T) {
	w := newWorld(t)
	w.owner.post(alertsPath, "query", "outcome=denied", "name", "Refused", "when", "every", "recipients", owner, "webhook", "https://example.com/s3cret", "sent", "instant", "enabled", "true")
	at := alertsPath + "/" + string(w.alertNamed("Refused").ID)
	w.member.get(alertsPath).want(t, 403, "audit.read").wantNot(t, "Refused")
	w.member.get(at).want(t, 403, "audit.read").wantNot(t, "Refused")
	w.update(w.record("staff", w.memberID), "permissions", "audit.read")
	w.member.get(alertsPath).want(t, 200, "Refused").wantNot(t, "Switch off", "New alert", "s3cret")
	w.member.get(at).want(t, 200, "Outcome: Denied", "Olga Owner").wantNot(t, "Send a test", "s3cret", "<form method=\"post\" action=\""+at)
	w.member.get(auditPath+"?q=x").want(t, 200).wantNot(t, "Alert me")
	for _, ask := range []answer{w.member.get(alertsPath + "/new"), w.member.post(alertsPath, "query", "q=x", "name", "A", "when", "every"), w.member.post(at, "query", "q=x", "name", "A", "when", "every"),
		w.member.post(at+"/enabled", "enabled", "false"), w.member.post(at + "/test"), w.member.post(at + "/delete")} {
		ask.want(t, 403, "audit.manage")
	}
}
