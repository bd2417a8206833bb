package store

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/errs"
)

// Waiting is what waits for the sealer, whichever process committed it.
type Waiting struct {
	Events int64
	Since  time.Time // when the oldest of them was recorded, zero when none waits
	// Transaction is the age of the oldest transaction of the server that has a number and is open: the sealer takes
	// nothing behind it, for it may still commit something that belongs before. Zero on SQLite. It is seen when it is of
	// our role, or when that role is a member of pg_read_all_stats.
	Transaction time.Duration
}

// Waiting looks at what waits now.
func (db *DB) Waiting(ctx context.Context) (w Waiting, err error) {
	err = db.read(ctx, everyone, func(c conn) error {
		type counted struct{ n, since int64 }
		of, _, err := one(ctx, c, func(r row) (w counted, err error) { return w, r.Scan(&w.n, &w.since) },
			"SELECT count(*), coalesce(min(recorded_at), 0) FROM pending")
		if err != nil {
			return err
		}
		w.Events, w.Since = of.n, instant(of.since)
		if open := c.words().openTransaction; open != "" {
			age, _, err := one(ctx, c, scanInt, open)
			w.Transaction = time.Duration(age) * time.Microsecond
			return err
		}
		return nil
	})
	return w, err
}

const (
	// waitsLong is when events that wait are worth a word, and watchEvery how often the sealer looks for them.
	waitsLong  = 30 * time.Second
	watchEvery = 10 * time.Second
)

// lateReport says that events wait for longer than they should, though the sealer does not fail: nil when none does.
func (db *DB) lateReport(ctx context.Context) error {
	w, err := db.Waiting(ctx)
	if err != nil {
		return err
	}
	if w.Since.IsZero() || time.Since(w.Since) < waitsLong {
		return nil
	}
	wait := time.Since(w.Since).Round(time.Second)
	if w.Transaction >= waitsLong {
		return errs.New(errs.Unavailable, "seal_held_up", "%d events have waited to be sealed for %s: a transaction of the database server has been open for %s.", w.Events, wait, w.Transaction.Round(time.Second)).
			WithFix("Look for it in pg_stat_activity (backend_xid is not null, by xact_start), of any database of the server, and end it.")
	}
	return errs.New(errs.Unavailable, "seal_late", "%d events have waited to be sealed for %s.", w.Events, wait).
		WithFix("If this goes on, look for a transaction that stays open on the database server; with pg_read_all_stats, its age is shown here.")
}
