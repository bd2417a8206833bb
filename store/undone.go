package store

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// UndoneEvents returns those of the events that were taken back, each with the event that did it.
func (v *View) UndoneEvents(ctx context.Context, ids []audit.EventID) (map[audit.EventID]audit.EventID, error) {
	type pair struct{ event, by audit.EventID }
	pairs, err := all(ctx, v.c, func(r row) (p pair, err error) { return p, r.Scan(&p.event, &p.by) },
		"SELECT event, undone_by FROM undone WHERE account = $1 AND event IN ("+v.c.words().elements("$2")+")", v.account, array(ids))
	if err != nil {
		return nil, err
	}
	out := make(map[audit.EventID]audit.EventID, len(pairs))
	for _, p := range pairs {
		out[p.event] = p.by
	}
	return out, nil
}

// MarkUndone notes that the event by takes the events ids back; when it did stands in that event. It is
// errs.Conflict when one was taken back before. What it writes follows from the UndoOf of the events in the log.
func (tx *Tx) MarkUndone(ctx context.Context, ids []audit.EventID, by audit.EventID) error {
	for _, id := range ids {
		_, err := tx.w.exec(ctx, "INSERT INTO undone (account, event, undone_by) VALUES ($1, $2, $3)", tx.account, id, by)
		if tx.w.d.isTaken(err) {
			return errs.New(errs.Conflict, "already_restored", "This was taken back before.").Because(err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
