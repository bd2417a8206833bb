package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/ledger"
	"github.com/backtrail/backtrail/store"
)

type verifyCommand struct {
	File string `arg:"" optional:"" placeholder:"FILE" help:"An evidence pack, which is checked with --key and without a database."`
	DB   string `name:"db" placeholder:"URL" help:"The database whose logs are checked: sqlite:PATH, or postgres://USER@HOST/DATABASE."`
	ledgerFlags
	Account    []audit.AccountID `placeholder:"ID" help:"The accounts whose logs are checked; all when left out."`
	Key        string            `placeholder:"FILE" help:"The verifier key of an account's ledger, as it was handed out. Left out: the key that the server of the database signs with."`
	Checkpoint []string          `placeholder:"FILE" help:"Checkpoints that left the database earlier: the log must have grown out of them."`
	Complete   bool              `help:"Demand of an evidence pack that it shows that nothing was left out."`
	Format     string            `default:"text" enum:"text,json" help:"text or json, which is one object a line."`
}

// Run checks an evidence pack, or the logs of a database, each on one state of it, while it may be in use.
func (c verifyCommand) Run(ctx context.Context, io streams) error {
	switch {
	case c.File != "": // a database may be named by the environment
		return verifyPack(ctx, io, packOptions{File: c.File, Key: c.Key, Complete: c.Complete, Format: c.Format})
	case c.DB == "":
		return errs.New(errs.Invalid, "usage", "Nothing is named that could be verified: missing FILE, or --db=URL").WithFix("See backtrail verify --help.")
	case c.Complete:
		return errs.New(errs.Invalid, "usage", "--complete is for an evidence pack; of a database the whole log is checked.").WithFix("Leave it out, or name the pack.")
	}
	// The checkpoints are read before the database: it may go on meanwhile.
	given, err := readCheckpoints(c.Checkpoint)
	if err != nil {
		return err
	}
	keys, err := c.keys()
	if err != nil {
		return err
	}
	if err := c.addPublished(given, keys.only); err != nil {
		return err
	}
	db, err := openToRead(ctx, c.DB)
	if err != nil {
		return err
	}
	defer db.Close()
	accounts, err := c.accounts(ctx, db, keys, given)
	if err != nil {
		return err
	}
	return c.verify(ctx, io, db, accounts, keys, given)
}

// verify checks one log after the other and reports each. One that cannot be checked does not keep the others from it.
func (c verifyCommand) verify(ctx context.Context, io streams, db *store.DB, accounts []namedAccount, keys verifierKeys, given map[audit.AccountID][][]byte) error {
	wrong := 0
	var failed error
	for _, a := range accounts {
		r, err := checkLedger(ctx, io, db, a, keys, given[a.id])
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", a, err))
			continue
		}
		if c.Format == "json" {
			err = printJSON(io.out, verifiedFormOf(r))
		} else {
			err = printVerified(io.out, a, r, keys.from, len(given[a.id]))
		}
		if err != nil {
			return err
		}
		if !r.OK() {
			wrong++
		}
	}
	if wrong == 0 {
		return failed
	}
	return unverified(wrong, len(accounts)).Because(failed)
}

func checkLedger(ctx context.Context, io streams, db *store.DB, a namedAccount, keys verifierKeys, given [][]byte) (r integrity.Report, err error) {
	vkey, err := keys.of(a.id)
	if err != nil {
		return r, err
	}
	p := newProgress(io.err, a.String())
	defer p.end()
	err = db.ReadLedger(ctx, a.id, func(src integrity.Source) error {
		r, err = integrity.Check(ctx, src, integrity.Options{Account: a.id, Verifier: vkey, Checkpoints: given, Progress: p.show})
		return err
	})
	return r, err
}

func unverified(wrong, of int) *errs.Error {
	e := errs.New(errs.Unverified, "ledger_unverified", "%d of %d logs are not as they were signed.", wrong, of)
	if of == 1 {
		e.Detail = "The log is not as it was signed."
	}
	return e.WithFix("Keep a copy of the database as it is, find out who could write to it, and restore the last backup that backtrail verify passes. See docs/operations.md, Checking a log.")
}

// namedAccount is an account to check. One that is known from a checkpoint alone has no name.
type namedAccount struct {
	id   audit.AccountID
	name string
}

func (a namedAccount) String() string {
	if a.name == "" {
		return "account " + string(a.id)
	}
	return fmt.Sprintf("%s (%s)", plain(a.name), a.id)
}

// accounts are those to check: the ones that were named, the one that the key is of, or all. An account that is not there any more is
// checked too when there is a checkpoint of it.
func (c verifyCommand) accounts(ctx context.Context, db *store.DB, keys verifierKeys, given map[audit.AccountID][][]byte) ([]namedAccount, error) {
	there, err := db.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	ids := slices.Clone(c.Account)
	if len(ids) == 0 && keys.only != "" {
		ids = append(ids, keys.only)
	}
	all := len(ids) == 0
	names := map[audit.AccountID]string{}
	if all { // an account that was taken out of the list still has its ledger
		if ids, err = db.Ledgers(ctx); err != nil {
			return nil, err
		}
	}
	for _, a := range there {
		names[a.ID] = a.Name
		if all && !slices.Contains(ids, a.ID) {
			ids = append(ids, a.ID)
		}
	}
	for id := range given {
		switch {
		case slices.Contains(ids, id):
		case all:
			ids = append(ids, id)
		default:
			return nil, errs.New(errs.Invalid, "usage", "A checkpoint is of account %s, which is not to be verified.", audit.Quote(string(id))).WithFix("Leave it out, or name the account with --account.")
		}
	}
	out := make([]namedAccount, len(ids))
	for i, id := range ids {
		out[i] = namedAccount{id, names[id]}
		if keys.only != "" && id != keys.only {
			return nil, errs.New(errs.Invalid, "usage", "The key %s is of account %s, not of %s.", c.Key, keys.only, id).WithFix("Give the verifier key of this account.")
		}
		if _, known := names[id]; !known && given[id] == nil && !all {
			return nil, unknownAccount(id)
		}
	}
	return out, nil
}

// accountOf is the account of a ledger's name, "" when it is none of ours.
func accountOf(name string) audit.AccountID {
	if id, ok := strings.CutPrefix(name, ledger.Origin("")); ok {
		return audit.AccountID(id)
	}
	return ""
}
