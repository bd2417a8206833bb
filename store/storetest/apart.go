package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/restore"
	"github.com/backtrail/backtrail/store"
)

// testAccountsApart asks every method for things of one account in the name of another, which has nothing of its own.
func testAccountsApart(t *testing.T, db *store.DB) {
	ctx := t.Context()
	op := operation(acme, start, 3, func(e *audit.Event) { e.Record.ID, e.Action = numbered(1), audit.Deleted })
	write(t, db, acme, op)
	seal(t, db)
	write(t, db, acme, operation(acme, start, 2, func(e *audit.Event) { e.Record.ID = numbered(1) }))
	r := row("deal", numbered(1), "x")
	r.Links = []crm.Link{{Field: "stage", Target: numbered(500)}, {Field: "owner", Target: numbered(600)}}
	r.Keys = []crm.UniqueKey{{Object: "deal", Field: "name", Value: "x"}}
	stage := row("stage", numbered(500), "x")
	stage.Links = []crm.Link{{Field: "owner", Target: numbered(600)}}
	records(t, db, acme, func(ctx context.Context, tx crm.Tx) error {
		if err := tx.Insert(ctx, []crm.Row{r, stage}); err != nil {
			return err
		}
		return tx.(*store.Tx).MarkUndone(ctx, idsOf(op[:1]), op[1].ID)
	})

	lead := string(op[0].ID)
	for _, f := range []audit.Filter{{}, {Where: is(audit.ByRecord, string(numbered(1)))}, {Where: is(audit.ByOperation, lead)}, {Where: audit.Text{Words: []string{"acme"}}}} {
		for _, collapse := range []bool{false, true} {
			if p := page(t, db, other, audit.Query{Filter: f, Collapse: collapse, Limit: 10}); len(p.Events) != 0 {
				t.Errorf("%+v shows events of another account", f)
			}
		}
		facets, err := db.Facets(ctx, other, f, 0)
		if err != nil || len(facets.Modules)+len(facets.Types)+len(facets.Actions)+len(facets.Users) != 0 {
			t.Errorf("%+v counts events of another account: %+v %v", f, facets, err)
		}
		if h, err := db.Histogram(ctx, other, f, audit.Auto, time.UTC); err != nil || len(h.Buckets) != 0 {
			t.Errorf("%+v counts events of another account: %+v %v", f, h, err)
		}
	}
	absent[audit.Stored](t)(db.Event(ctx, other, op[0].ID))
	absent[[]audit.Stored](t)(db.Operation(ctx, other, op[0].Operation, "", 10))

	if err := db.ReadRestore(ctx, other, func(v restore.View) error {
		absent[audit.Stored](t)(v.Event(ctx, op[0].ID))
		absent[[]audit.Stored](t)(v.Operation(ctx, op[0].Operation, "", 10))
		absent[audit.Stored](t)(v.Deletion(ctx, numbered(1)))
		undone, err := v.UndoneEvents(ctx, idsOf(op))
		if err != nil || len(undone) != 0 {
			t.Errorf("undone events of another account: %v %v", undone, err)
		}
		same(t, []crm.Row(nil))(v.Rows(ctx, "deal", []audit.RecordID{r.ID}))
		same(t, audit.RecordID(""))(v.Holder(ctx, r.Keys[0]))
		same(t, []crm.Incoming(nil))(v.Referrers(ctx, "deal", "stage", []audit.RecordID{numbered(500)}, "", 10))
		many := make([]audit.RecordID, 50)
		for i := range many {
			many[i] = numbered(490 + i)
		}
		same(t, []crm.Incoming(nil))(v.Referrers(ctx, "deal", "stage", many, "", 10))
		for _, q := range []crm.Query{{}, {Where: []crm.Condition{{Field: &deal.Fields[8], Values: []string{string(numbered(500))}}}},
			{Assigned: &crm.Assigned{To: numbered(600), Field: "owner"}}, {Assigned: &crm.Assigned{To: numbered(600), Field: "owner", Via: "stage"}}} {
			q.Object, q.Limit = deal, 10
			found, _, err := v.Find(ctx, q)
			groups, tallied := v.Tally(ctx, q, "stage", "value")
			if err != nil || tallied != nil || len(found) != 0 || len(groups) != 0 {
				t.Errorf("%+v finds records of another account: %v %v %v %v", q, found, groups, err, tallied)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}

	// What another account writes or deletes under the same ids is its own.
	records(t, db, other, func(ctx context.Context, tx crm.Tx) error {
		if err := tx.Insert(ctx, []crm.Row{r}); err != nil {
			return err
		}
		return tx.Delete(ctx, []crm.Row{r, stage})
	})
	err := db.WriteRecords(ctx, other, func(tx crm.Tx) error {
		after := r
		after.Version = 2
		return tx.Update(ctx, r, after)
	})
	if !errs.Is(err, errs.Stale) {
		t.Errorf("an update of another account's record: %v", err)
	}
	if !exists(t, db, acme, "deal", r.ID) || !exists(t, db, acme, "stage", stage.ID) {
		t.Error("another account deleted the record")
	}
	seal(t, db)
	if got := len(bySeq(t, db, acme)); got != 5 {
		t.Errorf("%d events", got)
	}
}
