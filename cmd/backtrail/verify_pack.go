package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/evidence"
)

// packOptions are what the check of an evidence pack is asked for.
type packOptions struct {
	File     string
	Key      string // the file of the verifier key
	Complete bool
	Format   string // text or json
}

// packForm is the result of a check as JSON.
type packForm struct {
	OK   bool   `json:"ok"`
	File string `json:"file"`
	evidence.Result
	Root     string             `json:"root"`
	Findings []evidence.Finding `json:"findings"` // [] for none
}

// verifyPack checks an evidence pack and tells what it proves. It reads two files and nothing else.
func verifyPack(ctx context.Context, io streams, o packOptions) error {
	if o.Key == "" { // it is not looked for in the pack: whoever made up a pack would have put theirs there
		return errs.New(errs.Invalid, "usage", "A pack proves nothing without the key of the account: missing flags: --key=FILE").WithFix("See backtrail verify --help.")
	}
	keys, err := readVerifier(o.Key)
	if err != nil {
		return err
	}
	f, err := os.Open(o.File)
	if err != nil {
		return cannotRead(o.File, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return cannotRead(o.File, err)
	}
	p := newProgress(io.err, o.File)
	r, err := evidence.Check(ctx, f, info.Size(), evidence.Options{Verifier: keys.vkey, Complete: o.Complete, Progress: p.show})
	p.end()
	if err != nil {
		return err
	}
	if o.Format == "json" {
		err = printJSON(io.out, packForm{r.OK(), o.File, r, r.Checkpoint.Root.String(), append([]evidence.Finding{}, r.Findings...)})
	} else {
		err = printPack(io.out, o.File, r)
	}
	if err == nil && !r.OK() {
		err = errs.New(errs.Unverified, "pack_unverified", "The pack is not what is in the log, or it is not whole.").
			WithFix("Ask the owner of the account for it again. If it stays so, somebody changed it on its way or where it was made.")
	}
	return err
}

func cannotRead(path string, cause error) error {
	return errs.New(errs.NotFound, "file_unreadable", "The file %s cannot be read.", path).Because(cause)
}

// printPack tells what a pack proves and what was found.
func printPack(to io.Writer, name string, r evidence.Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", plain(name))
	for _, words := range r.Words() {
		fmt.Fprintf(&b, "  %s\n", words)
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "  %s %s: %s\n", fit(string(f.Kind)+":", 10), f.File, plain(f.Detail))
	}
	if r.More > 0 {
		fmt.Fprintf(&b, "  And %s more like these.\n", audit.Thousands(int(r.More)))
	}
	_, err := io.WriteString(to, b.String())
	return err
}
