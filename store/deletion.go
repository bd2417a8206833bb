package store

import (
	"cmp"
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// Deletion implements crm.View.
func (v *View) Deletion(ctx context.Context, id audit.RecordID) (audit.Stored, error) {
	// By seq + 0: there is an index in the order of seq, down which the planner would walk over the account.
	newest := " ORDER BY " + v.c.words().unplanned("seq") + " DESC LIMIT 1"
	where := " WHERE account = ? AND record_id = ? AND action = ? AND outcome = ?"
	args := []any{v.account, id, audit.Deleted, audit.Success}
	latest := func(a, b logged) int { // what waits came later than what is sealed
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(b.id, a.id))
	}
	rows, err := readBoth(ctx, v.c, sqlf("SELECT "+pendingColumns+" FROM pending"+where+" ORDER BY tx DESC, id DESC LIMIT 1", args...),
		sqlf("SELECT "+sealedColumns+" FROM events"+where+newest, args...), latest, 1)
	if err != nil {
		return audit.Stored{}, err
	}
	if len(rows) == 0 {
		return audit.Stored{}, errs.New(errs.NotFound, "not_found", "The record %s was never deleted.", id)
	}
	return rows[0].Stored, nil
}
