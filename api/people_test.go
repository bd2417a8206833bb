package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/backtrail/backtrail/client"
)

// token is what a link carries.
func token(t *testing.T, link string) string {
	t.Helper()
	_, token, ok := strings.Cut(link, "?token=")
	if !ok || !strings.HasPrefix(link, "http://127.0.0.1:") {
		t.Fatalf("the link is %q", link)
	}
	return token
}

func TestInvitationByAPI(t *testing.T) {
	h := newHouse(t)
	rec := h.create("staff", client.Fields{"name": "Nadia", "email": "nadia@acme.test", "role": "member", "status": "invited"})
	_, err := h.member.Invite(t.Context(), rec.ID)
	wantCode(t, err, 403, "forbidden")
	link, err := h.admin.Invite(t.Context(), rec.ID)
	must(t, err)
	if days := link.ExpiresAt.Sub(h.clock.now()).Hours() / 24; days < 6.9 || days > 7 || link.SentTo != "" || link.Failure != "" {
		t.Errorf("link is %+v", link)
	}
	if e := h.last("staff.invited"); e.Actor.Type != "api_key" || e.Description != `Invited "Nadia" (nadia@acme.test)` || strings.Contains(e.Description, "token") {
		t.Errorf("event is %+v", e)
	}
	stranger := h.client("")
	wantCode(t, stranger.AcceptInvitation(t.Context(), "nonsense", password), 410, "invitation_void")
	wantCode(t, stranger.AcceptInvitation(t.Context(), token(t, link.Link), "short"), 400, "password_too_short")
	must(t, stranger.AcceptInvitation(t.Context(), token(t, link.Link), password))
	wantCode(t, stranger.AcceptInvitation(t.Context(), token(t, link.Link), password), 410, "invitation_void")
	if e := h.last("staff.joined"); e.Actor.Name != "Nadia" || e.Channel != "api" || e.Context.IP == "" {
		t.Errorf("event is %+v", e)
	}
	h.loggedIn("nadia@acme.test")
	_, err = h.admin.Invite(t.Context(), rec.ID)
	wantCode(t, err, 422, "not_invited")

	late := h.create("staff", client.Fields{"name": "Late", "email": "late@acme.test", "role": "member", "status": "invited"})
	link, err = h.owner.Invite(t.Context(), late.ID)
	must(t, err)
	h.clock.advance(7*24*time.Hour + time.Second)
	wantCode(t, stranger.AcceptInvitation(t.Context(), token(t, link.Link), password), 410, "invitation_void")
	if strings.Contains(h.logs.String(), token(t, link.Link)) {
		t.Error("the server's log has the token")
	}
}

func TestPasswordLinkByAPI(t *testing.T) {
	h := newHouse(t)
	mia := h.hire("Mia", "mia@acme.test", "member")
	link, err := h.admin.PasswordLink(t.Context(), mia.ID)
	must(t, err)
	stranger := h.client("")
	wantCode(t, stranger.ResetPassword(t.Context(), token(t, link.Link), "short"), 400, "password_too_short")
	must(t, stranger.ResetPassword(t.Context(), token(t, link.Link), "another long password"))
	wantCode(t, stranger.ResetPassword(t.Context(), token(t, link.Link), "another long password"), 410, "link_void")
	if e := h.last("password.reset"); e.Actor.Name != "Mia" {
		t.Errorf("event is %+v", e)
	}
	for range 3 {
		must(t, stranger.ForgottenPassword(t.Context(), "mia@acme.test"))
	}
	wantCode(t, stranger.ForgottenPassword(t.Context(), "mia@acme.test"), 429, "too_many_attempts")
	if e := h.last("password.reset_requested"); e.Outcome != "failed" || e.Actor.Type != "unattributed" {
		t.Errorf("event is %+v", e)
	}
}

