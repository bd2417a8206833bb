package main

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/workspace"
)

type accountCommands struct {
	Create accountCreate `cmd:"" help:"Make an account with its first owner and an API key."`
	List   accountList   `cmd:"" help:"List the accounts, one JSON object a line."`
}

type accountCreate struct {
	database
	Name              string       `required:"" help:"The account's name."`
	OwnerEmail        string       `required:"" placeholder:"EMAIL" help:"The owner's email; they log in with it."`
	OwnerPasswordFile passwordFile `required:"" placeholder:"FILE" help:"File with the owner's password in its first line, - for the standard input."`
	OwnerName         string       `help:"The owner's name; what stands before the @ of the email when left out."`
	Timezone          string       `default:"UTC" help:"The account's time zone, as in Europe/Lisbon."`
}

// foundedForm is what account create prints. The key is shown here and never again.
type foundedForm struct {
	Account audit.AccountID `json:"account"`
	Owner   audit.RecordID  `json:"owner"` // the staff record: the actor's id in the log
	APIKey  string          `json:"api_key"`
}

// Run makes the account.
func (c accountCreate) Run(ctx context.Context, io streams) error {
	password, err := c.OwnerPasswordFile.read(io.in)
	if err != nil {
		return err
	}
	return c.with(ctx, func(w *workspace.Workspace) error {
		f, err := w.Found(ctx, workspace.Founding{Name: c.Name, Timezone: c.Timezone, OwnerName: c.OwnerName,
			OwnerEmail: c.OwnerEmail, OwnerPassword: password})
		if err != nil {
			return err
		}
		return printJSON(io.out, foundedForm{f.Account.ID, f.Owner.ID, f.APIKey})
	})
}

type accountList struct{ database }

// Run lists the accounts.
func (c accountList) Run(ctx context.Context, io streams) error {
	db, err := c.open(ctx, c.DB)
	if err != nil {
		return err
	}
	defer db.Close()
	accounts, err := db.Accounts(ctx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if err := printJSON(io.out, formOf(a)); err != nil {
			return err
		}
	}
	return nil
}

// accountForm is an account as it is printed.
type accountForm struct {
	ID                audit.AccountID `json:"id"`
	Name              string          `json:"name"`
	Timezone          string          `json:"timezone"`
	RestoreWindowDays int             `json:"restore_window_days"`
	RetentionDays     int             `json:"retention_days"`
	ExportExpiryDays  int             `json:"export_expiry_days"`
	CreatedAt         string          `json:"created_at"`
}

func formOf(a auth.Account) accountForm {
	return accountForm{a.ID, a.Name, a.Timezone, a.RestoreWindowDays, a.RetentionDays, a.ExportExpiryDays, timeText(a.CreatedAt)}
}

func timeText(t time.Time) string { return t.UTC().Format(audit.TimeLayout) }

// printJSON prints one object on one line.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
