package store_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/store"
	"github.com/backtrail/backtrail/store/storetest"
)

func TestPostgres(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.DB { return dbtest.Postgres(t) })
}

// TestWall has queries that forget their account.
func TestWall(t *testing.T) {
	db := dbtest.Postgres(t)
	appendTo(t, db, "a", 3)
	appendTo(t, db, "b", 4)
	if err := db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	appendTo(t, db, "b", 1)
	for _, tt := range []struct {
		account audit.AccountID
		query   string
		want    int64
	}{
		{"a", "SELECT count(*) FROM events", 3},
		{"b", "SELECT count(*) FROM events", 4},
		{"b", "SELECT count(*) FROM pending", 1},
		{"a", "SELECT count(*) FROM events WHERE account = 'b'", 0},
		{"a", "SELECT count(*) FROM heads", 1},
		{"a", "SELECT count(*) FROM tiles", 1},
		{"", "SELECT count(*) FROM events", 0},
		{"*", "SELECT count(*) FROM events", 7},
	} {
		if n, err := db.Count(t.Context(), tt.account, tt.query); err != nil || n != tt.want {
			t.Errorf("%q sees %d by %s, want %d: %v", tt.account, n, tt.query, tt.want, err)
		}
	}
	for _, text := range []string{"INSERT INTO heads (account, size, root, checkpoint, signed_by, sealed_at) VALUES ('b', 9, '', '', '', 0)",
		"INSERT INTO undone (account, event, undone_by) VALUES ('b', 'x', 'y')"} {
		if err := db.Change(t.Context(), "a", text); err == nil {
			t.Errorf("one account could write into another: %s", text)
		}
	}
	if err := db.Change(t.Context(), "a", "UPDATE heads SET size = 99"); err != nil {
		t.Fatal(err)
	}
	if n, err := db.Count(t.Context(), "b", "SELECT size FROM heads"); err != nil || n != 4 {
		t.Errorf("one account changed another's head to %d, %v", n, err)
	}
}

