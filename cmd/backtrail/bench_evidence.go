package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/ledger"
)

// askEvidence makes complete evidence packs of a whole log, and checks them.
func (b *bench) askEvidence(ctx context.Context) (err error) {
	base, err := b.open(ctx, "packed")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, base.db.Close()) }()
	l := &benchLog{benchBase: base}
	if err := l.fill(ctx, b.packed, base.db.Seal); err != nil {
		return err
	}
	keyFile, err := l.verifierFile()
	if err != nil {
		return err
	}
	b.report.section("Evidence packs of "+audit.Thousands(b.packed)+" events", "Each is complete, of a log of so many events. The commands export and verify in processes of their own; export checks the pack once too.")
	var rows [][]string
	var most int64
	for _, p := range []struct{ name, withhold string }{{"everything shown", ""}, {"email and IP address withheld", "email,ip"}} {
		out := filepath.Join(b.dir, "pack.zip")
		made, err := l.step(ctx, "pack", "--out", out, "--withhold", p.withhold)
		if err != nil {
			return err
		}
		size := fileSize(out)
		checked, err := l.step(ctx, "verify", "--out", out, "--key", keyFile)
		if err != nil {
			return err
		}
		most = max(most, made.Peak, checked.Peak)
		for i, f := range []stepForm{made, checked} {
			rows = append(rows, []string{p.name, []string{"make", "verify"}[i], audit.Thousands(made.Records), showBytes(size),
				showDuration(f.Nanoseconds), showDuration(f.Processor), showBytes(f.Peak)})
		}
		if err := os.Remove(out); err != nil {
			return err
		}
	}
	b.report.table([]string{"Pack", "Step", "Rows", "File", "Time", "Processor time", "Peak memory"}, rows)
	bound(b.report, "peak memory of a pack", most, maxExportMemory, showBytes)
	return nil
}

// verifierFile is a file with the key as an auditor gets it.
func (l *benchLog) verifierFile() (path string, err error) {
	key, err := ledger.LoadKey(l.key)
	if err != nil {
		return "", err
	}
	text, err := key.Verifier(ledger.Origin(string(l.caller.Account)))
	if err != nil {
		return "", err
	}
	path = l.key + ".public"
	return path, os.WriteFile(path, fmt.Append(nil, text, "\n"), 0o600)
}
