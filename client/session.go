package client

import (
	"context"
	"net/http"
	"time"
)

// User is who calls: a person or an API key.
type User struct {
	Type  string `json:"type"` // user or api_key
	ID    string `json:"id"`   // the actor's id in the log
	Name  string `json:"name"`
	Email string `json:"email"` // "" for a key
}

// Membership is an account that the caller may work in.
type Membership struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Timezone    string   `json:"timezone"`
	User        string   `json:"user"` // the caller's id in this account
	Role        string   `json:"role"`
	Permissions []string `json:"permissions"`
}

// Session is who calls and where they may work.
type Session struct {
	User     User         `json:"user"`
	Account  string       `json:"account"`
	Accounts []Membership `json:"accounts"`
	ActingAs *ActingAs    `json:"acting_as"` // nil unless the caller works as somebody else
}

// Login starts a session, which the client keeps as a cookie. invalid_credentials, too_many_attempts (see
// Problem.RetryAfter).
func (c *Client) Login(ctx context.Context, email, password string) (Session, error) {
	var s Session
	err := c.post(ctx, map[string]string{"email": email, "password": password}, &s, "session")
	return s, err
}

// Session tells who calls.
func (c *Client) Session(ctx context.Context) (Session, error) {
	var s Session
	err := c.get(ctx, nil, &s, "session")
	return s, err
}

// Logout ends the session.
func (c *Client) Logout(ctx context.Context) error {
	return c.call(ctx, request{method: http.MethodDelete, path: []string{"session"}}, nil)
}

// ChangePassword gives the caller a new password and ends their other sessions. wrong_password names the field current.
func (c *Client) ChangePassword(ctx context.Context, current, next string) error {
	return c.post(ctx, map[string]string{"current": current, "new": next}, nil, "session", "password")
}

// Account is the settings of an account.
type Account struct {
	ID                string    `json:"id"`
	Name              string    `json:"name"`
	Timezone          string    `json:"timezone"` // IANA name
	RestoreWindowDays int       `json:"restore_window_days"`
	RetentionDays     int       `json:"retention_days"` // 0 keeps the log for good
	ExportExpiryDays  int       `json:"export_expiry_days"`
	CreatedAt         time.Time `json:"created_at"`
}

// AccountUpdate is what to change; nil leaves a setting as it is.
type AccountUpdate struct {
	Name              *string `json:"name,omitempty"`
	Timezone          *string `json:"timezone,omitempty"`
	RestoreWindowDays *int    `json:"restore_window_days,omitempty"`
	RetentionDays     *int    `json:"retention_days,omitempty"`
	ExportExpiryDays  *int    `json:"export_expiry_days,omitempty"`
}

// AccountSettings reads the settings of the account.
func (c *Client) AccountSettings(ctx context.Context) (Account, error) {
	var a Account
	err := c.get(ctx, nil, &a, "account")
	return a, err
}

// UpdateAccount changes settings of the account; it needs settings.manage.
func (c *Client) UpdateAccount(ctx context.Context, u AccountUpdate) (Account, error) {
	var a Account
	err := c.call(ctx, request{method: http.MethodPatch, path: []string{"account"}, body: u}, &a)
	return a, err
}
