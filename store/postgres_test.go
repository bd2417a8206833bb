package store_test

import (
	"testing"

	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/store"
	"github.com/backtrail/backtrail/store/storetest"
)

func TestPostgres(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.DB { return dbtest.Postgres(t) })
}
