package storetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/store"
)

var anyOrder = []cmp.Option{cmpopts.EquateEmpty(), cmpopts.SortSlices(func(a, b crm.Row) bool { return a.ID < b.ID })}

func testRecords(t *testing.T, db *store.DB) {
	a := row("deal", numbered(1), "Acme renewal")
	a.Fields["stage"], a.Fields["tags"], a.Fields["won"] = audit.String("s"), audit.List([]string{"x", `y"z`}), audit.Bool(true)
	a.Fields["rows"] = `[{"name":"x","price":"1.00"}]`
	a.Links = []crm.Link{{Field: "stage", Target: numbered(90)}, {Field: "owner", Target: numbered(91)}}
	a.Keys = []crm.UniqueKey{{Object: "deal", Field: "name", Within: numbered(90), Value: "acme renewal"}}
	b := row("deal", numbered(2), "Other")
	b.Secrets = map[string]string{"token": "hunter2"}
	read := func(id ...audit.RecordID) (rows []crm.Row) {
		view(t, db, acme, func(ctx context.Context, v crm.View) (err error) {
			rows, err = v.Rows(ctx, "deal", id)
			return err
		})
		return rows
	}
	holder := func(k crm.UniqueKey) (id audit.RecordID) {
		view(t, db, acme, func(ctx context.Context, v crm.View) (err error) {
			id, err = v.Holder(ctx, k)
			return err
		})
		return id
	}
	pointing := func(field string, target audit.RecordID) (in []crm.Incoming) {
		view(t, db, acme, func(ctx context.Context, v crm.View) (err error) {
			in, err = v.Referrers(ctx, "deal", field, []audit.RecordID{target}, "", 10)
			return err
		})
		return in
	}

	records(t, db, acme, func(ctx context.Context, tx crm.Tx) error {
		if err := tx.Insert(ctx, []crm.Row{a, b}); err != nil {
			return err
		}
		rows, err := tx.Rows(ctx, "deal", []audit.RecordID{a.ID}) // its own writes
		if len(rows) != 1 {
			t.Error("a transaction does not see what it wrote")
		}
		return err
	})
	shown := b
	shown.Secrets = nil // they are never read back
	if diff := cmp.Diff([]crm.Row{a, shown}, read(a.ID, b.ID, numbered(3)), anyOrder...); diff != "" {
		t.Error(diff)
	}
	if holder(a.Keys[0]) != a.ID || holder(crm.UniqueKey{Object: "deal", Field: "name", Value: "acme renewal"}) != "" {
		t.Error("the holder of a value is another one")
	}

	after := a
	after.Version, after.Name, after.UpdatedAt = 2, "Acme", start.Add(1)
	after.UpdatedAt = audit.Instant(after.UpdatedAt)
	after.Fields = map[string]audit.Value{"name": audit.String("Acme")}
	after.Links = []crm.Link{{Field: "stage", Target: numbered(92)}, {Field: "owner", Target: numbered(91)}}
	after.Keys = []crm.UniqueKey{{Object: "deal", Field: "name", Within: numbered(92), Value: "acme"}}
	records(t, db, acme, func(ctx context.Context, tx crm.Tx) error { return tx.Update(ctx, a, after) })
	if diff := cmp.Diff([]crm.Row{after}, read(a.ID)); diff != "" {
		t.Error(diff)
	}
	if holder(a.Keys[0]) != "" || holder(after.Keys[0]) != a.ID {
		t.Error("the unique value did not move")
	}
	if len(pointing("stage", numbered(90))) != 0 || len(pointing("stage", numbered(92))) != 1 || len(pointing("owner", numbered(91))) != 1 {
		t.Error("the links did not move")
	}
	err := db.WriteRecords(t.Context(), acme, func(tx crm.Tx) error { return tx.Update(t.Context(), a, after) })
	if !errs.Is(err, errs.Stale) {
		t.Errorf("an update of an older version: %v", err)
	}

	records(t, db, acme, func(ctx context.Context, tx crm.Tx) error {
		rows, err := tx.Rows(ctx, "deal", []audit.RecordID{a.ID, b.ID})
		if err != nil {
			return err
		}
		return tx.Delete(ctx, rows)
	})
	if len(read(a.ID, b.ID)) != 0 || holder(after.Keys[0]) != "" || len(pointing("owner", numbered(91))) != 0 {
		t.Error("a deletion left something behind")
	}
	records(t, db, acme, func(ctx context.Context, tx crm.Tx) error { return tx.Insert(ctx, []crm.Row{a, b}) }) // it comes back as it was
	if diff := cmp.Diff([]crm.Row{a, shown}, read(a.ID, b.ID), anyOrder...); diff != "" {
		t.Error(diff)
	}
}

