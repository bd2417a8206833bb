package alerts_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/backtrail/backtrail/alerts"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
)

// The account has so many tests an hour, also of alerts that are deleted and made anew.
func TestTestsAreLimited(t *testing.T) {
	w := newWorld(t)
	test := func() error {
		a := w.alert("Gone", "action=deleted", every, func(in *alerts.NewAlert) { in.Enabled = false })
		_, err := w.alerts.Test(t.Context(), w.caller(), a.ID)
		if err := w.alerts.Delete(t.Context(), w.caller(), a.ID); err != nil {
			t.Fatal(err)
		}
		return err
	}
	for range alerts.Tests.Most {
		if err := test(); err != nil {
			t.Fatal(err)
		}
	}
	if err := test(); errs.Code(err) != "too_many_tests" || len(w.out.mails) != alerts.Tests.Most {
		t.Errorf("one more: %v, %d letters", err, len(w.out.mails))
	}
	w.pass(time.Hour)
	if err := test(); err != nil {
		t.Errorf("after an hour: %v", err)
	}
	if l := w.out.mails[0]; strings.Contains(l.Subject+l.Text, "Gone") || !strings.Contains(l.Text, "audit log of Harbour") {
		t.Errorf("the test says %s", l.Text)
	}
}

// The account has so many letters a day; then the log and everybody whom an alert tells are told so once, and webhooks go on.
func TestLettersAreLimited(t *testing.T) {
	w := newWorld(t)
	w.staff("Ana", auth.Admin)
	w.alert("Quiet", "action=executed&module=payments", every, func(in *alerts.NewAlert) { in.Recipients = []string{"ana@example.com"} })
	w.alert("Loud", "type=contact.deleted", every, func(in *alerts.NewAlert) { in.Webhook = "https://hooks.example.com/x" })
	if err := w.db.WriteAlerts(t.Context(), w.account, func(tx alerts.Tx) error {
		return tx.PutAlertsSpent(t.Context(), alerts.Letters, alerts.Spent{Since: w.clock(), Count: alerts.Letters.Most - 1})
	}); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		w.remove(fmt.Sprint("X", i))
		w.run()
		w.pass(2 * time.Minute)
	}
	w.want("mail", w.out.subjects(), "ana@example.com: Alert Quiet is not mailed for now", "olga@example.com: Alert Loud is not mailed for now", "olga@example.com: Alert Loud: 1 entry")
	w.want("failed", w.said("audit.alert_failed"), `The alert "Loud" was not delivered: the account has sent its 200 emails of alerts of the day; more of these emails (letters) leave from 3 March 2026, 09:00 WET on, webhooks are called all the same`)
	if len(w.out.calls) != 3 {
		t.Errorf("%d calls", len(w.out.calls))
	}
	w.pass(24 * time.Hour)
	w.remove("Y")
	w.run()
	if len(w.out.mails) != 4 {
		t.Errorf("the next day: %s", w.out.subjects())
	}
}

// What can be made by changing alerts again and again is bounded, too.
func TestNoticesAreLimited(t *testing.T) {
	w := newWorld(t)
	a := w.alert("Gone", "action=deleted", every)
	if err := w.db.WriteAlerts(t.Context(), w.account, func(tx alerts.Tx) error {
		return tx.PutAlertsSpent(t.Context(), alerts.Notices, alerts.Spent{Since: w.clock(), Count: alerts.Notices.Most})
	}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		w.change(a.ID, alerts.Change{Enabled: &off})
		w.change(a.ID, alerts.Change{Enabled: &on})
	}
	w.deliver(w.runner)
	w.want("mail", w.out.subjects(), "olga@example.com: Alert Gone is not mailed for now")
}

// A job that ended is not kept for good.
func TestJobsGo(t *testing.T) {
	w := newWorld(t)
	w.alert("Gone", "type=contact.deleted", every)
	w.remove("X")
	w.run()
	count := func() int {
		list, err := w.db.Jobs(t.Context(), w.account, alerts.Kind, "", 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	w.pass(29 * 24 * time.Hour)
	w.remove("Y")
	w.run()
	if count() != 2 {
		t.Error("one went early")
	}
	w.pass(2 * 24 * time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { w.runner.Run(ctx) })
	for deadline := time.Now().Add(60 * time.Second); count() != 1; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("there are %d jobs", count())
		}
	}
}
