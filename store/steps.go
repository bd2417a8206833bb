package store

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// step is one statement of several that are sent together: nothing in it depends on what the others answer. Where a
// statement is a journey, they are one.
type step struct {
	text string
	args []any
	// mend gives an error of the statement its words; nil leaves it.
	mend func(error) error
	// check looks at the number of rows that it changed; nil takes any.
	check func(n int64) error
}

func (s step) ended(n int64, err error) error {
	if err != nil && s.mend != nil {
		return s.mend(err)
	}
	if err == nil && s.check != nil {
		return s.check(n)
	}
	return err
}

// stepsAtOnce bounds what travels together.
const stepsAtOnce = 200

// steps runs the statements in their order.
func (c *writeConn) steps(ctx context.Context, steps []step) error {
	if conn, ok := c.run.(*sql.Conn); ok && len(steps) > 1 {
		for len(steps) > 0 {
			some := steps[:min(len(steps), stepsAtOnce)]
			if err := c.ready(ctx); err != nil {
				return err
			}
			if err := c.fail(sendTogether(ctx, conn, some)); err != nil {
				return err
			}
			steps = steps[len(some):]
		}
		return nil
	}
	for _, s := range steps {
		n, err := c.exec(ctx, s.text, s.args...)
		if err := s.ended(n, err); err != nil {
			return c.fail(err)
		}
	}
	return nil
}

// sendTogether is steps on PostgreSQL.
func sendTogether(ctx context.Context, conn *sql.Conn, steps []step) error {
	return conn.Raw(func(driver any) (err error) {
		var b pgx.Batch
		for _, s := range steps {
			b.Queue(s.text, s.args...)
		}
		results := driver.(*stdlib.Conn).Conn().SendBatch(ctx, &b)
		defer func() {
			if closing := results.Close(); err == nil {
				err = closing
			}
		}()
		for _, s := range steps {
			tag, err := results.Exec()
			if err := s.ended(tag.RowsAffected(), err); err != nil {
				return err
			}
		}
		return nil
	})
}
