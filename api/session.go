package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
)

// User is who calls: a person, as their staff record in the account has them, or an API key.
type User struct {
	Type  audit.ActorType `json:"type" enum:"user,api_key"`
	ID    audit.ActorID   `json:"id" doc:"Of the staff record or of the key; it is the actor's id in the log"`
	Name  string          `json:"name"`
	Email *string         `json:"email" doc:"null for a key"`
}

// Membership is an account that the caller may work in.
type Membership struct {
	ID          audit.AccountID    `json:"id"`
	Name        string             `json:"name"`
	Timezone    string             `json:"timezone" doc:"IANA name" example:"Europe/Lisbon"`
	User        audit.ActorID      `json:"user" doc:"The caller's id in this account"`
	Role        string             `json:"role" enum:"owner,admin,member,agency"`
	Permissions []audit.Permission `json:"permissions"`
}

// Session is who calls and where they may work.
type Session struct {
	User     User            `json:"user"`
	Account  audit.AccountID `json:"account" doc:"The account that this request was in"`
	Accounts []Membership    `json:"accounts"`
	ActingAs actingOrNull    `json:"acting_as"`
}

type sessionAnswer struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      Session
}

type loginBody struct {
	Email    string `json:"email" maxLength:"320" example:"owner@demo.test"`
	Password string `json:"password" maxLength:"1024"`
	Code     string `json:"code,omitempty" maxLength:"64" doc:"Of somebody with a second factor: the six digits of their app, or a recovery code"`
}

// Secured carries whether the request came by TLS.
type Secured struct{ tls bool }

// Resolve implements huma.Resolver. The server marks a request that a trusted proxy took by TLS in its address.
func (s *Secured) Resolve(ctx huma.Context) []error {
	r, _ := humago.Unwrap(ctx)
	s.tls = r.TLS != nil || r.URL.Scheme == "https"
	return nil
}

func (s *Secured) cookie(token string, age int) []http.Cookie {
	return []http.Cookie{{Name: SessionCookie, Value: token, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.tls}}
}

func (a *API) login(ctx context.Context, in *struct {
	Secured
	Body loginBody
}) (*sessionAnswer, error) {
	got, err := a.Auth.LoginWithCode(ctx, in.Body.Email, in.Body.Password, in.Body.Code, origin(ctx))
	if err != nil {
		return nil, err
	}
	accounts, err := a.memberships(ctx, got.Memberships)
	if err != nil {
		return nil, err
	}
	m := got.Memberships[max(0, slices.IndexFunc(got.Memberships, func(m auth.Member) bool { return m.Account == got.Session.Account }))]
	return &sessionAnswer{in.cookie(got.Token, int(auth.MaxLifetime.Seconds())), Session{User: userOf(m), Account: m.Account, Accounts: accounts}}, nil
}

func (a *API) whoami(ctx context.Context, _ *none) (*sessionAnswer, error) {
	id := identityOf(ctx)
	if id.Key == nil {
		accounts, err := a.memberships(ctx, id.Memberships)
		out := Session{User: userOf(id.Member), Account: id.Account.ID, Accounts: accounts}
		if id.Acting != nil {
			out.User, out.ActingAs = userOf(id.Self), actingOf(id.Acting)
		}
		return &sessionAnswer{Body: out}, err
	}
	key := audit.ActorID(id.Key.ID)
	return &sessionAnswer{Body: Session{User: User{Type: audit.APIKey, ID: key, Name: id.Key.Name}, Account: id.Account.ID,
		Accounts: []Membership{membershipOf(id.Account, key, id.Key.Role, id.Caller.Permissions)}}}, nil
}

func userOf(m auth.Member) User {
	return User{Type: audit.User, ID: audit.ActorID(m.ID), Name: m.Name, Email: &m.Email}
}

func membershipOf(a auth.Account, user audit.ActorID, role string, may map[audit.Permission]bool) Membership {
	m := Membership{ID: a.ID, Name: a.Name, Timezone: a.Timezone, User: user, Role: role, Permissions: []audit.Permission{}}
	for _, p := range audit.Permissions {
		if may[p] {
			m.Permissions = append(m.Permissions, p)
		}
	}
	return m
}

func (a *API) memberships(ctx context.Context, members []auth.Member) ([]Membership, error) {
	places, err := a.Auth.Places(ctx, members)
	out := make([]Membership, len(places))
	for i, p := range places {
		out[i] = placeOf(p)
	}
	return out, err
}

func placeOf(p auth.Place) Membership {
	return membershipOf(p.Account, audit.ActorID(p.Member.ID), p.Member.Role, p.May)
}

type loggedOut struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
}

func (a *API) logout(ctx context.Context, in *struct{ Secured }) (*loggedOut, error) {
	if err := a.Auth.Logout(ctx, identityOf(ctx)); err != nil {
		return nil, err
	}
	return &loggedOut{in.cookie("", -1)}, nil
}

type passwordBody struct {
	Current string `json:"current" maxLength:"1024"`
	New     string `json:"new" maxLength:"1024"`
}

func (a *API) changePassword(ctx context.Context, in *struct{ Body passwordBody }) (*none, error) {
	return &none{}, a.Auth.ChangePassword(ctx, identityOf(ctx), in.Body.Current, in.Body.New)
}
