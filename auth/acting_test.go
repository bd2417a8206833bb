package auth

import (
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// cast is an owner, an admin and a member of account one, each with a session.
type cast struct {
	olga, adam, mia       Member
	owner, admin, memberS LoggedIn
}

func (w *world) cast() cast {
	var c cast
	for _, p := range []struct {
		name, email, role string
		member            *Member
		in                *LoggedIn
	}{{"Olga", "olga@one.test", Owner, &c.olga, &c.owner}, {"Adam", "adam@one.test", Admin, &c.adam, &c.admin}, {"Mia", "mia@one.test", MemberRole, &c.mia, &c.memberS}} {
		w.person(p.email)
		*p.member = w.staff(w.one, p.name, p.email, p.role, active)
		*p.in = w.login(p.email)
	}
	w.events(w.one)
	return c
}

func TestActAs(t *testing.T) {
	w := newWorld(t)
	c := w.cast()
	if err := w.ActAs(t.Context(), w.identify(c.owner.Token), c.mia.ID); err != nil {
		t.Fatal(err)
	}
	e := w.wantTypes(w.one, "impersonation.started")[0]
	want := audit.OnBehalfOf{ID: audit.ActorID(c.mia.ID), Name: "Mia"}
	if e.Actor.Name != "Olga" || *e.Actor.OnBehalfOf != want || e.Record.ID != c.mia.ID {
		t.Errorf("event is %+v", e)
	}
	id := w.identify(c.owner.Token)
	caller := id.Caller
	if caller.Actor.ID != audit.ActorID(c.olga.ID) || *caller.Actor.OnBehalfOf != want || caller.Self() != audit.ActorID(c.mia.ID) ||
		caller.Role != MemberRole || caller.May(audit.AuditRead) || !caller.May(audit.RecordsRead) {
		t.Errorf("caller is %+v", caller)
	}
	if id.Member.ID != c.mia.ID || id.Self.ID != c.olga.ID || len(id.Memberships) != 1 {
		t.Errorf("identity is %+v", id)
	}
	if other := w.identify(w.login("olga@one.test").Token); other.Acting != nil {
		t.Error("another session of hers acts as well")
	}
	w.events(w.one)
	for range 2 {
		if err := w.StopActing(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if e := w.wantTypes(w.one, "impersonation.ended")[0]; e.Actor.Name != "Olga" || *e.Actor.OnBehalfOf != want {
		t.Errorf("event is %+v", e)
	}
	if id := w.identify(c.owner.Token); id.Acting != nil || id.Caller.Role != Owner || id.Caller.Actor.OnBehalfOf != nil {
		t.Errorf("afterwards she is %+v", id)
	}
}

func TestActAsIsRefused(t *testing.T) {
	w := newWorld(t)
	c := w.cast()
	w.person("oscar@one.test")
	oscar := w.staff(w.one, "Oscar", "oscar@one.test", Owner, active)
	idle := w.staff(w.one, "Ines", "ines@one.test", MemberRole, invited)
	stranger := w.staff(w.two, "Zoe", "zoe@two.test", MemberRole, active)
	for _, tt := range []struct {
		name string
		who  LoggedIn
		as   audit.RecordID
		kind errs.Kind
		code string
	}{
		{"an admin", c.admin, c.mia.ID, errs.Forbidden, "owner_needed"},
		{"a member", c.memberS, c.adam.ID, errs.Forbidden, "owner_needed"},
		{"another owner", c.owner, oscar.ID, errs.Forbidden, "owner_protected"},
		{"themselves", c.owner, c.olga.ID, errs.NotPossible, "same_person"},
		{"somebody invited", c.owner, idle.ID, errs.NotPossible, "not_active"},
		{"of another account", c.owner, stranger.ID, errs.NotFound, "not_found"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wantCode(t, w.ActAs(t.Context(), w.identify(tt.who.Token), tt.as), tt.kind, tt.code)
		})
	}
	w.wantTypes(w.one)
}

// What is the owner's own is not touched while they work as somebody else.
func TestNotWhileActing(t *testing.T) {
	w := newWorld(t)
	c := w.cast()
	if err := w.ActAs(t.Context(), w.identify(c.owner.Token), c.adam.ID); err != nil {
		t.Fatal(err)
	}
	w.events(w.one)
	id := w.identify(c.owner.Token)
	ctx := t.Context()
	key := func() error { _, _, err := w.CreateKey(ctx, id.Caller, "Key", MemberRole); return err }
	link := func() error { _, _, err := w.CreatePasswordLink(ctx, id.Caller, c.mia.ID); return err }
	setup := func() error { _, err := w.SetUpTwoFactor(ctx, id, goodPassword); return err }
	enable := func() error { _, err := w.EnableTwoFactor(ctx, id, "123456"); return err }
	codes := func() error { _, err := w.RenewRecoveryCodes(ctx, id, goodPassword); return err }
	own := func() error { _, err := w.OwnSessions(ctx, id); return err }
	others := func() error { _, err := w.RevokeOtherSessions(ctx, id); return err }
	for name, err := range map[string]error{
		"act as again": w.ActAs(ctx, id, c.mia.ID), "change the password": w.ChangePassword(ctx, id, goodPassword, "another password"),
		"make a key": key(), "revoke a key": w.RevokeKey(ctx, id.Caller, "x"), "make a link": link(), "set up a factor": setup(),
		"enable it": enable(), "disable it": w.DisableTwoFactor(ctx, id, goodPassword), "make codes": codes(),
		"reset another's": w.ResetTwoFactor(ctx, id.Caller, c.mia.ID), "see sessions": own(), "end others": others(),
		"end one": w.RevokeSession(ctx, id, id.Session.ID), "end another's": w.RevokeStaffSession(ctx, id.Caller, c.mia.ID, c.memberS.Session.ID),
		"switch": w.SwitchAccount(ctx, id, w.two),
	} {
		if errs.Code(err) != "not_while_acting" || !errs.Is(err, errs.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := w.Authenticate(ctx, Credentials{Cookie: c.owner.Token, Account: w.two, Origin: w.from})
	wantCode(t, err, errs.Forbidden, "not_while_acting")
	w.wantTypes(w.one)
}

func TestActingEnds(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(w *world, c cast)
		by   string
		want []audit.Type
	}{
		{"after an hour", func(w *world, c cast) { w.pass(ActingTime) }, "Backtrail", []audit.Type{"impersonation.ended"}},
		{"by the sweeper", func(w *world, c cast) {
			w.pass(ActingTime + time.Minute)
			if _, err := w.SweepExpired(w.t.Context()); err != nil {
				w.t.Fatal(err)
			}
		}, "Backtrail", []audit.Type{"impersonation.ended"}},
		{"when the other is deactivated", func(w *world, c cast) { w.status(c.mia.ID, deactivated) }, "Backtrail", []audit.Type{"impersonation.ended"}},
		{"when the other becomes an owner", func(w *world, c cast) { w.role(c.mia.ID, Owner) }, "Backtrail", []audit.Type{"impersonation.ended"}},
		{"when they are no owner any more", func(w *world, c cast) { w.role(c.olga.ID, Admin) }, "Backtrail", []audit.Type{"impersonation.ended"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			c := w.cast()
			if err := w.ActAs(t.Context(), w.identify(c.owner.Token), c.mia.ID); err != nil {
				t.Fatal(err)
			}
			w.events(w.one)
			tt.end(w, c)
			if id := w.identify(c.owner.Token); id.Acting != nil || id.Member.ID != c.olga.ID || id.Caller.Actor.OnBehalfOf != nil {
				t.Errorf("she is %+v", id)
			}
			if e := w.wantTypes(w.one, tt.want...)[0]; e.Actor.Name != tt.by {
				t.Errorf("ended by %s", e.Actor.Name)
			}
		})
	}
}

// With the session the acting ends, and both are told.
func TestActingEndsWithTheSession(t *testing.T) {
	w := newWorld(t)
	c := w.cast()
	if err := w.ActAs(t.Context(), w.identify(c.owner.Token), c.mia.ID); err != nil {
		t.Fatal(err)
	}
	w.events(w.one)
	if err := w.Logout(t.Context(), w.identify(c.owner.Token)); err != nil {
		t.Fatal(err)
	}
	events := w.wantTypes(w.one, "impersonation.ended", "session.logout")
	if events[1].Actor.Name != "Olga" || events[1].Actor.OnBehalfOf != nil || events[1].Record.Name != "Olga" {
		t.Errorf("logout is %+v", events[1])
	}
}

// What somebody asked for as another is done with what the other may at that time.
func TestRenewWhileActing(t *testing.T) {
	w := newWorld(t)
	c := w.cast()
	if err := w.ActAs(t.Context(), w.identify(c.owner.Token), c.mia.ID); err != nil {
		t.Fatal(err)
	}
	caller := w.identify(c.owner.Token).Caller
	renewed, err := w.Renew(t.Context(), caller)
	if err != nil || renewed.May(audit.AuditRead) || !renewed.May(audit.RecordsWrite) || renewed.Role != MemberRole {
		t.Errorf("%v, %+v", err, renewed)
	}
	w.status(c.mia.ID, deactivated)
	_, err = w.Renew(t.Context(), caller)
	wantCode(t, err, errs.Forbidden, "access_ended")
}
