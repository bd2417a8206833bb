package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/workspace"
)

// TestKeyMissing: without the key nothing is sealed and everything is recorded; it is found when it is put back, without
// a restart, and never made anew.
func TestKeyMissing(t *testing.T) {
	for name, url := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "x.db") },
		"postgres": func(t *testing.T) string { return dbtest.PostgresURL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			address, path := url(t), filepath.Join(t.TempDir(), "key")
			db := openURL(t, address, path)
			record(t, db)
			if err := db.Seal(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			genuine, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			db = openURL(t, address, path)
			t.Cleanup(func() { db.Close() })
			for _, test := range []struct {
				name  string
				spoil func() error
				code  string
			}{
				{"gone", func() error { return nil }, "ledger_key_missing"},
				{"no key", func() error { return os.WriteFile(path, []byte("x"), 0o600) }, "ledger_key_invalid"},
				{"a folder", func() error { return os.Mkdir(path, 0o700) }, "ledger_key_unreadable"},
			} {
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
				if err := test.spoil(); err != nil {
					t.Fatal(err)
				}
				accounts := []audit.AccountID{record(t, db), record(t, db)}
				err := db.Seal(t.Context())
				if errs.Code(err) != test.code || errs.Of(err).Fix == "" || strings.Count(err.Error(), "store: seal account") != 1 {
					t.Errorf("%s: %v, want %s, once", test.name, err, test.code)
				}
				if n := db.Stats().Refused; n < 2 {
					t.Errorf("%s: %d accounts are refused", test.name, n)
				}
				for _, account := range accounts {
					if page, err := db.Events(t.Context(), account, audit.Query{Limit: 10}); err != nil || len(page.Events) == 0 || page.Events[0].Seq != 0 {
						t.Errorf("%s: events %v %v", test.name, page.Events, err)
					}
				}
				if err := db.sealRest(t.Context()); err != nil {
					t.Errorf("%s: a command fails: %v", test.name, err)
				}
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, genuine, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := db.Seal(t.Context()); err != nil || db.Stats().Refused != 0 {
				t.Errorf("put back: %v, %d accounts are refused", err, db.Stats().Refused)
			}
		})
	}
}

func openURL(t *testing.T, url, key string) *opened {
	t.Helper()
	db, err := ledgerFlags{LedgerKey: key}.openTelling(t.Context(), url, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// record makes an account, whose founding is events.
func record(t *testing.T, db *opened) audit.AccountID {
	t.Helper()
	w, err := workspace.New(db, workspace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := w.Found(t.Context(), workspace.Founding{Name: "Acme", OwnerEmail: "ana@acme.test", OwnerPassword: "a few good words"})
	if err != nil {
		t.Fatal(err)
	}
	return f.Account.ID
}

func TestFolderPath(t *testing.T) {
	for _, test := range []struct {
		flags     ledgerFlags
		url, want string
	}{
		{ledgerFlags{}, "sqlite:/var/lib/x.db", "/var/lib/x.db.ledger-key.checkpoints"},
		{ledgerFlags{LedgerKey: "/etc/key"}, "sqlite:/var/lib/x.db", "/etc/key.checkpoints"},
		{ledgerFlags{LedgerKeyText: "text"}, "sqlite:x.db", "x.db.ledger-key.checkpoints"},
		{ledgerFlags{LedgerKey: "/etc/key", Checkpoints: "/mnt/elsewhere"}, "postgres://x", "/mnt/elsewhere"},
		{ledgerFlags{}, "postgres://ana@db.example.com:5433/main", "/home/ana/.config/backtrail/db.example.com-5433-main.ledger-key.checkpoints"},
		{ledgerFlags{}, "postgres://ana@db.example.com/other", "/home/ana/.config/backtrail/db.example.com-5432-other.ledger-key.checkpoints"},
	} {
		t.Setenv("XDG_CONFIG_HOME", "/home/ana/.config")
		if f, err := test.flags.folder(test.url); err != nil || f.Path() != test.want {
			t.Errorf("%+v: %v %v", test, f, err)
		}
	}
	t.Setenv("XDG_CONFIG_HOME", "")
	t.Setenv("HOME", "")
	if _, err := (ledgerFlags{LedgerKeyText: "text"}).folder("postgres://x"); errs.Code(err) != "checkpoints_unnamed" {
		t.Errorf("without a home: %v", err)
	}
}
