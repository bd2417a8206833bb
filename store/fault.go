package store

import (
	"context"
	"errors"

	"github.com/backtrail/backtrail/errs"
)

// fault is a mishap that the package tells apart.
type fault int

const (
	otherFault   fault = iota
	taken              // a key or unique value is there already
	diskFull           // no room
	notWritable        // the file, the disk or a standby refuses writes
	busy               // another process holds the database
	notDatabase        // the file holds something else
	damaged            // the file is a database, but broken
	clashed            // two transactions came in each other's way; one of them may try again
	gone               // the server cannot be reached, or ended the connection
	crowded            // it has no connection to spare
	tooSlow            // it gave up a statement that took too long
	refused            // it does not let the role in
	noDatabase         // it has no database of this name
	notPermitted       // the role lacks a right
	badText            // a text holds what it cannot keep
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
	case gone, crowded:
		return errs.New(errs.Unavailable, "database_unavailable", "The database cannot be reached at the moment.").
			WithFix("Try again in a moment; if it stays so, check that PostgreSQL runs and has connections to spare.").Because(err)
	case clashed:
		return errs.New(errs.Unavailable, "database_busy", "Others changed the same things at the same time.").
			WithFix("Try again.").Because(err)
	case tooSlow:
		return errs.New(errs.Unavailable, "database_slow", "The database took too long for this.").
			WithFix("Ask for less at once: a shorter time, a narrower filter. The limit is statement_timeout in the database URL.").Because(err)
	case notPermitted:
		return errs.New(errs.Unavailable, "database_permission", "The database role may not do this.").
			WithFix("Run backtrail migrate with the role that owns the tables and --grant for the server's role.").Because(err)
	case badText:
		return errs.New(errs.Invalid, "invalid_character", "The text holds a character that cannot be kept: NUL, or bytes that are not UTF-8.").
			WithFix("Leave the character out.").Because(err)
	case damaged:
		return errs.New(errs.Internal, "database_damaged", "The database file is damaged.").
			WithFix("Restore it from a backup.").Because(err)
	}
	return err
}

// isTaken reports whether err says that a key or unique value is there already.
func (d *dialect) isTaken(err error) bool { return err != nil && d.fault(err) == taken }
