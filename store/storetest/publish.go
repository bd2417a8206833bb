package storetest

import (
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/ledger"
	"github.com/backtrail/backtrail/publish"
	"github.com/backtrail/backtrail/store"
)

func testTargets(t *testing.T, db *store.DB) {
	ctx := t.Context()
	put := func(account audit.AccountID, s publish.State) {
		t.Helper()
		if err := db.WritePublish(ctx, account, func(tx publish.Tx) error { return tx.PutTargets(ctx, s) }); err != nil {
			t.Fatal(err)
		}
	}
	same(t, publish.State{})(db.CheckpointTargets(ctx, acme))
	a := publish.State{
		Webhook:  publish.Target{Address: "https://example.com/é", SentAt: start, Size: 1 << 40, FailedAt: start.Add(time.Microsecond), Error: "no"},
		Email:    publish.Target{Address: "a@example.com", SentAt: start.Add(time.Hour), Size: 2},
		Schedule: publish.Weekly, DueAt: start, AskedAt: start.Add(time.Minute)}
	put(acme, a)
	same(t, a)(db.CheckpointTargets(ctx, acme))
	a.Webhook, a.Email.Error, a.DueAt = publish.Target{}, "late", start.Add(2*time.Hour)
	put(acme, a)
	same(t, a)(db.CheckpointTargets(ctx, acme))
	same(t, publish.State{})(db.CheckpointTargets(ctx, other))
	b := publish.State{Schedule: publish.Hourly, DueAt: start.Add(time.Hour)}
	put(other, b)
	put("third", publish.State{Schedule: publish.Daily})

	same(t, []audit.AccountID(nil))(db.DueTargets(ctx, b.DueAt.Add(-1000), 10))
	same(t, []audit.AccountID{other})(db.DueTargets(ctx, b.DueAt, 10))
	same(t, []audit.AccountID{other, acme})(db.DueTargets(ctx, a.DueAt, 10))
	same(t, []audit.AccountID{other})(db.DueTargets(ctx, a.DueAt, 1))
	if err := db.WritePublish(ctx, acme, func(tx publish.Tx) error {
		same(t, a)(tx.LockTargets(ctx))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// testHeads looks at heads, and signs one with another key.
func testHeads(t *testing.T, db *store.DB) {
	ctx := t.Context()
	same(t, []publish.Head(nil))(db.Heads(ctx, "", 10))
	write(t, db, acme, operation(acme, start, 3))
	write(t, db, other, operation(other, start, 1))
	seal(t, db)
	heads, err := db.Heads(ctx, "", 10)
	if err != nil || len(heads) != 2 || heads[0].Account != acme || heads[0].Size != 3 || heads[1].Account != other || heads[1].Size != 1 {
		t.Fatalf("heads %+v %v", heads, err)
	}
	same(t, heads[:1])(db.Heads(ctx, "", 1))
	same(t, heads[1:])(db.Heads(ctx, acme, 10))

	signed, err := db.CheckedHead(ctx, acme)
	if err != nil || signed.Size != 3 || string(signed.Checkpoint) != string(heads[0].Checkpoint) || signed.By != heads[0].By {
		t.Fatalf("checked %+v %v", signed, err)
	}
	if empty, err := db.CheckedHead(ctx, "third"); err != nil || empty.Head != ledger.Empty {
		t.Errorf("a ledger that has not begun: %+v %v", empty, err)
	}
	renewed := signed
	renewed.Checkpoint, renewed.By = []byte("signed anew"), "another key"
	for _, wrong := range []struct {
		account audit.AccountID
		size    int64
		by      string
	}{{acme, 2, signed.By}, {acme, signed.Size, "a third key"}, {other, signed.Size, signed.By}} {
		old := signed
		old.Size, old.By = wrong.size, wrong.by
		err := db.WritePublish(ctx, wrong.account, func(tx publish.Tx) error { return tx.Resign(ctx, old, renewed) })
		if !errs.Is(err, errs.Stale) {
			t.Errorf("instead of %+v: %v", wrong, err)
		}
	}
	if err := db.WritePublish(ctx, acme, func(tx publish.Tx) error { return tx.Resign(ctx, signed, renewed) }); err != nil {
		t.Fatal(err)
	}
	heads[0].Checkpoint, heads[0].By = renewed.Checkpoint, renewed.By
	same(t, heads)(db.Heads(ctx, "", 10))
	if _, err := db.CheckedHead(ctx, acme); errs.Code(err) != "ledger_other_key" {
		t.Errorf("checked by another key: %v", err)
	}
}
