package main

import (
	"context"
	"fmt"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/publish"
	"github.com/backtrail/backtrail/workspace"
)

type ledgerAccept struct {
	account
	confirmation
}

// acceptedForm is what ledger accept prints.
type acceptedForm struct {
	Account       audit.AccountID `json:"account"`
	Size          int64           `json:"size"`
	PublishedSize int64           `json:"published_size"`
	PublishedRoot string          `json:"published_root"`
	Kept          string          `json:"kept"` // the file with the checkpoint that was published
}

// Run accepts what the database holds now. The event that says so is sealed and published when it returns.
func (c ledgerAccept) Run(ctx context.Context, io streams) error {
	return c.withFolder(ctx, func(w *workspace.Workspace, caller audit.Caller, _ auth.Account, db *opened) error {
		r, err := w.Publish.Rollback(ctx, caller, db.folder)
		if err != nil {
			return err
		}
		if err := c.ask(io, accepting(r), string(c.Account)); err != nil {
			return err
		}
		kept, err := w.Publish.Accept(ctx, caller, db.folder, r)
		if err != nil {
			return err
		}
		fmt.Fprintln(io.err, "Restart servers that ran while the database changed, and do the same for each of their folders (--checkpoints).")
		return printJSON(io.out, acceptedForm{r.Account, r.Now.Size, r.Published.Size, r.Published.Root.String(), kept})
	})
}

// accepting says what is about to be accepted.
func accepting(r publish.Rollback) string {
	text := fmt.Sprintf("The ledger of account %s has %d events in the database. A checkpoint with %d events was published, with the root %s.\n",
		r.Account, r.Now.Size, r.Published.Size, r.Published.Root)
	if r.Forked {
		return text + "The database does not hold the events that were published: somebody changed them, or other ones were sealed in their place.\n" +
			"Whoever has a checkpoint of the old history will see it."
	}
	return text + fmt.Sprintf("Events %d to %d are lost. Others will take their places, and whoever has a later checkpoint will see it.\n"+
		"Restore a newer backup instead if there is one.", r.Now.Size+1, r.Published.Size)
}
