package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// conn runs statements, in a snapshot that reads or in a transaction that writes.
type conn interface {
	query(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	words() *dialect
}

type readConn struct {
	tx *sql.Tx
	d  *dialect
}

func (c *readConn) words() *dialect { return c.d }

func (c *readConn) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return c.tx.QueryContext(ctx, text, args...)
}

// writeConn is the connection as a write closure sees it.
//
// Its statements do not listen to the context while they run: SQLite answers an interrupted write by rolling the whole
// transaction back, with the closures of others in it. The context is looked at before each statement instead.
//
// After a statement has failed, the closure is rolled back even if it returns nil. PostgreSQL would refuse to go on
// anyway, and half of a statement's rows must never be committed by an error that was overlooked.
type writeConn struct {
	d *dialect
	// prepare returns the statement of this text on the writing connection.
	prepare func(ctx context.Context, text string) (*sql.Stmt, error)
	// failed is the first failure of a statement.
	failed error
	over   bool
	// tx are the numbers of this transaction by account; see dialect.nextTx.
	tx       map[string]int64
	appended int
}

var errOver = errors.New("store: a transaction was used after its end")

func (c *writeConn) words() *dialect { return c.d }

func (c *writeConn) statement(ctx context.Context, text string) (*sql.Stmt, context.Context, error) {
	if c.over {
		return nil, nil, errOver
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, c.fail(err)
	}
	ctx = context.WithoutCancel(ctx)
	s, err := c.prepare(ctx, text)
	if err != nil {
		return nil, nil, c.fail(fmt.Errorf("store: %w in %s", err, text))
	}
	return s, ctx, nil
}

func (c *writeConn) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	s, ctx, err := c.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args...)
	return rows, c.fail(err)
}

// exec runs a statement and returns the number of rows that it changed.
func (c *writeConn) exec(ctx context.Context, text string, args ...any) (int64, error) {
	s, ctx, err := c.statement(ctx, text)
	if err != nil {
		return 0, err
	}
	result, err := s.ExecContext(ctx, args...)
	if err != nil {
		return 0, c.fail(err)
	}
	return result.RowsAffected()
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
