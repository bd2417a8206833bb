package auth

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// A login begins at home. Another account that added the email learns of the person when they enter it, not before.
func TestLoginIsToldToTheHomeAlone(t *testing.T) {
	w := newWorld(t)
	ana := w.ana()
	w.staff(w.two, "Ana S.", "ana@one.test", MemberRole, active)
	if _, err := w.Login(t.Context(), "ana@one.test", "not this one", w.from); err == nil {
		t.Fatal("a wrong password is taken")
	}
	w.wantTypes(w.one, "session.login_failed")
	in, err := w.Login(t.Context(), "  Ana@One.test ", goodPassword, w.from)
	if err != nil {
		t.Fatal(err)
	}
	if len(in.Memberships) != 2 || in.Session.Account != w.one {
		t.Errorf("memberships %v, session's account %s", in.Memberships, in.Session.Account)
	}
	e := w.wantTypes(w.one, "session.login")[0]
	if e.Actor != (audit.Actor{Type: audit.User, ID: audit.ActorID(ana.ID), Name: "Ana Silva", Email: "ana@one.test"}) ||
		e.Channel != audit.Web || e.Context != (audit.Context{IP: "192.0.2.7", UserAgent: "Test", Session: in.Session.ID, Request: "r1"}) ||
		e.Record.ID != audit.RecordID(in.Session.ID) || e.Description != "Ana Silva" {
		t.Errorf("event is %+v", e)
	}
	if events := w.events(w.two); len(events) > 0 {
		t.Errorf("the other account knows %s of her", events[0].Type)
	}
	id, err := w.Authenticate(t.Context(), Credentials{Cookie: in.Token, Origin: w.from})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time changes nothing
		if err := w.SwitchAccount(t.Context(), id, w.two); err != nil {
			t.Fatal(err)
		}
	}
	if e := w.wantTypes(w.two, "session.login")[0]; e.Actor.Name != "Ana S." {
		t.Errorf("actor in the second account is %+v", e.Actor)
	}
	w.wantNowhere(goodPassword, in.Token)
}

func TestLoginFailures(t *testing.T) {
	for _, tt := range []struct {
		name, status, password, reason string
		person                         bool
	}{
		{"wrong password", active, "not this one", "wrong_password", true},
		{"empty password", active, "", "wrong_password", true},
		{"huge password", active, string(make([]byte, 1<<20)), "wrong_password", true},
		{"deactivated", deactivated, goodPassword, "deactivated", true},
		{"deactivated and wrong", deactivated, "not this one", "wrong_password", true},
		{"invited", invited, goodPassword, "invited", true},
		{"never had a password", active, goodPassword, "wrong_password", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			if tt.person {
				w.person("ana@one.test")
			}
			ana := w.staff(w.one, "Ana Silva", "ana@one.test", Owner, tt.status)
			_, err := w.Login(t.Context(), "ana@one.test", tt.password, w.from)
			wantCode(t, err, errs.Unauthenticated, "invalid_credentials")
			e := w.wantTypes(w.one, "session.login_failed")[0]
			if e.Outcome != audit.Failed || e.Actor.ID != audit.ActorID(ana.ID) || e.Record.ID != ana.ID || e.Changes[0].After.Text() != tt.reason {
				t.Errorf("event is %+v, want reason %s", e, tt.reason)
			}
			if len(w.events(w.two)) > 0 {
				t.Error("another account has an event")
			}
			if tt.password != "" {
				w.wantNowhere(tt.password)
			}
		})
	}
}

// What somebody who does not know the password sees must be the same for every email, and so must the work.
func TestLoginDoesNotTellWhoIsKnown(t *testing.T) {
	w := newWorld(t)
	w.ana()
	checks := 0
	check := w.hasher.check
	w.hasher.check = func(password, hash string) (bool, *argon2id.Params, error) {
		checks++
		right, params, err := check(password, hash)
		if err != nil || *params != cheap {
			t.Errorf("checked against %q: %v", hash, err)
		}
		return right, params, err
	}
	var known, unknown []string
	for range EmailAttempts + 2 {
		for email, answers := range map[string]*[]string{"ana@one.test": &known, "nobody@one.test": &unknown} {
			writes := w.memory.writes
			from := w.from
			from.Context.IP = ""
			_, err := w.Login(t.Context(), email, "wrong password", from)
			shown := errs.Of(err)
			*answers = append(*answers, string(shown.Kind)+shown.Code+shown.Detail+shown.Fix)
			if got := w.memory.writes - writes; got != 2 {
				t.Errorf("%s: %d transactions, want 2", email, got)
			}
		}
	}
	if !slices.Equal(known, unknown) {
		t.Errorf("known\n%q\nunknown\n%q", known, unknown)
	}
	for _, e := range slices.Concat(w.events(w.one), w.events(w.two)) {
		if e.Actor.Email != "ana@one.test" {
			t.Errorf("an event for an unknown email: %+v", e)
		}
	}
	if checks != 2*EmailAttempts {
		t.Errorf("%d hashes were worked out, want %d: as many for the unknown email as for the known one", checks, 2*EmailAttempts)
	}
}

