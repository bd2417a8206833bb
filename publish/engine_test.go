package publish_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/ledger"
	"github.com/backtrail/backtrail/mail"
	"github.com/backtrail/backtrail/modules"
	"github.com/backtrail/backtrail/publish"
	"github.com/backtrail/backtrail/store"
)

const (
	acme  audit.AccountID = "01890000-0000-7000-8000-00000000000a"
	rival audit.AccountID = "01890000-0000-7000-8000-00000000000b"
)

// engine is a kind of database, as somebody sees it who goes behind the server's back.
type engine struct {
	name string
	// url makes an empty database.
	url func(t *testing.T) string
	// copy is another database with what is in this one now, which nobody may have open.
	copy func(t *testing.T, url string) string
	// edit runs a statement.
	edit func(t *testing.T, url, text string)
	// blob is bytes as a statement says them.
	blob func(b []byte) string
}

var engines = []engine{
	{"sqlite",
		func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "backtrail.db") },
		func(t *testing.T, url string) string {
			to := filepath.Join(t.TempDir(), "copy.db")
			copyFile(t, strings.TrimPrefix(url, "sqlite:"), to)
			return "sqlite:" + to
		},
		func(t *testing.T, url, text string) {
			t.Helper()
			db, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:"))
			if err != nil {
				t.Fatal(err)
			}
			_, err = db.Exec(text)
			if err = errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
		},
		func(b []byte) string { return fmt.Sprintf("X'%x'", b) }},
	{"postgres",
		func(t *testing.T) string { return dbtest.PostgresURL(t) },
		func(t *testing.T, url string) string {
			t.Helper()
			s, name := dbtest.Shared(t), "copy_"+strings.ToLower(rand.Text()[:12])
			if err := s.Exec("postgres", "CREATE DATABASE "+name+" OWNER "+dbtest.Owner+" TEMPLATE "+database(t, url)); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Exec("postgres", "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
					t.Logf("the database stays: %v", err)
				}
			})
			return s.URL(dbtest.Owner, name)
		},
		func(t *testing.T, url, text string) {
			t.Helper()
			if err := dbtest.Shared(t).Exec(database(t, url), text); err != nil {
				t.Fatal(err)
			}
		},
		func(b []byte) string { return fmt.Sprintf(`'\x%x'`, b) }},
}

// onEngines runs a test on each database.
func onEngines(t *testing.T, test func(t *testing.T, e engine)) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) { test(t, e) })
	}
}

// twoStates makes a database in which so many events were sealed, and more were sealed and published later; older is a
// copy of it before that.
func (e engine) twoStates(t *testing.T, events, more int) (address, older, folder string) {
	t.Helper()
	address, folder = e.url(t), t.TempDir()
	h := open(t, address, choices{folder: folder})
	h.found()
	h.grow(events)
	h.close()
	older = e.copy(t, address)
	h = open(t, address, choices{folder: folder})
	h.write(acme, more)
	must(t, h.Seal(t.Context()))
	must(t, h.publish())
	h.close()
	return address, older, folder
}

func database(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
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
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err != nil {
		t.Fatal(err)
	}
}

// house is a server of a test: a database with a folder beside it.
type house struct {
	*store.DB
	t        *testing.T
	folder   *publish.Folder
	service  *publish.Service
	recorder *audit.Recorder
	runner   *jobs.Runner
	clock    *clock
	closed   bool
}

// clock runs like the real one until it is set.
type clock struct{ at atomic.Pointer[time.Time] }

func (c *clock) set(now time.Time) { c.at.Store(&now) }

func (c *clock) read() time.Time {
	if at := c.at.Load(); at != nil {
		return *at
	}
	return time.Now()
}

// choices are what a house has otherwise than by default.
type choices struct {
	folder string      // "" knows nothing of what was published
	key    *ledger.Key // dbtest.Key when nil
	mailer *mail.Server
}

