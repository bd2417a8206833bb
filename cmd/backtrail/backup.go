package main

import (
	"context"
	"errors"
)

type backupCommand struct {
	database
	Out string `required:"" placeholder:"FILE" help:"The new file; one that is there is never overwritten."`
}

// Run writes the backup. The copy is a database of its own: name it with --db to use it.
func (c backupCommand) Run(ctx context.Context) error {
	db, err := c.open(ctx, c.DB)
	if err != nil {
		return err
	}
	return errors.Join(db.Backup(ctx, c.Out), db.Close())
}
