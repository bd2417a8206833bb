// Package dbtest makes throw-away databases for tests.
package dbtest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/backtrail/backtrail/ledger"
	"github.com/backtrail/backtrail/store"
)

// Open opens a new database of the kind that the run is for: SQLite, or PostgreSQL with BACKTRAIL_TEST_DATABASE=postgres.
// The tests of everything above the store use it, and internal/scripts/test.sh runs them on both.
func Open(t testing.TB) *store.DB {
	t.Helper()
	switch kind := os.Getenv("BACKTRAIL_TEST_DATABASE"); kind {
	case "", "sqlite":
		return SQLite(t)
	case "postgres":
		return Postgres(t)
	default:
		t.Fatalf("BACKTRAIL_TEST_DATABASE is %q; it can be sqlite or postgres", kind)
		return nil
	}
}

// SQLite opens a new database in a folder of the test's own, and closes it at the end. No sealer runs.
func SQLite(t testing.TB) *store.DB {
	t.Helper()
	empty, err := migrated()
	if err != nil {
		t.Fatalf("the database that the others are copies of: %v", err)
	}
	path := filepath.Join(t.TempDir(), "backtrail.db")
	if err := os.WriteFile(path, empty, 0o600); err != nil {
		t.Fatal(err)
	}
	return Reopen(t, path)
}

// migrated is a database file with the schema in it, made once for the process: every migration waits for the disk.
var migrated = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "backtrail-sqlite-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "migrated.db")
	db, err := store.Open(context.Background(), "sqlite:"+path, Options())
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// Reopen opens the database file of a test, which may be there or not.
func Reopen(t testing.TB, path string) *store.DB {
	t.Helper()
	return OpenURL(t, "sqlite:"+path)
}

// OpenURL opens a database with the test's key, and closes it at the end.
func OpenURL(t testing.TB, url string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), url, Options())
	if err != nil {
		t.Fatalf("open the database: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return db
}

// Key signs the ledgers of the process's tests.
var Key = sync.OnceValue(func() *ledger.Key {
	k, err := ledger.NewKey()
	if err != nil {
		panic("dbtest: " + err.Error())
	}
	return k
})

// Options open a database whose events can be sealed.
func Options() store.Options {
	return store.Options{Ledger: store.Ledger{Key: func(context.Context) (*ledger.Key, error) { return Key(), nil }}}
}
