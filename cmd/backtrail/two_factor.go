package main

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/workspace"
)

type twoFactorCommand struct {
	Off twoFactorOff `cmd:"" help:"Take the second factor from a person who lost it; their password alone lets them in."`
}

type twoFactorOff struct {
	database
	Email string `required:"" help:"The person's email."`
}

// Run takes it away.
func (c twoFactorOff) Run(ctx context.Context, _ streams) error {
	return c.with(ctx, func(w *workspace.Workspace) error {
		return w.Auth.RemoveTwoFactor(ctx, c.Email, audit.Origin{Actor: audit.SystemActor("Command line"), Channel: audit.SystemChannel})
	})
}
