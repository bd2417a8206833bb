package store

import (
	"context"
	"database/sql"
)

// lockedTurn is who holds a lock of the session on the server. The lock goes with its connection: a process that dies,
// or loses it, is followed by another one within a look.
type lockedTurn struct {
	pool *sql.DB
	conn *sql.Conn // holds the lock, nil while another process does
}

func (t *lockedTurn) mine(ctx context.Context) (bool, error) {
	if t.conn != nil {
		if err := t.conn.PingContext(ctx); err == nil {
			return true, nil
		}
		t.drop()
	}
	conn, err := t.pool.Conn(ctx)
	if err != nil {
		return false, postgresDialect.shown(err)
	}
	var got bool
	err = conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock(hashtextextended('backtrail sealer', 0))").Scan(&got)
	if err != nil || !got {
		conn.Close()
		return false, postgresDialect.shown(err)
	}
	t.conn = conn
	return true, nil
}

func (t *lockedTurn) drop() {
	t.conn.Close()
	t.conn = nil
}

func (t *lockedTurn) end() {
	if t.conn != nil {
		t.drop()
	}
	t.pool.Close() // and the lock with the connection
}
