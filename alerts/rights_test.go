package alerts_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/alerts"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/webhook"
)

// Who may not read the log any more gets nothing, and the firing says so; when nobody is left, that is a failure.
func TestRecipientsLoseRights(t *testing.T) {
	w := newWorld(t)
	ana, bo := w.staff("Ana", auth.Admin), w.staff("Bo", auth.Admin)
	a := w.alert("Gone", "type=contact.deleted", every, func(in *alerts.NewAlert) {
		in.Recipients = []string{"ANA@example.com", " bo@example.com ", "ana@example.com"}
	})
	w.remove("X")
	w.run()
	w.want("mail", w.out.subjects(), "ana@example.com: Alert Gone: 1 entry", "bo@example.com: Alert Gone: 1 entry")
	w.update(ana, "role", auth.MemberRole)
	w.pass(time.Hour)
	w.remove("Y")
	w.run()
	e := w.events("audit.alert_fired")[1]
	if told, left := change(e, "told", audit.Value.Strings), change(e, "left_out", audit.Value.Strings); len(told) != 1 || told[0] != "bo@example.com" || len(left) != 1 ||
		left[0] != "ana@example.com (may not read the audit log any more)" {
		t.Errorf("told %v, left out %v", told, left)
	}
	w.update(bo, "status", "deactivated")
	w.pass(time.Hour)
	w.remove("Z")
	w.run()
	if len(w.out.mails) != 3 {
		t.Errorf("there are %d letters", len(w.out.mails))
	}
	w.want("failed", w.said("audit.alert_failed"), `The alert "Gone" was not delivered: nobody is left to tell: ana@example.com (may not read the audit log any more), bo@example.com (has the status deactivated)`)
	if f := w.events("audit.alert_failed")[0]; f.Outcome != audit.Failed || f.Cause != w.events("audit.alert_fired")[2].ID {
		t.Errorf("the failure is %+v", f)
	}
	if a = w.stored(a.ID); !strings.HasPrefix(a.Problem, "Nobody was told: ") || !a.Enabled {
		t.Errorf("the alert is %+v", a)
	}
}

// Somebody who loses the right between the firing and the delivery gets nothing either.
func TestRightLostOnTheWay(t *testing.T) {
	w := newWorld(t)
	ana := w.staff("Ana", auth.Admin)
	w.alert("Gone", "type=contact.deleted", every, func(in *alerts.NewAlert) { in.Recipients = []string{"ana@example.com"} })
	w.remove("X")
	if err := w.db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.alerts.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.update(ana, "status", "deactivated")
	w.deliver(w.runner)
	if len(w.out.mails) != 0 || !strings.Contains(w.said("audit.alert_failed"), "ana@example.com (has the status deactivated)") {
		t.Errorf("letters %v, failures %s", w.out.mails, w.said("audit.alert_failed"))
	}
}

// A webhook is signed, and stands on the rights of who saved the alert last.
func TestWebhook(t *testing.T) {
	w := newWorld(t)
	ana := w.staff("Ana", auth.Admin)
	a, secret, err := w.alerts.Create(t.Context(), w.as(ana.ID, "Ana", auth.Admin), alerts.NewAlert{Name: "Gone", Query: "type=contact.deleted", Condition: every, Webhook: "https://hooks.example.com/s3cret", Enabled: true})
	if err != nil || !strings.HasPrefix(secret, "whsec_") {
		t.Fatal(err, secret)
	}
	w.remove("X")
	w.run()
	if len(w.out.calls) != 1 || w.out.calls[0].address != "https://hooks.example.com/s3cret" {
		t.Fatalf("the calls are %v", w.out.calls)
	}
	c := w.out.calls[0]
	var body struct {
		Type      string
		Timestamp time.Time
		Data      struct {
			Alert   struct{ ID, Name, URL string }
			Firings []struct {
				Event   string
				Count   int
				Entries []struct{ ID, Type, Actor, Description, URL string }
			}
		}
	}
	if err := json.Unmarshal(c.body, &body); err != nil {
		t.Fatal(err)
	}
	f := body.Data.Firings
	if body.Type != "alert.fired" || body.Data.Alert.ID != string(a.ID) || len(f) != 1 || f[0].Count != 1 || len(f[0].Entries) != 1 || f[0].Entries[0].Description != `Deleted contact "X"` ||
		f[0].Entries[0].Actor != "Olga" || f[0].Entries[0].URL != "https://log.example.com/settings/audit-logs/events/"+f[0].Entries[0].ID {
		t.Errorf("the body is %s", c.body)
	}
	want, err := webhook.Sign(secret, c.header["webhook-id"], body.Timestamp, c.body)
	if err != nil || want["webhook-signature"] != c.header["webhook-signature"] || want["webhook-timestamp"] != c.header["webhook-timestamp"] {
		t.Errorf("the headers are %v, want %v, %v", c.header, want, err)
	}
	for _, e := range w.events("") {
		if body := string(e.AppendCanonical(nil)); strings.Contains(body, "s3cret") || strings.Contains(body, secret) || strings.Contains(body, "whsec_") {
			t.Errorf("%s holds a secret", e.Description)
		}
	}

	w.update(ana, "status", "deactivated")
	w.pass(time.Hour)
	w.remove("Y")
	w.run()
	a = w.stored(a.ID)
	if len(w.out.calls) != 1 || a.Enabled || !strings.Contains(a.Paused, `"Ana", who saved it last, may no longer`) {
		t.Errorf("the alert is %+v, %d calls", a, len(w.out.calls))
	}
	if e := w.events("audit.alert_updated"); len(e) != 1 || e[0].Actor.Type != audit.System || !strings.Contains(e[0].Description, "Backtrail switched it off") {
		t.Errorf("the events are %v", e)
	}
	on := true
	if a, secret, err = w.alerts.Update(t.Context(), w.caller(), a.ID, alerts.Change{Enabled: &on}); err != nil || secret != "" || a.Paused != "" || a.Owner.Name != "Olga" {
		t.Errorf("switched on it is %+v, %v", a, err)
	}
	w.pass(alerts.Group)
	w.remove("Z")
	w.run()
	if len(w.out.calls) != 2 {
		t.Errorf("%d calls", len(w.out.calls))
	}
	// Another address has another secret, and one can be asked for.
	url := "https://hooks.example.com/other"
	_, second, err := w.alerts.Update(t.Context(), w.caller(), a.ID, alerts.Change{Webhook: &url})
	_, third, err2 := w.alerts.Update(t.Context(), w.caller(), a.ID, alerts.Change{NewSecret: true})
	if err != nil || err2 != nil || second == "" || third == "" || second == third {
		t.Errorf("the secrets are %q %q, %v %v", second, third, err, err2)
	}
}

