package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
)

// OpenSession is a session as lists show it.
type OpenSession struct {
	ID         string          `json:"id" doc:"As context.session has it in events; it opens nothing"`
	Current    bool            `json:"current" doc:"Whether this request uses it"`
	Account    audit.AccountID `json:"account" doc:"The account that it works in"`
	CreatedAt  string          `json:"created_at" format:"date-time"`
	LastUsedAt string          `json:"last_used_at" format:"date-time" doc:"To the minute"`
	ExpiresAt  string          `json:"expires_at" format:"date-time" doc:"When it ends unless it is used again"`
	IP         string          `json:"ip"`
	UserAgent  string          `json:"user_agent"`
	ActingAs   actingOrNull    `json:"acting_as"`
}

// ActingAs is as whom a session works.
type ActingAs struct {
	ID    audit.RecordID `json:"id" doc:"Of the staff record"`
	Name  string         `json:"name"`
	Until string         `json:"until" format:"date-time"`
}

func actingOf(a *auth.Acting) actingOrNull {
	if a == nil {
		return actingOrNull{}
	}
	return actingOrNull{&ActingAs{a.As, a.Name, timeText(a.Until)}}
}

type sessionsAnswer struct {
	Body struct {
		Sessions []OpenSession `json:"sessions" nullable:"false"`
	}
}

func sessionsOf(ctx context.Context, all []auth.Session) *sessionsAnswer {
	out := &sessionsAnswer{}
	out.Body.Sessions = []OpenSession{}
	mine := ""
	if s := identityOf(ctx).Session; s != nil {
		mine = s.ID
	}
	for _, s := range all {
		out.Body.Sessions = append(out.Body.Sessions, OpenSession{ID: s.ID, Current: s.ID == mine, Account: s.Account, CreatedAt: timeText(s.CreatedAt),
			LastUsedAt: timeText(s.LastSeenAt), ExpiresAt: timeText(s.ExpiresAt), IP: s.IP, UserAgent: s.UserAgent, ActingAs: actingOf(s.Acting)})
	}
	return out
}

func (a *API) sessions(ctx context.Context, _ *none) (*sessionsAnswer, error) {
	all, err := a.Auth.OwnSessions(ctx, identityOf(ctx))
	return sessionsOf(ctx, all), err
}

func (a *API) endSession(ctx context.Context, in *struct {
	Session string `path:"session"`
}) (*none, error) {
	return &none{}, a.Auth.RevokeSession(ctx, identityOf(ctx), in.Session)
}

type endedAnswer struct {
	Body struct {
		Ended int `json:"ended" doc:"How many"`
	}
}

func (a *API) endOtherSessions(ctx context.Context, _ *none) (*endedAnswer, error) {
	n, err := a.Auth.RevokeOtherSessions(ctx, identityOf(ctx))
	out := &endedAnswer{}
	out.Body.Ended = n
	return out, err
}

// confirmed is a body with the caller's own password.
type confirmed struct {
	Body struct {
		Password string `json:"password" maxLength:"1024" doc:"The caller's own, once more"`
	}
}

type twoFactorAnswer struct {
	Body struct {
		EnabledAt         *string `json:"enabled_at" format:"date-time" doc:"null when it is off"`
		RecoveryCodesLeft int     `json:"recovery_codes_left"`
	}
}

func (a *API) twoFactor(ctx context.Context, _ *none) (*twoFactorAnswer, error) {
	f, err := a.Auth.TwoFactor(ctx, identityOf(ctx))
	out := &twoFactorAnswer{}
	if !f.EnabledAt.IsZero() {
		text := timeText(f.EnabledAt)
		out.Body.EnabledAt = &text
	}
	out.Body.RecoveryCodesLeft = f.CodesLeft
	return out, err
}

type setupAnswer struct {
	Body struct {
		Secret  string `json:"secret" doc:"Base32; for codes by time (RFC 6238) of six digits, SHA-1, 30 seconds"`
		Address string `json:"address" doc:"The same as an otpauth address, for a QR code"`
	}
}

func (a *API) setUpTwoFactor(ctx context.Context, in *confirmed) (*setupAnswer, error) {
	setup, err := a.Auth.SetUpTwoFactor(ctx, identityOf(ctx), in.Body.Password)
	out := &setupAnswer{}
	out.Body.Secret, out.Body.Address = setup.Secret, setup.Address
	return out, err
}

type recoveryAnswer struct {
	Body struct {
		RecoveryCodes []string `json:"recovery_codes" nullable:"false" doc:"Each lets the caller in once, in place of a code. They are shown this once."`
	}
}

func (a *API) enableTwoFactor(ctx context.Context, in *struct {
	Body struct {
		Code string `json:"code" maxLength:"64" doc:"Of the secret that was set up" example:"123456"`
	}
}) (*recoveryAnswer, error) {
	codes, err := a.Auth.EnableTwoFactor(ctx, identityOf(ctx), in.Body.Code)
	out := &recoveryAnswer{}
	out.Body.RecoveryCodes = codes
	return out, err
}

func (a *API) renewRecoveryCodes(ctx context.Context, in *confirmed) (*recoveryAnswer, error) {
	codes, err := a.Auth.RenewRecoveryCodes(ctx, identityOf(ctx), in.Body.Password)
	out := &recoveryAnswer{}
	out.Body.RecoveryCodes = codes
	return out, err
}

func (a *API) disableTwoFactor(ctx context.Context, in *confirmed) (*none, error) {
	return &none{}, a.Auth.DisableTwoFactor(ctx, identityOf(ctx), in.Body.Password)
}

func (a *API) forgottenPassword(ctx context.Context, in *struct {
	Body struct {
		Email string `json:"email" maxLength:"320"`
	}
}) (*none, error) {
	return &none{}, a.RequestPasswordLink(ctx, in.Body.Email, origin(ctx))
}

func (a *API) resetPassword(ctx context.Context, in *struct {
	Body struct {
		Token string `json:"token" maxLength:"200" doc:"What follows token= in the link"`
		New   string `json:"new" maxLength:"1024"`
	}
}) (*none, error) {
	return &none{}, a.Auth.ResetPassword(ctx, in.Body.Token, in.Body.New, origin(ctx))
}

func (a *API) actAs(ctx context.Context, in *struct {
	Body struct {
		Staff audit.RecordID `json:"staff" doc:"Id of the staff record to work as"`
	}
}) (*none, error) {
	return &none{}, a.Auth.ActAs(ctx, identityOf(ctx), in.Body.Staff)
}

func (a *API) stopActing(ctx context.Context, _ *none) (*none, error) {
	return &none{}, a.Auth.StopActing(ctx, identityOf(ctx))
}

// Addressed carries how the caller reaches the server.
type Addressed struct{ base string }

// Resolve implements huma.Resolver.
func (s *Addressed) Resolve(ctx huma.Context) []error {
	r, _ := humago.Unwrap(ctx)
	s.base = "http://" + r.Host
	if r.TLS != nil || r.URL.Scheme == "https" {
		s.base = "https://" + r.Host
	}
	return nil
}
