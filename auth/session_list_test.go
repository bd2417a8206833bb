package auth

import (
	"testing"
	"time"

	"github.com/backtrail/backtrail/errs"
)

func TestSessionsAreListedAndEnded(t *testing.T) {
	w := newWorld(t)
	w.ana()
	first := w.login("ana@one.test")
	w.pass(time.Minute)
	second := w.login("ana@one.test")
	w.pass(time.Minute)
	third := w.login("ana@one.test")
	id := w.identify(third.Token)
	w.events(w.one)
	sessions, err := w.OwnSessions(t.Context(), id)
	if err != nil || len(sessions) != 3 || sessions[0].ID != third.Session.ID {
		t.Fatalf("%v %+v", err, sessions)
	}
	if err := w.RevokeSession(t.Context(), id, first.Session.ID); err != nil {
		t.Fatal(err)
	}
	if e := w.wantTypes(w.one, "session.revoked")[0]; e.Actor.Name != "Ana Silva" || e.Record.ID != "" && string(e.Record.ID) != first.Session.ID {
		t.Errorf("event is %+v", e)
	}
	_, err = w.Authenticate(t.Context(), Credentials{Cookie: first.Token, Origin: w.from})
	wantCode(t, err, errs.Unauthenticated, "session_ended")
	wantCode(t, w.RevokeSession(t.Context(), id, first.Session.ID), errs.NotFound, "unknown_session")
	if n, err := w.RevokeOtherSessions(t.Context(), id); err != nil || n != 1 {
		t.Fatalf("%d %v", n, err)
	}
	w.identify(third.Token)
	_, err = w.Authenticate(t.Context(), Credentials{Cookie: second.Token, Origin: w.from})
	wantCode(t, err, errs.Unauthenticated, "session_ended")

	w.person("bob@two.test")
	w.staff(w.two, "Bob", "bob@two.test", Owner, active)
	bob := w.login("bob@two.test")
	wantCode(t, w.RevokeSession(t.Context(), id, bob.Session.ID), errs.NotFound, "unknown_session")
}

// A session that is ended while it is used: what was under way with it is refused, and it does not come back.
func TestSessionIsRevokedWhileItIsUsed(t *testing.T) {
	w := newWorld(t)
	w.ana()
	used, other := w.login("ana@one.test"), w.login("ana@one.test")
	w.pass(2 * touchEvery)
	session, _, err := w.liveSession(t.Context(), used.Token) // a request has begun
	if err != nil {
		t.Fatal(err)
	}
	before := w.identify(used.Token)
	if err := w.RevokeSession(t.Context(), w.identify(other.Token), used.Session.ID); err != nil {
		t.Fatal(err)
	}
	w.pass(2 * touchEvery)
	_, err = w.touchSession(t.Context(), session)
	wantCode(t, err, errs.Unauthenticated, "session_ended")
	wantCode(t, w.RecordViewed(t.Context(), before), errs.Unauthenticated, "session_ended")
	_, err = w.RevokeOtherSessions(t.Context(), before)
	wantCode(t, err, errs.Unauthenticated, "session_ended")
	wantCode(t, w.ChangePassword(t.Context(), before, goodPassword, "another password"), errs.Unauthenticated, "session_ended")
	_, err = w.Authenticate(t.Context(), Credentials{Cookie: used.Token, Origin: w.from})
	wantCode(t, err, errs.Unauthenticated, "session_ended")
}

func TestStaffSessions(t *testing.T) {
	w := newWorld(t)
	c := w.cast()
	admin, owner, member := w.identify(c.admin.Token), w.identify(c.owner.Token), w.identify(c.memberS.Token)
	sessions, err := w.StaffSessions(t.Context(), admin.Caller, c.mia.ID)
	if err != nil || len(sessions) != 1 {
		t.Fatalf("%v %+v", err, sessions)
	}
	_, err = w.StaffSessions(t.Context(), member.Caller, c.adam.ID)
	wantCode(t, err, errs.Forbidden, "forbidden")
	wantCode(t, w.RevokeStaffSession(t.Context(), member.Caller, c.adam.ID, c.admin.Session.ID), errs.Forbidden, "forbidden")
	wantCode(t, w.RevokeStaffSession(t.Context(), admin.Caller, c.olga.ID, c.owner.Session.ID), errs.Forbidden, "owner_needed")
	wantCode(t, w.RevokeStaffSession(t.Context(), admin.Caller, c.mia.ID, c.owner.Session.ID), errs.NotFound, "unknown_session")

	// What she has open in another account is not this one's to see.
	w.staff(w.two, "Mia", "mia@one.test", MemberRole, active)
	if err := w.SwitchAccount(t.Context(), w.identify(w.login("mia@one.test").Token), w.two); err != nil {
		t.Fatal(err)
	}
	if sessions, _ := w.StaffSessions(t.Context(), admin.Caller, c.mia.ID); len(sessions) != 1 {
		t.Errorf("the admin sees %d sessions", len(sessions))
	}
	w.events(w.one)
	if err := w.RevokeStaffSession(t.Context(), owner.Caller, c.mia.ID, c.memberS.Session.ID); err != nil {
		t.Fatal(err)
	}
	if e := w.wantTypes(w.one, "session.revoked")[0]; e.Actor.Name != "Olga" || e.Record.Name != "Mia" {
		t.Errorf("event is %+v", e)
	}
}
