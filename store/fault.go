package store

import (
	"context"
	"errors"

	"github.com/backtrail/backtrail/errs"
)

// fault is a mishap that the package tells apart.
type fault int

const (
	otherFault  fault = iota
	taken             // a key or unique value is there already
	diskFull          // no room
	notWritable       // the file or the disk refuses writes
	busy              // another process holds the database
	notDatabase       // the file holds something else
	damaged           // the file is a database, but broken
)

// shown gives the faults that an operator can mend their words; every other error stays as it is.
func (d *dialect) shown(err error) error {
	if _, ok := errors.AsType[*errs.Error](err); ok || err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	switch d.fault(err) {
	case diskFull:
		return errs.New(errs.Unavailable, "disk_full", "The database's disk is full; nothing was written.").
			WithFix("Make room on the disk.").Because(err)
	case notWritable:
		return errs.New(errs.Unavailable, "database_read_only", "The database cannot be written to.").
			WithFix("Check the permissions of the database file and its folder, and that the disk is mounted for writing.").Because(err)
	case busy:
		return errs.New(errs.Unavailable, "database_busy", "Another process holds the database.").
			WithFix("Try again; if it stays so, stop the other process.").Because(err)
	case damaged:
		return errs.New(errs.Internal, "database_damaged", "The database file is damaged.").
			WithFix("Restore it from a backup.").Because(err)
	}
	return err
}

// isTaken reports whether err says that a key or unique value is there already.
func (d *dialect) isTaken(err error) bool { return err != nil && d.fault(err) == taken }
