package alerts_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/alerts"
)

// Nobody hides many entries behind a few: what comes while a number is quiet is told when that ends, with the first and the last of it.
func TestDecoy(t *testing.T) {
	w := newWorld(t)
	a := w.alert("Many", "type=contact.deleted", times(10, 5))
	for range 10 {
		w.remove("Trifle")
	}
	w.run()
	w.pass(time.Minute)
	for i := range 60 {
		w.remove(fmt.Sprintf("Real-%02d", i))
		if i%20 == 0 {
			w.run()
		}
	}
	w.run()
	w.want("fired while it is quiet", w.said("audit.alert_fired"), `The alert "Many" fired: 10 entries within 5 minutes`)
	fired := w.stored(a.ID)
	if left := fired.DueAt.Sub(fired.FiredAt); left <= 4*time.Minute || left > 5*time.Minute {
		t.Errorf("it is due after %s", left)
	}
	w.pass(5 * time.Minute)
	w.run()
	w.want("fired", w.said("audit.alert_fired"), `The alert "Many" fired: 10 entries within 5 minutes`, `The alert "Many" fired: 60 more entries since it fired`)
	w.want("mail", w.out.subjects(), "olga@example.com: Alert Many: 10 entries", "olga@example.com: Alert Many: 60 entries")
	text := w.out.mails[1].Text
	for i := range 60 {
		if strings.Contains(text, fmt.Sprintf("Real-%02d", i)) != (i < 5 || i >= 55) {
			t.Errorf("is number %d in the letter?\n%s", i, text)
		}
	}
	if !strings.Contains(text, "\nand 50 entries between. The last ones:\n") {
		t.Errorf("the letter is\n%s", text)
	}
	if a = w.stored(a.ID); !a.DueAt.IsZero() || a.State.Held != nil {
		t.Errorf("the alert still holds %+v", a.State)
	}
	w.pass(time.Hour)
	w.run()
	if n := len(w.events("audit.alert_fired")); n != 2 {
		t.Errorf("it fired %d times", n)
	}
}

// What came since names for whom, and what is due together is told together: an alert fires once a minute at most.
func TestHeldWithOthers(t *testing.T) {
	w := newWorld(t)
	a := w.alert("Many", "type=contact.deleted", alerts.Condition{Count: 3, Minutes: 5, Per: alerts.PerPerson})
	remove := func(n int) {
		for range n {
			w.remove("X")
		}
		w.run()
	}
	remove(3)
	remove(2)
	w.pass(6 * time.Minute)
	w.run()
	w.want("fired", w.said("audit.alert_fired"), `The alert "Many" fired: 3 entries within 5 minutes: Olga`, `The alert "Many" fired: 2 more entries since it fired: Olga`)
	remove(3)
	w.pass(time.Minute)
	w.run()
	remove(4) // of the quiet time
	w.pass(5 * time.Minute)
	remove(3) // and behind it
	if got := w.said("audit.alert_fired"); !strings.HasSuffix(got, `The alert "Many" fired: 7 entries within 5 minutes: Olga`) || strings.Count(got, "\n") != 3 {
		t.Errorf("fired:\n%s", got)
	}
	if a = w.stored(a.ID); !a.DueAt.IsZero() {
		t.Errorf("it is due at %s", a.DueAt)
	}
}

// Who changes an alert while it holds something does not keep that from being told.
func TestHeldIsToldAheadOfAChange(t *testing.T) {
	w := newWorld(t)
	a := w.alert("Many", "type=contact.deleted", times(3, 5))
	for range 3 {
		w.remove("X")
	}
	w.run()
	w.remove("Y")
	w.run()
	off := false
	if _, _, err := w.alerts.Update(t.Context(), w.caller(), a.ID, alerts.Change{Enabled: &off}); err != nil {
		t.Fatal(err)
	}
	w.want("fired", w.said("audit.alert_fired"), `The alert "Many" fired: 3 entries within 5 minutes`, `The alert "Many" fired: 1 more entry since it fired`)
	if a = w.stored(a.ID); a.State.Held != nil || !a.DueAt.IsZero() {
		t.Errorf("it holds %+v", a.State)
	}
}
