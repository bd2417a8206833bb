package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/evidence"
	"github.com/backtrail/backtrail/export"
	"github.com/backtrail/backtrail/workspace"
)

type exportCommand struct {
	account
	filterFlags
	zoneFlag
	Out      string   `required:"" placeholder:"FILE" help:"The file to write, - for the standard output."`
	Format   string   `default:"csv" enum:"csv,jsonl,evidence" help:"csv, jsonl, or evidence: a ZIP that an auditor checks with verify FILE."`
	Withhold []string `placeholder:"CLASS,..." help:"Leave these values out of an evidence pack: email, ip, user_agent, session, user, record, changes, description."`
	Complete bool     `help:"Make an evidence pack that shows that nothing was left out."`
}

// exportedForm is what export prints when it wrote a file.
type exportedForm struct {
	File string `json:"file"`
	export.Summary
}

// Run writes the export, which the log records like any other. A file appears under its name when it is complete.
func (c exportCommand) Run(ctx context.Context, io streams) error {
	return c.with(ctx, func(w *workspace.Workspace, caller audit.Caller, settings auth.Account) error {
		direct, err := w.Exports.Direct(caller, export.Request{Format: c.Format, Filter: c.values(),
			Timezone: c.Timezone, Zone: workspace.Zone(settings), Withhold: c.Withhold, Complete: c.Complete})
		if err != nil {
			return err
		}
		if c.Out == "-" {
			_, err := direct.Write(ctx, io.out)
			return err
		}
		var sum export.Summary
		err = writeFile(c.Out, func(f *os.File) error {
			if sum, err = direct.Write(ctx, f); err != nil || direct.Format() != export.EvidenceFormat {
				return err
			}
			return checkMade(ctx, w, caller.Account, f, sum.Bytes)
		})
		if err != nil {
			return err
		}
		return printJSON(io.out, exportedForm{c.Out, sum})
	})
}

// checkMade checks a pack as its reader will, before it gets its name: who exports is the first to learn that the
// database was edited.
func checkMade(ctx context.Context, w *workspace.Workspace, account audit.AccountID, f *os.File, size int64) error {
	verifier, err := w.Verifier(ctx, account)
	if err != nil {
		return err
	}
	r, err := evidence.Check(ctx, f, size, evidence.Options{Verifier: verifier})
	if err != nil {
		return err
	}
	return r.Damage()
}

// writeFile lets fn write a new file beside path, and gives it the name path when that went well.
func writeFile(path string, fn func(*os.File) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return errs.New(errs.Unavailable, "file_unavailable", "The file %s cannot be written.", path).
			WithFix("Check that its folder is there and that you may write in it.").Because(err)
	}
	defer func() {
		if err != nil {
			f.Close() // err says what went wrong first
			os.Remove(f.Name())
		}
	}()
	if err := fn(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
