package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/backtrail/backtrail/errs"
)

// postgresWriter runs each closure in a transaction of its own. PostgreSQL groups the commits.
//
// The transactions see what is committed statement by statement (READ COMMITTED). Those that write records of an
// account run one after the other: they take the account's turn before anything else, so that the numbers of their
// transactions, which the sealer sorts by, are in the order in which they saw each other's work. Others (logins, jobs,
// events alone) lock the rows that they read in order to write them.
type postgresWriter struct {
	db *sql.DB
	// sharded says that the numbers of transactions are those of a node and not of the server that we talk to.
	sharded bool
	closed  atomic.Bool
	turns   turns
	// running is held by every write, for reading, and by close.
	running sync.RWMutex
}

func newPostgresWriter(db *sql.DB, sharded bool, patience time.Duration) *postgresWriter {
	return &postgresWriter{db: db, sharded: sharded, turns: turns{patience: patience}}
}

func (w *postgresWriter) close() error {
	w.closed.Store(true)
	w.running.Lock()
	defer w.running.Unlock()
	return w.db.Close()
}

func (w *postgresWriter) write(ctx context.Context, whose scope, fn func(*writeConn) error) error {
	if err := refuseNested(); err != nil {
		return err
	}
	w.running.RLock()
	defer w.running.RUnlock()
	if w.closed.Load() {
		return errClosed
	}
	if whose.alone {
		end, err := w.turns.take(ctx, whose.account)
		if err != nil {
			return err
		}
		defer end()
	}
	return again(ctx, func() (bool, error) { return w.attempt(ctx, whose, fn) })
}

// attempt reports whether a failure left nothing behind and may have passed by now.
func (w *postgresWriter) attempt(ctx context.Context, whose scope, fn func(*writeConn) error) (retry bool, err error) {
	t, err := beginPostgres(ctx, w.db, "ISOLATION LEVEL READ COMMITTED", whose)
	if err != nil {
		return true, err
	}
	done := false
	defer func() {
		if !done {
			t.rollback()
		}
	}()
	c := &writeConn{d: postgresDialect, run: t.conn, tx: map[string]int64{}}
	defer func() { c.over = true }()
	if err := perform(c, fn); err != nil {
		return c.failed != nil && postgresFault(c.failed) == clashed, err
	}
	done = true
	return t.commit(ctx, c, w.sharded)
}

const (
	tries      = 6
	firstPause = 20 * time.Millisecond // doubles: 0.6 s in all, a restart of a small server
)

// again runs fn until it succeeds or says that another try is of no use.
func again(ctx context.Context, fn func() (retry bool, err error)) error {
	pause := firstPause
	for try := 1; ; try++ {
		retry, err := fn()
		if err == nil || !retry || try == tries || ctx.Err() != nil {
			return err
		}
		switch postgresFault(err) {
		case gone, clashed, crowded:
		default:
			return err
		}
		sleep(ctx, pause)
		pause *= 2
	}
}

// postgresTx is a transaction on a connection of its own.
type postgresTx struct {
	db   *sql.DB
	conn *sql.Conn
}

// beginPostgres begins a transaction and says whose it is, in one message.
func beginPostgres(ctx context.Context, db *sql.DB, mode string, whose scope) (*postgresTx, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	// SET LOCAL and not set_config: a sharded PostgreSQL passes it on to its nodes.
	text := "BEGIN " + mode + "; SET LOCAL backtrail.account = " + literal(whose.accountText())
	if whose.alone {
		text += "; SELECT pg_advisory_xact_lock(hashtextextended(" + literal(recordsOf(whose.account)) + ", 0))"
	}
	t := &postgresTx{db, conn}
	if err := t.simple(ctx, text); err != nil {
		t.rollback()
		return nil, err
	}
	return t, nil
}

func (s scope) accountText() string { return string(s.account) }

