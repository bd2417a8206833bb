package store_test

import (
	"testing"

	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/store"
	"github.com/backtrail/backtrail/store/storetest"
)

// TestWaysToSearch compares what filters find with their definitions in each of the ways to find words.
func TestWaysToSearch(t *testing.T) {
	for name, ways := range map[string][4]int{"few": {0, 0, 1 << 20, 10}, "hits": {0, 0, 3, 7}, "in turn": {5, 5, 20, 30}} {
		t.Run(name, func(t *testing.T) {
			store.SearchSmall(t, ways[0], ways[1], ways[2], ways[3])
			storetest.RunFilters(t, dbtest.Open(t))
		})
	}
}

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.DB { return dbtest.SQLite(t) })
}
