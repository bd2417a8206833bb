package store

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// Options are the choices of Open; the zero value is right for a server.
type Options struct {
	// Readers is the number of connections that read; 0 is twice the number of processors and at least 4.
	Readers int
	// Ledger is what sealing needs.
	Ledger Ledger
}

// DB is the database. All its methods are safe for concurrent use.
type DB struct {
	dialect *dialect
	writer  writer
	// sealing is the writer of the sealer: it must not wait behind others for a connection.
	sealing writer
	reader  reader
	backup  func(ctx context.Context, path string) error
	// postgres is nil on SQLite.
	postgres *postgresConfig
	// wake tells the sealer that events were committed; it holds one token.
	wake  chan struct{}
	stats counters

	ledger Ledger
	// heads are the last ones that this process checked or moved, by account: audit.AccountID to ledger.Head.
	heads sync.Map

	// wordNumbers are the numbers of accounts in the index of words: audit.AccountID to int64.
	wordNumbers sync.Map
	// indexed, unless nil, is told when a part of what was not in the index is; tests wait for it.
	indexed func()

	news      news
	watching  sync.Once
	announcer *announcer // on PostgreSQL
	listener  *listener  // on PostgreSQL, from the first Watch on
}

// writer runs write closures. It is the part that differs most: SQLite has one writing connection and groups the
// commits of its callers; PostgreSQL does both itself.
type writer interface {
	// write runs fn in a transaction on the caller's goroutine. fn's work is durable when it returns nil, and undone when it
	// returns an error (fn's own, unchanged) or panics.
	write(ctx context.Context, whose scope, fn func(*writeConn) error) error
	close() error
}

// reader runs reads, each on one state of the database.
type reader interface {
	read(ctx context.Context, whose scope, fn func(conn) error) error
	close() error
}

// Open opens the database that url names, "sqlite:PATH" or "postgres://...", and migrates it. A file of SQLite is made
// when it is not there; its folder and a database of PostgreSQL are not. The error is an errs.Error that says what to do when the URL is wrong (errs.Invalid), and when the file cannot be
// opened or written, is not a database of Backtrail, or was written by a newer program (errs.Unavailable).
func Open(ctx context.Context, url string, opts Options) (*DB, error) {
	scheme, rest, ok := strings.Cut(url, ":")
	switch {
	case ok && scheme == "sqlite" && rest != "" && !strings.ContainsRune(rest, 0):
		return openSQLite(ctx, rest, opts)
	case ok && (scheme == "postgres" || scheme == "postgresql"):
		return openPostgres(ctx, url, opts)
	}
	// The text is not repeated: it may hold a password.
	return nil, errs.InvalidField("db", "invalid_database_url", "The database URL is not one that backtrail knows.").
		WithFix("Give sqlite:PATH, as in sqlite:/var/lib/backtrail/backtrail.db, or postgres://USER@HOST/DATABASE.")
}

func newDB(d *dialect, w writer, r reader) *DB {
	return &DB{dialect: d, writer: w, sealing: w, reader: r, wake: make(chan struct{}, 1)}
}

// Close waits for the writes that have begun, refuses new ones, and closes the connections.
func (db *DB) Close() error {
	db.watching.Do(func() {}) // nobody begins to listen any more
	if db.listener != nil {
		db.listener.close()
	}
	err := db.writer.close()
	if db.sealing != db.writer {
		err = errors.Join(err, db.sealing.close())
	}
	if db.announcer != nil {
		db.announcer.close()
	}
	return errors.Join(err, db.reader.close())
}

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	return db.read(ctx, nobody, func(c conn) error {
		_, _, err := one(ctx, c, scanInt, "SELECT max(version_id) FROM schema_versions")
		return err
	})
}

// Backup writes a copy of the database as of one moment to a new file, while the database is in use. It refuses a file
// that is there (errs.Conflict).
func (db *DB) Backup(ctx context.Context, path string) error { return db.backup(ctx, path) }

// write runs fn in a transaction, and tells the sealer about its events.
func (db *DB) write(ctx context.Context, whose scope, fn func(*writeConn) error) error {
	return db.writeBy(ctx, db.writer, whose, fn)
}

func (db *DB) writeBy(ctx context.Context, w writer, whose scope, fn func(*writeConn) error) error {
	var accounts map[string]int64
	appended := 0
	err := w.write(ctx, whose, func(c *writeConn) error {
		err := fn(c)
		appended, accounts = c.appended, c.tx
		return err
	})
	if err != nil {
		return db.dialect.shown(err)
	}
	db.stats.writes.Add(1)
	if appended > 0 {
		db.stats.appended.Add(int64(appended))
		db.nudge()
		for account := range accounts {
			db.announce(audit.AccountID(account))
		}
	}
	return nil
}

// announce tells that an account has new events.
func (db *DB) announce(account audit.AccountID) {
	db.news.tell(account)
	if db.announcer != nil {
		db.announcer.add(account)
	}
}

// read runs fn on one state of the database.
func (db *DB) read(ctx context.Context, whose scope, fn func(conn) error) error {
	return db.dialect.shown(db.reader.read(ctx, whose, fn))
}
