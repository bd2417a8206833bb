package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/store"
)

type migrateCommand struct {
	database
	Grant string `placeholder:"ROLE" help:"PostgreSQL: give this role what a server needs, and no right to change or delete the log."`
	Words bool   `help:"Make the index by which searches find words anew; on PostgreSQL with the role that owns the tables."`
}

// Run brings the schema up to date. A server does so by itself when its role may.
func (c migrateCommand) Run(ctx context.Context, io streams) error {
	if c.Grant != "" && strings.HasPrefix(c.DB, "sqlite:") {
		return errs.InvalidField("grant", "no_roles", "SQLite has no roles; --grant is for PostgreSQL.").WithFix("Leave --grant out.")
	}
	db, err := c.open(ctx, c.DB)
	if err != nil {
		return err
	}
	if c.Words {
		err = db.RebuildWords(ctx)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if c.Grant != "" {
		if err := store.Grant(ctx, c.DB, c.Grant); err != nil {
			return err
		}
		fmt.Fprintf(io.err, "%s may now run a server on this database: backtrail serve --db postgres://%s@...\n", c.Grant, c.Grant)
	}
	fmt.Fprintln(io.err, "The schema is up to date.")
	return nil
}
