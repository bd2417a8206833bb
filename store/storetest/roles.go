package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/store"
)

// testRoleTables: each account has its own, and of several that change the same version at once one comes first.
func testRoleTables(t *testing.T, db *store.DB) {
	ctx := t.Context()
	same(t, auth.RoleTable{})(db.RoleTable(ctx, acme))
	first := auth.RoleTable{Version: 1, Admin: []audit.Permission{audit.AuditRead, audit.RecordsRead}, Agency: []audit.Permission{audit.RecordsRead}, ChangedAt: start}
	writeAuth(t, db, func(ctx context.Context, tx auth.Tx) error { return tx.PutRoleTable(ctx, acme, first) })
	same(t, first)(db.RoleTable(ctx, acme))
	same(t, auth.RoleTable{})(db.RoleTable(ctx, other))
	theirs := auth.Account{ID: other, Name: "Other", Timezone: "UTC", RestoreWindowDays: 60, CreatedAt: start}
	ours := auth.Account{ID: acme, Name: "Acme", Timezone: "Europe/Lisbon", RestoreWindowDays: 30, RetentionDays: 90, ExportExpiryDays: 7, CreatedAt: start}
	writeAuth(t, db, func(ctx context.Context, tx auth.Tx) error {
		return errors.Join(tx.PutAccount(ctx, ours), tx.PutAccount(ctx, theirs))
	})
	same(t, map[audit.AccountID]auth.AccountRoles{acme: {Account: ours, Roles: first}, other: {Account: theirs}})(db.AccountRoles(ctx, []audit.AccountID{acme, other, "none"}))
	same(t, map[audit.AccountID]auth.AccountRoles{})(db.AccountRoles(ctx, nil))

	lost := errors.New("somebody was faster")
	for _, account := range []audit.AccountID{acme, other} { // with a row, and without one
		was, err := db.RoleTable(ctx, account)
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		answers := make([]error, 6)
		for i := range answers {
			all.Go(func() {
				answers[i] = db.WriteAuth(ctx, func(tx auth.Tx) error {
					now, err := tx.RoleTable(ctx, account)
					if err != nil {
						return err
					}
					if now.Version != was.Version {
						return lost
					}
					return tx.PutRoleTable(ctx, account, auth.RoleTable{Version: was.Version + 1, ChangedAt: start})
				})
			})
		}
		all.Wait()
		won := 0
		for _, err := range answers {
			if err == nil {
				won++
			} else if !errors.Is(err, lost) {
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d of them changed version %d", won, was.Version)
		}
	}
}
