package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/ledger"
	"github.com/backtrail/backtrail/publish"
	"github.com/backtrail/backtrail/store"
)

// ledgerFlags say where the key is that signs the ledger. It is never in the database: who can edit the one must not
// be able to sign with the other.
type ledgerFlags struct {
	LedgerKey     string `placeholder:"FILE" help:"The file of the key that signs the ledger, made on the first start. Left out: PATH.ledger-key beside a SQLite database, backtrail/ledger-key in the user's configuration folder for PostgreSQL."`
	Checkpoints   string `placeholder:"DIR" help:"The folder of the published checkpoints, by which a database that comes back older is noticed. Left out: the key's file with .checkpoints behind it."`
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
	return filepath.Join(folder, "backtrail", store.FileNameOf(url)+".ledger-key"), nil
}

// folder is the folder of published checkpoints for a database.
func (f ledgerFlags) folder(url string) (*publish.Folder, error) {
	path := f.Checkpoints
	if path == "" {
		key, err := f.keyPath(url)
		if err != nil {
			return nil, errs.New(errs.Invalid, "checkpoints_unnamed", "There is no folder to publish checkpoints in.").
				WithFix("Name one with --checkpoints.").Because(err)
		}
		path = key + ".checkpoints"
	}
	return publish.NewFolder(path), nil
}

// opened is a database with the folder beside it.
type opened struct {
	*store.DB
	folder *publish.Folder
}

// open opens the database with the key that seals it and the folder of what was published. A key that is missing or
// unreadable does not keep a database from being used: what is recorded waits to be sealed, and every round of the
// sealer says why.
func (f ledgerFlags) open(ctx context.Context, url string) (*opened, error) {
	return f.openTelling(ctx, url, func(path string) {
		slog.Info("made the key that signs the ledger; keep a copy of it apart from the backups of the database", "file", path)
	})
}

// openTelling is open with made told of a key that was made.
func (f ledgerFlags) openTelling(ctx context.Context, url string, made func(path string)) (*opened, error) {
	k := &keyFile{text: f.LedgerKeyText, made: made}
	if k.text == "" {
		path, err := f.keyPath(url)
		if err != nil {
			return nil, err
		}
		k.path = path
	}
	folder, err := f.folder(url)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, url, store.Options{Ledger: store.Ledger{Key: k.load, Witness: folder}})
	if err != nil {
		return nil, err
	}
	k.begun = db.LedgersBegun
	return &opened{db, folder}, nil
}

// publisher publishes the checkpoints of the database in its folder.
func (o *opened) publisher(every time.Duration, log *slog.Logger) *publish.Publisher {
	return &publish.Publisher{Store: o.DB, Folder: o.folder, Every: every, Clock: time.Now, Log: log}
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
// notice it at once. It also publishes it. Where that is not possible the work is done and waits for the server, which
// says why; only a database that does not answer is an error.
func (o *opened) sealRest(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	err := o.Seal(ctx)
	switch code := errs.Code(err); {
	case errors.Is(err, os.ErrPermission) || strings.HasPrefix(code, "ledger_key_") || code == "ledger_other_key":
		return nil // this user, or this machine, is not the one that seals
	case strings.HasPrefix(code, "ledger_"):
		slog.Warn("what was recorded is not sealed; it waits", "err", err)
		return nil
	case err != nil || o.Stats().Sealed == 0:
		return err
	}
	if err := o.publisher(0, slog.Default()).Publish(ctx); err != nil {
		slog.Warn("the checkpoint was not published; the server does it", "err", err)
	}
	return nil
}
