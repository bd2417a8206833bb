package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/backtrail/backtrail/demo"
	"github.com/backtrail/backtrail/errs"
)

type demoCommand struct {
	Dir string `default:"demo-data" placeholder:"DIR" help:"The folder of the demo's database; made and filled when it is not there."`
	serverFlags
}

const demoSeed = 20

// Run fills the database on the first start and serves it.
func (c demoCommand) Run(ctx context.Context, io streams) error {
	if err := c.checkAddress(); err != nil { // the fill takes its time
		return err
	}
	if c.PublicURL == "" {
		c.PublicURL = "http://" + c.Listen
	}
	path := filepath.Join(c.Dir, "demo.db")
	if err := fillOnce(ctx, path, io.err); err != nil {
		return err
	}
	hint := "This is a demo: log in as owner@demo.test, admin@demo.test, member@demo.test or agency@demo.test with the password " + demo.Password + "."
	return c.serve(ctx, io, "sqlite:"+path, demoKey(path), hint, func(address net.Addr) {
		fmt.Fprintf(io.out, "Backtrail demo: http://%s\nLog in with the password %s as\n", address, demo.Password)
		for _, l := range demo.Logins {
			fmt.Fprintf(io.out, "  %-17s  (%s)\n", l.Email, l.Role)
		}
	})
}

// demoKey is the demo's key: beside its database.
func demoKey(path string) ledgerFlags { return ledgerFlags{LedgerKey: path + ".ledger-key"} }

// fillOnce makes the database unless it is there. It is filled under another name and gets its own at the end: so what
// is there is whole, and what a fill that was killed left behind is swept away by the next one.
func fillOnce(ctx context.Context, path string, progress io.Writer) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return errs.New(errs.Unavailable, "folder_unavailable", "The folder %s cannot be made.", filepath.Dir(path)).
			WithFix("Name another folder with --dir.").Because(err)
	}
	filling := path + ".filling"
	if err := removeDatabase(filling); err != nil {
		return err
	}
	if err := fill(ctx, filling, progress); err != nil {
		return errors.Join(err, removeDatabase(filling))
	}
	return os.Rename(filling, path)
}

// fill closes the database in the end, which leaves it in one file.
func fill(ctx context.Context, path string, progress io.Writer) error {
	fmt.Fprintf(progress, "Filling the demo with %d days of life: ", demo.Days)
	db, err := demoKey(strings.TrimSuffix(path, ".filling")).openTelling(ctx, "sqlite:"+path, func(string) {})
	if err != nil {
		return err
	}
	percent := 0
	_, err = demo.Fill(ctx, db, demo.Options{Seed: demoSeed, Progress: func(done, days int) {
		for ; percent < 100*done/days; percent++ {
			if percent%10 == 0 {
				fmt.Fprintf(progress, "%d%% ", percent)
			}
		}
	}})
	if err = errors.Join(err, db.Close()); err == nil {
		fmt.Fprintln(progress, "done.")
	} else {
		fmt.Fprintln(progress)
	}
	return err
}

// removeDatabase removes a file of SQLite with what stands beside it.
func removeDatabase(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