func testConflicts(t *testing.T, db *store.DB) {
	key := crm.UniqueKey{Object: "contact", Field: "email", Value: "a@example.com"}
	with := func(n int, k crm.UniqueKey) crm.Row {
		r := row("contact", numbered(n), "x")
		r.Keys = []crm.UniqueKey{k}
		return r
	}
	records(t, db, acme, func(ctx context.Context, tx crm.Tx) error { return tx.Insert(ctx, []crm.Row{with(1, key)}) })
	within := key
	within.Within = numbered(50)
	elsewhere := key
	elsewhere.Object = "company"
	for _, tt := range []struct {
		name    string
		account audit.AccountID
		row     crm.Row
		code    string
	}{
		{"the same id", acme, row("contact", numbered(1), "x"), "id_taken"},
		{"the same value", acme, with(2, key), "unique_taken"},
		{"the same value in another parent", acme, with(3, within), ""},
		{"the same value of another object", acme, with(4, elsewhere), ""},
		{"the same id of another object", acme, row("company", numbered(1), "x"), ""},
		{"another account", other, with(1, key), ""},
	} {
		err := db.WriteRecords(t.Context(), tt.account, func(tx crm.Tx) error { return tx.Insert(t.Context(), []crm.Row{tt.row}) })
		if errs.Code(err) != tt.code || err != nil && !errs.Is(err, errs.Conflict) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if tt.code == "unique_taken" && (len(errs.Of(err).Fields) != 1 || errs.Of(err).Fields[0].Field != "email") {
			t.Errorf("%s: the error does not name the field: %v", tt.name, err)
		}
	}
	err := db.WriteRecords(t.Context(), acme, func(tx crm.Tx) error {
		rows, err := tx.Rows(t.Context(), "contact", []audit.RecordID{numbered(3)})
		if err != nil {
			return err
		}
		after := rows[0]
		after.Version, after.Keys = 2, []crm.UniqueKey{key}
		return tx.Update(t.Context(), rows[0], after)
	})
	if errs.Code(err) != "unique_taken" {
		t.Errorf("an update to a taken value: %v", err)
	}
}

// testReferrers pages through the links of few and of many targets.
func testReferrers(t *testing.T, db *store.DB) {
	var rows []crm.Row
	targets := map[audit.RecordID]audit.RecordID{}
	for i := range 200 {
		r := row("deal", numbered(i), "x")
		target := numbered(1000 + i%40)
		r.Links = []crm.Link{{Field: "stage", Target: target}, {Field: "owner", Target: numbered(1000)}}
		targets[r.ID] = target
		rows = append(rows, r)
	}
	records(t, db, acme, func(ctx context.Context, tx crm.Tx) error { return tx.Insert(ctx, rows) })
	for _, n := range []int{0, 1, 3, 20, 21, 40} {
		var wanted []audit.RecordID
		for i := range n {
			wanted = append(wanted, numbered(1000+i))
		}
		var got, want []crm.Incoming
		for _, r := range rows {
			if targets[r.ID] < numbered(1000+n) {
				want = append(want, crm.Incoming{ID: r.ID, Target: targets[r.ID]})
			}
		}
		view(t, db, acme, func(ctx context.Context, v crm.View) error {
			after := audit.RecordID("")
			for {
				in, err := v.Referrers(ctx, "deal", "stage", wanted, after, 7)
				if err != nil || len(in) == 0 {
					return err
				}
				if len(in) > 7 {
					return fmt.Errorf("%d links at once", len(in))
				}
				got = append(got, in...)
				after = in[len(in)-1].ID
			}
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d targets: %s", n, diff)
		}
	}
}
