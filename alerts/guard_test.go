package alerts_test

import (
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/alerts"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
)

// look follows the log without sending.
func (w *world) look() {
	w.t.Helper()
	if err := w.db.Seal(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	if err := w.alerts.CatchUp(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) change(id alerts.ID, change alerts.Change) {
	w.t.Helper()
	if _, _, err := w.alerts.Update(w.t.Context(), w.caller(), id, change); err != nil {
		w.t.Fatal(err)
	}
}

var (
	off   = false
	on    = true
	other = times(3, 5)
	fresh = []string{"ana@example.com"}
	asked = "action=deleted&module=staff"
)

// What waits is told before an alert is changed, switched off or deleted, to those whom it was for.
func TestWhatWaitsIsTold(t *testing.T) {
	for name, do := range map[string]func(*world, alerts.ID){
		"off and on": func(w *world, id alerts.ID) {
			w.change(id, alerts.Change{Enabled: &off})
			w.change(id, alerts.Change{Enabled: &on})
		},
		"another condition": func(w *world, id alerts.ID) {
			w.change(id, alerts.Change{Condition: &other})
			c := every
			w.change(id, alerts.Change{Condition: &c})
		},
		"others": func(w *world, id alerts.ID) { w.change(id, alerts.Change{Recipients: &fresh}) },
		"deleted": func(w *world, id alerts.ID) {
			if err := w.alerts.Delete(w.t.Context(), w.caller(), id); err != nil {
				w.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.staff("Ana", auth.Admin)
			at := w.alert("At once", "type=contact.deleted", every, func(in *alerts.NewAlert) { in.Webhook = "https://hooks.example.com/x" })
			daily := w.alert("Daily", "type=contact.deleted", every, func(in *alerts.NewAlert) { in.Digest = "18:00" })
			w.remove("X")
			w.run()
			w.remove("Y") // within the minute
			w.look()
			do(w, at.ID)
			do(w, daily.ID)
			w.deliver(w.runner)
			got := w.out.subjects()
			if strings.Count(got, "olga@example.com: Alert At once: 1 entry") != 2 || strings.Count(got, "olga@example.com: Alert Daily: fired 2 times") != 1 || len(w.out.calls) != 2 {
				t.Errorf("told %s, %d calls", got, len(w.out.calls))
			}
			if n := len(w.events("audit.alert_fired")); n != 4 {
				t.Errorf("it fired %d times", n)
			}
		})
	}
}

// An alert that is deleted between its firing and the delivery is told all the same, and its webhook is the one of then.
func TestDeletedOnTheWay(t *testing.T) {
	w := newWorld(t)
	a := w.alert("Gone", "type=contact.deleted", every, func(in *alerts.NewAlert) { in.Webhook = "https://hooks.example.com/x" })
	w.remove("X")
	w.look()
	if err := w.alerts.Delete(t.Context(), w.caller(), a.ID); err != nil {
		t.Fatal(err)
	}
	w.out.refuses(nil)
	w.deliver(w.runner)
	w.want("mail", w.out.subjects(), "olga@example.com: Alert Gone was deleted", "olga@example.com: Alert Gone: 1 entry")
	if len(w.out.calls) != 1 || w.out.calls[0].address != "https://hooks.example.com/x" {
		t.Errorf("the calls are %v", w.out.calls)
	}
	list, err := w.db.Jobs(t.Context(), w.account, alerts.Kind, "", 10)
	for _, j := range list {
		if len(j.Payload) != 0 {
			t.Errorf("a job that is done holds %s", j.Payload)
		}
	}
	if err != nil || len(list) != 3 {
		t.Errorf("%d jobs, %v", len(list), err)
	}
}

// What was recorded and not looked at yet counts when only the condition, the name or the recipients change.
func TestChangeLosesNothing(t *testing.T) {
	w := newWorld(t)
	w.staff("Ana", auth.Admin)
	a := w.alert("Gone", "type=contact.deleted", other)
	w.remove("X")
	c, name := every, "Other"
	w.change(a.ID, alerts.Change{Condition: &c, Name: &name, Recipients: &fresh})
	w.run()
	w.want("fired", w.said("audit.alert_fired"), `The alert "Other" fired: 1 entry`)
}

// Those whom an alert told learn when it is taken from them, with who did it and what.
func TestRecipientsAreToldOfChanges(t *testing.T) {
	for want, change := range map[string]alerts.Change{
		"was switched off": {Enabled: &off},
		"was changed":      {Query: &asked},
		"was changed ":     {Condition: &other},
		"was changed  ":    {Recipients: &fresh},
	} {
		w := newWorld(t)
		w.staff("Ana", auth.Admin)
		a := w.alert("Gone", "action=deleted", every)
		w.change(a.ID, change)
		w.deliver(w.runner)
		w.want("mail", w.out.subjects(), "olga@example.com: Alert Gone "+strings.TrimSpace(want))
		if len(w.out.mails) == 1 && !strings.Contains(w.out.mails[0].Text, `The alert "Gone" on the audit log of Harbour `+strings.TrimSpace(want)+" by Olga, 2 March 2026") {
			t.Errorf("the letter says %s", w.out.mails[0].Text)
		}
		w.change(a.ID, alerts.Change{Enabled: &off}) // one that is off tells nobody anything
		w.deliver(w.runner)
		n := len(w.out.mails)
		q := "action=created"
		w.change(a.ID, alerts.Change{Query: &q})
		w.deliver(w.runner)
		if len(w.out.mails) != n {
			t.Errorf("%s", w.out.subjects())
		}
	}
}

// Who loses the right on which a webhook stands takes it away from nobody but the webhook.
func TestWebhookLosesItsOwner(t *testing.T) {
	w := newWorld(t)
	ana := w.staff("Ana", auth.Admin)
	a, _, err := w.alerts.Create(t.Context(), w.as(ana.ID, "Ana", auth.Admin), alerts.NewAlert{Name: "Gone", Query: "type=contact.deleted", Condition: every,
		Recipients: []string{"olga@example.com"}, Webhook: "https://hooks.example.com/s3cret", Enabled: true})
	if err != nil {
		t.Fatal(err)
	}
	w.update(ana, "status", "deactivated")
	for range 2 {
		w.remove("X")
		w.run()
		w.pass(time.Hour)
	}
	w.want("mail", w.out.subjects(), "olga@example.com: Alert Gone was kept from its webhook", "olga@example.com: Alert Gone: 1 entry", "olga@example.com: Alert Gone: 1 entry")
	a = w.stored(a.ID)
	if !a.Enabled || !strings.Contains(a.Paused, `"Ana", who saved it last, may no longer`) || len(w.out.calls) != 0 {
		t.Errorf("the alert is %+v, %d calls", a, len(w.out.calls))
	}
	if e := w.events("audit.alert_updated"); len(e) != 1 || e[0].Actor.Type != audit.System || !strings.Contains(e[0].Description, "Webhook is called. Backtrail stopped calling it: ") {
		t.Errorf("the events are %v", w.said("audit.alert_updated"))
	}
	w.change(a.ID, alerts.Change{Enabled: &on})
	w.remove("Y")
	w.run()
	if a = w.stored(a.ID); a.Paused != "" || len(w.out.calls) != 1 {
		t.Errorf("saved anew it is %+v, %d calls", a, len(w.out.calls))
	}
}
