package api

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/workspace"
)

// StaffID names a staff member.
type StaffID struct {
	ID audit.RecordID `path:"id" doc:"Of the staff record"`
}

// StaffLink is a link that lets somebody in, once.
type StaffLink struct {
	Link      *string `json:"link" doc:"Shown this once; null when it was sent"`
	SentTo    *string `json:"sent_to" doc:"The address to which it was sent, null when the caller hands it over"`
	Failure   *string `json:"failure" doc:"Why it could not be sent, null when that was not tried"`
	ExpiresAt string  `json:"expires_at" format:"date-time"`
}

type linkAnswer struct{ Body StaffLink }

func (a *API) linkTo(base, path, token string) string {
	if a.PublicURL != "" {
		base = a.PublicURL
	}
	return workspace.OneTimeLink(base, path, token)
}

func (a *API) invite(ctx context.Context, in *struct {
	Addressed
	StaffID
}) (*linkAnswer, error) {
	link, m, err := a.Invite(ctx, callerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	address := a.linkTo(in.base, workspace.InvitationPath, link.Token)
	out := &linkAnswer{StaffLink{ExpiresAt: timeText(link.ExpiresAt)}}
	sent, failed, err := a.MailInvitation(ctx, m, address, link.ExpiresAt)
	if sent {
		out.Body.SentTo = &m.Email
		return out, err
	}
	out.Body.Link, out.Body.Failure = &address, nullable(failed)
	return out, err
}

func (a *API) acceptInvitation(ctx context.Context, in *struct {
	Body struct {
		Token    string `json:"token" maxLength:"200" doc:"What follows token= in the link"`
		Password string `json:"password" maxLength:"1024" doc:"A new one; of somebody who has a login already, the present one"`
	}
}) (*none, error) {
	_, err := a.AcceptInvitation(ctx, in.Body.Token, in.Body.Password, origin(ctx))
	return &none{}, err
}

func (a *API) createPasswordLink(ctx context.Context, in *struct {
	Addressed
	StaffID
}) (*linkAnswer, error) {
	link, _, err := a.Auth.CreatePasswordLink(ctx, callerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	address := a.linkTo(in.base, workspace.PasswordLinkPath, link.Token)
	return &linkAnswer{StaffLink{Link: &address, ExpiresAt: timeText(link.ExpiresAt)}}, nil
}

func (a *API) resetTwoFactor(ctx context.Context, in *struct{ StaffID }) (*none, error) {
	return &none{}, a.Auth.ResetTwoFactor(ctx, callerOf(ctx), in.ID)
}

func (a *API) staffSessions(ctx context.Context, in *struct{ StaffID }) (*sessionsAnswer, error) {
	all, err := a.Auth.StaffSessions(ctx, callerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return sessionsOf(ctx, all), nil
}

func (a *API) endStaffSession(ctx context.Context, in *struct {
	StaffID
	Session string `path:"session"`
}) (*none, error) {
	return &none{}, a.Auth.RevokeStaffSession(ctx, callerOf(ctx), in.ID, in.Session)
}
