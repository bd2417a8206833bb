package store

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

func appendSome(t *testing.T, db *DB, account audit.AccountID, n int) {
	t.Helper()
	ids := audit.NewIDSource(time.Now)
	if err := db.WriteRecords(t.Context(), account, func(tx crm.Tx) error {
		var events []audit.Encoded
		for range n {
			e := &audit.Event{ID: audit.EventID(ids.Next()), Account: account, OccurredAt: time.Now(), RecordedAt: time.Now()}
			e.Operation = audit.OperationID(e.ID)
			events = append(events, audit.Encoded{Event: e, Body: e.AppendCanonical(nil)})
		}
		return tx.AppendEvents(t.Context(), events)
	}); err != nil {
		t.Fatal(err)
	}
}

func countEvents(t *testing.T, db *DB, account audit.AccountID) int {
	t.Helper()
	p, err := db.Events(t.Context(), account, audit.Query{Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	return len(p.Events)
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("these are notes\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(dir, "foreign.db")
	execSQL(t, foreign, "CREATE TABLE birds (name TEXT)")
	newer := filepath.Join(dir, "newer.db")
	db, err := Open(t.Context(), "sqlite:"+newer, testOptions)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	execSQL(t, newer, "INSERT INTO schema_versions (version_id, is_applied) VALUES (9999, 1)")
	readOnly := filepath.Join(dir, "readonly.db")
	if err := os.WriteFile(readOnly, nil, 0o400); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		url  string
		kind errs.Kind
		code string
	}{
		{"", errs.Invalid, "invalid_database_url"},
		{"backtrail.db", errs.Invalid, "invalid_database_url"},
		{"sqlite:", errs.Invalid, "invalid_database_url"},
		{"sqlite:a\x00b", errs.Invalid, "invalid_database_url"},
		{"mysql://x", errs.Invalid, "invalid_database_url"},
		{"postgres://u:secret@127.0.0.1:1/d", errs.Unavailable, "database_unavailable"},
		{"postgres://u:secret@127.0.0.1/d?pool_max_conns=many", errs.Invalid, "invalid_database_url"},
		{"postgres://u:secret@127.0.0.1:port/d", errs.Invalid, "invalid_database_url"},
		{"sqlite:" + filepath.Join(dir, "none", "x.db"), errs.Unavailable, "no_such_folder"},
		{"sqlite:" + dir, errs.Unavailable, "not_a_database"},
		{"sqlite:" + text, errs.Unavailable, "not_a_database"},
		{"sqlite:" + foreign, errs.Unavailable, "not_a_database"},
		{"sqlite:" + newer, errs.Unavailable, "newer_schema"},
		{"sqlite:" + readOnly, errs.Unavailable, "database_read_only"},
	} {
		db, err := Open(t.Context(), tt.url, testOptions)
		if err == nil {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
			if tt.url == "sqlite:"+readOnly && os.Geteuid() == 0 {
				continue // root may write anything
			}
		}
		if !errs.Is(err, tt.kind) || errs.Code(err) != tt.code || errs.Of(err).Fix == "" {
			t.Errorf("%q: %v", tt.url, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}

func execSQL(t *testing.T, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(text); err != nil {
		t.Fatal(err)
	}
}

// TestOddPaths has characters in the path that mean something in an address.
func TestOddPaths(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b%20c?mode=memory#d.db")
	for i := range 2 {
		db, err := Open(t.Context(), "sqlite:"+path, testOptions)
		if err != nil {
			t.Fatal(err)
		}
		if got := countEvents(t, db, "a"); got != i {
			t.Errorf("%d events, want %d", got, i)
		}
		appendSome(t, db, "a", 1)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v %v", info, err)
	}
}

func TestClosed(t *testing.T) {
	db, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "x.db"), testOptions)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := db.WriteRecords(t.Context(), "a", func(crm.Tx) error { return nil }); errs.Code(err) != "database_closed" {
		t.Errorf("a write to a closed database: %v", err)
	}
	if err := db.Ping(t.Context()); err == nil {
		t.Error("a closed database answers")
	}
}

// TestTriggers goes behind the package's back.
func TestTriggers(t *testing.T) {
	db := openTest(t)
	appendSome(t, db, "a", 2)
	if _, err := db.SealBatch(t.Context(), "a", 1); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"UPDATE events SET body = 'x'", "DELETE FROM events", "UPDATE pending SET body = 'x'",
		"INSERT OR REPLACE INTO events SELECT * FROM events"} {
		err := db.write(t.Context(), of("a"), func(c *writeConn) error {
			_, err := c.exec(t.Context(), text)
			return err
		})
		if err == nil {
			t.Errorf("%s was allowed", text)
		} else if strings.HasPrefix(text, "DELETE") && !strings.Contains(err.Error(), "a sealed event cannot be deleted") {
			t.Errorf("%s: %v", text, err)
		}
	}
	if got := countEvents(t, db, "a"); got != 2 {
		t.Errorf("%d events", got)
	}
	err := db.read(t.Context(), of("a"), func(c conn) error {
		rows, err := c.query(t.Context(), "DELETE FROM pending RETURNING id")
		if err == nil {
			rows.Next()
			err = rows.Err()
			rows.Close()
		}
		return err
	})
	if err == nil {
		t.Error("a reading connection wrote")
	}
}

// TestCrash copies the files of a database in use, as a crash would leave them, after each step of the sealer.
func TestCrash(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "live.db")
	db, err := Open(t.Context(), "sqlite:"+path, testOptions)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	appendSome(t, db, "a", 50)
	for step := range 4 {
		copied := filepath.Join(dir, fmt.Sprintf("crashed%d.db", step))
		for _, suffix := range []string{"", "-wal"} {
			copyFile(t, path+suffix, copied+suffix)
		}
		after, err := Open(t.Context(), "sqlite:"+copied, testOptions)
		if err != nil {
			t.Fatal(err)
		}
		if err := after.Seal(t.Context()); err != nil {
			t.Error(err)
		}
		p, err := after.Events(t.Context(), "a", audit.Query{Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[int64]bool{}
		for _, e := range p.Events {
			seen[e.Seq] = true
		}
		if len(p.Events) != 50 || len(seen) != 50 || seen[0] || !seen[1] || !seen[50] {
			t.Errorf("after %d steps: %d events at %d places", step, len(p.Events), len(seen))
		}
		if err := after.Close(); err != nil {
			t.Error(err)
		}
		if _, err := db.SealBatch(t.Context(), "a", 20); err != nil {
			t.Fatal(err)
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
}

func TestBackup(t *testing.T) {
	db := openTest(t)
	appendSome(t, db, "a", 3)
	to := filepath.Join(t.TempDir(), "it's a copy.db")
	if err := db.Backup(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	appendSome(t, db, "a", 1)
	if err := db.Backup(t.Context(), to); !errs.Is(err, errs.Conflict) {
		t.Errorf("over a file that is there: %v", err)
	}
	if err := db.Backup(t.Context(), filepath.Join(to, "x")); !errs.Is(err, errs.Unavailable) {
		t.Errorf("to a folder that is none: %v", err)
	}
	copied, err := Open(t.Context(), "sqlite:"+to, testOptions)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if got := countEvents(t, copied, "a"); got != 3 {
		t.Errorf("the copy has %d events", got)
	}
	appendSome(t, copied, "a", 1)
}

// TestTwoProcesses has two DBs on one file: each sees and seals what the other wrote.
func TestTwoProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	var dbs [2]*DB
	opened := make(chan error)
	for i := range dbs {
		go func() {
			db, err := Open(context.Background(), "sqlite:"+path, testOptions)
			dbs[i] = db
			opened <- err
		}()
	}
	for range dbs {
		if err := <-opened; err != nil {
			t.Fatal(err)
		}
	}
	for i := range 10 {
		appendSome(t, dbs[i%2], "a", 1)
		if err := dbs[i/2%2].Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := countEvents(t, dbs[(i+1)%2], "a"); got != i+1 {
			t.Errorf("%d events, want %d", got, i+1)
		}
	}
	for _, db := range dbs {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}
