package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// conn runs statements, in a snapshot that reads or in a transaction that writes.
type conn interface {
	query(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	words() *dialect
}

// runner runs statements inside a transaction: *sql.Tx and *sql.Conn are runners.
type runner interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
}

type readConn struct {
	run runner
	d   *dialect
}

func (c *readConn) words() *dialect { return c.d }

func (c *readConn) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return c.run.QueryContext(ctx, text, args...)
}

// writeConn is the connection as a write closure sees it.
//
// After a statement has failed, the closure is rolled back even if it returns nil. PostgreSQL would refuse to go on
// anyway, and half of a statement's rows must never be committed by an error that was overlooked.
type writeConn struct {
	d   *dialect
	run runner
	// failed is the first failure of a statement.
	failed error
	over   bool
	// tx are the numbers of this transaction by account; see dialect.append.
	tx       map[string]int64
	appended int
	// one of the events that were appended, "" for none: it is there when the transaction was committed.
	oneAccount audit.AccountID
	oneEvent   audit.EventID
}

var (
	errOver = errors.New("store: a transaction was used after its end")
	errLate = errors.New("store: a transaction that has written already cannot begin to write records")
)

func (c *writeConn) words() *dialect { return c.d }

// ready reports why no statement can run: the transaction is over, or ctx has ended.
func (c *writeConn) ready(ctx context.Context) error {
	if c.over {
		return errOver
	}
	return c.fail(ctx.Err())
}

func (c *writeConn) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	rows, err := c.run.QueryContext(ctx, text, args...)
	return rows, c.fail(err)
}

// exec runs a statement and returns the number of rows that it changed.
func (c *writeConn) exec(ctx context.Context, text string, args ...any) (int64, error) {
	if err := c.ready(ctx); err != nil {
		return 0, err
	}
	result, err := c.run.ExecContext(ctx, text, args...)
	if err != nil {
		return 0, c.fail(err)
	}
	return result.RowsAffected()
}

// beAlone makes the transaction wait for those of the account that write records, as alone does from the start.
func (c *writeConn) beAlone(ctx context.Context, account audit.AccountID) error {
	if c.d.numbered != "" {
		n, _, err := one(ctx, c, scanInt, c.d.numbered)
		if err != nil {
			return err
		}
		if n != 0 {
			return c.fail(errLate)
		}
	}
	return c.hold(ctx, recordsOf(account))
}

// recordsOf is the name that those hold who write records of an account.
func recordsOf(account audit.AccountID) string { return "records:" + string(account) }

// hold makes every other transaction that holds the same name wait until this one ends. Where there is one writer
// anyway it does nothing.
func (c *writeConn) hold(ctx context.Context, name string) error {
	if c.d.hold == "" {
		return nil
	}
	_, err := c.exec(ctx, c.d.hold, name)
	return err
}

func (c *writeConn) fail(err error) error {
	if err != nil && c.failed == nil {
		c.failed = err
	}
	return err
}

// row is what a scan function reads from.
type row interface{ Scan(dest ...any) error }

// all reads all rows of a query.
func all[T any](ctx context.Context, c conn, scan func(row) (T, error), text string, args ...any) (out []T, err error) {
	rows, err := c.query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err = errors.Join(err, rows.Close()); err != nil {
			out = nil
		}
	}()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// one reads the first row of a query, and whether there is one.
func one[T any](ctx context.Context, c conn, scan func(row) (T, error), text string, args ...any) (T, bool, error) {
	rows, err := all(ctx, c, scan, text, args...)
	if err != nil || len(rows) == 0 {
		var none T
		return none, false, err
	}
	return rows[0], true, nil
}

func scanInt(r row) (n int64, err error) {
	err = r.Scan(&n)
	return n, err
}

func scanText[T ~string](r row) (s T, err error) {
	err = r.Scan(&s)
	return s, err
}

// micros is a time as it is stored, 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// instant is the time that micros wrote.
func instant(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
