package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/ledger"
	"github.com/backtrail/backtrail/store"
)

// ledgerFlags say where the key is that signs the ledger. It is never in the database: who can edit the one must not
// be able to sign with the other.
type ledgerFlags struct {
	LedgerKey     string `placeholder:"FILE" help:"The file of the key that signs the ledger, made on the first start. Left out: PATH.ledger-key beside a SQLite database, backtrail/ledger-key in the user's configuration folder for PostgreSQL."`
	LedgerKeyText string `placeholder:"PEM" env:"BACKTRAIL_LEDGER_KEY_TEXT" help:"The key itself instead of a file. Give it by the environment alone: flags stand in the list of processes."`
}

// keyPath is the file of the key for a database.
func (f ledgerFlags) keyPath(url string) (string, error) {
	if f.LedgerKey != "" {
		return f.LedgerKey, nil
	}
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		return path + ".ledger-key", nil
	}
	folder, err := os.UserConfigDir()
	if err != nil {
		return "", errs.New(errs.Invalid, "ledger_key_unnamed", "There is no folder to look for the ledger's key in.").
			WithFix("Name its file with --ledger-key.").Because(err)
	}
	return filepath.Join(folder, "backtrail", "ledger-key"), nil
}

// open opens the database with the key that seals it. A key that is missing or unreadable does not keep a database from
// being used: what is recorded waits to be sealed, and every round of the sealer says why.
func (f ledgerFlags) open(ctx context.Context, url string) (*store.DB, error) {
	return f.openTelling(ctx, url, func(path string) {
		slog.Info("made the key that signs the ledger; keep a copy of it apart from the backups of the database", "file", path)
	})
}

// openTelling is open with made told of a key that was made.
func (f ledgerFlags) openTelling(ctx context.Context, url string, made func(path string)) (*store.DB, error) {
	k := &keyFile{text: f.LedgerKeyText, made: made}
	if k.text == "" {
		path, err := f.keyPath(url)
		if err != nil {
			return nil, err
		}
		k.path = path
	}
	db, err := store.Open(ctx, url, store.Options{Ledger: store.Ledger{Key: k.load}})
	if err != nil {
		return nil, err
	}
	k.begun = db.LedgersBegun
	return db, nil
}

// keyFile is the key as it was last read. It is looked for again as long as it is not there.
type keyFile struct {
	path, text string
	made       func(path string)
	// begun reports whether anything was sealed in the database: then a key that is missing is not made anew.
	begun func(context.Context) (bool, error)

	mu  sync.Mutex
	key *ledger.Key // guarded by mu
}

func (k *keyFile) load(ctx context.Context) (*ledger.Key, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.key != nil {
		return k.key, nil
	}
	var err error
	if k.text != "" {
		k.key, err = ledger.ParseKey([]byte(k.text))
		return k.key, err
	}
	k.key, err = ledger.LoadKey(k.path)
	if !errs.Is(err, errs.NotFound) {
		return k.key, err
	}
	begun, failed := k.begun(ctx)
	if failed != nil {
		return nil, failed
	}
	if begun {
		return nil, errs.New(errs.Unavailable, "ledger_key_missing", "The key %s that signs the ledger is not there; events are recorded and wait.", k.path).
			WithFix("Put the key file back from its backup; the server finds it by itself. docs/operations.md, The ledger's key, says what to do when it is lost.").Because(err)
	}
	if err := os.MkdirAll(filepath.Dir(k.path), 0o700); err != nil {
		return nil, errs.New(errs.Unavailable, "ledger_key_unwritable", "The folder %s of the ledger's key cannot be made.", filepath.Dir(k.path)).
			WithFix("Name a file that can be written with --ledger-key.").Because(err)
	}
	if k.key, err = ledger.CreateKey(k.path); err == nil {
		k.made(k.path)
	}
	return k.key, err
}

// sealRest seals what a command has written, before it closes the database: a server on the same database would not
// notice it at once. Without the key it is the server's work.
func sealRest(ctx context.Context, db *store.DB) error {
	err := db.Seal(context.WithoutCancel(ctx))
	if code := errs.Code(err); errors.Is(err, os.ErrPermission) || strings.HasPrefix(code, "ledger_key_") || code == "ledger_other_key" {
		return nil
	}
	return err
}
