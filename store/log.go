package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/backtrail/backtrail/audit"
)

// The log is trusted for what the ledger can prove: bodies by their hashes, their order by seq. The columns beside a
// body only find it. Triggers refuse changes; against somebody who drops the triggers stands the ledger.

var _ audit.Log = (*DB)(nil)

// logged is a row of the log.
type logged struct {
	audit.Stored
	id        audit.EventID
	at        int64
	operation audit.OperationID
	parsed    *audit.Event // nil until somebody needed it
}

// event is the event behind the row.
func (l *logged) event() (*audit.Event, error) {
	if l.parsed == nil {
		e, err := l.Event()
		if err != nil {
			return nil, err
		}
		l.parsed = e
	}
	return l.parsed, nil
}

func scanLogged(r row) (l logged, err error) {
	return l, r.Scan(&l.Seq, &l.id, &l.at, &l.operation, &l.Body, &l.UndoneBy)
}

// The columns of the two tables that are the log. What took an event back stands beside both.
var (
	sealedColumns  = "seq, id, occurred_at, operation, body, " + undoneBy("events")
	pendingColumns = "0, id, occurred_at, operation, body, " + undoneBy("pending")
)

func undoneBy(table string) string {
	return "coalesce((SELECT u.undone_by FROM undone AS u WHERE u.account = " + table + ".account AND u.event = " + table + ".id), '')"
}

func byPlace(a, b logged) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id)) }

func newestFirst(a, b logged) int { return byPlace(b, a) }

// readBoth reads both tables as one log, the first limit in order. What waits is read first: an event that is sealed in
// this moment is seen twice rather than not at all, and is taken once.
func readBoth(ctx context.Context, c conn, pending, sealed fragment, order func(a, b logged) int, limit int) ([]logged, error) {
	waiting, err := all(ctx, c, scanLogged, pending.numbered(), pending.args...)
	if err != nil {
		return nil, err
	}
	rows, err := all(ctx, c, scanLogged, sealed.numbered(), sealed.args...)
	if err != nil {
		return nil, err
	}
	rows = merged(waiting, rows, order)
	return rows[:min(len(rows), limit)], nil
}

// merged is both in order, what is in both once.
func merged(waiting, rows []logged, order func(a, b logged) int) []logged {
	if len(waiting) > 0 {
		there := map[audit.EventID]bool{}
		for _, l := range rows {
			there[l.id] = true
		}
		rows = append(rows, slices.DeleteFunc(waiting, func(w logged) bool { return there[w.id] })...)
	}
	slices.SortFunc(rows, order)
	return rows
}

// Event implements audit.Log.
func (db *DB) Event(ctx context.Context, account audit.AccountID, id audit.EventID) (s audit.Stored, err error) {
	err = db.read(ctx, of(account), func(c conn) error {
		s, err = readEvent(ctx, c, account, id)
		return err
	})
	return s, err
}

func readEvent(ctx context.Context, c conn, account audit.AccountID, id audit.EventID) (audit.Stored, error) {
	rows, err := readEvents(ctx, c, account, []audit.EventID{id})
	if err != nil {
		return audit.Stored{}, err
	}
	if len(rows) == 0 {
		return audit.Stored{}, audit.NoEvent(id)
	}
	return rows[0].Stored, nil
}

// readEvents returns those of the events that are there, the oldest first.
func readEvents(ctx context.Context, c conn, account audit.AccountID, ids []audit.EventID) ([]logged, error) {
	in := " WHERE account = ? AND id IN (" + c.words().elements("?") + ")"
	return readBoth(ctx, c, sqlf("SELECT "+pendingColumns+" FROM pending"+in, account, array(ids)),
		sqlf("SELECT "+sealedColumns+" FROM events"+in, account, array(ids)), byPlace, len(ids))
}

// Operation implements audit.Log; errs.NotFound when the account has no such operation.
func (db *DB) Operation(ctx context.Context, account audit.AccountID, id audit.OperationID, after audit.EventID, limit int) (out []audit.Stored, err error) {
	err = db.read(ctx, of(account), func(c conn) error {
		out, err = readOperation(ctx, c, account, id, after, limit)
		return err
	})
	return out, err
}

// readOperation finds the parts without an index of their own: all have the time of the leading event, and higher ids.
// Those that wait for the sealer are found by the number of their transaction: beside them may wait far more events, those
// of a restore that walks over the operation, for one.
func readOperation(ctx context.Context, c conn, account audit.AccountID, id audit.OperationID, after audit.EventID, limit int) ([]audit.Stored, error) {
	leads, err := readEvents(ctx, c, account, []audit.EventID{audit.EventID(id)})
	if err != nil {
		return nil, err
	}
	if len(leads) == 0 || leads[0].operation != id {
		return nil, audit.NoOperation(id)
	}
	tx, err := waitingIn(ctx, c, account, &leads[0])
	if err != nil {
		return nil, err
	}
	behind := sqlf("id > ?", after)
	if after == "" {
		behind = sqlf("id >= ?", id)
	}
	leg := func(f fragment) fragment {
		f.put(" AND ", behind, " AND operation = ? ORDER BY id LIMIT ?")
		f.args = append(f.args, id, limit)
		return f
	}
	rows, err := readBoth(ctx, c, leg(sqlf("SELECT "+pendingColumns+" FROM pending WHERE account = ? AND tx = ?", account, tx)),
		leg(sqlf("SELECT "+sealedColumns+" FROM events WHERE account = ? AND occurred_at = ?", account, leads[0].at)), byPlace, limit)
	return stored(rows), err
}

// waitingIn is the number of the transaction in which parts of an operation may wait, -1 when all are sealed. They are sealed
// in their order, the leading event first: while some wait and it does not, they are the first that wait.
func waitingIn(ctx context.Context, c conn, account audit.AccountID, lead *logged) (int64, error) {
	if lead.Seq > 0 {
		e, err := lead.event()
		if err != nil {
			return 0, err
		}
		_, sealed, err := one(ctx, c, scanInt, "SELECT seq FROM events WHERE account = $1 AND seq = $2", account, lead.Seq+max(int64(e.Size), 1)-1)
		if err != nil || sealed {
			return -1, err
		}
	}
	tx, found, err := one(ctx, c, scanInt, "SELECT coalesce((SELECT tx FROM pending WHERE account = $1 AND id = $2), "+
		"(SELECT min(tx) FROM pending WHERE account = $3), -1)", account, lead.id, account)
	if !found {
		return -1, err
	}
	return tx, err
}

func stored(rows []logged) []audit.Stored {
	var out []audit.Stored
	for _, l := range rows {
		out = append(out, l.Stored)
	}
	return out
}