// TestEveryTableHasItsWall finds tables of accounts that a migration forgot, and rights that Grant forgot.
func TestEveryTableHasItsWall(t *testing.T) {
	db := dbtest.Postgres(t)
	const ofPeople = "'people', 'sessions', 'login_attempts', 'password_links', 'second_factors', 'second_steps', 'schema_versions'"
	for what, query := range map[string]string{
		"has no policy": "SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity) " +
			"AND c.relname NOT IN (" + ofPeople + ")",
		"has a key that does not begin with the account": "SELECT i.indexrelid::regclass::text FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] " +
			"WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique AND a.attname <> 'account' AND c.relname NOT IN ('accounts', " + ofPeople + ")",
		"is a sequence":    "SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace AND relname <> 'schema_versions_id_seq'",
		"is a foreign key": "SELECT conname FROM pg_constraint WHERE contype = 'f'",
	} {
		if n, err := db.Count(t.Context(), "*", "SELECT count(*) FROM ("+query+") AS q"); err != nil || n != 0 {
			t.Errorf("%d: something %s: %v", n, what, err)
		}
	}
	tables, err := db.Count(t.Context(), "*", "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
	if err != nil || int(tables) != store.GrantedTables() {
		t.Errorf("there are %d tables; Grant knows %d: %v", tables, store.GrantedTables(), err)
	}
}

// TestServerRole lets a role without rights to change the log do a server's work, and then more.
func TestServerRole(t *testing.T) {
	owner := dbtest.PostgresURL(t)
	role := "server_" + owner[strings.LastIndex(owner, "test_")+5:][:8]
	if err := dbtest.Shared(t).Exec("postgres", "CREATE ROLE "+role+" LOGIN"); err != nil {
		t.Fatal(err)
	}
	if err := store.Grant(t.Context(), owner, role); err != nil {
		t.Fatal(err)
	}
	db := dbtest.OpenURL(t, strings.Replace(owner, dbtest.Owner+"@", role+"@", 1))
	appendTo(t, db, "a", 5)
	if err := db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	store.SearchSmall(t, 0, 0, 100, 100)
	said(t, db, "a", "a needle")
	if err := db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := found(t, db, "a", "needle"); got != 1 {
		t.Errorf("%d events with the word", got)
	}
	appendTo(t, db, "a", 2)
	if got := len(pagesOf(t, db, "a")); got != 8 {
		t.Errorf("%d events", got)
	}
	if _, err := db.DropRuns(t.Context(), time.Unix(1, 0), 10); err != nil {
		t.Errorf("old runs of workflows: %v", err)
	}
	for _, text := range []string{"UPDATE events SET body = 'x'", "DELETE FROM events", "TRUNCATE events", "UPDATE pending SET body = 'x'", "TRUNCATE pending",
		"ALTER TABLE events DISABLE TRIGGER ALL", "DROP TABLE events", "UPDATE undone SET undone_by = ''", "DELETE FROM heads", "DELETE FROM tiles", "UPDATE schema_versions SET version_id = 0"} {
		if err := db.Change(t.Context(), "a", text); errs.Code(err) != "database_permission" {
			t.Errorf("the server's role could %s: %v", text, err)
		}
	}
	if err := db.Change(t.Context(), "a", "DELETE FROM pending"); err == nil || !strings.Contains(err.Error(), "can only be sealed") {
		t.Errorf("events that wait could be deleted: %v", err)
	}
	if err := store.Grant(t.Context(), owner, "nobody_of_this_name"); !errs.Is(err, errs.NotFound) {
		t.Errorf("a role that is not there: %v", err)
	}
	t.Cleanup(func() {
		dbtest.Shared(t).Exec(owner[strings.LastIndex(owner, "test_"):strings.Index(owner, "?")], "DROP OWNED BY "+role+"; DROP ROLE "+role)
	})
}

// TestLogIsClosed tries what the triggers refuse to the owner as well.
func TestLogIsClosed(t *testing.T) {
	db := dbtest.Postgres(t)
	appendTo(t, db, "a", 2)
	if _, err := db.SealBatch(t.Context(), "a", 1); err != nil {
		t.Fatal(err)
	}
	if _, err := db.DropRuns(t.Context(), time.Unix(1, 0), 10); err != nil {
		t.Errorf("old runs of workflows: %v", err)
	}
	for _, text := range []string{"UPDATE events SET body = 'x'", "DELETE FROM events", "TRUNCATE events", "UPDATE pending SET body = 'x'", "DELETE FROM pending", "TRUNCATE pending"} {
		if err := db.Change(t.Context(), "a", text); err == nil {
			t.Errorf("%s was allowed", text)
		}
	}
	if got := len(pagesOf(t, db, "a")); got != 2 {
		t.Errorf("%d events", got)
	}
}

// TestStartedTogether opens one empty database from several servers at once.
func TestStartedTogether(t *testing.T) {
	url := dbtest.EmptyPostgresURL(t)
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			db, err := store.Open(context.Background(), url, dbtest.Options())
			if err != nil {
				t.Error(err)
				return
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// TestNewerSchema opens a database that a newer program made.
func TestNewerSchema(t *testing.T) {
	url := dbtest.PostgresURL(t)
	db := dbtest.OpenURL(t, url)
	if err := db.Change(t.Context(), "*", "INSERT INTO schema_versions (version_id, is_applied) VALUES (9999, true)"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), url, store.Options{}); errs.Code(err) != "newer_schema" {
		t.Errorf("got %v", err)
	}
}

// TestWatch has one process hear of the events of another.
func TestWatch(t *testing.T) {
	url := dbtest.PostgresURL(t)
	here, there := dbtest.OpenURL(t, url), dbtest.OpenURL(t, url)
	happened, stop := here.Watch("a")
	defer stop()
	other, stopOther := here.Watch("b")
	defer stopOther()
	wait := func(what string) {
		t.Helper()
		select {
		case <-happened:
		case <-time.After(10 * time.Second):
			t.Fatalf("nothing was heard of %s", what)
		}
	}
	wait("the start of listening")
	<-other
	appendTo(t, here, "a", 1)
	wait("an event of the same process")
	appendTo(t, there, "a", 1)
	wait("an event of another process")
	select {
	case <-other:
		t.Error("another account's event was heard")
	default:
	}
}

// TestServerRestarts lets writers work while the database goes away and comes back, once in order and once by a crash.
// What was acknowledged is there, once; what was refused is not.
func TestServerRestarts(t *testing.T) {
	server := dbtest.Own(t, "fsync = on")
	url := server.NewDatabase(t)
	db := dbtest.OpenURL(t, url)
	var mu sync.Mutex
	acknowledged, unknown := map[audit.EventID]bool{}, map[audit.EventID]bool{}
	refused := 0
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for w := range 8 {
		account := audit.AccountID([]string{"a", "b"}[w%2])
		wg.Go(func() {
			for ctx.Err() == nil {
				e := event(account)
				err := db.WriteRecords(context.WithoutCancel(ctx), account, func(tx crm.Tx) error { return tx.AppendEvents(t.Context(), []audit.Encoded{e}) })
				mu.Lock()
				switch {
				case err == nil:
					acknowledged[e.ID] = true
				case errs.Code(err) == "outcome_unknown":
					unknown[e.ID] = true
				default:
					refused++
					if !errs.Is(err, errs.Unavailable) {
						t.Errorf("a write ended with %v", err)
					}
				}
				mu.Unlock()
			}
		})
	}
	var sealing sync.WaitGroup
	sealing.Go(func() { db.RunSealer(ctx, nil) })
	written := func() int { mu.Lock(); defer mu.Unlock(); return len(acknowledged) }
	more := func() {
		t.Helper()
		for from, end := written(), time.Now().Add(30*time.Second); written() < from+50; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("no writes come through any more")
			}
		}
	}
	more()
	for _, how := range []func(){server.Stop, server.Kill, server.Kill, server.Kill} {
		how()
		if err := server.Restart(); err != nil {
			t.Fatal(err)
		}
		more()
	}
	cancel()
	wg.Wait()
	sealing.Wait()
	if err := db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen := map[audit.EventID]int{}
	for _, account := range []audit.AccountID{"a", "b"} {
		for i, s := range pagesOf(t, db, account) {
			e, err := s.Event()
			if err != nil {
				t.Fatal(err)
			}
			seen[e.ID]++
			if s.Seq == 0 {
				t.Errorf("event %d of %s is not sealed", i, account)
			}
		}
	}
	for id := range acknowledged {
		if seen[id] != 1 {
			t.Errorf("the event %s was acknowledged and is there %d times", id, seen[id])
		}
	}
	if len(seen) > len(acknowledged)+len(unknown) {
		t.Errorf("%d events are there, %d were acknowledged, of %d the outcome was not known", len(seen), len(acknowledged), len(unknown))
	}
	t.Logf("%d acknowledged, %d refused, %d unknown", len(acknowledged), refused, len(unknown))
}

var testIDs = audit.NewIDSource(time.Now)

func event(account audit.AccountID) audit.Encoded {
	now := audit.Instant(time.Now())
	e := &audit.Event{ID: audit.EventID(testIDs.Next()), Account: account, OccurredAt: now, RecordedAt: now, Description: "Happened"}
	e.Operation = audit.OperationID(e.ID)
	return audit.Encoded{Event: e, Body: e.AppendCanonical(nil)}
}

func appendTo(t *testing.T, db *store.DB, account audit.AccountID, n int) {
	t.Helper()
	if err := db.WriteRecords(t.Context(), account, func(tx crm.Tx) error {
		for range n {
			if err := tx.AppendEvents(t.Context(), []audit.Encoded{event(account)}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func pagesOf(t *testing.T, db *store.DB, account audit.AccountID) []audit.Stored {
	t.Helper()
	var out []audit.Stored
	q := audit.Query{Limit: 1000}
	for {
		p, err := db.Events(t.Context(), account, q)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p.Events...)
		if q.After = p.Next; q.After.IsZero() {
			return out
		}
	}
}
