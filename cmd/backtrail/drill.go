package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/store/drill"
)

type drillCommand struct {
	DB      string          `name:"db" required:"" placeholder:"URL" help:"The database whose log is copied: sqlite:PATH, or postgres://USER@HOST/DATABASE."`
	Account audit.AccountID `placeholder:"ID" help:"The account; may be left out when there is only one."`
	Events  uint32          `placeholder:"N" help:"Copy so many events from the first on; all when left out."`
}

// Run tries every cheat on copies of a log. The log itself is read and nothing more.
func (c drillCommand) Run(ctx context.Context, io streams) error {
	db, err := openToRead(ctx, c.DB)
	if err != nil {
		return err
	}
	defer db.Close()
	accounts, err := db.Accounts(ctx)
	if err != nil {
		return err
	}
	if c.Account == "" && len(accounts) == 1 {
		c.Account = accounts[0].ID
	}
	var of *namedAccount
	for _, a := range accounts {
		if a.ID == c.Account {
			of = &namedAccount{a.ID, a.Name}
		}
	}
	if of == nil && c.Account == "" {
		return errs.New(errs.Invalid, "usage", "The database has %d accounts; name one with --account.", len(accounts)).WithFix("backtrail account list shows them.")
	}
	if of == nil {
		return unknownAccount(c.Account)
	}
	tried := 0
	missed, err := drill.Run(ctx, db, drill.Options{Account: of.id, Events: int64(c.Events),
		Copied: func(sealed, waiting int64) {
			fmt.Fprintf(io.out, "%s: a copy of %s, and of %s to be sealed.\n", of, eventsText(sealed), waitText(waiting))
		},
		Tried: func(r drill.Result) {
			tried++
			printTried(io.out, r)
		}})
	if err != nil {
		return err
	}
	if missed > 0 {
		return errs.New(errs.Unverified, "drill_missed", "Of %d ways to cheat, %d were missed.", tried, missed).
			WithFix("Do not rely on backtrail verify before this is mended: please report it, with the output above.")
	}
	fmt.Fprintln(io.out, "Nothing was missed. The log itself was not touched.")
	return nil
}

func printTried(to io.Writer, r drill.Result) {
	switch {
	case r.TooShort:
		fmt.Fprintf(to, "left out  %s: it takes %s\n", r.Cheat, eventsText(r.Least))
	case r.Caught():
		fmt.Fprintf(to, "caught    %s: %s\n", r.Cheat, foundText(r))
	default:
		fmt.Fprintf(to, "MISSED    %s\n", r.Cheat)
	}
}

// foundText lists what a check found, in few words.
func foundText(r drill.Result) string {
	const most = 3
	var found []string
	for _, f := range r.Report.Findings {
		text := strings.ReplaceAll(string(f.Kind), "_", " ")
		if f.Seq > 0 {
			text += fmt.Sprintf(" at %d", f.Seq)
		}
		if !slices.Contains(found, text) {
			found = append(found, text)
		}
	}
	text := strings.Join(found[:min(len(found), most)], ", ")
	if more := int64(len(found)-most) + r.Report.More; more > 0 {
		text += fmt.Sprintf(" and %s more", audit.Thousands(int(more)))
	}
	if r.Published && slices.ContainsFunc(r.Report.Findings, func(f integrity.Finding) bool {
		return f.Kind == integrity.RolledBack || f.Kind == integrity.Checkpoint
	}) {
		text += ", by a checkpoint that left the database before"
	}
	return text
}
