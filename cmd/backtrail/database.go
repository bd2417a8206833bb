package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/store"
	"github.com/backtrail/backtrail/workspace"
)

// database is the flag of every command that works on one.
type database struct {
	DB string `name:"db" required:"" placeholder:"URL" help:"The database: sqlite:PATH, or postgres://USER@HOST/DATABASE."`
	ledgerFlags
}

// with opens the database and runs fn on the services over it. Events that fn wrote are sealed before it closes: a
// server on the same database would not notice them until its own next write.
func (d database) with(ctx context.Context, fn func(*workspace.Workspace) error) error {
	return d.withFolder(ctx, func(w *workspace.Workspace, _ *opened) error { return fn(w) })
}

// withFolder is with for who also needs what lies beside the database.
func (d database) withFolder(ctx context.Context, fn func(*workspace.Workspace, *opened) error) error {
	db, err := d.open(ctx, d.DB)
	if err != nil {
		return err
	}
	w, err := workspace.New(db, workspace.Options{Seal: db.Seal})
	if err == nil {
		err = fn(w, db)
	}
	if sealed := db.sealRest(ctx); err == nil {
		err = sealed
	}
	return errors.Join(err, db.Close())
}

// account is the flags of a command that works in one account.
type account struct {
	database
	Account audit.AccountID `required:"" placeholder:"ID" help:"The account's id; account list shows it."`
}

// with is database.with in the account. The caller is the command line, which may do everything: whoever can open the
// database can.
func (a account) with(ctx context.Context, fn func(*workspace.Workspace, audit.Caller, auth.Account) error) error {
	return a.withFolder(ctx, func(w *workspace.Workspace, caller audit.Caller, settings auth.Account, _ *opened) error {
		return fn(w, caller, settings)
	})
}

// withFolder is with for who also needs what lies beside the database.
func (a account) withFolder(ctx context.Context, fn func(*workspace.Workspace, audit.Caller, auth.Account, *opened) error) error {
	if err := mustBeThere(a.DB); err != nil {
		return err
	}
	return a.database.withFolder(ctx, func(w *workspace.Workspace, db *opened) error {
		caller, settings, err := w.SystemCaller(ctx, a.Account)
		if errs.Is(err, errs.NotFound) {
			return unknownAccount(a.Account)
		}
		if err != nil {
			return err
		}
		return fn(w, caller, settings, db)
	})
}

// mustBeThere refuses a database that is not there: what is in one is asked for, and a mistyped path must not make a
// new one.
func mustBeThere(url string) error {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return errs.New(errs.NotFound, "no_database", "There is no database %s.", path).WithFix("Check --db; account create makes a new database.")
		}
	}
	return nil
}

// openToRead opens a database that is there, and seals nothing in it.
func openToRead(ctx context.Context, url string) (*store.DB, error) {
	if err := mustBeThere(url); err != nil {
		return nil, err
	}
	return store.Open(ctx, url, store.Options{})
}

func unknownAccount(id audit.AccountID) error {
	return errs.New(errs.NotFound, "unknown_account", "There is no account %s.", audit.Quote(string(id))).
		WithFix("backtrail account list shows the accounts of the database.")
}
