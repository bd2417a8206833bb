package main

import (
	"context"
	"io"
	"os"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workspace"
)

type passwordCommand struct {
	Set passwordSet `cmd:"" help:"Give a person a new password; their sessions end."`
}

type passwordSet struct {
	database
	Email        string       `required:"" help:"The person's email."`
	PasswordFile passwordFile `required:"" placeholder:"FILE" help:"File with the new password in its first line, - for the standard input."`
}

// Run sets the password.
func (c passwordSet) Run(ctx context.Context, io streams) error {
	password, err := c.PasswordFile.read(io.in)
	if err != nil {
		return err
	}
	return c.with(ctx, func(w *workspace.Workspace) error {
		origin := audit.Origin{Actor: audit.SystemActor("Command line"), Channel: audit.SystemChannel}
		return w.Auth.SetPassword(ctx, c.Email, password, origin)
	})
}

// passwordFile names a file with a password. It is never a flag's value: those stand in the list of processes.
type passwordFile string

// read returns the first line of the file, of in for "-".
func (f passwordFile) read(in io.Reader) (string, error) {
	if f != "-" {
		file, err := os.Open(string(f))
		if err != nil {
			return "", unreadable(string(f), err)
		}
		defer file.Close()
		in = file
	}
	const most = 64 << 10
	b, err := io.ReadAll(io.LimitReader(in, most))
	if err != nil {
		return "", unreadable(string(f), err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return strings.TrimSuffix(line, "\r"), nil
}

func unreadable(path string, err error) error {
	return errs.New(errs.NotFound, "file_unreadable", "The file %s cannot be read.", path).
		WithFix("Write the password into a file that only you can read, and name it.").Because(err)
}
