package main

import (
	"context"
	"fmt"

	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/ledger"
	"github.com/backtrail/backtrail/publish"
	"github.com/backtrail/backtrail/workspace"
)

type ledgerRekey struct {
	database
	confirmation
}

// rekeyedForm is what ledger rekey prints.
type rekeyedForm struct {
	Ledgers int    `json:"ledgers"`
	OldKey  string `json:"old_key"`
	NewKey  string `json:"new_key"`
}

// Run signs the heads of all ledgers with the key in the file, which is made when it is not there. One that was cut off
// is done again.
func (c ledgerRekey) Run(ctx context.Context, io streams) error {
	if err := mustBeThere(c.DB); err != nil {
		return err
	}
	key, path, err := c.newKey()
	if err != nil {
		return err
	}
	return c.withFolder(ctx, func(w *workspace.Workspace, db *opened) error {
		lost, err := w.Publish.LostKey(ctx, db.folder, key)
		if err != nil {
			return err
		}
		if err := c.ask(io, rekeying(lost, key, path, db.folder), "rekey"); err != nil {
			return err
		}
		if key == nil {
			if key, err = ledger.CreateKey(path); err != nil {
				return err
			}
		}
		for _, l := range lost.Ledgers {
			if err := w.Publish.Rekey(ctx, auth.SystemCaller(l.Account, "Command line"), l, key); err != nil {
				return err
			}
		}
		return printJSON(io.out, rekeyedForm{len(lost.Ledgers), lost.Old, key.Public()})
	})
}

// newKey is the key that is to sign from now on; nil when its file is still to be made.
func (c ledgerRekey) newKey() (key *ledger.Key, path string, err error) {
	if c.LedgerKeyText != "" {
		key, err = ledger.ParseKey([]byte(c.LedgerKeyText))
		return key, "", err
	}
	if path, err = c.keyPath(c.DB); err != nil {
		return nil, "", err
	}
	if key, err = ledger.LoadKey(path); errs.Is(err, errs.NotFound) {
		return nil, path, nil
	}
	return key, path, err
}

func rekeying(l publish.LostKey, key *ledger.Key, path string, folder *publish.Folder) string {
	next := "a new key, made in " + path
	if key != nil {
		next = "the key " + key.Public()
	}
	text := fmt.Sprintf("%d ledgers are signed by the key %s. They will be signed by %s.\n"+
		"Compare the first key with the one that was handed out: somebody who can edit the database could have put theirs in its place.\n"+
		"%d of the ledgers were compared with checkpoints in %s, and have grown out of these.", len(l.Ledgers), l.Old, next, l.Compared, folder.Path())
	if l.Compared < len(l.Ledgers) {
		text += "\nIf they were published in another folder, end this and name it with --checkpoints."
	}
	return text + "\nEvery account's auditors need the new key."
}
