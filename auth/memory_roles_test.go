package auth

import (
	"context"
	"maps"

	"github.com/backtrail/backtrail/audit"
)

func (m *memory) RoleTable(_ context.Context, account audit.AccountID) (RoleTable, error) {
	r, done := m.read()
	defer done()
	return r.roles[account], nil
}

func (m *memory) AccountRoles(_ context.Context, accounts []audit.AccountID) (map[audit.AccountID]AccountRoles, error) {
	r, done := m.read()
	defer done()
	out := map[audit.AccountID]AccountRoles{}
	for _, id := range accounts {
		if a, ok := r.accounts[id]; ok {
			out[id] = AccountRoles{a, r.roles[id]}
		}
	}
	return out, nil
}

func (t *memoryTx) RoleTable(_ context.Context, account audit.AccountID) (RoleTable, error) {
	return t.rows.roles[account], nil
}

func (t *memoryTx) PutRoleTable(_ context.Context, account audit.AccountID, table RoleTable) error {
	roles := maps.Clone(t.rows.roles)
	if roles == nil {
		roles = map[audit.AccountID]RoleTable{}
	}
	roles[account] = table
	t.rows.roles = roles
	t.rows.puts++
	return nil
}
