package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/store"
)

// said appends events with these descriptions, and the name of each as the record's.
func said(t *testing.T, db *store.DB, account audit.AccountID, texts ...string) (events []*audit.Event) {
	t.Helper()
	var some []audit.Encoded
	for i, text := range texts {
		at := time.Date(2026, 3, 1, 9, 0, i, 0, time.UTC)
		e := &audit.Event{ID: audit.EventID(testIDs.Next()), Account: account, OccurredAt: at, RecordedAt: at, Actor: audit.Actor{Type: audit.User, ID: "u1", Name: "Ana"},
			Channel: audit.Web, Module: "contacts", Type: "contact.updated", Action: audit.Updated, Outcome: audit.Success, Description: text}
		e.Operation = audit.OperationID(e.ID)
		some = append(some, audit.Encoded{Event: e, Body: e.AppendCanonical(nil)})
		events = append(events, e)
	}
	if err := db.WriteRecords(t.Context(), account, func(tx crm.Tx) error { return tx.AppendEvents(t.Context(), some) }); err != nil {
		t.Fatal(err)
	}
	return events
}

// found is how many events of the account pass the question.
func found(t *testing.T, db *store.DB, account audit.AccountID, q string) int {
	t.Helper()
	x, err := audit.ParseQuery(q, nil, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	page, err := db.Events(t.Context(), account, audit.Query{Filter: audit.Filter{Where: x}, Limit: 5000})
	if err != nil {
		t.Fatal(err)
	}
	return len(page.Events)
}

func seal(t *testing.T, db *store.DB) {
	t.Helper()
	if err := db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// forgetWords makes the database one from before there was an index.
func forgetWords(t *testing.T, db *store.DB) {
	t.Helper()
	if err := db.ForgetWords(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestSearchWhileIndexing searches a log from before there was an index at every step of its making, while more comes.
func TestSearchWhileIndexing(t *testing.T) {
	store.SearchSmall(t, 0, 0, 600, 100)
	db := dbtest.Open(t)
	var texts []string
	for i := range 1300 {
		texts = append(texts, fmt.Sprintf("number%d %s", i, []string{"red", "green", "blue"}[i%3]))
	}
	said(t, db, "a", texts...)
	said(t, db, "b", "number7 green")
	seal(t, db)
	forgetWords(t, db)
	said(t, db, "a", "number1300 green")
	check := func(state string, sealed int) {
		t.Helper()
		for q, want := range map[string]int{"number7": 111, `"number7"`: 1, `"number7" green`: 1, "green": (sealed + 1) / 3, "nothing": 0, "number1300": 1, "green -user:ana": 0} {
			if n := found(t, db, "a", q); n != want {
				t.Errorf("%s: %s finds %d, want %d", state, q, n, want)
			}
		}
	}
	check("without an index", 1301)
	for step := range 4 {
		if err := db.IndexStep(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		check(fmt.Sprint("step ", step), 1301)
		if step == 1 {
			seal(t, db) // behind the index: not yet in it
			check("sealed behind it", 1301)
		}
	}
	if n, err := db.Count(t.Context(), "a", "SELECT upto FROM word_marks WHERE account = 'a'"); err != nil || n != 1301 {
		t.Errorf("the index reaches to %d, %v", n, err)
	}
	// From here on the sealer adds to it.
	said(t, db, "a", "number1301 red")
	seal(t, db)
	if n, err := db.Count(t.Context(), "a", "SELECT upto FROM word_marks WHERE account = 'a'"); err != nil || n != 1302 {
		t.Errorf("the index reaches to %d, %v", n, err)
	}
	if err := db.IndexWords(t.Context()); err != nil { // b
		t.Fatal(err)
	}
	if n := found(t, db, "b", "number7"); n != 1 {
		t.Errorf("b finds %d", n)
	}
}

// TestRunSealerIndexes lets the sealer bring the index of an older database up by itself.
func TestRunSealerIndexes(t *testing.T) {
	db := dbtest.Open(t)
	said(t, db, "a", "red", "green")
	seal(t, db)
	forgetWords(t, db)
	ctx, end := context.WithCancel(t.Context())
	defer end()
	indexed := make(chan struct{})
	db.OnIndexed(func() { close(indexed) })
	ended := make(chan struct{})
	go func() {
		db.RunSealer(ctx, nil)
		close(ended)
	}()
	<-indexed
	end()
	<-ended
	if n, err := db.Count(t.Context(), "a", "SELECT upto FROM word_marks WHERE account = 'a'"); err != nil || n != 2 {
		t.Errorf("the index reaches to %d, %v", n, err)
	}
}

// TestDoctoredIndex takes an event out of the index: it is hidden from searches by words, stays in the log, and is found
// again when the index is made anew.
func TestDoctoredIndex(t *testing.T) {
	store.SearchSmall(t, 0, 0, 100, 100)
	db := dbtest.Open(t)
	said(t, db, "a", "red apple", "green apple")
	said(t, db, "b", "red apple")
	seal(t, db)
	if err := db.HideWords(t.Context(), "a", 1); err != nil {
		t.Fatal(err)
	}
	if n := found(t, db, "a", "apple"); n != 1 {
		t.Errorf("%d found", n)
	}
	if n := found(t, db, "a", "type:contact.updated"); n != 2 {
		t.Errorf("%d in the log", n)
	}
	if err := db.RebuildWords(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a, b := found(t, db, "a", "apple"), found(t, db, "b", "red"); a != 2 || b != 1 {
		t.Errorf("%d and %d found", a, b)
	}
}

// TestIndexOfALogCutShort: where the ledger has more events than the log, because somebody took some away, the index comes to its
// end all the same, and so does that of the accounts behind.
func TestIndexOfALogCutShort(t *testing.T) {
	db := dbtest.Open(t)
	said(t, db, "a", "red")
	said(t, db, "b", "red")
	seal(t, db)
	forgetWords(t, db)
	if err := db.Change(t.Context(), "a", "UPDATE heads SET size = 3 WHERE account = 'a'"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := db.IndexWords(ctx); err != nil {
		t.Fatal(err)
	}
	for account, want := range map[audit.AccountID]int64{"a": 3, "b": 1} {
		if n, err := db.Count(t.Context(), account, "SELECT upto FROM word_marks WHERE account = '"+string(account)+"'"); err != nil || n != want {
			t.Errorf("the index of %s reaches to %d, %v", account, n, err)
		}
	}
}

// TestWordsBeyondTheIndex has more words in an event than are kept, and words that are longer.
func TestWordsBeyondTheIndex(t *testing.T) {
	store.SearchSmall(t, 0, 0, 100, 100)
	db := dbtest.Open(t)
	var many strings.Builder
	for i := range 30000 {
		fmt.Fprintf(&many, "word%d ", i)
	}
	long := strings.Repeat("é", 30)
	said(t, db, "a", many.String()+"zebra", "x"+long+"1", "x"+long+"2", "京都 tower")
	seal(t, db)
	for q, want := range map[string]int{"zebra": 1, "word29999": 1, "word1": 1, "x" + long: 2, `"x` + long + `1"`: 1, "x" + long + "3": 0, "都": 1, "京都": 1, `"都 京"`: 0, "to": 1, "zebras": 0} {
		if n := found(t, db, "a", q); n != want {
			t.Errorf("%.40s finds %d, want %d", q, n, want)
		}
	}
}
