package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/client"
)

func TestSession(t *testing.T) {
	h := newHouse(t)
	h.hire("Mia Member", "mia@acme.test", "member")
	c := h.client("")
	s, err := c.Login(t.Context(), "Mia@Acme.test", password)
	must(t, err)
	if s.User.Name != "Mia Member" || s.User.Type != "user" || s.User.Email != "mia@acme.test" || len(s.Accounts) != 1 ||
		s.Account != string(h.founded.Account.ID) || s.Accounts[0].Role != "member" || !slices.Equal(s.Accounts[0].Permissions, []string{"records.read", "records.write"}) {
		t.Errorf("login answers %+v", s)
	}
	again, err := c.Session(t.Context())
	must(t, err)
	if again.User != s.User || again.Account != s.Account {
		t.Errorf("whoami answers %+v after %+v", again, s)
	}
	if e := h.last("session.login"); e.Actor.Name != "Mia Member" || e.Channel != "api" || e.Context.IP != "127.0.0.1" || e.Context.Request == "" {
		t.Errorf("the login is logged as %+v", e)
	}
	must(t, c.Logout(t.Context()))
	_, err = c.Session(t.Context())
	wantStatus(t, err, 401)
}

func TestLoginCookie(t *testing.T) {
	h := newHouse(t)
	resp, _ := h.raw(h.client(""), "POST", "/api/v1/session", strings.NewReader(`{"email":"owner@acme.test","password":"`+password+`"}`), nil)
	cookie := resp.Header.Get("Set-Cookie")
	for _, part := range []string{"backtrail_session=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the cookie %q lacks %s", cookie, part)
		}
	}
	if strings.Contains(cookie, "Secure") {
		t.Errorf("the cookie %q is Secure on a plain connection", cookie)
	}
	if got := resp.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control is %q", got)
	}
}

func TestKeySession(t *testing.T) {
	h := newHouse(t)
	s, err := h.member.Session(t.Context())
	must(t, err)
	if s.User.Type != "api_key" || s.User.Name != "Key of member" || s.User.Email != "" || s.Accounts[0].Role != "member" {
		t.Errorf("a key is %+v", s)
	}
	wantCode(t, h.member.Logout(t.Context()), 403, "session_needed")
	wantCode(t, h.member.ChangePassword(t.Context(), password, "another long password"), 403, "session_needed")
}

func TestLoginRefused(t *testing.T) {
	h := newHouse(t)
	c := h.client("")
	_, unknown := c.Login(t.Context(), "nobody@acme.test", password)
	wantCode(t, unknown, 401, "invalid_credentials")
	for range 5 {
		_, err := c.Login(t.Context(), "owner@acme.test", "wrong")
		wantCode(t, err, 401, "invalid_credentials")
	}
	_, err := c.Login(t.Context(), "owner@acme.test", password)
	wantCode(t, err, 429, "too_many_attempts")
	p, _ := err.(*client.Problem)
	if p == nil || p.RetryAfter.Minutes() < 14 || p.RetryAfter.Minutes() > 15 {
		t.Errorf("Retry-After of %v is %v", err, p)
	}
}

func TestChangePassword(t *testing.T) {
	h := newHouse(t)
	c, elsewhere := h.loggedIn("owner@acme.test"), h.loggedIn("owner@acme.test")
	wantCode(t, c.ChangePassword(t.Context(), "wrong", "another long password"), 400, "wrong_password")
	must(t, c.ChangePassword(t.Context(), password, "another long password"))
	_, err := c.Session(t.Context())
	must(t, err)
	_, err = elsewhere.Session(t.Context())
	wantStatus(t, err, 401)
	_, err = h.client("").Login(t.Context(), "owner@acme.test", "another long password")
	must(t, err)
}

func TestAccountHeader(t *testing.T) {
	h := newHouse(t)
	_, err := h.other.Create(t.Context(), "staff", client.Fields{"name": "Olga", "email": "owner@acme.test", "role": "member", "status": "active"})
	must(t, err)
	c := h.loggedIn("owner@acme.test")
	s, err := c.Session(t.Context())
	must(t, err)
	if len(s.Accounts) != 2 {
		t.Fatalf("accounts are %+v", s.Accounts)
	}
	for _, m := range s.Accounts {
		c.Account = m.ID
		in, err := c.Session(t.Context())
		must(t, err)
		if in.Account != m.ID || in.User.ID != m.User {
			t.Errorf("in the account %s the caller is %+v", m.ID, in)
		}
	}
	c.Account = unknownID
	_, err = c.Session(t.Context())
	wantCode(t, err, 404, "unknown_account")
	h.owner.Account = s.Accounts[1].ID
	if h.owner.Account == string(h.founded.Account.ID) {
		h.owner.Account = s.Accounts[0].ID
	}
	_, err = h.owner.Session(t.Context())
	wantCode(t, err, 404, "unknown_account")
}

func TestCrossOriginWrite(t *testing.T) {
	h := newHouse(t)
	c := h.loggedIn("owner@acme.test")
	for name, test := range map[string]struct {
		header http.Header
		key    *client.Client
		status int
	}{
		"a page of another site":         {http.Header{"Sec-Fetch-Site": {"cross-site"}}, c, 403},
		"a page of another origin":       {http.Header{"Origin": {"https://evil.test"}}, c, 403},
		"a page of this origin":          {http.Header{"Sec-Fetch-Site": {"same-origin"}}, c, 201},
		"a program":                      {nil, c, 201},
		"a key, from wherever it may be": {http.Header{"Sec-Fetch-Site": {"cross-site"}}, h.owner, 201},
	} {
		resp, p := h.raw(test.key, "POST", "/api/v1/records/contact", strings.NewReader(`{"fields":{"first_name":"X"}}`), test.header)
		if resp.StatusCode != test.status {
			t.Errorf("%s: %d %s, want %d", name, resp.StatusCode, p.Code, test.status)
		}
	}
}

func TestAccountSettings(t *testing.T) {
	h := newHouse(t)
	days := 30
	a, err := h.owner.UpdateAccount(t.Context(), client.AccountUpdate{RestoreWindowDays: &days})
	must(t, err)
	if a.RestoreWindowDays != 30 || a.Timezone != "Europe/Lisbon" || a.Name != "Acme" {
		t.Errorf("the settings are %+v", a)
	}
	read, err := h.member.AccountSettings(t.Context())
	must(t, err)
	if read != a {
		t.Errorf("read %+v, wrote %+v", read, a)
	}
	if e := h.last("account.updated"); len(e.Changes) != 1 || e.Changes[0].Field != "restore_window_days" {
		t.Errorf("logged as %+v", e)
	}
	nowhere, none := "Nowhere/City", -1
	_, err = h.owner.UpdateAccount(t.Context(), client.AccountUpdate{Timezone: &nowhere, RestoreWindowDays: &none})
	wantCode(t, err, 400, "invalid_fields")
	if p := err.(*client.Problem); len(p.Fields) != 2 || p.Fields[0].Field != "timezone" {
		t.Errorf("the mistakes are %+v", p.Fields)
	}
}