func TestTwoFactorByAPI(t *testing.T) {
	h := newHouse(t)
	mia := h.hire("Mia", "mia@acme.test", "member")
	c := h.loggedIn("mia@acme.test")
	_, err := c.SetUpTwoFactor(t.Context(), "wrong")
	wantCode(t, err, 400, "wrong_password")
	setup, err := c.SetUpTwoFactor(t.Context(), password)
	must(t, err)
	code := func() string {
		code, err := totp.GenerateCode(setup.Secret, h.clock.now())
		must(t, err)
		return code
	}
	_, err = c.EnableTwoFactor(t.Context(), "12345")
	wantCode(t, err, 400, "wrong_code")
	recovery, err := c.EnableTwoFactor(t.Context(), code())
	must(t, err)
	fresh := h.client("")
	_, err = fresh.Login(t.Context(), "mia@acme.test", password)
	wantCode(t, err, 401, "code_needed")
	_, err = fresh.LoginWithCode(t.Context(), "mia@acme.test", password, code())
	wantCode(t, err, 401, "used_code") // it turned the factor on
	h.clock.advance(time.Minute)
	_, err = fresh.LoginWithCode(t.Context(), "mia@acme.test", password, code())
	must(t, err)
	_, err = h.client("").LoginWithCode(t.Context(), "mia@acme.test", password, recovery[0])
	must(t, err)
	_, err = h.owner.SetUpTwoFactor(t.Context(), password)
	wantCode(t, err, 403, "session_needed")
	wantCode(t, h.admin.ResetTwoFactor(t.Context(), mia.ID), 403, "owner_needed")
	must(t, h.owner.ResetTwoFactor(t.Context(), mia.ID))
	h.loggedIn("mia@acme.test")
}

func TestSessionsByAPI(t *testing.T) {
	h := newHouse(t)
	mia := h.hire("Mia", "mia@acme.test", "member")
	one, two, three := h.loggedIn("mia@acme.test"), h.loggedIn("mia@acme.test"), h.loggedIn("mia@acme.test")
	list, err := one.Sessions(t.Context())
	must(t, err)
	if len(list) != 3 || list[0].Account != string(h.founded.Account.ID) || list[0].IP != "127.0.0.1" {
		t.Errorf("sessions are %+v", list)
	}
	must(t, one.EndOtherSessions(t.Context()))
	for _, c := range []*client.Client{two, three} {
		_, err := c.Session(t.Context())
		wantCode(t, err, 401, "session_ended")
	}
	wantCode(t, one.EndSession(t.Context(), unknownID), 404, "unknown_session")
	list, err = h.admin.StaffSessions(t.Context(), mia.ID)
	must(t, err)
	if len(list) != 1 || list[0].Current {
		t.Errorf("sessions are %+v", list)
	}
	must(t, h.admin.EndStaffSession(t.Context(), mia.ID, list[0].ID))
	_, err = one.Session(t.Context())
	wantCode(t, err, 401, "session_ended")
}

func TestActingByAPI(t *testing.T) {
	h := newHouse(t)
	mia := h.hire("Mia", "mia@acme.test", "member")
	h.hire("Adam", "adam@acme.test", "admin")
	wantCode(t, h.loggedIn("adam@acme.test").ActAs(t.Context(), mia.ID), 403, "owner_needed")
	if e := h.last("access.denied"); e.Actor.Name != "Adam" {
		t.Errorf("event is %+v", e)
	}
	wantCode(t, h.owner.ActAs(t.Context(), mia.ID), 403, "session_needed")
	c := h.loggedIn("owner@acme.test")
	must(t, c.ActAs(t.Context(), mia.ID))
	s, err := c.Session(t.Context())
	must(t, err)
	if s.User.Name != "Olga Owner" || s.ActingAs == nil || s.ActingAs.Name != "Mia" || len(s.Accounts) != 1 || s.Accounts[0].Role != "member" {
		t.Errorf("session is %+v", s)
	}
	_, err = c.Create(t.Context(), "contact", client.Fields{"first_name": "Ida"})
	must(t, err)
	if e := h.last("contact.created"); e.Actor.Name != "Olga Owner" || e.Actor.OnBehalfOf == nil || e.Actor.OnBehalfOf.Name != "Mia" {
		t.Errorf("event is %+v", e.Actor)
	}
	wantCode(t, c.ActAs(t.Context(), mia.ID), 403, "not_while_acting")
	must(t, c.StopActing(t.Context()))
	if e := h.last("impersonation.ended"); e.Actor.OnBehalfOf == nil {
		t.Errorf("event is %+v", e.Actor)
	}
}
