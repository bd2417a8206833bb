package workspace

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
)

// mayGive refuses a change of a staff record that gives somebody more than who makes it may do themselves.
func (w *Workspace) mayGive(ctx context.Context, op *crm.Operation, did crm.Written) error {
	if did.After == nil {
		return nil
	}
	var before auth.Member
	if did.Before != nil {
		before = staffMember(op.Caller().Account, did.Before)
	}
	return w.Auth.MayGive(ctx, op.Tx().(Tx), op.Caller(), before, staffMember(op.Caller().Account, did.After))
}

// staffMember is a staff record as package auth sees it.
func staffMember(account audit.AccountID, rec *crm.Record) auth.Member {
	m := auth.Member{Account: account, ID: rec.ID, Name: rec.Name, Email: rec.Fields["email"].Text(), Role: rec.Fields["role"].Text(), Status: rec.Fields["status"].Text()}
	for _, p := range rec.Fields["permissions"].Strings() {
		m.Permissions = append(m.Permissions, audit.Permission(p))
	}
	return m
}
