package drill

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/ledger"
	"github.com/backtrail/backtrail/store"
)

const acme audit.AccountID = "01890000-0000-7000-8000-00000000000a"

var ids = audit.NewIDSource(time.Now)

// fill writes a log of n events, three of ten in one operation, and seals the first of them.
func fill(t *testing.T, db *store.DB, account audit.AccountID, n, sealed int) {
	t.Helper()
	err := db.WriteRecords(t.Context(), account, func(tx crm.Tx) error {
		var events []audit.Encoded
		var lead *audit.Event
		for i := range n {
			at := audit.Instant(time.Now())
			e := &audit.Event{ID: audit.EventID(ids.Next()), Account: account, OccurredAt: at, RecordedAt: at,
				Actor: audit.Actor{Type: audit.User, ID: "ana", Name: "Ana Silva"}, Channel: audit.Web, Module: "contacts",
				Type: "contact.updated", Action: audit.Updated, Outcome: audit.Success,
				Record: &audit.Ref{Object: "contact", ID: "rita", Name: "Rita"}, Description: fmt.Sprintf("Updated contact %d", i)}
			e.Operation = audit.OperationID(e.ID)
			switch i % 10 {
			case 2:
				e.Size, lead = 3, e
			case 3, 4:
				e.Operation = lead.Operation
			}
			events = append(events, audit.Encoded{Event: e, Body: e.AppendCanonical(nil)})
		}
		return tx.AppendEvents(t.Context(), events)
	})
	if err != nil {
		t.Fatal(err)
	}
	for sealed > 0 {
		done, err := db.SealBatch(t.Context(), account, sealed)
		if err != nil {
			t.Fatal(err)
		}
		sealed -= int(done)
	}
}

func check(t *testing.T, db *store.DB, account audit.AccountID, given ...[]byte) integrity.Report {
	t.Helper()
	vkey, err := dbtest.Key().Verifier(ledger.Origin(string(account)))
	if err != nil {
		t.Fatal(err)
	}
	var r integrity.Report
	err = db.ReadLedger(t.Context(), account, func(src integrity.Source) error {
		r, err = integrity.Check(t.Context(), src, integrity.Options{Account: account, Verifier: vkey, Checkpoints: given})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// attacker opens a database for somebody who may do everything, triggers out of the way.
type attacker func(t *testing.T) (db *store.DB, raw *sql.DB)

func onSQLite(t *testing.T) (*store.DB, *sql.DB) {
	path := filepath.Join(t.TempDir(), "backtrail.db")
	db := dbtest.Reopen(t, path)
	raw, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	if err := dropTriggers(t.Context(), raw); err != nil {
		t.Fatal(err)
	}
	return db, raw
}

func onPostgres(t *testing.T) (*store.DB, *sql.DB) {
	link := dbtest.PostgresURL(t)
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	server := dbtest.Shared(t)
	for _, table := range []string{"events", "pending", "heads", "tiles"} {
		if err := server.Exec(name, "ALTER TABLE "+table+" DISABLE TRIGGER ALL"); err != nil {
			t.Fatal(err)
		}
	}
	u.User, u.RawQuery = url.User("postgres"), "sslmode=disable" // without what is the store's alone
	raw, err := sql.Open("pgx", u.String())
	if err != nil {
		t.Fatal(err)
	}
	return dbtest.OpenURL(t, link), raw
}

// TestCheats does every cheat on both databases, each in an account of its own.
func TestCheats(t *testing.T) {
	for name, open := range map[string]attacker{"sqlite": onSQLite, "postgres": onPostgres} {
		t.Run(name, func(t *testing.T) {
			db, raw := open(t)
			t.Cleanup(func() { raw.Close() })
			of := func(i int) audit.AccountID { return audit.AccountID(fmt.Sprintf("01890000-0000-7000-8000-%012d", i)) }
			for i := range cheats { // before a head is signed with another key: then the sealer begins no ledger
				fill(t, db, of(i), 310, 300)
			}
			fill(t, db, acme, 310, 300)
			for i, c := range cheats {
				account := of(i)
				before := check(t, db, account)
				if !before.OK() || before.Waiting != 10 {
					t.Fatalf("before: %+v", before)
				}
				f, err := newForger(t.Context(), raw, account, dbtest.Key())
				if err == nil {
					err = c.do(f, t.Context())
				}
				if err != nil {
					t.Fatalf("%s: %v", c.name, err)
				}
				var given [][]byte
				if c.published {
					if r := check(t, db, account); !r.OK() {
						t.Errorf("%s: it takes no checkpoint to find %v", c.name, r.Findings)
					}
					given = append(given, before.Checkpoint)
				}
				if r := check(t, db, account, given...); !slices.Contains(kinds(r), c.finds) {
					t.Errorf("%s: want %s, found %v", c.name, c.finds, r.Findings)
				}
			}
			if r := check(t, db, acme); !r.OK() {
				t.Errorf("an account that nobody touched: %v", r.Findings)
			}
		})
	}
}

func kinds(r integrity.Report) (out []integrity.Kind) {
	for _, f := range r.Findings {
		out = append(out, f.Kind)
	}
	return out
}

// TestRun drills on a log of each database, whole and in part, short and long.
func TestRun(t *testing.T) {
	type size struct{ events, sealed, most int }
	for name, from := range map[string]struct {
		open func(testing.TB) *store.DB
		of   []size
	}{
		"sqlite":   {dbtest.SQLite, []size{{300, 300, 0}, {600, 590, 0}, {600, 600, 514}, {600, 600, 515}, {30, 20, 0}, {2, 2, 0}}},
		"postgres": {dbtest.Postgres, []size{{600, 590, 0}, {600, 600, 514}}},
	} {
		for _, c := range from.of {
			t.Run(fmt.Sprint(name, c), func(t *testing.T) {
				t.Setenv("TMPDIR", t.TempDir())
				db := from.open(t)
				fill(t, db, acme, c.events, c.sealed)
				before := check(t, db, acme)
				tried, short := 0, 0
				missed, err := Run(t.Context(), db, Options{Account: acme, Events: int64(c.most), Tried: func(r Result) {
					if tried++; r.TooShort {
						short++
					} else if !r.Caught() {
						t.Errorf("missed: %s", r.Cheat)
					}
				}})
				if err != nil || missed > 0 || tried != len(cheats) {
					t.Errorf("%d of %d tried, %d missed: %v", tried, len(cheats), missed, err)
				}
				if long := c.events >= 257; long && short > 0 || !long && short == 0 {
					t.Errorf("%d cheats were left out", short)
				}
				if after := check(t, db, acme); !after.OK() || after.Root != before.Root || after.Waiting != before.Waiting {
					t.Errorf("the log itself: %+v", after)
				}
				if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
					t.Errorf("it leaves %v behind: %v", left, err)
				}
			})
		}
	}
}

func TestRunRefuses(t *testing.T) {
	db, raw := onSQLite(t)
	defer raw.Close()
	run := func() error {
		_, err := Run(t.Context(), db, Options{Account: acme, Tried: func(Result) { t.Error("a cheat was tried") }})
		return err
	}
	if err := run(); !errs.Is(err, errs.NotPossible) {
		t.Errorf("an empty log: %v", err)
	}
	fill(t, db, acme, 20, 20)
	if _, err := raw.Exec("UPDATE events SET actor = 'eva' WHERE seq = 7"); err != nil {
		t.Fatal(err)
	}
	if err := run(); errs.Code(err) != "log_not_clean" {
		t.Errorf("a log with a lie in it: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Run(ctx, db, Options{Account: acme}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
