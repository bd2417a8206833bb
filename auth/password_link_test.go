package auth

import (
	"context"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// post is a mail server that keeps what it is given.
type post struct {
	can, trusted bool
	account      audit.AccountID
	sent         []Link
}

func (p *post) Carrier(_ context.Context, account audit.AccountID) (bool, bool, error) {
	p.account = account
	return p.can, p.trusted, nil
}

func (p *post) SendPasswordLink(_ context.Context, _ audit.AccountID, _ Member, link Link) error {
	p.sent = append(p.sent, link)
	return nil
}

func TestForgottenPassword(t *testing.T) {
	w := newWorld(t)
	ana := w.ana()
	in := w.login("ana@one.test")
	w.events(w.one)
	mail := &post{can: true}
	if err := w.RequestPasswordLink(t.Context(), " ANA@one.test", w.from, mail); err != nil {
		t.Fatal(err)
	}
	e := w.wantTypes(w.one, "password.reset_requested")[0]
	if e.Actor.Type != audit.Unattributed || e.Record.ID != ana.ID || e.Context.IP != "192.0.2.7" {
		t.Errorf("event is %+v", e)
	}
	if len(mail.sent) != 1 || mail.account != w.one {
		t.Fatalf("%d mails by %s", len(mail.sent), mail.account)
	}
	token := mail.sent[0].Token
	if email, err := w.PasswordLinkOwner(t.Context(), token); err != nil || email != "ana@one.test" {
		t.Errorf("%q %v", email, err)
	}
	wantCode(t, w.ResetPassword(t.Context(), token, "short", w.from), errs.Invalid, "password_too_short")
	if err := w.ResetPassword(t.Context(), token, "a brand new one", w.from); err != nil {
		t.Fatal(err)
	}
	events := w.wantTypes(w.one, "session.revoked", "password.reset")
	if events[1].Actor.ID != audit.ActorID(ana.ID) || events[0].Cause != events[1].ID {
		t.Errorf("events are %+v", events)
	}
	w.wantNowhere(token, "a brand new one")
	_, err := w.Authenticate(t.Context(), Credentials{Cookie: in.Token, Origin: w.from})
	wantCode(t, err, errs.Unauthenticated, "session_ended")
	wantCode(t, w.ResetPassword(t.Context(), token, "yet another one", w.from), errs.Gone, "link_void") // a second time
	if _, err := w.Login(t.Context(), "ana@one.test", "a brand new one", w.from); err != nil {
		t.Error(err)
	}
}

// The answer is the same whether the email is known or not, and so is the limit.
func TestForgottenPasswordTellsNothing(t *testing.T) {
	w := newWorld(t)
	w.ana()
	w.person("gone@one.test")
	w.staff(w.one, "Gone", "gone@one.test", MemberRole, deactivated)
	mail := &post{can: true}
	for _, email := range []string{"ana@one.test", "nobody@one.test", "gone@one.test"} {
		from := w.from
		from.Context.IP = "" // its own limit is another test
		for range LinkRequests {
			if err := w.RequestPasswordLink(t.Context(), email, from, mail); err != nil {
				t.Errorf("%s: %v", email, err)
			}
		}
		wantCode(t, w.RequestPasswordLink(t.Context(), email, from, mail), errs.TooMany, "too_many_attempts")
	}
	if len(mail.sent) != LinkRequests {
		t.Errorf("%d mails were sent", len(mail.sent))
	}
	wantCode(t, w.RequestPasswordLink(t.Context(), "no address", w.from, mail), errs.Invalid, "invalid_email")
	for i := range IPLinkRequests {
		if err := w.RequestPasswordLink(t.Context(), string(rune('a'+i))+"@x.test", w.from, mail); err != nil {
			t.Fatal(err)
		}
	}
	wantCode(t, w.RequestPasswordLink(t.Context(), "z@x.test", w.from, mail), errs.TooMany, "too_many_attempts")
}

func TestForgottenPasswordWithoutMail(t *testing.T) {
	w := newWorld(t)
	w.ana()
	if err := w.RequestPasswordLink(t.Context(), "ana@one.test", w.from, &post{}); err != nil {
		t.Fatal(err)
	}
	if e := w.wantTypes(w.one, "password.reset_requested")[0]; e.Outcome != audit.Failed {
		t.Errorf("outcome is %s", e.Outcome)
	}
	if n := len(w.memory.rows.links); n > 0 {
		t.Errorf("%d links are kept", n)
	}
}

// Who is in two accounts gets the link by the operator's mail server alone: that of one account would open the other.
func TestForgottenPasswordOfTwoAccounts(t *testing.T) {
	w := newWorld(t)
	w.ana()
	w.staff(w.two, "Ana S.", "ana@one.test", MemberRole, active)
	mail := &post{can: true, trusted: true}
	if err := w.RequestPasswordLink(t.Context(), "ana@one.test", w.from, mail); err != nil {
		t.Fatal(err)
	}
	if mail.account != "" || len(mail.sent) != 1 {
		t.Fatalf("%d sent by %q", len(mail.sent), mail.account)
	}
	if err := w.ResetPassword(t.Context(), mail.sent[0].Token, "a brand new one", w.from); err != nil {
		t.Error(err)
	}
}

func TestPasswordLinkThatIsHandedOver(t *testing.T) {
	w := newWorld(t)
	c := w.cast()
	admin, member := w.identify(c.admin.Token), w.identify(c.memberS.Token)
	_, _, err := w.CreatePasswordLink(t.Context(), member.Caller, c.adam.ID)
	wantCode(t, err, errs.Forbidden, "forbidden")
	_, _, err = w.CreatePasswordLink(t.Context(), admin.Caller, c.olga.ID)
	wantCode(t, err, errs.Forbidden, "owner_needed")
	idle := w.staff(w.one, "Ines", "ines@one.test", MemberRole, invited)
	_, _, err = w.CreatePasswordLink(t.Context(), admin.Caller, idle.ID)
	wantCode(t, err, errs.NotPossible, "not_active")
	w.events(w.one)

	link, _, err := w.CreatePasswordLink(t.Context(), admin.Caller, c.mia.ID)
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := w.CreatePasswordLink(t.Context(), admin.Caller, c.mia.ID)
	if err != nil {
		t.Fatal(err)
	}
	w.wantTypes(w.one, "password.reset_requested", "password.reset_requested")

	// She works in another account as well: neither a new link nor one from before may open it.
	elsewhere := w.staff(w.two, "Mia", "mia@one.test", MemberRole, active)
	_, _, err = w.CreatePasswordLink(t.Context(), admin.Caller, c.mia.ID)
	wantCode(t, err, errs.NotPossible, "other_accounts")
	wantCode(t, w.ResetPassword(t.Context(), link.Token, "a brand new one", w.from), errs.Gone, "link_void")
	w.status(elsewhere.ID, deactivated)

	if err := w.ResetPassword(t.Context(), link.Token, "a brand new one", w.from); err != nil {
		t.Fatal(err)
	}
	if p := w.memory.rows.people["mia@one.test"]; p.VouchedBy != w.one {
		t.Errorf("vouched by %q", p.VouchedBy)
	}
	wantCode(t, w.ResetPassword(t.Context(), second.Token, "yet another one", w.from), errs.Gone, "link_void") // it went with the other
	late, _, err := w.CreatePasswordLink(t.Context(), admin.Caller, c.mia.ID)
	if err != nil {
		t.Fatal(err)
	}
	w.pass(HandedLinkTime)
	wantCode(t, w.ResetPassword(t.Context(), late.Token, "yet another one", w.from), errs.Gone, "link_void")
	w.pass(time.Second)
	if _, err := w.SweepExpired(t.Context()); err != nil || len(w.memory.rows.links) > 0 {
		t.Errorf("%v, %d links are kept", err, len(w.memory.rows.links))
	}
}

// A link opens the account that made it and no other, also when it outlived the person's time there.
func TestPasswordLinkOpensNoOtherAccount(t *testing.T) {
	w := newWorld(t)
	c := w.cast()
	link, _, err := w.CreatePasswordLink(t.Context(), w.identify(c.admin.Token).Caller, c.mia.ID)
	if err != nil {
		t.Fatal(err)
	}
	w.status(c.mia.ID, deactivated)
	w.staff(w.two, "Mia", "mia@one.test", MemberRole, active)
	wantCode(t, w.ResetPassword(t.Context(), link.Token, "a brand new one", w.from), errs.Gone, "link_void")
}
