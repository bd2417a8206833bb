package storetest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/backtrail/backtrail/alerts"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/follower"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/store"
)

// testAlerts keeps alerts, finds what is due across accounts, and lets writers of an account wait for each other.
func testAlerts(t *testing.T, db *store.DB) {
	ctx := t.Context()
	do := func(account audit.AccountID, fn func(tx alerts.Tx) error) {
		t.Helper()
		if err := db.WriteAlerts(ctx, account, fn); err != nil {
			t.Fatal(err)
		}
	}
	see := func(account audit.AccountID, want ...alerts.Alert) {
		t.Helper()
		got, err := db.Alerts(ctx, account)
		slices.SortFunc(got, func(a, b alerts.Alert) int { return cmp.Compare(a.Name, b.Name) })
		same(t, want)(got, err)
	}
	due := func(now time.Time, want ...audit.AccountID) {
		t.Helper()
		got, err := db.AlertsDue(ctx, now, "", 10)
		slices.Sort(got)
		same(t, want)(got, err)
	}
	see(acme)
	full := alerts.Alert{Account: acme, ID: "1", Name: "A é", Query: "action=deleted", Condition: alerts.Condition{Count: 10, Minutes: 5, Per: alerts.PerPerson}, Digest: "08:00",
		Recipients: []audit.RecordID{numbered(1), numbered(2)}, Webhook: "https://example.com/x", Secret: "whsec_eA==", Enabled: true, Paused: "x",
		Owner: alerts.Owner{Type: audit.User, ID: "ana", Name: "Ana"}, CreatedAt: start, UpdatedAt: start.Add(time.Microsecond), Since: start.Add(time.Second),
		State: alerts.State{Counts: alerts.Counts{Newest: start, Recent: map[string][]alerts.Seen{"person user ana": {{At: start, Event: "e1"}}}, Quiet: map[string]time.Time{"": start}},
			Pending: &alerts.Pending{Count: 3, Entries: []audit.EventID{"e1", "e2"}, By: []string{"Ana"}, Cause: "e2"},
			Held:    &alerts.Pending{Count: 12, Entries: []audit.EventID{"e4"}, Last: []audit.EventID{"e5"}, Cause: "e4"}, HeldUntil: start.Add(time.Hour), Digest: []audit.EventID{"e3"}, More: 2, DigestAt: start},
		DueAt: start.Add(time.Minute), FiredAt: start, Fired: "e4", SentAt: start, FailedAt: start, Problem: "No.", TestedAt: start}
	plain := alerts.Alert{Account: acme, ID: "2", Name: "B", Query: "action=created", Condition: alerts.Condition{Count: 1, Per: alerts.Together}}
	rival := alerts.Alert{Account: other, ID: "1", Name: "C", Query: "q=x", Condition: alerts.Condition{Count: 1, Per: alerts.Together}, DueAt: start.Add(2 * time.Minute)}
	do(acme, func(tx alerts.Tx) error { return errors.Join(tx.PutAlert(ctx, full), tx.PutAlert(ctx, plain)) })
	do(other, func(tx alerts.Tx) error { return tx.PutAlert(ctx, rival) })
	see(acme, full, plain)
	see(other, rival)
	due(start)
	due(start.Add(time.Minute), acme)
	due(start.Add(time.Hour), acme, other)
	first, second := min(acme, other), max(acme, other)
	same(t, []audit.AccountID{first})(db.AlertsDue(ctx, start.Add(time.Hour), "", 1))
	same(t, []audit.AccountID{second})(db.AlertsDue(ctx, start.Add(time.Hour), first, 1))
	same(t, []audit.AccountID(nil))(db.AlertsDue(ctx, start.Add(time.Hour), second, 1))

	// What another account does under the same id is its own; what the transaction of a job writes is the same.
	do(other, func(tx alerts.Tx) error { return tx.DeleteAlert(ctx, plain.ID) })
	full.Name, full.Enabled, full.State, full.DueAt, full.Recipients = "AA", false, alerts.State{}, time.Time{}, nil
	if err := db.WriteJobs(ctx, acme, func(tx jobs.Tx) error { return tx.(alerts.Tx).PutAlert(ctx, full) }); err != nil {
		t.Fatal(err)
	}
	see(acme, full, plain)
	do(acme, func(tx alerts.Tx) error {
		got, err := tx.LockAlerts(ctx)
		if len(got) != 2 {
			t.Errorf("inside: %+v", got)
		}
		return errors.Join(err, tx.DeleteAlert(ctx, plain.ID))
	})
	see(acme, full)
	due(start.Add(time.Hour), other)

	// A transaction that fails leaves nothing.
	broken := errors.New("broken")
	if err := db.WriteAlerts(ctx, acme, func(tx alerts.Tx) error { return errors.Join(tx.DeleteAlert(ctx, full.ID), broken) }); !errors.Is(err, broken) {
		t.Errorf("it gives %v", err)
	}
	see(acme, full)

	some, none := alerts.Spent{Since: start, Count: 7}, alerts.Spent{}
	do(acme, func(tx alerts.Tx) error {
		same(t, none)(tx.AlertsSpent(ctx, alerts.Tests))
		return errors.Join(tx.PutAlertsSpent(ctx, alerts.Tests, none), tx.PutAlertsSpent(ctx, alerts.Tests, some))
	})
	do(acme, func(tx alerts.Tx) error {
		same(t, some)(tx.AlertsSpent(ctx, alerts.Tests))
		same(t, none)(tx.AlertsSpent(ctx, alerts.Letters))
		return nil
	})
	do(other, func(tx alerts.Tx) error { same(t, none)(tx.AlertsSpent(ctx, alerts.Tests)); return nil })

	// Each counts what is there and adds one when there are fewer than three: two of them do.
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			err := db.WriteAlerts(context.WithoutCancel(ctx), acme, func(tx alerts.Tx) error {
				list, err := tx.LockAlerts(ctx)
				if err != nil || len(list) >= 3 {
					return err
				}
				return tx.PutAlert(ctx, alerts.Alert{ID: alerts.ID(newID()), Name: "D"})
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got, err := db.Alerts(ctx, acme); err != nil || len(got) != 3 {
		t.Errorf("%d alerts, %v", len(got), err)
	}
}

// testReaders: each reader of the log has cursors of its own.
func testReaders(t *testing.T, db *store.DB) {
	ctx := t.Context()
	write(t, db, acme, operation(acme, start, 2))
	seal(t, db)
	follow := func(fn func(tx alerts.Tx) error) {
		t.Helper()
		if err := db.WriteAlerts(ctx, acme, fn); err != nil {
			t.Fatal(err)
		}
	}
	follow(func(tx alerts.Tx) error { return tx.FollowAccount(ctx, follower.Alerts) })
	write(t, db, acme, operation(acme, start, 1))
	seal(t, db)
	same(t, []follower.Cursor{{Account: acme, Seq: 2, Head: 3}})(db.Behind(ctx, follower.Alerts, 10))
	same(t, []follower.Cursor(nil))(db.Behind(ctx, follower.Workflows, 10))
	if n, since, err := db.Unfollowed(ctx, follower.Alerts); err != nil || n != 1 || !since.Equal(start) {
		t.Errorf("behind are %d since %s, %v", n, since, err)
	}
	if n, since, err := db.Unfollowed(ctx, follower.Workflows); err != nil || n != 0 || !since.IsZero() {
		t.Errorf("behind are %d since %s, %v", n, since, err)
	}
	follow(func(tx alerts.Tx) error {
		same(t, false)(tx.MoveCursor(ctx, follower.Workflows, 2, 3))
		same(t, true)(tx.MoveCursor(ctx, follower.Alerts, 2, 3))
		return nil
	})
	same(t, []follower.Cursor(nil))(db.Behind(ctx, follower.Alerts, 10))
	write(t, db, acme, operation(acme, start, 1))
	seal(t, db)
	follow(func(tx alerts.Tx) error { return tx.LeaveAccount(ctx, follower.Alerts) })
	same(t, []follower.Cursor(nil))(db.Behind(ctx, follower.Alerts, 10))
}
