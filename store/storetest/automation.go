package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/automation"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/follower"
	"github.com/backtrail/backtrail/store"
	"github.com/backtrail/backtrail/workflow"
)

// testCursors follows accounts.
func testCursors(t *testing.T, db *store.DB) {
	ctx := t.Context()
	do := func(account audit.AccountID, fn func(tx automation.Tx) error) {
		t.Helper()
		if err := db.WriteRuns(ctx, account, fn); err != nil {
			t.Fatal(err)
		}
	}
	write(t, db, acme, operation(acme, start, 3))
	seal(t, db)
	same(t, []follower.Cursor(nil))(db.Behind(ctx, follower.Workflows, 10))
	do(acme, func(tx automation.Tx) error { return tx.FollowAccount(ctx, follower.Workflows) })
	do(other, func(tx automation.Tx) error { return tx.FollowAccount(ctx, follower.Workflows) }) // it has no event yet
	same(t, []follower.Cursor(nil))(db.Behind(ctx, follower.Workflows, 10))
	write(t, db, acme, operation(acme, start.Add(time.Second), 2), operation(acme, start.Add(2*time.Second), 1))
	write(t, db, other, operation(other, start, 1))
	seal(t, db)
	same(t, []follower.Cursor{{Account: other, Seq: 0, Head: 1}, {Account: acme, Seq: 3, Head: 6}})(db.Behind(ctx, follower.Workflows, 10))
	same(t, []follower.Cursor{{Account: other, Seq: 0, Head: 1}})(db.Behind(ctx, follower.Workflows, 1))
	same(t, automation.Standing{Events: 4, Since: start})(db.Standing(ctx, start))

	found, err := db.SealedAfter(ctx, acme, 3, 2, 1<<20)
	if err != nil || len(found) != 2 || found[0].Seq != 4 || found[1].Seq != 5 {
		t.Fatalf("behind the third lie %v %v", found, err)
	}
	first := len(found[0].Body)
	for bytes, want := range map[int]int{1: 1, first: 1, first + 1: 2} {
		if found, err = db.SealedAfter(ctx, acme, 3, 3, bytes); err != nil || len(found) != want {
			t.Errorf("of %d bytes are %d events, %v; want %d", bytes, len(found), err, want)
		}
	}
	// It moves from where it is, once.
	for _, want := range []bool{true, false} {
		do(acme, func(tx automation.Tx) error {
			same(t, want)(tx.MoveCursor(ctx, follower.Workflows, 3, 6))
			return nil
		})
	}
	do(acme, func(tx automation.Tx) error { return tx.FollowAccount(ctx, follower.Workflows) }) // it is, and stays where it was
	same(t, []follower.Cursor{{Account: other, Seq: 0, Head: 1}})(db.Behind(ctx, follower.Workflows, 10))
	// One that was left is followed from the head on.
	do(other, func(tx automation.Tx) error { return tx.LeaveAccount(ctx, follower.Workflows) })
	same(t, []follower.Cursor(nil))(db.Behind(ctx, follower.Workflows, 10))
	do(other, func(tx automation.Tx) error { return tx.FollowAccount(ctx, follower.Workflows) })
	same(t, []follower.Cursor(nil))(db.Behind(ctx, follower.Workflows, 10))
	// So is one that never was.
	third := audit.AccountID("01890000-0000-7000-8000-00000000000c")
	write(t, db, third, operation(third, start, 2))
	seal(t, db)
	if err := db.AdoptAccounts(ctx); err != nil {
		t.Fatal(err)
	}
	write(t, db, third, operation(third, start, 1))
	seal(t, db)
	same(t, []follower.Cursor{{Account: third, Seq: 2, Head: 3}})(db.Behind(ctx, follower.Workflows, 10))
}

