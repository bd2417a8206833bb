package main

import (
	"context"
	"fmt"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/workspace"
)

type keyCommands struct {
	Create keyCreate `cmd:"" help:"Make an API key and print it; it is not shown again."`
}

type keyCreate struct {
	account
	Name string `required:"" help:"What the key is for."`
	Role string `required:"" enum:"owner,admin,member" placeholder:"ROLE" help:"What the key may do: owner, admin or member."`
}

// Run makes the key.
func (c keyCreate) Run(ctx context.Context, io streams) error {
	return c.with(ctx, func(w *workspace.Workspace, caller audit.Caller, _ auth.Account) error {
		_, token, err := w.Auth.CreateKey(ctx, caller, c.Name, c.Role)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(io.out, token)
		return err
	})
}
