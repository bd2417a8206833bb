package auth

import (
	"sync"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

func TestAuthenticateSession(t *testing.T) {
	w := newWorld(t)
	ana := w.ana()
	second := w.staff(w.two, "Ana S.", "ana@one.test", MemberRole, active)
	in := w.login("ana@one.test")
	show := func(account audit.AccountID) (Identity, error) {
		return w.Authenticate(t.Context(), Credentials{Cookie: in.Token, Account: account, Origin: w.from})
	}
	id := w.identify(in.Token)
	if id.Account.ID != w.one || id.Member.ID != ana.ID || !id.Caller.May(audit.AuditRead) || id.Caller.Context.Session != in.Session.ID {
		t.Errorf("identity is %+v", id)
	}
	id, err := show(w.two)
	if err != nil || id.Account.ID != w.two || id.Caller.Actor.ID != audit.ActorID(second.ID) || id.Caller.May(audit.AuditRead) {
		t.Errorf("in the second account: %+v, %v", id, err)
	}
	_, err = show("0190a000-0000-7000-8000-000000000000")
	wantCode(t, err, errs.NotFound, "unknown_account")

	if err := w.SwitchAccount(t.Context(), id, w.two); err != nil {
		t.Fatal(err)
	}
	if id := w.identify(in.Token); id.Account.ID != w.two {
		t.Errorf("the pages still show %s", id.Account.ID)
	}
	wantCode(t, w.SwitchAccount(t.Context(), id, "elsewhere"), errs.NotFound, "unknown_account")

	w.status(second.ID, deactivated)
	_, err = show(w.two)
	wantCode(t, err, errs.NotFound, "unknown_account")
	if id := w.identify(in.Token); id.Account.ID != w.one {
		t.Errorf("the session of a left account shows %s", id.Account.ID)
	}
	w.status(ana.ID, deactivated)
	_, err = show("")
	wantCode(t, err, errs.Unauthenticated, "session_ended")
}

func TestAuthenticateNothing(t *testing.T) {
	w := newWorld(t)
	_, err := w.Authenticate(t.Context(), Credentials{})
	wantCode(t, err, errs.Unauthenticated, "unauthenticated")
	_, err = w.Authenticate(t.Context(), Credentials{Cookie: "nonsense"})
	wantCode(t, err, errs.Unauthenticated, "session_ended")
}

func TestSessionExpires(t *testing.T) {
	for _, tt := range []struct {
		name  string
		use   time.Duration // between two uses
		uses  int
		after time.Duration // then this long without
		alive bool
	}{
		{"idle a little", 0, 0, IdleExpiry - time.Second, true},
		{"idle too long", 0, 0, IdleExpiry, false},
		{"use keeps it", 11 * time.Hour, 5, IdleExpiry - time.Second, true},
		{"not beyond 30 days", 11 * time.Hour, 65, 5 * time.Hour, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.ana()
			in := w.login("ana@one.test")
			w.events(w.one)
			for range tt.uses {
				w.pass(tt.use)
				w.identify(in.Token)
			}
			w.pass(tt.after)
			_, err := w.Authenticate(t.Context(), Credentials{Cookie: in.Token, Origin: w.from})
			if tt.alive {
				if err != nil {
					t.Fatal(err)
				}
				w.wantTypes(w.one)
				return
			}
			wantCode(t, err, errs.Unauthenticated, "session_ended")
			e := w.wantTypes(w.one, "session.expired")[0]
			if e.Actor.Type != audit.System || e.Record.ID != audit.RecordID(in.Session.ID) {
				t.Errorf("event is %+v", e)
			}
			if n, err := w.SweepExpired(t.Context()); n != 0 || err != nil {
				t.Errorf("a session expired twice: %d, %v", n, err)
			}
		})
	}
}

func TestSessionExpiresOnceInParallel(t *testing.T) {
	w := newWorld(t)
	w.ana()
	in := w.login("ana@one.test")
	w.events(w.one)
	w.pass(IdleExpiry + time.Second)
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() { w.Authenticate(t.Context(), Credentials{Cookie: in.Token}) })
		group.Go(func() { w.SweepExpired(t.Context()) })
	}
	group.Wait()
	w.wantTypes(w.one, "session.expired")
}

func TestSweepExpired(t *testing.T) {
	w := newWorld(t)
	w.ana()
	for range 2*sweepBatch + 1 {
		w.login("ana@one.test")
	}
	w.pass(time.Hour)
	kept := w.login("ana@one.test")
	w.pass(IdleExpiry - time.Minute)
	if n, err := w.SweepExpired(t.Context()); n != 2*sweepBatch+1 || err != nil {
		t.Fatalf("swept %d, %v", n, err)
	}
	w.identify(kept.Token)
}

func TestLastSeenIsWrittenOnceAMinute(t *testing.T) {
	w := newWorld(t)
	w.ana()
	in := w.login("ana@one.test")
	before := w.memory.writes
	for range 120 {
		w.pass(time.Second)
		w.identify(in.Token)
	}
	if n := w.memory.writes - before; n != 2 {
		t.Errorf("%d writes in two minutes, want 2", n)
	}
}

// Noting the last use works on the session as it is now: it must not bring back one that has just ended.
func TestUseDoesNotReviveASession(t *testing.T) {
	w := newWorld(t)
	w.ana()
	in := w.login("ana@one.test")
	id := w.identify(in.Token)
	w.pass(2 * time.Minute)
	if err := w.Logout(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	_, err := w.touchSession(t.Context(), *id.Session)
	wantCode(t, err, errs.Unauthenticated, "session_ended")
	wantCode(t, w.RecordViewed(t.Context(), id), errs.Unauthenticated, "session_ended")
	if len(w.memory.rows.sessions) != 0 {
		t.Error("the session is back")
	}
}

// Expiring works on the session as it is now, too: one that came into use again in the meantime stays.
func TestExpiryLeavesASessionInUse(t *testing.T) {
	w := newWorld(t)
	w.ana()
	in := w.login("ana@one.test")
	w.events(w.one)
	w.pass(IdleExpiry - time.Minute)
	w.identify(in.Token)
	w.pass(2 * time.Minute)
	if ended, err := w.expire(t.Context(), in.Session); ended || err != nil {
		t.Errorf("ended %t, %v", ended, err)
	}
	w.identify(in.Token)
	w.wantTypes(w.one)
}

func TestLogout(t *testing.T) {
	w := newWorld(t)
	w.ana()
	id := w.identify(w.login("ana@one.test").Token)
	for range 2 { // the second has nothing to do
		if err := w.Logout(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	w.wantTypes(w.one, "session.login", "session.logout")
}
