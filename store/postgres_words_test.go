package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/store"
)

// TestWordsOfPostgres holds in place that words are found by their index, with the policies in force, and that whoever
// asks finds their own account's alone.
func TestWordsOfPostgres(t *testing.T) {
	store.SearchSmall(t, 0, 0, 100, 100)
	db := dbtest.Postgres(t)
	said(t, db, "a", "red apple", "green apple")
	said(t, db, "b", "red pear")
	seal(t, db)
	plan, err := db.Plan(t.Context(), "a", "SELECT seq FROM event_words WHERE words @@ '''1_red''' AND account || '' = 'a'")
	if err != nil || !strings.Contains(plan, "Bitmap Index Scan on event_words_found") {
		t.Errorf("%v: %s", err, plan)
	}
	for _, tt := range []struct {
		account, whose audit.AccountID
		word           string
		want           int64
	}{{"a", "a", "1_apple", 2}, {"b", "a", "1_apple", 0}, {"b", "b", "2_red", 1}, {"a", "a", "2_red", 0}, {"", "a", "1_apple", 0}, {"*", "a", "1_apple", 2}} {
		if n, err := db.Count(t.Context(), tt.account, fmt.Sprintf("SELECT count(*) FROM word_hits('%s', '''%s''', 10)", tt.whose, tt.word)); err != nil || n != tt.want {
			t.Errorf("%+v: %d, %v", tt, n, err)
		}
	}
	if a, b := found(t, db, "a", "red"), found(t, db, "b", "apple OR red"); a != 1 || b != 1 {
		t.Errorf("found %d and %d", a, b)
	}
}