// What cannot be delivered is tried three times, and then said.
func TestDeliveryFails(t *testing.T) {
	w := newWorld(t)
	a := w.alert("Gone", "type=contact.deleted", every)
	w.out.refuses(errs.New(errs.Unavailable, "mail_unreachable", "The mail server cannot be reached."))
	w.remove("X")
	w.run()
	w.want("failed", w.said("audit.alert_failed"), `The alert "Gone" was not delivered: olga@example.com: It was tried 3 times. The mail server cannot be reached.`)
	if a = w.stored(a.ID); a.Problem != "To olga@example.com: It was tried 3 times. The mail server cannot be reached." || a.FailedAt.IsZero() || !a.SentAt.IsZero() {
		t.Errorf("the alert is %+v", a)
	}
	w.out.refuses(errs.New(errs.NotPossible, "mail_not_set_up", "No mail server is set.").WithFix("Set one."))
	w.pass(time.Hour)
	w.remove("Y")
	w.run()
	if said := w.said("audit.alert_failed"); !strings.HasSuffix(said, ": No mail server is set. Set one.") {
		t.Errorf("it says %s", said)
	}
	w.out.refuses(nil)
	w.pass(time.Hour)
	w.remove("Z")
	w.run()
	if a = w.stored(a.ID); a.Problem != "" || a.SentAt.IsZero() {
		t.Errorf("the alert is %+v", a)
	}
	list, err := w.db.Jobs(t.Context(), w.account, alerts.Kind, "", 10)
	if err != nil || len(list) != 3 || list[0].Status != jobs.Done || list[1].Status != jobs.Failed || list[0].Payload != nil || list[1].Payload != nil {
		t.Errorf("the jobs are %+v %v", list, err)
	}
}

// A test goes to all, once a minute at most, and is in the log.
func TestTest(t *testing.T) {
	w := newWorld(t)
	bo := w.staff("Bo", auth.Admin)
	a := w.alert("Gone", "type=contact.deleted", times(10, 5), func(in *alerts.NewAlert) {
		in.Recipients, in.Webhook = []string{"olga@example.com", "bo@example.com"}, "https://hooks.example.com/s3cret"
	})
	tried, err := w.alerts.Test(t.Context(), w.caller(), a.ID)
	if err != nil || len(tried) != 3 || tried[2].To != "https://hooks.example.com/…" {
		t.Fatalf("%+v %v", tried, err)
	}
	for _, one := range tried {
		if one.Problem != "" {
			t.Errorf("%+v", one)
		}
	}
	w.want("mail", w.out.subjects(), "bo@example.com: Test of an alert on the audit log", "olga@example.com: Test of an alert on the audit log")
	if len(w.out.calls) != 1 || !strings.Contains(string(w.out.calls[0].body), `"type":"alert.test"`) {
		t.Errorf("the calls are %v", w.out.calls)
	}
	if _, err := w.alerts.Test(t.Context(), w.caller(), a.ID); errs.Code(err) != "tested_already" {
		t.Errorf("again: %v", err)
	}
	w.pass(time.Minute)
	w.update(bo, "status", "deactivated")
	if tried, err = w.alerts.Test(t.Context(), w.caller(), a.ID); err != nil || tried[1].Problem != "Left out: has the status deactivated." {
		t.Errorf("%+v %v", tried, err)
	}
	w.want("tested", w.said("audit.alert_tested"), `Tested the alert "Gone": sent to olga@example.com, bo@example.com, https://hooks.example.com/…`,
		`Tested the alert "Gone": sent to olga@example.com, https://hooks.example.com/…; not sent to bo@example.com (Left out: has the status deactivated)`)
}

// A test that begins before the alert is deleted does not bring it back.
func TestTestOfDeleted(t *testing.T) {
	w := newWorld(t)
	a := w.alert("Gone", "action=deleted", every)
	w.alerts.At(func(point string) {
		if point == "test: read" {
			w.alerts.At(nil)
			if err := w.alerts.Delete(t.Context(), w.caller(), a.ID); err != nil {
				t.Error(err)
			}
		}
	})
	if _, err := w.alerts.Test(t.Context(), w.caller(), a.ID); !errs.Is(err, errs.NotFound) {
		t.Errorf("it was tested: %v", err)
	}
	if _, err := w.alerts.Alert(t.Context(), w.caller(), a.ID); !errs.Is(err, errs.NotFound) {
		t.Errorf("it is back: %v", err)
	}
}
