package client

import (
	"context"
	"net/http"
	"time"
)

// OpenSession is a session as lists show it.
type OpenSession struct {
	ID         string    `json:"id"`
	Current    bool      `json:"current"`
	Account    string    `json:"account"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at"`
	ExpiresAt  time.Time `json:"expires_at"`
	IP         string    `json:"ip"`
	UserAgent  string    `json:"user_agent"`
	ActingAs   *ActingAs `json:"acting_as"`
}

// ActingAs is as whom a session works.
type ActingAs struct {
	ID    string    `json:"id"`
	Name  string    `json:"name"`
	Until time.Time `json:"until"`
}

// StaffLink is a link that lets somebody in, once: Link is shown this once, or it was sent to SentTo.
type StaffLink struct {
	Link      string    `json:"link"`
	SentTo    string    `json:"sent_to"`
	Failure   string    `json:"failure"`
	ExpiresAt time.Time `json:"expires_at"`
}

// TwoFactorSetup is the secret of a second factor, in base32 and as an otpauth address.
type TwoFactorSetup struct {
	Secret  string `json:"secret"`
	Address string `json:"address"`
}

// LoginWithCode is Login for somebody with a second factor. code_needed, wrong_code, used_code.
func (c *Client) LoginWithCode(ctx context.Context, email, password, code string) (Session, error) {
	var s Session
	err := c.post(ctx, map[string]string{"email": email, "password": password, "code": code}, &s, "session")
	return s, err
}

// Sessions lists the caller's sessions, the last used first.
func (c *Client) Sessions(ctx context.Context) ([]OpenSession, error) {
	return c.sessions(ctx, "sessions")
}

// StaffSessions lists the sessions that a staff member has open in the account.
func (c *Client) StaffSessions(ctx context.Context, staff string) ([]OpenSession, error) {
	return c.sessions(ctx, "staff", staff, "sessions")
}

func (c *Client) sessions(ctx context.Context, path ...string) ([]OpenSession, error) {
	var out struct {
		Sessions []OpenSession `json:"sessions"`
	}
	err := c.get(ctx, nil, &out, path...)
	return out.Sessions, err
}

// EndSession ends one of the caller's sessions.
func (c *Client) EndSession(ctx context.Context, id string) error {
	return c.delete(ctx, "sessions", id)
}

// EndOtherSessions ends all sessions of the caller but this one.
func (c *Client) EndOtherSessions(ctx context.Context) error {
	return c.call(ctx, request{method: http.MethodDelete, path: []string{"sessions"}}, &struct{}{})
}

// EndStaffSession ends a session of a staff member.
func (c *Client) EndStaffSession(ctx context.Context, staff, session string) error {
	return c.delete(ctx, "staff", staff, "sessions", session)
}

func (c *Client) delete(ctx context.Context, path ...string) error {
	return c.call(ctx, request{method: http.MethodDelete, path: path}, nil)
}

// Invite makes the link by which a staff member with the status invited comes in.
func (c *Client) Invite(ctx context.Context, staff string) (StaffLink, error) {
	var l StaffLink
	err := c.post(ctx, nil, &l, "staff", staff, "invitation")
	return l, err
}

// AcceptInvitation accepts an invitation by its token, with a new password or the present one. invitation_void.
func (c *Client) AcceptInvitation(ctx context.Context, token, password string) error {
	return c.post(ctx, map[string]string{"token": token, "password": password}, nil, "invitation")
}

// PasswordLink makes a link to a new password for a staff member.
func (c *Client) PasswordLink(ctx context.Context, staff string) (StaffLink, error) {
	var l StaffLink
	err := c.post(ctx, nil, &l, "staff", staff, "password-link")
	return l, err
}

// ResetPassword chooses a new password by the token of a link. link_void.
func (c *Client) ResetPassword(ctx context.Context, token, password string) error {
	return c.post(ctx, map[string]string{"token": token, "new": password}, nil, "session", "password", "reset")
}

// ForgottenPassword asks for a link to a new password by email. It answers the same for every email.
func (c *Client) ForgottenPassword(ctx context.Context, email string) error {
	return c.post(ctx, map[string]string{"email": email}, nil, "session", "password", "forgotten")
}

// SetUpTwoFactor makes the secret of a second factor for the caller.
func (c *Client) SetUpTwoFactor(ctx context.Context, password string) (TwoFactorSetup, error) {
	var s TwoFactorSetup
	err := c.post(ctx, map[string]string{"password": password}, &s, "session", "two-factor")
	return s, err
}

// EnableTwoFactor turns on the second factor that was set up and returns the recovery codes.
func (c *Client) EnableTwoFactor(ctx context.Context, code string) ([]string, error) {
	var out struct {
		RecoveryCodes []string `json:"recovery_codes"`
	}
	err := c.call(ctx, request{method: http.MethodPut, path: []string{"session", "two-factor"}, body: map[string]string{"code": code}}, &out)
	return out.RecoveryCodes, err
}

// DisableTwoFactor turns off the caller's second factor.
func (c *Client) DisableTwoFactor(ctx context.Context, password string) error {
	return c.post(ctx, map[string]string{"password": password}, nil, "session", "two-factor", "off")
}

// ResetTwoFactor takes the second factor from a staff member.
func (c *Client) ResetTwoFactor(ctx context.Context, staff string) error {
	return c.delete(ctx, "staff", staff, "two-factor")
}

// ActAs works as another staff member from now on.
func (c *Client) ActAs(ctx context.Context, staff string) error {
	return c.post(ctx, map[string]string{"staff": staff}, nil, "session", "acting")
}

// StopActing makes the caller themselves again.
func (c *Client) StopActing(ctx context.Context) error { return c.delete(ctx, "session", "acting") }
