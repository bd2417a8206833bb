package store

import (
	"context"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
)

// The table is trusted: who can edit it in the database can let admins, members and agencies of an account do more, and the log will
// not have the event for it.

func scanRoleTable(r row) (t auth.RoleTable, err error) {
	var admin, member, agency string
	var changed int64
	err = r.Scan(&t.Version, &admin, &member, &agency, &changed)
	t.Admin, t.Member, t.Agency, t.ChangedAt = permissionsOf(admin), permissionsOf(member), permissionsOf(agency), instant(changed)
	return t, err
}

func permissionsOf(text string) []audit.Permission {
	var list []audit.Permission
	for _, p := range strings.Fields(text) {
		list = append(list, audit.Permission(p))
	}
	return list
}

func permissionsText(list []audit.Permission) string {
	words := make([]string, len(list))
	for i, p := range list {
		words[i] = string(p)
	}
	return strings.Join(words, " ")
}

// RoleTable implements auth.Store.
func (db *DB) RoleTable(ctx context.Context, account audit.AccountID) (auth.RoleTable, error) {
	return look(ctx, db, of(account), func(h held) (auth.RoleTable, error) { return h.RoleTable(ctx, account) })
}

// RoleTable implements auth.Held. It locks the name, because the row may not be there yet.
func (h held) RoleTable(ctx context.Context, account audit.AccountID) (auth.RoleTable, error) {
	if err := h.hold(ctx, "roles:"+string(account)); err != nil {
		return auth.RoleTable{}, err
	}
	t, _, err := one(ctx, h.conn, scanRoleTable, "SELECT version, admin, member, agency, changed_at FROM role_tables WHERE account = $1", account)
	return t, err
}

// PutRoleTable implements auth.Tx.
func (tx *AuthTx) PutRoleTable(ctx context.Context, account audit.AccountID, t auth.RoleTable) error {
	_, err := tx.c.exec(ctx, "INSERT INTO role_tables (account, version, admin, member, agency, changed_at) VALUES ($1, $2, $3, $4, $5, $6) "+
		"ON CONFLICT (account) DO UPDATE SET version = excluded.version, admin = excluded.admin, member = excluded.member, agency = excluded.agency, changed_at = excluded.changed_at",
		account, t.Version, permissionsText(t.Admin), permissionsText(t.Member), permissionsText(t.Agency), micros(t.ChangedAt))
	return err
}
