package store_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/store"
)

func appendOne(ctx context.Context, db *store.DB, account audit.AccountID) error {
	return db.WriteRecords(ctx, account, func(tx crm.Tx) error { return tx.AppendEvents(ctx, []audit.Encoded{event(account)}) })
}

// TestReadOnlyServer writes to a standby, or to a database that was set to read only.
func TestReadOnlyServer(t *testing.T) {
	url := dbtest.PostgresURL(t)
	appendTo(t, dbtest.OpenURL(t, url), "a", 1)
	db := dbtest.OpenURL(t, url+"&default_transaction_read_only=on")
	if err := appendOne(t.Context(), db, "a"); errs.Code(err) != "database_read_only" || errs.Of(err).Fix == "" {
		t.Errorf("a write: %v", err)
	}
	if err := db.Seal(t.Context()); !hasCode(err, "database_read_only") {
		t.Errorf("sealing: %v", err)
	}
	if got := len(pagesOf(t, db, "a")); got != 1 {
		t.Errorf("%d events are seen", got)
	}
}

// TestSlowServer has a statement that takes longer than the limit, while reading and while writing.
func TestSlowServer(t *testing.T) {
	db := dbtest.OpenURL(t, dbtest.PostgresURL(t)+"&statement_timeout=300")
	if _, err := db.Count(t.Context(), "a", "SELECT 1 FROM pg_sleep(10)"); errs.Code(err) != "database_slow" || errs.Of(err).Fix == "" {
		t.Errorf("a read: %v", err)
	}
	if err := db.Change(t.Context(), "a", "SELECT pg_sleep(10)"); errs.Code(err) != "database_slow" {
		t.Errorf("a write: %v", err)
	}
	// One that waits for another write of its account gives up in the same way, and leaves nothing behind.
	holds, end, done := make(chan bool), make(chan bool), make(chan error)
	go func() {
		done <- db.WriteRecords(context.Background(), "a", func(crm.Tx) error {
			close(holds)
			<-end
			return nil
		})
	}()
	<-holds
	if err := appendOne(t.Context(), db, "a"); errs.Code(err) != "database_slow" {
		t.Errorf("a write behind another: %v", err)
	}
	if err := appendOne(t.Context(), db, "b"); err != nil {
		t.Errorf("a write of another account: %v", err)
	}
	close(end)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := appendOne(t.Context(), db, "a"); err != nil {
		t.Errorf("the next write: %v", err)
	}
	if got := len(pagesOf(t, db, "a")); got != 1 {
		t.Errorf("%d events", got)
	}
}

// TestOneAccountHoldsNoOther has more writers of one account than there are connections wait behind a long one.
func TestOneAccountHoldsNoOther(t *testing.T) {
	db := dbtest.Postgres(t)
	holds, end := make(chan bool), make(chan bool)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := db.WriteRecords(context.Background(), "a", func(crm.Tx) error {
			close(holds)
			<-end
			return nil
		}); err != nil {
			t.Error(err)
		}
	})
	<-holds
	for range 20 {
		wg.Go(func() {
			if err := appendOne(context.Background(), db, "a"); err != nil {
				t.Error(err)
			}
		})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := appendOne(ctx, db, "b"); err != nil {
		t.Errorf("another account waits: %v", err)
	}
	if err := db.Seal(ctx); err != nil {
		t.Errorf("the sealer waits: %v", err)
	}
	close(end)
	wg.Wait()
	if got := len(pagesOf(t, db, "a")); got != 20 {
		t.Errorf("%d events", got)
	}
}

