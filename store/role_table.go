package store

import (
	"context"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
)

// The table is trusted: who can edit it in the database can let admins, members and agencies of an account do more, and the log will
// not have the event for it.

// tableRow is a row of role_tables as it is read.
type tableRow struct {
	version               int64
	admin, member, agency string
	changed               int64
}

func (t *tableRow) columns() []any {
	return []any{&t.version, &t.admin, &t.member, &t.agency, &t.changed}
}

func (t *tableRow) table() auth.RoleTable {
	return auth.RoleTable{Version: t.version, Admin: permissionsOf(t.admin), Member: permissionsOf(t.member), Agency: permissionsOf(t.agency), ChangedAt: instant(t.changed)}
}

func scanRoleTable(r row) (auth.RoleTable, error) {
	var t tableRow
	err := r.Scan(t.columns()...)
	return t.table(), err
}

func scanAccountRoles(r row) (a auth.AccountRoles, err error) {
	var t tableRow
	a.Account, err = scanAccountAnd(r, t.columns()...)
	a.Roles = t.table()
	return a, err
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

// AccountRoles implements auth.Store.
func (db *DB) AccountRoles(ctx context.Context, accounts []audit.AccountID) (map[audit.AccountID]auth.AccountRoles, error) {
	return look(ctx, db, everyone, func(h held) (map[audit.AccountID]auth.AccountRoles, error) {
		rows, err := all(ctx, h.conn, scanAccountRoles, "SELECT "+accountColumns+", coalesce(r.version, 0), coalesce(r.admin, ''), coalesce(r.member, ''), coalesce(r.agency, ''), "+
			"coalesce(r.changed_at, 0) FROM accounts AS a LEFT JOIN role_tables AS r ON r.account = a.id WHERE a.id IN ("+h.conn.words().elements("$1")+")", array(accounts))
		out := make(map[audit.AccountID]auth.AccountRoles, len(rows))
		for _, r := range rows {
			out[r.Account.ID] = r
		}
		return out, err
	})
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
