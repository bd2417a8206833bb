package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/backtrail/backtrail/errs"
)

// Options are the choices of Open; the zero value is right for a server.
type Options struct {
	// Readers is the number of connections that read; 0 is twice the number of processors and at least 4.
	Readers int
}

// DB is the database. All its methods are safe for concurrent use.
type DB struct {
	dialect *dialect
	writer  writer
	readers *sql.DB
	backup  func(ctx context.Context, path string) error
	// wake tells the sealer that events were committed; it holds one token.
	wake  chan struct{}
	stats counters
}

// writer runs write closures. It is the part that differs most: SQLite has one writing connection and groups the
// commits of its callers; PostgreSQL does both itself.
type writer interface {
	// write runs fn in a transaction on the caller's goroutine. fn's work is durable when it returns nil, and undone when it
	// returns an error (fn's own, unchanged) or panics.
	write(ctx context.Context, fn func(*writeConn) error) error
	close() error
}

// Open opens the database that url names, "sqlite:PATH", and migrates it. The file is made when it is not there; its
// folder is not. The error is an errs.Error that says what to do when the URL is wrong (errs.Invalid), and when the file cannot be
// opened or written, is not a database of Backtrail, or was written by a newer program (errs.Unavailable).
func Open(ctx context.Context, url string, opts Options) (*DB, error) {
	scheme, rest, ok := strings.Cut(url, ":")
	switch {
	case ok && scheme == "sqlite" && rest != "" && !strings.ContainsRune(rest, 0):
		return openSQLite(ctx, rest, opts)
	case ok && (scheme == "postgres" || scheme == "postgresql"):
		return nil, errs.InvalidField("db", "unsupported_database", "This version of backtrail does not run on PostgreSQL yet.").
			WithFix("Use sqlite:PATH.")
	}
	// The text is not repeated: it may hold a password.
	return nil, errs.InvalidField("db", "invalid_database_url", "The database URL is not one that backtrail knows.").
		WithFix("Give sqlite:PATH, as in sqlite:/var/lib/backtrail/backtrail.db.")
}

func newDB(d *dialect, w writer, readers *sql.DB) *DB {
	return &DB{dialect: d, writer: w, readers: readers, wake: make(chan struct{}, 1)}
}

// Close waits for the writes that have begun, refuses new ones, and closes the connections.
func (db *DB) Close() error { return errors.Join(db.writer.close(), db.readers.Close()) }

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	return db.read(ctx, func(c conn) error {
		_, _, err := one(ctx, c, scanInt, "SELECT max(version_id) FROM schema_versions")
		return err
	})
}

// Backup writes a copy of the database as of one moment to a new file, while the database is in use. It refuses a file
// that is there (errs.Conflict).
func (db *DB) Backup(ctx context.Context, path string) error { return db.backup(ctx, path) }

// write runs fn in a transaction, and tells the sealer about its events.
func (db *DB) write(ctx context.Context, fn func(*writeConn) error) error {
	appended := 0
	err := db.writer.write(ctx, func(c *writeConn) error {
		err := fn(c)
		appended = c.appended
		return err
	})
	if err != nil {
		return db.dialect.shown(err)
	}
	db.stats.writes.Add(1)
	if appended > 0 {
		db.stats.appended.Add(int64(appended))
		db.nudge()
	}
	return nil
}

// read runs fn on one state of the database.
func (db *DB) read(ctx context.Context, fn func(conn) error) error {
	tx, err := db.readers.BeginTx(ctx, db.dialect.snapshot)
	if err != nil {
		return db.dialect.shown(err)
	}
	defer tx.Rollback() // it has nothing to commit
	return db.dialect.shown(fn(&readConn{tx, db.dialect}))
}