func TestLoginLimits(t *testing.T) {
	w := newWorld(t)
	w.ana()
	wrong := func() error { _, err := w.Login(t.Context(), "ana@one.test", "wrong password", w.from); return err }
	for range EmailAttempts - 1 {
		wantCode(t, wrong(), errs.Unauthenticated, "invalid_credentials")
	}
	w.login("ana@one.test") // empties the counter
	for range EmailAttempts {
		wantCode(t, wrong(), errs.Unauthenticated, "invalid_credentials")
	}
	w.events(w.one)

	w.pass(5 * time.Minute)
	_, err := w.Login(t.Context(), "ana@one.test", goodPassword, w.from)
	wantCode(t, err, errs.TooMany, "too_many_attempts")
	if RetryAfter(err) != 10*time.Minute || errs.Of(err).Fix != "Try again in 10 minutes." {
		t.Errorf("retry after %s, fix %q", RetryAfter(err), errs.Of(err).Fix)
	}
	if e := w.wantTypes(w.one, "session.login_failed")[0]; e.Changes[0].After.Text() != "too_many_attempts" {
		t.Errorf("event is %+v", e)
	}
	for range 3 * recordedBeyond { // a flood is not written down whole
		wantCode(t, wrong(), errs.TooMany, "too_many_attempts")
	}
	if n := len(w.events(w.one)); n != recordedBeyond-1 {
		t.Errorf("%d more refused attempts are recorded, want %d", n, recordedBeyond-1)
	}
	w.pass(10 * time.Minute)
	w.login("ana@one.test")
}

func TestLoginLimitByAddress(t *testing.T) {
	w := newWorld(t)
	w.ana()
	guess := func(email, ip string) error {
		from := w.from
		from.Context.IP = ip
		_, err := w.Login(t.Context(), email, "wrong password", from)
		return err
	}
	for i := range IPAttempts {
		wantCode(t, guess("nobody"+string(rune('a'+i))+"@one.test", "2001:db8::1"), errs.Unauthenticated, "invalid_credentials")
	}
	// Another address of the same network; the email's own counter is spared, so that Ana can log in from elsewhere.
	for range EmailAttempts + 1 {
		wantCode(t, guess("ana@one.test", "2001:db8::ffff"), errs.TooMany, "too_many_attempts")
	}
	w.login("ana@one.test")
	wantCode(t, guess("x@one.test", "2001:db8:0:1::1"), errs.Unauthenticated, "invalid_credentials")
	// One's own right password does not give back guesses at others.
	w2 := newWorld(t)
	w2.ana()
	for i := range IPAttempts - 1 {
		from := w2.from
		w2.Login(t.Context(), string(rune('a'+i))+"@one.test", "wrong password", from)
	}
	w2.login("ana@one.test")
	if a := w2.memory.rows.attempts["ip:192.0.2.7"]; a.Failures != IPAttempts-1 {
		t.Errorf("the address has %d failures after a login, want %d", a.Failures, IPAttempts-1)
	}
}

func TestLoginParallelGuesses(t *testing.T) {
	w := newWorld(t)
	w.ana()
	var looked, refused atomic.Int32
	var group sync.WaitGroup
	for range 40 {
		group.Go(func() {
			switch _, err := w.Login(t.Context(), "ana@one.test", "wrong password", w.from); errs.Code(err) {
			case "invalid_credentials":
				looked.Add(1)
			case "too_many_attempts":
				refused.Add(1)
			default:
				t.Errorf("unexpected: %v", err)
			}
		})
	}
	group.Wait()
	if looked.Load() != EmailAttempts || refused.Load() != 40-EmailAttempts {
		t.Errorf("%d guesses were looked at and %d refused, want %d and %d", looked.Load(), refused.Load(), EmailAttempts, 40-EmailAttempts)
	}
}

func TestLoginBadEmails(t *testing.T) {
	w := newWorld(t)
	w.staff(w.one, "Ghost", "", Owner, active)
	for _, email := range []string{"", "ana", "@", "a\x00@b.test", "\xff@b.test", string(make([]byte, 1<<20))} {
		_, err := w.Login(t.Context(), email, goodPassword, w.from)
		wantCode(t, err, errs.Unauthenticated, "invalid_credentials")
	}
	w.wantTypes(w.one)
}

func TestLoginRenewsAnOutdatedHash(t *testing.T) {
	w := newWorld(t)
	w.ana()
	w.hasher.params.Iterations = 2
	before := w.memory.rows.people["ana@one.test"].PasswordHash
	w.login("ana@one.test")
	after := w.memory.rows.people["ana@one.test"].PasswordHash
	if after == before {
		t.Fatal("the hash is the old one")
	}
	w.login("ana@one.test")
	if again := w.memory.rows.people["ana@one.test"].PasswordHash; again != after {
		t.Error("a hash of today was renewed")
	}
}