// TestSealerPassesWhoIsHeld has somebody hold the head of an account for longer than a statement may take: the accounts
// behind it are sealed all the same, and it is when they let go.
func TestSealerPassesWhoIsHeld(t *testing.T) {
	url := dbtest.PostgresURL(t)
	db := dbtest.OpenURL(t, url+"&statement_timeout=300")
	appendTo(t, db, "a", 1)
	if err := db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	appendTo(t, db, "a", 1)
	appendTo(t, db, "b", 1)
	pool, _, _ := strings.Cut(url, "?") // the rest is for pools
	other, err := pgx.Connect(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(context.WithoutCancel(t.Context()))
	hold, err := other.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hold.Exec(t.Context(), "SELECT set_config('backtrail.account', '*', true)"); err != nil {
		t.Fatal(err)
	}
	if tag, err := hold.Exec(t.Context(), "SELECT 1 FROM heads WHERE account = 'a' FOR UPDATE"); err != nil || tag.RowsAffected() != 1 {
		t.Fatal(tag, err)
	}
	if err := db.Seal(t.Context()); !hasCode(err, "database_slow") {
		t.Errorf("sealing: %v", err)
	}
	wantSealed := func(account audit.AccountID, want int64) {
		t.Helper()
		if signed, err := db.CheckedHead(t.Context(), account); err != nil || signed.Size != want {
			t.Errorf("%d events of %s are sealed, want %d; %v", signed.Size, account, want, err)
		}
	}
	wantSealed("a", 1)
	wantSealed("b", 1)
	if err := hold.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantSealed("a", 2)
}

// smallDisk mounts a disk of 24 MB on a new folder, which takes root or a sudo that does not ask; grow gives it room.
func smallDisk(t *testing.T, folder string, before func()) (grow func()) {
	t.Helper()
	asRoot := func(args ...string) error {
		if os.Geteuid() != 0 {
			args = append([]string{"sudo", "-n"}, args...)
		}
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%q, which only root can do: %w: %s", args, err, out)
		}
		return nil
	}
	mount := func(args ...string) {
		t.Helper()
		if err := asRoot(append(append([]string{"mount"}, args...), folder)...); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	mount("-t", "tmpfs", "-o", "size=24m,mode=777", "tmpfs")
	t.Cleanup(func() {
		before()
		if err := asRoot("umount", folder); err != nil {
			t.Error(err)
		}
	})
	return func() { t.Helper(); mount("-o", "remount,size=160m") }
}

// fillDisk writes until the disk of the log is full: that write is refused whole, and the next goes on when there is
// room.
func fillDisk(t *testing.T, db *store.DB, grow func()) {
	t.Helper()
	stored := 0
	var err error
	for range 200 {
		if err = db.WriteRecords(t.Context(), "a", func(tx crm.Tx) error {
			var events []audit.Encoded
			for range 100 {
				e := event("a")
				e.Description = strings.Repeat(rand.Text(), 40)
				e.Body = e.AppendCanonical(nil)
				events = append(events, e)
			}
			return tx.AppendEvents(t.Context(), events)
		}); err != nil {
			break
		}
		stored += 100
	}
	if errs.Code(err) != "disk_full" || errs.Of(err).Fix == "" {
		t.Fatalf("after %d events: %v", stored, err)
	}
	if got := len(pagesOf(t, db, "a")); got != stored {
		t.Errorf("%d events were acknowledged, %d are there", stored, got)
	}
	grow()
	if err := appendOne(t.Context(), db, "a"); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if err := db.Seal(t.Context()); err != nil {
		t.Errorf("sealing with room again: %v", err)
	}
}

func TestFullDisk(t *testing.T) {
	folder := t.TempDir() + "/small"
	var db *store.DB
	grow := smallDisk(t, folder, func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	var err error
	if db, err = store.Open(t.Context(), "sqlite:"+folder+"/small.db", dbtest.Options()); err != nil {
		t.Fatal(err)
	}
	fillDisk(t, db, grow)
}

func TestFullDiskOfPostgres(t *testing.T) {
	server := dbtest.Own(t, "")
	small := server.Folder + "/small"
	grow := smallDisk(t, small, server.Kill)
	server.Give(t, small)
	if err := server.Exec("postgres", "CREATE TABLESPACE small LOCATION '"+small+"'"); err != nil {
		t.Fatal(err)
	}
	url := server.NewDatabase(t)
	name := url[strings.LastIndex(url, "/")+1 : strings.Index(url, "?")]
	if err := server.Exec("postgres", "ALTER DATABASE "+name+" SET TABLESPACE small"); err != nil {
		t.Fatal(err)
	}
	fillDisk(t, dbtest.OpenURL(t, url), grow)
}

// TestTextThatCannotBeKept asks for what PostgreSQL has no text for.
func TestTextThatCannotBeKept(t *testing.T) {
	db := dbtest.Postgres(t)
	for _, text := range []string{"a\x00b", "a\xffb"} {
		if _, err := db.PersonByEmail(t.Context(), text); !errs.Is(err, errs.Invalid) || errs.Code(err) != "invalid_character" {
			t.Errorf("%q: %v", text, err)
		}
		err := db.WriteAuth(t.Context(), func(tx auth.Tx) error { return tx.PutPerson(t.Context(), auth.Person{ID: "1", Email: text}) })
		if !errs.Is(err, errs.Invalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
