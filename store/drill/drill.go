package drill

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/ledger"
	"github.com/backtrail/backtrail/store"
)

// Options say what a drill works on.
type Options struct {
	Account audit.AccountID
	// Events is how many events of the log are copied, from the first on; 0 is all.
	Events int64
	// Copied is told how many events the copy has, sealed and waiting; may be nil.
	Copied func(sealed, waiting int64)
	// Tried is told of each cheat when it was tried.
	Tried func(Result)
}

// Result is what became of a cheat.
type Result struct {
	Cheat string
	// Published says that only a checkpoint from before could tell, and that the check was given one.
	Published bool
	// TooShort says that the log has too few events for it, and that it was not tried; it would take Least.
	TooShort bool
	Least    int64
	Report   integrity.Report
}

// Caught reports whether the check found that something is wrong.
func (r Result) Caught() bool { return !r.Report.OK() }

// Run copies a log, tries every cheat on a fresh copy, and returns how many the check has missed. It needs room for two
// copies in the folder for temporary files, and leaves nothing there. A log in which something is wrong already is
// errs.Unverified.
func Run(ctx context.Context, from integrity.Store, o Options) (missed int, err error) {
	folder, err := os.MkdirTemp("", "backtrail-drill-")
	if err != nil {
		return 0, errs.New(errs.Unavailable, "no_room", "There is no folder for the copy of the log.").WithFix("Name one that can be written in TMPDIR.").Because(err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	d := drill{Options: o, original: filepath.Join(folder, "copy.db"), tampered: filepath.Join(folder, "tampered.db")}
	if d.key, err = ledger.NewKey(); err != nil {
		return 0, err
	}
	if d.verifier, err = d.key.Verifier(ledger.Origin(string(o.Account))); err != nil {
		return 0, err
	}
	if err := copyLog(ctx, from, o.Account, o.Events, d.key, d.original); err != nil {
		return 0, err
	}
	clean, err := d.check(ctx, d.original, nil)
	if err != nil {
		return 0, err
	}
	if !clean.OK() {
		return 0, errs.New(errs.Unverified, "log_not_clean", "Something is wrong with the log itself, so that a drill would prove nothing: %s", clean.Findings[0].Detail).
			WithFix("Run backtrail verify on it.")
	}
	if o.Copied != nil {
		o.Copied(clean.Events, clean.Waiting)
	}
	for _, c := range cheats {
		r, err := d.try(ctx, c, clean)
		if err != nil {
			return missed, fmt.Errorf("drill: %s: %w", c.name, err)
		}
		if !r.Caught() && !r.TooShort {
			missed++
		}
		o.Tried(r)
	}
	return missed, nil
}

type drill struct {
	Options
	key                *ledger.Key
	verifier           string
	original, tampered string // files
}

// try does one cheat to a fresh copy and checks it.
func (d *drill) try(ctx context.Context, c cheat, clean integrity.Report) (Result, error) {
	r := Result{Cheat: c.name, Published: c.published, Least: c.least, TooShort: clean.Events < c.least}
	if r.TooShort {
		return r, nil
	}
	if err := copyFile(d.original, d.tampered); err != nil {
		return r, err
	}
	if err := d.tamper(ctx, c); err != nil {
		return r, err
	}
	var given [][]byte
	if c.published {
		given = append(given, clean.Checkpoint)
	}
	var err error
	r.Report, err = d.check(ctx, d.tampered, given)
	return r, err
}

func (d *drill) tamper(ctx context.Context, c cheat) (err error) {
	db, err := openFile(d.tampered)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := dropTriggers(ctx, db); err != nil {
		return err
	}
	f, err := newForger(ctx, db, d.Account, d.key)
	if err != nil {
		return err
	}
	return c.do(f, ctx)
}

// dropTriggers does what somebody does first who wants to change a log.
func dropTriggers(ctx context.Context, db *sql.DB) error {
	var drops string
	err := db.QueryRowContext(ctx, "SELECT coalesce(group_concat('DROP TRIGGER ' || name, '; '), '') FROM sqlite_schema WHERE type = 'trigger'").Scan(&drops)
	if err == nil {
		_, err = db.ExecContext(ctx, drops)
	}
	return err
}

func (d *drill) check(ctx context.Context, path string, given [][]byte) (r integrity.Report, err error) {
	db, err := store.Open(ctx, "sqlite:"+path, store.Options{})
	if err != nil {
		return r, err
	}
	err = db.ReadLedger(ctx, d.Account, func(src integrity.Source) error {
		r, err = integrity.Check(ctx, src, integrity.Options{Account: d.Account, Verifier: d.verifier, Checkpoints: given})
		return err
	})
	return r, errors.Join(err, db.Close())
}

func copyFile(from, to string) (err error) {
	for _, beside := range []string{"", "-wal", "-shm", "-journal"} { // of the cheat before
		if err := os.Remove(to + beside); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
