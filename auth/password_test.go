package auth

import (
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

func TestCheckPassword(t *testing.T) {
	for _, tt := range []struct{ name, password, code string }{
		{"good", goodPassword, ""},
		{"ten characters", "ççççççççç1", ""},
		{"nine characters", "ççççççççç", "password_too_short"},
		{"longest", strings.Repeat("a", MaxPassword), ""},
		{"too long", strings.Repeat("a", MaxPassword+1), "password_too_long"},
		{"NUL", "long enough\x00", "password_characters"},
		{"not UTF-8", "long enough\xff", "password_characters"},
		{"the email", "Ana@One.test", "password_is_email"},
		{"empty", "", "password_too_short"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := CheckPassword("new", "ana@one.test", tt.password)
			if errs.Code(err) != tt.code {
				t.Errorf("error is %v, want %q", err, tt.code)
			}
			if err != nil && errs.Of(err).Fields[0].Field != "new" {
				t.Errorf("field is %q", errs.Of(err).Fields[0].Field)
			}
		})
	}
}

func TestChangePassword(t *testing.T) {
	w := newWorld(t)
	w.ana()
	other, mine := w.login("ana@one.test"), w.login("ana@one.test")
	id := w.identify(mine.Token)
	w.events(w.one)
	const next = "a new long password"
	if err := w.ChangePassword(t.Context(), id, goodPassword, next); err != nil {
		t.Fatal(err)
	}
	events := w.wantTypes(w.one, "session.revoked", "password.changed")
	revoked, changed := events[0], events[1]
	if changed.Changes[0].Before != audit.None || changed.Changes[0].After != audit.None || !changed.Changes[0].Secret {
		t.Errorf("change is %+v", changed.Changes[0])
	}
	if revoked.Record.ID != audit.RecordID(other.Session.ID) || revoked.Cause != changed.ID || revoked.Operation != changed.Operation {
		t.Errorf("revoked is %+v", revoked)
	}
	_, err := w.Authenticate(t.Context(), Credentials{Cookie: other.Token})
	wantCode(t, err, errs.Unauthenticated, "session_ended")
	w.identify(mine.Token)
	_, err = w.Login(t.Context(), "ana@one.test", goodPassword, w.from)
	wantCode(t, err, errs.Unauthenticated, "invalid_credentials")
	if _, err = w.Login(t.Context(), "ana@one.test", next, w.from); err != nil {
		t.Fatal(err)
	}
	w.wantNowhere(goodPassword, next, mine.Token, other.Token)
}

func TestChangePasswordRefusals(t *testing.T) {
	w := newWorld(t)
	w.ana()
	id := w.identify(w.login("ana@one.test").Token)
	w.events(w.one)
	change := func(current, next string) error { return w.ChangePassword(t.Context(), id, current, next) }
	wantCode(t, change(goodPassword, "short"), errs.Invalid, "password_too_short")
	wantCode(t, change(goodPassword, goodPassword), errs.Invalid, "password_unchanged")
	for range EmailAttempts {
		wantCode(t, change("not the current one", "a new long password"), errs.Invalid, "wrong_password")
	}
	wantCode(t, change(goodPassword, "a new long password"), errs.TooMany, "too_many_attempts")
	wantCode(t, w.ChangePassword(t.Context(), Identity{Key: &Key{}}, goodPassword, "x"), errs.Forbidden, "session_needed")
	w.wantTypes(w.one)
}

// A session must not start with a password that was changed after it had been checked.
func TestLoginLosesToAPasswordChange(t *testing.T) {
	w := newWorld(t)
	ana := w.ana()
	checked := w.memory.rows.people["ana@one.test"]
	origin := audit.Origin{Actor: audit.SystemActor("Command line"), Channel: audit.SystemChannel}
	if err := w.SetPassword(t.Context(), "ana@one.test", "another password", origin); err != nil {
		t.Fatal(err)
	}
	_, err := w.startSession(t.Context(), checked, checked, []Member{ana}, nil, w.from, func(Tx) ([]audit.Change, error) { return nil, nil })
	wantCode(t, err, errs.Unauthenticated, "invalid_credentials")
}

func TestSetPassword(t *testing.T) {
	w := newWorld(t)
	ana := w.ana()
	w.staff(w.two, "Ana S.", "ana@one.test", MemberRole, invited)
	in := w.login("ana@one.test")
	w.events(w.one)
	origin := audit.Origin{Actor: audit.SystemActor("Command line"), Channel: audit.SystemChannel}
	set := func(email, password string) error { return w.SetPassword(t.Context(), email, password, origin) }
	if err := set("Ana@one.test", "another password"); err != nil {
		t.Fatal(err)
	}
	if e := w.wantTypes(w.one, "session.revoked", "password.changed")[1]; e.Actor.Type != audit.System || e.Related[0].ID != ana.ID {
		t.Errorf("event is %+v", e)
	}
	w.wantTypes(w.two, "password.changed")
	_, err := w.Authenticate(t.Context(), Credentials{Cookie: in.Token})
	wantCode(t, err, errs.Unauthenticated, "session_ended")

	w.staff(w.one, "New", "new@one.test", MemberRole, active)
	if err := set("new@one.test", goodPassword); err != nil {
		t.Fatal(err)
	}
	w.login("new@one.test")
	wantCode(t, set("nobody@one.test", goodPassword), errs.NotFound, "unknown_email")
	w.staff(w.one, "Old", "old@one.test", MemberRole, deactivated)
	wantCode(t, set("old@one.test", goodPassword), errs.NotPossible, "deactivated")
}
