package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite" // the only import of the driver
	sqlitecodes "modernc.org/sqlite/lib"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// sqliteApplication marks a file as a database of Backtrail (PRAGMA application_id): "Btrl".
const sqliteApplication = 0x4274726c

var sqliteDialect = &dialect{
	name:  "sqlite",
	goose: goose.DialectSQLite3,

	Text: "TEXT", JSON: "TEXT", Blob: "BLOB", Clustered: " WITHOUT ROWID", NoBytes: "x''", RandomSalt: "randomblob(16)",
	refuse: func(table, verb, message string) string {
		return fmt.Sprintf(`-- +goose StatementBegin
CREATE TRIGGER %s_no_%s BEFORE %s ON %s BEGIN SELECT RAISE(ABORT, '%s'); END;
-- +goose StatementEnd`, table, verb, verb, table, message)
	},

	permit: func(table, verb string) string { return fmt.Sprintf("DROP TRIGGER %s_no_%s;", table, verb) },
	keep: func(table, other, message string, columns ...string) string {
		return fmt.Sprintf(`-- +goose StatementBegin
CREATE TRIGGER %[1]s_kept BEFORE DELETE ON %[1]s WHEN NOT EXISTS (SELECT 1 FROM %[2]s AS o WHERE %[3]s)
BEGIN SELECT RAISE(ABORT, '%[4]s'); END;
-- +goose StatementEnd`, table, other, same("o", "OLD", columns), message)
	},
	wall: func(string, string) string { return "" },

	elements:   func(array string) string { return "SELECT value FROM json_each(" + array + ")" },
	contains:   func(text, pattern string) string { return text + " LIKE " + pattern + ` ESCAPE '\'` },
	unindexed:  func(column string) string { return "+" + column },
	unplanned:  func(column string) string { return "+" + column },
	cents:      func(amount string) string { return "CAST(replace(" + amount + ", '.', '') AS INTEGER)" },
	number:     func(text string) string { return "CAST(" + text + " AS NUMERIC)" },
	folded:     func(text string) string { return "lower(" + text + ")" },
	append:     appendInSteps,
	WordIndex:  `CREATE VIRTUAL TABLE event_words USING fts5(words, content='', contentless_delete=1, detail='none', tokenize="ascii tokenchars '_.'");`,
	putWords:   putWordsOneByOne,
	ClearWords: "INSERT INTO event_words (event_words) VALUES ('delete-all')",
	findWords: func(_ audit.AccountID, number int64, text string, limit int64) fragment {
		first := number << seqBits
		return sqlf("SELECT rowid - ? FROM event_words WHERE event_words MATCH ? AND rowid BETWEEN ? AND ? LIMIT ?", first, text, first, first+1<<seqBits-1, limit)
	},
	wordSyntax: wordSyntax{and: " AND ", or: " OR ", word: func(word string, begins bool) string {
		if begins {
			return `"` + word + `" *`
		}
		return `"` + word + `"`
	}},
	byPlace: " INDEXED BY sqlite_autoindex_events_1",
	amongNumbers: func(column string, seqs []int64) fragment {
		return sqlf(column+" IN (SELECT value FROM json_each(?))", numbers("[", "]", seqs))
	},
	size:  "SELECT p.page_count * s.page_size FROM pragma_page_count AS p, pragma_page_size AS s",
	fault: sqliteFault,
}

func sqliteFault(err error) fault {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return otherFault
	}
	switch e.Code() {
	case sqlitecodes.SQLITE_CONSTRAINT_PRIMARYKEY, sqlitecodes.SQLITE_CONSTRAINT_UNIQUE:
		return taken
	}
	switch e.Code() & 0xff {
	case sqlitecodes.SQLITE_FULL:
		return diskFull
	case sqlitecodes.SQLITE_READONLY, sqlitecodes.SQLITE_PERM, sqlitecodes.SQLITE_CANTOPEN:
		return notWritable
	case sqlitecodes.SQLITE_BUSY, sqlitecodes.SQLITE_LOCKED:
		return busy
	case sqlitecodes.SQLITE_NOTADB:
		return notDatabase
	case sqlitecodes.SQLITE_CORRUPT:
		return damaged
	}
	return otherFault
}

// sqliteReader is the connections that only read.
type sqliteReader struct{ db *sql.DB }

func (r sqliteReader) read(ctx context.Context, _ scope, fn func(conn) error) error {
	tx, err := r.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback() // it has nothing to commit
	return fn(&readConn{tx, sqliteDialect})
}

func (r sqliteReader) close() error { return r.db.Close() }