// testRuns keeps runs.
func testRuns(t *testing.T, db *store.DB) {
	ctx := t.Context()
	flow, event := newID(), audit.EventID(newID())
	steps := workflow.StepsOf(`[{"action":"wait","settings":"{\"amount\":1,\"unit\":\"days\"}"},{"action":"add_tag","settings":"unreadable"}]`)
	run := automation.Run{Account: acme, ID: automation.RunID(newID()), Workflow: flow, Name: "Wélcome", Event: event, Type: "contact.created", Subject: "Created it",
		Record: &audit.Ref{Object: "contact", ID: newID(), Name: "Ana"}, Depth: 2, Steps: steps, Status: automation.Running, DueAt: start, StartedAt: start}
	equal := func(want, got automation.Run) {
		t.Helper()
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(workflow.Step{}), cmp.Comparer(func(a, b error) bool { return (a == nil) == (b == nil) })); diff != "" {
			t.Errorf("the run (-want +got):\n%s", diff)
		}
	}
	add := func(account audit.AccountID, r automation.Run) {
		t.Helper()
		if err := db.WriteRuns(ctx, account, func(tx automation.Tx) error { return tx.AddRun(ctx, r) }); err != nil {
			t.Fatal(err)
		}
	}
	save := func(r automation.Run, want bool) {
		t.Helper()
		if err := db.WriteRuns(ctx, acme, func(tx automation.Tx) error {
			same(t, want)(tx.SaveRun(ctx, r))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	look := func() automation.Run {
		t.Helper()
		got, err := db.Run(ctx, acme, run.ID)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	add(acme, run)
	equal(run, look())
	twice := run
	twice.ID, twice.Name = automation.RunID(newID()), "Again"
	add(acme, twice) // of the same workflow and event
	if _, err := db.Run(ctx, acme, twice.ID); !errs.Is(err, errs.NotFound) {
		t.Errorf("an event began a workflow twice: %v", err)
	}
	add(other, twice)
	if _, err := db.Run(ctx, other, run.ID); !errs.Is(err, errs.NotFound) {
		t.Errorf("a run of another account: %v", err)
	}

	run.Status, run.DueAt, run.Claim, run.Next, run.Attempts, run.Reason = automation.Waiting, start.Add(time.Hour), 1, 1, 3, "Nö"
	run.Trail = []automation.Trace{{Step: 0, Action: "wait", At: start, Event: event, Note: "x"}}
	save(run, true)
	equal(run, look())
	save(run, false) // the claim went on
	due := func(now time.Time, without []audit.AccountID, want ...automation.RunID) {
		t.Helper()
		found, err := db.DueRuns(ctx, now, without, 10)
		var got []automation.RunID
		for _, r := range found {
			got = append(got, r.ID)
		}
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("due are %v %v, want %v", got, err, want)
		}
	}
	due(start, nil, twice.ID)
	due(start.Add(time.Hour), nil, twice.ID, run.ID)
	due(start.Add(time.Hour), []audit.AccountID{other, "nobody"}, run.ID)
	same(t, automation.Standing{Due: 2, DueAt: start})(db.Standing(ctx, start.Add(2*time.Hour)))

	next := run
	next.ID, next.Event, next.Claim, next.Trail = automation.RunID(newID()), audit.EventID(newID()), 0, nil
	add(acme, next)
	page := func(before automation.RunID, limit int, want ...automation.RunID) {
		t.Helper()
		found, err := db.Runs(ctx, acme, flow, before, limit)
		var got []automation.RunID
		for _, r := range found {
			got = append(got, r.ID)
		}
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("the runs are %v %v, want %v", got, err, want)
		}
	}
	page("", 10, next.ID, run.ID)
	page("", 1, next.ID)
	page(next.ID, 10, run.ID)
	if err := db.WriteRuns(ctx, acme, func(tx automation.Tx) error { return tx.StopRuns(ctx, flow, "Off.", start.Add(time.Minute)) }); err != nil {
		t.Fatal(err)
	}
	run.Status, run.Reason, run.EndedAt, run.Claim = automation.Stopped, "Off.", start.Add(time.Minute), 2
	equal(run, look())
	run.Claim++
	save(run, false) // what has ended stays so
	due(start.Add(time.Hour), nil, twice.ID)
}

// testTurns looks for due runs of several accounts, counts those that are open, and drops what ended long ago.
func testTurns(t *testing.T, db *store.DB) {
	ctx := t.Context()
	third := audit.AccountID("01890000-0000-7000-8000-00000000000c")
	names := map[automation.RunID]string{}
	add := func(account audit.AccountID, name string, minutes int, ended int) {
		t.Helper()
		r := automation.Run{ID: automation.RunID(newID()), Workflow: newID(), Event: audit.EventID(newID()), Name: name, Status: automation.Running,
			DueAt: start.Add(time.Duration(minutes) * time.Minute), StartedAt: start}
		if ended >= 0 {
			r.Status, r.EndedAt = automation.Done, start.Add(time.Duration(ended)*time.Minute)
		}
		names[r.ID] = name
		if err := db.WriteRuns(ctx, account, func(tx automation.Tx) error { return tx.AddRun(ctx, r) }); err != nil {
			t.Fatal(err)
		}
	}
	due := func(without []audit.AccountID, limit int, want ...string) {
		t.Helper()
		found, err := db.DueRuns(ctx, start.Add(time.Hour), without, limit)
		var got []string
		for _, r := range found {
			got = append(got, names[r.ID])
		}
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("due are %v %v, want %v", got, err, want)
		}
	}
	open := func(account audit.AccountID, want int) {
		t.Helper()
		if err := db.WriteRuns(ctx, account, func(tx automation.Tx) error {
			same(t, want)(tx.OpenRuns(ctx))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	drop := func(minutes, limit, want int) {
		t.Helper()
		same(t, want)(db.DropRuns(ctx, start.Add(time.Duration(minutes)*time.Minute), limit))
	}
	open(acme, 0)
	for i, name := range []string{"a1", "a2", "a3", "a4"} {
		add(acme, name, i, -1)
	}
	add(acme, "a late", 90, -1)
	add(other, "b1", 10, -1)
	add(other, "b2", 11, -1)
	add(third, "c1", 0, -1)
	add(acme, "a done", 0, 1)
	add(other, "b done", 0, 2)
	add(third, "c done", 0, 3)
	due(nil, 10, "a1", "c1", "b1", "a2", "b2", "a3", "a4")
	due(nil, 4, "a1", "c1", "b1", "a2")
	due([]audit.AccountID{acme}, 10, "c1", "b1", "b2")
	open(acme, 5)
	open(other, 2)
	drop(0, 10, 0)
	drop(3, 1, 1)
	drop(3, 10, 1)
	drop(90, 10, 1)
	drop(1000, 10, 0)
	open(acme, 5)
	due(nil, 3, "a1", "c1", "b1")
}
