package alerts_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/backtrail/backtrail/alerts"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/workspace"
)

// While filters are matched others write, alerts among it: what then counts is what passes the filter of the end.
func TestOthersWriteWhileFiltersAreMatched(t *testing.T) {
	w := newWorld(t)
	a := w.alert("Gone", "type=contact.deleted", every)
	w.remove("Ana")
	w.remove("Bo")
	if err := w.db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	matched := 0
	w.alerts.At(func(point string) {
		if point != "follow: matched" {
			return
		}
		if matched++; matched == 1 {
			changed := w.stored(a.ID)
			changed.Query = "type=contact.created"
			if err := w.db.WriteAlerts(t.Context(), w.account, func(tx alerts.Tx) error { return tx.PutAlert(t.Context(), changed) }); err != nil {
				t.Error(err)
			}
			w.create("contact", "first_name", "Cy")
		}
	})
	if err := w.alerts.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if matched != 2 {
		t.Errorf("it was matched %d times", matched)
	}
	w.alerts.At(nil)
	w.want("fired", w.said("audit.alert_fired"), `The alert "Gone" fired: 2 entries`)
	first, _, _ := alerts.FiredBy(w.events("audit.alert_fired")[0])
	if e, err := w.db.Event(t.Context(), w.account, first[0]); err != nil {
		t.Fatal(err)
	} else if e, err := e.Event(); err != nil || e.Type != "contact.created" {
		t.Errorf("it fired by %+v, %v", e, err)
	}
}

// failingPeople cannot say who may read the log of one account.
type failingPeople struct {
	alerts.People
	of audit.AccountID
}

var errPeople = errors.New("people cannot be read")

func (p failingPeople) Reader(ctx context.Context, account audit.AccountID, id audit.RecordID) (alerts.Reader, string, error) {
	if account == p.of {
		return alerts.Reader{}, "", errPeople
	}
	return p.People.Reader(ctx, account, id)
}

// other founds another account and goes over to it.
func (w *world) other() {
	w.t.Helper()
	founded, err := w.ws.Found(w.t.Context(), workspace.Founding{Name: "Quay", Timezone: "Europe/Lisbon", OwnerName: "Olga", OwnerEmail: "olga@quay.example.com", OwnerPassword: "correct horse battery"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.account, w.owner = founded.Account.ID, founded.Owner.ID
}

// What is due in one account is told whatever fails in another, and in the log.
func TestOneAccountDoesNotStopAnother(t *testing.T) {
	w := newWorld(t)
	daily := func(in *alerts.NewAlert) { in.Digest = "18:00" }
	var accounts []audit.AccountID
	for _, email := range []string{"olga@example.com", "olga@quay.example.com"} {
		if len(accounts) > 0 {
			w.other()
		}
		accounts = append(accounts, w.account)
		w.alert("Gone", "type=contact.deleted", every, daily, func(in *alerts.NewAlert) { in.Recipients = []string{email} })
		w.remove("Ana")
	}
	if err := errors.Join(w.db.Seal(t.Context()), w.alerts.CatchUp(t.Context())); err != nil {
		t.Fatal(err)
	}
	w.pass(24 * time.Hour)
	for i, broken := range accounts { // whichever comes first
		w.account = accounts[1-i]
		w.alerts.People = failingPeople{w.ws.Alerts.People, broken}
		if err := w.alerts.CatchUp(t.Context()); errors.Is(err, errPeople) != (i == 0) {
			t.Errorf("%d: the error is %v", i, err)
		}
		w.deliver(w.runner)
		if n := len(w.out.mails); n != i+1 {
			t.Errorf("%d: %d letters were sent", i, n)
		}
	}
}

// What is due does not wait until the log was followed.
func TestDueDoesNotWaitForTheLog(t *testing.T) {
	w := newWorld(t)
	w.alert("Gone", "type=contact.deleted", every, func(in *alerts.NewAlert) { in.Digest = "18:00" })
	w.remove("Ana")
	if err := errors.Join(w.db.Seal(t.Context()), w.alerts.CatchUp(t.Context())); err != nil {
		t.Fatal(err)
	}
	w.remove("Bo")
	if err := w.db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.pass(24 * time.Hour)
	ctx, stop := context.WithCancel(t.Context())
	var told sync.Once
	due := make(chan struct{})
	waited := false
	w.alerts.At(func(point string) {
		switch point {
		case "follow: matched":
			select {
			case <-due:
			case <-time.After(time.Minute):
				waited = true
				stop()
			}
		case "due: committed":
			told.Do(func() { close(due) })
		case "follow: committed":
			stop()
		}
	})
	w.alerts.Run(ctx)
	if waited {
		t.Error("the digest waited for the log")
	}
}