// sqlitePatience is how long a new process waits for another one that has just made the database.
const sqlitePatience = 10 * time.Second

// With recursive triggers the ones that refuse a deletion also see INSERT OR REPLACE.
const sqliteSetup = "_pragma=busy_timeout(10000)&_pragma=recursive_triggers(1)&_dqs=0&_defensive=1"

// openSQLite opens or creates the database in the file path.
func openSQLite(ctx context.Context, path string, opts Options) (*DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := checkSQLiteFile(path); err != nil {
		return nil, err
	}
	base := (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String() + "?" + sqliteSetup
	writing, err := sql.Open("sqlite", base+"&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"+
		"&_pragma=wal_autocheckpoint(20000)&_pragma=cache_size(-65536)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	writing.SetMaxOpenConns(1)
	// SQLite does not wait for the lock under which a new database becomes one with a WAL.
	err = prepareSQLite(ctx, writing, path)
	for begun := time.Now(); errs.Code(err) == "database_busy" && time.Since(begun) < sqlitePatience && ctx.Err() == nil; {
		sleep(ctx, 50*time.Millisecond)
		err = prepareSQLite(ctx, writing, path)
	}
	if err != nil {
		return nil, errors.Join(err, writing.Close())
	}
	reading, err := sql.Open("sqlite", base+"&_pragma=query_only(1)&_pragma=cache_size(-16384)")
	if err != nil {
		return nil, errors.Join(err, writing.Close())
	}
	n := opts.Readers
	if n <= 0 {
		n = max(4, 2*runtime.NumCPU())
	}
	reading.SetMaxOpenConns(n)
	reading.SetMaxIdleConns(n)
	w, err := newGroupWriter(ctx, sqliteDialect, writing)
	if err != nil {
		return nil, errors.Join(err, reading.Close(), writing.Close())
	}
	db := newDB(sqliteDialect, w, sqliteReader{reading})
	db.ledger = opts.Ledger
	db.backup = func(ctx context.Context, to string) error { return backupSQLite(ctx, base, to) }
	return db, nil
}

// checkSQLiteFile makes the file when it is not there, for its owner only: it will hold password hashes.
func checkSQLiteFile(path string) error {
	refused := func(code, format string, args ...any) *errs.Error {
		return errs.New(errs.Unavailable, code, format, args...)
	}
	if folder := filepath.Dir(path); !isDir(folder) {
		return refused("no_such_folder", "The folder %s of the database is not there.", folder).WithFix("Create the folder, or name another path with --db.")
	}
	if isDir(path) {
		return refused("not_a_database", "%s is a folder, not a database file.", path).WithFix("Name a file in it: sqlite:%s.", filepath.Join(path, "backtrail.db"))
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, fs.ErrPermission) {
		return refused("database_read_only", "The database %s cannot be opened for writing.", path).
			WithFix("Check the owner and the permissions of the file and its folder.").Because(err)
	}
	if err != nil {
		return refused("database_unavailable", "The database %s cannot be opened.", path).Because(err)
	}
	return f.Close()
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// prepareSQLite refuses what is not ours, and migrates what is.
func prepareSQLite(ctx context.Context, db *sql.DB, path string) error {
	var application, tables int
	err := db.QueryRowContext(ctx, "SELECT application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id").Scan(&application, &tables)
	foreign := errs.New(errs.Unavailable, "not_a_database", "%s is not a database of Backtrail.", path).WithFix("Name another file with --db.")
	switch {
	case err != nil && sqliteFault(err) == notDatabase:
		return foreign.Because(err)
	case err != nil:
		return sqliteDialect.shown(err)
	case tables > 0 && application != sqliteApplication:
		return foreign
	case tables == 0:
		if _, err := db.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", sqliteApplication)); err != nil {
			return sqliteDialect.shown(err)
		}
	}
	return migrate(ctx, sqliteDialect, db)
}

// backupSQLite writes a copy of one moment to a new file. It has a connection of its own, so that neither readers nor
// the writer wait.
func backupSQLite(ctx context.Context, base, to string) error {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return errs.New(errs.Conflict, "file_exists", "The file %s is there already.", to).WithFix("Name a new file; a backup never overwrites one.")
	}
	if err != nil {
		return errs.New(errs.Unavailable, "file_unavailable", "The file %s cannot be written.", to).Because(err)
	}
	if err := f.Close(); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", base)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO $1", to)
	if err = errors.Join(err, db.Close()); err != nil {
		return errors.Join(sqliteDialect.shown(err), os.Remove(to))
	}
	return nil
}
