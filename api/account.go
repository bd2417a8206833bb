package api

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
)

// Account is the settings of an account.
type Account struct {
	ID                audit.AccountID `json:"id"`
	Name              string          `json:"name"`
	Timezone          string          `json:"timezone" doc:"IANA name" example:"Europe/Lisbon"`
	RestoreWindowDays int             `json:"restore_window_days" doc:"How long a deletion can be restored"`
	RetentionDays     int             `json:"retention_days" doc:"How long the log is kept; 0 keeps it for good"`
	ExportExpiryDays  int             `json:"export_expiry_days" doc:"How long the file of an export is kept"`
	CreatedAt         string          `json:"created_at" format:"date-time"`
}

type accountAnswer struct{ Body Account }

func accountOf(a auth.Account) *accountAnswer {
	return &accountAnswer{Account{a.ID, a.Name, a.Timezone, a.RestoreWindowDays, a.RetentionDays, a.ExportExpiryDays, timeText(a.CreatedAt)}}
}

func (a *API) account(ctx context.Context, _ *none) (*accountAnswer, error) {
	return accountOf(identityOf(ctx).Account), nil
}

type accountBody struct {
	Name              *string `json:"name,omitempty"`
	Timezone          *string `json:"timezone,omitempty" doc:"IANA name"`
	RestoreWindowDays *int    `json:"restore_window_days,omitempty" doc:"1 to 3650"`
	RetentionDays     *int    `json:"retention_days,omitempty" doc:"30 to 36500, or 0 to keep the log for good"`
	ExportExpiryDays  *int    `json:"export_expiry_days,omitempty" doc:"1 to 365; exports that are made already keep their date"`
}

func (a *API) updateAccount(ctx context.Context, in *struct{ Body accountBody }) (*accountAnswer, error) {
	account, err := a.Auth.UpdateAccount(ctx, callerOf(ctx), auth.AccountUpdate(in.Body))
	return accountOf(account), err
}
