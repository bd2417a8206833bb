package storetest

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/store"
)

// testDefinitions holds what crm.DefinitionView and crm.DefinitionTx promise.
func testDefinitions(t *testing.T, db *store.DB) {
	read := func(account audit.AccountID) (version crm.SchemaVersion, all []crm.Definition) {
		view(t, db, account, func(ctx context.Context, v crm.View) (err error) {
			if version, err = v.SchemaVersion(ctx); err != nil {
				return err
			}
			all, err = v.Definitions(ctx)
			return err
		})
		return version, all
	}
	if version, all := read(acme); version != "" || len(all) != 0 {
		t.Errorf("a new account has %q %v", version, all)
	}
	d := crm.Definition{ID: numbered(1), Object: "property", Version: 1, CreatedAt: start, Custom: true, Label: "Propriété 😀", LabelPlural: "Properties",
		Title: []string{"name"}, Removed: []audit.RecordID{numbered(9)}, Fields: []crm.Field{
			{ID: numbered(2), Key: "name", Label: "Name", Type: crm.Text, Required: true, Unique: true, Default: `"x"`},
			{ID: numbered(3), Key: "kind", Label: "Kind", Type: crm.Select, Options: []crm.Option{{Key: "a", Label: "A"}}},
			{ID: numbered(4), Key: "of", Label: "Of", Type: crm.RefType, Object: "contact", OnDelete: crm.Cascade},
			{ID: numbered(5), Key: "lines", Label: "Lines", Type: crm.Rows, Columns: []crm.Field{{Key: "n", Label: "N", Type: crm.Number, Required: true}}},
		}}
	records(t, db, acme, func(ctx context.Context, tx crm.Tx) error {
		if err := tx.PutDefinition(ctx, d, 0); err != nil {
			return err
		}
		return tx.PutSchemaVersion(ctx, "one")
	})
	version, all := read(acme)
	if diff := cmp.Diff([]crm.Definition{d}, all, cmpopts.EquateEmpty()); version != "one" || diff != "" {
		t.Errorf("%q %s", version, diff)
	}
	if version, all := read(other); version != "" || len(all) != 0 {
		t.Errorf("another account has %q %v", version, all)
	}
	stale := func(name string, write func(ctx context.Context, tx crm.Tx) error) {
		t.Helper()
		err := db.WriteRecords(t.Context(), acme, func(tx crm.Tx) error { return write(t.Context(), tx) })
		if !errs.Is(err, errs.Stale) {
			t.Errorf("%s: %v", name, err)
		}
	}
	next := d
	next.Version = 2
	stale("a second one of this key", func(ctx context.Context, tx crm.Tx) error { return tx.PutDefinition(ctx, next, 0) })
	stale("on another version", func(ctx context.Context, tx crm.Tx) error { return tx.PutDefinition(ctx, next, 2) })
	stale("the deletion of another version", func(ctx context.Context, tx crm.Tx) error { return tx.DeleteDefinition(ctx, "property", 2) })
	if err := db.WriteRecords(t.Context(), other, func(tx crm.Tx) error { return tx.DeleteDefinition(t.Context(), "property", 1) }); !errs.Is(err, errs.Stale) {
		t.Errorf("another account deletes it: %v", err)
	}
	records(t, db, acme, func(ctx context.Context, tx crm.Tx) error {
		if err := tx.PutDefinition(ctx, next, 1); err != nil {
			return err
		}
		if v, err := tx.SchemaVersion(ctx); v != "one" || err != nil { // its own writes
			t.Errorf("%q %v", v, err)
		}
		return tx.PutSchemaVersion(ctx, "two")
	})
	if version, all := read(acme); version != "two" || len(all) != 1 || all[0].Version != 2 {
		t.Errorf("%q %v", version, all)
	}
	records(t, db, acme, func(ctx context.Context, tx crm.Tx) error { return tx.DeleteDefinition(ctx, "property", 2) })
	if _, all := read(acme); len(all) != 0 {
		t.Errorf("it is still there: %v", all)
	}
}
