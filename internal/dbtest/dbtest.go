// Package dbtest makes throw-away databases for tests.
package dbtest

import (
	"path/filepath"
	"testing"

	"github.com/backtrail/backtrail/store"
)

// SQLite opens a new database in a folder of the test's own, and closes it at the end. No sealer runs.
func SQLite(t testing.TB) *store.DB {
	t.Helper()
	return Reopen(t, filepath.Join(t.TempDir(), "backtrail.db"))
}

// Reopen opens the database file of a test, which may be there or not.
func Reopen(t testing.TB, path string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), "sqlite:"+path, store.Options{})
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