// open opens a server on a database, and closes it at the end.
func open(t *testing.T, address string, c choices) *house {
	t.Helper()
	h := &house{t: t, clock: &clock{}}
	o := dbtest.Options()
	if c.key != nil {
		o.Ledger.Key = func(context.Context) (*ledger.Key, error) { return c.key, nil }
	}
	if c.folder != "" {
		h.folder = publish.NewFolder(c.folder)
		o.Ledger.Witness = h.folder
	}
	var err error
	if h.DB, err = store.Open(t.Context(), address, o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.close)
	_, catalog, err := modules.All()
	if err != nil {
		t.Fatal(err)
	}
	h.recorder = audit.NewRecorder(h.clock.read, audit.NewIDSource(h.clock.read), catalog)
	h.runner = jobs.NewRunner(jobs.Options{Store: h.DB, Clock: h.clock.read, Poll: 10 * time.Millisecond, Backoff: time.Millisecond,
		Log: slog.New(slog.DiscardHandler)})
	h.service = publish.NewService(publish.Options{Store: h.DB, Recorder: h.recorder, Runner: h.runner, Mailer: c.mailer, AllowPrivateWebhooks: true,
		Name: func(ctx context.Context, id audit.AccountID) (string, error) {
			a, err := h.Account(ctx, id)
			return a.Name, err
		}})
	return h
}

func (h *house) close() {
	if !h.closed {
		h.closed = true
		if err := h.DB.Close(); err != nil {
			h.t.Error(err)
		}
	}
}

func boss(account audit.AccountID) audit.Caller { return auth.SystemCaller(account, "Test") }

// found makes the accounts.
func (h *house) found() {
	h.t.Helper()
	for id, name := range map[audit.AccountID]string{acme: "Acme", rival: "Rival"} {
		must(h.t, h.WriteAuth(h.t.Context(), func(tx auth.Tx) error {
			return tx.PutAccount(h.t.Context(), auth.Account{ID: id, Name: name, Timezone: "UTC", RestoreWindowDays: 60, CreatedAt: h.recorder.Now()})
		}))
	}
}

// write records n events of an account.
func (h *house) write(account audit.AccountID, n int) {
	h.t.Helper()
	must(h.t, h.WriteJobs(h.t.Context(), account, func(tx jobs.Tx) error {
		for range n {
			if _, err := h.recorder.One(h.t.Context(), tx, boss(account).Origin, audit.Draft{Type: "audit.viewed"}); err != nil {
				return err
			}
		}
		return nil
	}))
}

// grow records n events of both accounts, seals and publishes them.
func (h *house) grow(n int) {
	h.t.Helper()
	h.write(acme, n)
	h.write(rival, n)
	must(h.t, h.Seal(h.t.Context()))
	must(h.t, h.publish())
}

func (h *house) publish() error {
	p := publish.Publisher{Store: h.DB, Folder: h.folder, Clock: h.clock.read, Log: slog.New(slog.DiscardHandler)}
	return p.Publish(h.t.Context())
}

// head is an account's head as it lies in the database.
func (h *house) head(account audit.AccountID) (signed integrity.Signed) {
	h.t.Helper()
	must(h.t, h.ReadLedger(h.t.Context(), account, func(src integrity.Source) (err error) {
		signed, err = src.Signed(h.t.Context())
		return err
	}))
	return signed
}

// sizes are the numbers of events of an account that are sealed, and that wait.
func (h *house) sizes(account audit.AccountID) (sealed, waiting int) {
	h.t.Helper()
	for _, s := range h.events(account, "") {
		if s.Seq > 0 {
			sealed++
		} else {
			waiting++
		}
	}
	return sealed, waiting
}

// events are those of an account of a type, "" for all, the newest first.
func (h *house) events(account audit.AccountID, of audit.Type) []audit.Stored {
	h.t.Helper()
	q := audit.Query{Limit: 500}
	if of != "" {
		q.Filter.Where = audit.Is{Property: audit.ByType, Values: []string{string(of)}}
	}
	page, err := h.Events(h.t.Context(), account, q)
	must(h.t, err)
	return page.Events
}

// newest is the newest event of a type.
func (h *house) newest(account audit.AccountID, of audit.Type) *audit.Event {
	h.t.Helper()
	all := h.events(account, of)
	if len(all) == 0 {
		h.t.Fatalf("there is no event %s", of)
	}
	e, err := all[0].Event()
	must(h.t, err)
	return e
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