// literal is a text as SQL says it.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// simple runs statements without arguments in one message.
func (t *postgresTx) simple(ctx context.Context, text string) error {
	return t.conn.Raw(func(driver any) error {
		_, err := driver.(*stdlib.Conn).Conn().PgConn().Exec(ctx, text).ReadAll()
		return err
	})
}

// endTimeout is how long the end of a transaction may take, when its caller has no more time to give.
const endTimeout = 30 * time.Second

func (t *postgresTx) rollback() {
	ctx, cancel := context.WithTimeout(context.Background(), endTimeout)
	defer cancel()
	if t.simple(ctx, "ROLLBACK") != nil {
		// The connection is of no use any more: the pool must not get it back.
		t.conn.Raw(func(driver any) error {
			driver.(*stdlib.Conn).Conn().Close(ctx)
			return nil
		})
	}
	t.conn.Close() // gives it back
}

// commit makes the transaction durable. When the connection ends meanwhile, it asks the server what became of it: a
// write that was committed must not be reported as lost, for its caller would repeat it.
func (t *postgresTx) commit(ctx context.Context, c *writeConn, sharded bool) (retry bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	var tag string
	err = t.conn.Raw(func(driver any) error {
		results, err := driver.(*stdlib.Conn).Conn().PgConn().Exec(ctx, "COMMIT").ReadAll()
		if err == nil && len(results) == 1 {
			tag = results[0].CommandTag.String()
		}
		return err
	})
	if err == nil && tag != "COMMIT" {
		err = fmt.Errorf("store: the server answered %s to a commit", tag)
	}
	t.conn.Close()
	if err == nil || postgresFault(err) != gone {
		return false, err
	}
	if sharded || c.oneEvent == "" {
		return false, outcomeUnknown(err)
	}
	return t.outcome(ctx, c, err)
}

func outcomeUnknown(lost error) error {
	return errs.New(errs.Unavailable, "outcome_unknown", "The connection to the database ended while it stored this; it may be stored or not.").
		WithFix("Look whether it is there before you do it again.").Because(lost)
}

// outcome finds out what became of a commit whose answer was lost, as soon as the server answers again: the transaction
// must have ended, and then its event is there or not. The number of a transaction alone says nothing about that: after
// a crash the server gives those that left no trace to others.
func (t *postgresTx) outcome(ctx context.Context, c *writeConn, lost error) (retry bool, err error) {
	for ; ctx.Err() == nil; sleep(ctx, 200*time.Millisecond) {
		ended, there, err := t.look(ctx, c)
		switch {
		case err != nil || !ended:
		case there:
			return false, nil
		default:
			return true, lost
		}
	}
	return false, outcomeUnknown(lost)
}

// look reports whether the transaction has ended, and whether its event is there.
func (t *postgresTx) look(ctx context.Context, c *writeConn) (ended, there bool, err error) {
	whose := of(c.oneAccount)
	err = t.ask(ctx, whose, func(conn *sql.Conn) error {
		var status sql.NullString
		err := conn.QueryRowContext(ctx, "SELECT pg_xact_status(CAST($1 AS xid8))", fmt.Sprint(c.tx[string(c.oneAccount)])).Scan(&status)
		ended = status.String != "in progress"
		return err
	})
	if err != nil && postgresFault(err) == gone || !ended {
		return false, false, err
	}
	// A number that the server, after a crash, has not come to again is an error: then it has ended, too.
	err = t.ask(ctx, whose, func(conn *sql.Conn) error {
		return conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pending WHERE account = $1 AND id = $2) OR EXISTS (SELECT 1 FROM events WHERE account = $1 AND id = $2)",
			c.oneAccount, c.oneEvent).Scan(&there)
	})
	return err == nil, there, err
}

// ask runs a query in a transaction of its own.
func (t *postgresTx) ask(ctx context.Context, whose scope, fn func(*sql.Conn) error) error {
	now, err := beginPostgres(ctx, t.db, "ISOLATION LEVEL READ COMMITTED READ ONLY", whose)
	if err != nil {
		return err
	}
	defer now.rollback()
	return fn(now.conn)
}
