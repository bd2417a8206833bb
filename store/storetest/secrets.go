package storetest

import (
	"context"
	"maps"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/store"
)

func testSecrets(t *testing.T, db *store.DB) {
	a, b := row("profile", numbered(1), "Acme"), row("profile", numbered(2), "Other")
	a.Fields["password"], a.Secrets = audit.Bool(true), map[string]string{"password": "hunter2 é", "token": "t"}
	b.Secrets = map[string]string{"password": "another"}
	want := func(account audit.AccountID, id audit.RecordID, version int64, values map[string]string) {
		t.Helper()
		rec, got, err := db.Secrets(t.Context(), account, "profile", id)
		if err != nil || rec.ID != id || rec.Version != version || !maps.Equal(got, values) {
			t.Errorf("%+v with %v: %v", rec, got, err)
		}
	}
	records(t, db, acme, func(ctx context.Context, tx crm.Tx) error { return tx.Insert(ctx, []crm.Row{a, b}) })
	want(acme, a.ID, 1, a.Secrets)

	after := a
	after.Version, after.Secrets = 2, map[string]string{"password": "new", "token": ""}
	records(t, db, acme, func(ctx context.Context, tx crm.Tx) error { return tx.Update(ctx, a, after) })
	want(acme, a.ID, 2, map[string]string{"password": "new"})
	want(acme, b.ID, 1, b.Secrets)

	for _, place := range []struct {
		account audit.AccountID
		object  string
		id      audit.RecordID
	}{{other, "profile", a.ID}, {acme, "deal", a.ID}, {acme, "profile", numbered(3)}} {
		if _, values, err := db.Secrets(t.Context(), place.account, place.object, place.id); !errs.Is(err, errs.NotFound) || len(values) > 0 {
			t.Errorf("%+v: %v, %v", place, values, err)
		}
	}
	records(t, db, acme, func(ctx context.Context, tx crm.Tx) error { return tx.Delete(ctx, []crm.Row{after}) })
	if _, values, err := db.Secrets(t.Context(), acme, "profile", a.ID); !errs.Is(err, errs.NotFound) || len(values) > 0 {
		t.Errorf("a deleted record: %v, %v", values, err)
	}
}
