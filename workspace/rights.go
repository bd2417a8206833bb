package workspace

import (
	"context"

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
		before = memberOf(op.Caller().Account, did.Before)
	}
	return w.Auth.MayGive(ctx, op.Tx().(Tx), op.Caller(), before, memberOf(op.Caller().Account, did.After))
}
