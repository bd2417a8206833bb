package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/backtrail/backtrail/errs"
)

const (
	// groupFor is how long a group takes in further closures before it commits. While it commits, the next ones queue
	// up: so the groups are as large as the load makes them, and one caller alone never waits.
	groupFor = 10 * time.Millisecond
	// statementsKept bounds the prepared statements of the writing connection.
	statementsKept = 500
)

// groupWriter commits the write closures of many callers together: the disk is asked to make them durable once, instead
// of once for each.
//
// Each closure runs on the goroutine of its caller, one at a time, inside a savepoint. One that fails or panics is
// rolled back to its savepoint; the others do not notice. When the commit fails, all of the group get its error. A closure must not wait for
// another write: that one's turn cannot come before its own is over.
type groupWriter struct {
	d     *dialect
	db    *sql.DB
	conn  *sql.Conn
	queue chan *turn
	stop  chan struct{}
	ended chan struct{}
	once  sync.Once

	// Used by the goroutine whose turn it is.
	statements map[string]*sql.Stmt
	groups     atomic.Int64
}

// turn is one closure's place in the queue.
type turn struct {
	ctx context.Context
	// claimed is set by the writer when the turn begins, or by its caller when it gives up waiting.
	claimed  atomic.Bool
	granted  chan *writeConn // the turn begins
	finished chan bool       // it is over; whether its work stays
	answer   chan error      // whether it is durable, or why the turn never began
}

var errClosed = errs.New(errs.Unavailable, "database_closed", "The database is closed.")

func newGroupWriter(ctx context.Context, d *dialect, db *sql.DB) (*groupWriter, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, d.shown(err)
	}
	w := &groupWriter{d: d, db: db, conn: conn, queue: make(chan *turn, 256), stop: make(chan struct{}),
		ended: make(chan struct{}), statements: map[string]*sql.Stmt{}}
	go w.run()
	return w, nil
}

func (w *groupWriter) write(ctx context.Context, _ scope, fn func(*writeConn) error) error {
	if err := refuseNested(); err != nil {
		return err
	}
	t := &turn{ctx: ctx, granted: make(chan *writeConn), finished: make(chan bool), answer: make(chan error, 1)}
	select {
	case <-w.stop:
		return errClosed
	case w.queue <- t:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case c := <-t.granted:
		if err := t.take(c, fn); err != nil {
			return err
		}
		return <-t.answer
	case err := <-t.answer:
		return err
	case <-w.ended:
		return errClosed
	case <-ctx.Done():
		if t.claimed.CompareAndSwap(false, true) {
			return ctx.Err()
		}
	}
	// The turn began in the same moment as the context ended.
	select {
	case c := <-t.granted:
		return t.take(c, func(*writeConn) error { return ctx.Err() })
	case err := <-t.answer:
		return err
	}
}

// take runs the closure in the turn, and tells the writer when it is over.
func (t *turn) take(c *writeConn, fn func(*writeConn) error) (err error) {
	stays := false
	defer func() {
		c.over = true
		t.finished <- stays
	}()
	err = perform(c, fn)
	stays = err == nil
	return err
}

func (w *groupWriter) close() error {
	w.once.Do(func() { close(w.stop) })
	<-w.ended
	return w.db.Close()
}

func (w *groupWriter) run() {
	defer close(w.ended)
	for {
		select {
		case <-w.stop:
			w.refuseQueued()
			w.forget()
			w.conn.Close() // db.Close reports what is wrong
			return
		case t := <-w.queue:
			w.group(t)
		}
	}
}

func (w *groupWriter) refuseQueued() {
	for {
		select {
		case t := <-w.queue:
			if t.claimed.CompareAndSwap(false, true) {
				t.answer <- errClosed
			}
		default:
			return
		}
	}
}

// group runs t and what else is queued in one transaction.
func (w *groupWriter) group(t *turn) {
	var stay []*turn
	var err error
	begun, start := false, time.Now()
	for t != nil && err == nil {
		if t.claimed.CompareAndSwap(false, true) {
			if cause := t.ctx.Err(); cause != nil {
				t.answer <- cause
			} else {
				if !begun {
					err = w.do("BEGIN IMMEDIATE")
					begun = err == nil
				}
				if err == nil {
					var stays bool
					if stays, err = w.take(t); stays {
						stay = append(stay, t)
					}
				} else {
					t.answer <- err
				}
			}
		}
		t = nil
		if err == nil && time.Since(start) < groupFor {
			select {
			case t = <-w.queue:
			default:
			}
		}
	}
	if !begun {
		return
	}
	if err == nil && len(stay) > 0 {
		if err = w.do("COMMIT"); err == nil {
			w.groups.Add(1)
		}
	}
	if err != nil || len(stay) == 0 {
		w.do("ROLLBACK") // after some errors SQLite has done so already
	}
	for _, t := range stay {
		t.answer <- err
	}
}

// take runs one closure inside a savepoint and reports whether its work stays. An error means that the transaction is
// lost; the turn has then been answered, or counts as staying and gets the group's answer.
func (w *groupWriter) take(t *turn) (stays bool, err error) {
	if err := w.do("SAVEPOINT closure"); err != nil {
		t.answer <- err
		return false, err
	}
	t.granted <- &writeConn{d: w.d, run: statements{w}, tx: map[string]int64{}}
	stays = <-t.finished
	if !stays {
		if err := w.do("ROLLBACK TO closure"); err != nil {
			return false, err
		}
	}
	return stays, w.do("RELEASE closure")
}

// do runs a statement about the transaction itself.
func (w *groupWriter) do(text string) error {
	s, err := w.prepare(context.Background(), text)
	if err == nil {
		_, err = s.ExecContext(context.Background())
	}
	if err != nil {
		return fmt.Errorf("store: %s: %w", text, err)
	}
	return nil
}

// statements is the runner of a group's transaction.
//
// Its statements do not listen to the context while they run: SQLite answers an interrupted write by rolling the whole
// transaction back, with the closures of others in it. The context is looked at before each statement instead.
type statements struct{ w *groupWriter }

func (s statements) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	ctx = context.WithoutCancel(ctx)
	st, err := s.w.prepare(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("store: %w in %s", err, text)
	}
	return st.QueryContext(ctx, args...)
}

func (s statements) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	ctx = context.WithoutCancel(ctx)
	st, err := s.w.prepare(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("store: %w in %s", err, text)
	}
	return st.ExecContext(ctx, args...)
}

// prepare keeps the statements of the writing connection. When there are too many it starts anew: texts that repeat
// come back at once.
func (w *groupWriter) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if s := w.statements[text]; s != nil {
		return s, nil
	}
	if len(w.statements) >= statementsKept {
		if err := w.forget(); err != nil {
			return nil, err
		}
	}
	s, err := w.conn.PrepareContext(ctx, text)
	if err == nil {
		w.statements[text] = s
	}
	return s, err
}

func (w *groupWriter) forget() error {
	var failed error
	for _, s := range w.statements {
		failed = errors.Join(failed, s.Close())
	}
	clear(w.statements)
	return failed
}
