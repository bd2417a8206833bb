package auth

import (
	"slices"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// agent is a world with somebody who accepted the role agency in account one, and is at home in account two, as an admin.
func agent(t *testing.T) (w *world, one, two Member, token string) {
	w = newWorld(t)
	w.ana()
	w.person("ada@agency.test")
	two = w.staff(w.two, "Ada", "ada@agency.test", Admin, active)
	one = w.staff(w.one, "Ada of the agency", "ada@agency.test", Agency, active)
	w.accepted(one)
	token = w.login("ada@agency.test").Token
	w.events(w.one)
	w.events(w.two)
	return w, one, two, token
}

// accepted notes that a member came in by invitation.
func (w *world) accepted(m Member) {
	w.memory.mu.Lock()
	defer w.memory.mu.Unlock()
	w.memory.rows.invitations[keyOf(m.Account, string(m.ID))] = Invitation{Account: m.Account, Staff: m.ID, Email: m.Email, AcceptedAt: w.now}
}

func (w *world) agencyPlaces(token string, asked ...audit.AccountID) ([]audit.AccountID, error) {
	w.t.Helper()
	id := w.identify(token)
	_, chosen, err := w.AgencyPlaces(w.t.Context(), id, asked...)
	var ids []audit.AccountID
	for _, p := range chosen {
		if p.Caller.Account != p.Account.ID || p.Caller.Actor.ID != audit.ActorID(p.Member.ID) || p.Caller.Context.Session != id.Session.ID || !p.Caller.May(audit.AuditRead) {
			w.t.Errorf("the caller in %s is %+v", p.Account.ID, p.Caller)
		}
		ids = append(ids, p.Account.ID)
	}
	if err != nil {
		e := errs.Of(err)
		if err := w.RecordDenied(w.t.Context(), id.Caller.Origin, e, "GET /api/v1/agency/events"); err != nil {
			w.t.Fatal(err)
		}
	}
	return ids, err
}

func TestAgencyPlaces(t *testing.T) {
	w, one, two, token := agent(t)
	want := func(want ...audit.AccountID) {
		t.Helper()
		got, err := w.agencyPlaces(token)
		slices.Sort(got)
		slices.Sort(want)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("they see %v, %v, want %v", got, err, want)
		}
	}
	// An admin of the other account sees its log there, and not here.
	want(w.one)
	if got, err := w.agencyPlaces(token, w.one); err != nil || len(got) != 1 {
		t.Errorf("asked for, it is %v, %v", got, err)
	}
	w.wantTypes(w.one)

	// Who asks for it by name is refused, and that account is told, in the name that it knows them by.
	_, err := w.agencyPlaces(token, w.one, w.two)
	wantCode(t, err, errs.Forbidden, "agency_needed")
	w.wantTypes(w.one)
	denied := w.wantTypes(w.two, "access.denied")[0]
	if denied.Actor.ID != audit.ActorID(two.ID) || denied.Actor.Name != "Ada" || denied.Outcome != audit.Denied || denied.Changes[1].After.Text() != "role agency" {
		t.Errorf("it is told %+v", denied)
	}

	// An account they are not in is refused like one that is not there, and is not told.
	stranger := audit.AccountID(w.recorder.NewID())
	w.memory.rows.accounts[stranger] = Account{ID: stranger, Name: "Stranger", Timezone: "UTC"}
	for _, account := range []audit.AccountID{stranger, audit.AccountID(w.recorder.NewID()), "nonsense"} {
		_, err := w.agencyPlaces(token, account)
		wantCode(t, err, errs.Invalid, "unknown_account")
		w.wantTypes(stranger)
	}

	w.role(two.ID, Agency)
	want(w.one, w.two)

	// Each account takes it back by itself: the role, the person, what the role may do.
	w.status(one.ID, deactivated)
	want(w.two)
	_, err = w.agencyPlaces(token, w.one)
	wantCode(t, err, errs.Invalid, "unknown_account")
	w.status(one.ID, active)
	want(w.one, w.two)
	w.role(one.ID, MemberRole)
	want(w.two)
	w.role(one.ID, Agency)
	owner := w.identify(w.login("ana@one.test").Token).Caller
	if _, err := w.UpdateRoles(t.Context(), owner, RoleUpdate{Version: AnyVersion, Agency: []audit.Permission{audit.RecordsRead}}); err != nil {
		t.Fatal(err)
	}
	w.events(w.one)
	w.events(w.two)
	want(w.two)
	_, err = w.agencyPlaces(token, w.one)
	wantCode(t, err, errs.Forbidden, "forbidden")
	if e := w.wantTypes(w.one, "access.denied")[0]; e.Actor.ID != audit.ActorID(one.ID) || e.Changes[1].After.Text() != "audit.read" {
		t.Errorf("it is told %+v", e)
	}

	// A single permission of the person counts like one of the role.
	w.memory.members[slices.IndexFunc(w.memory.members, func(m Member) bool { return m.ID == one.ID })].Permissions = []audit.Permission{audit.AuditRead}
	want(w.one, w.two)
	w.wantTypes(w.two)
}

// Anybody can make somebody a member of an account of their own. It is not among the logs, and learns nothing, until the person
// accepts its invitation.
func TestAgencyNotAccepted(t *testing.T) {
	w, one, two, token := agent(t)
	planted := audit.AccountID(w.recorder.NewID())
	w.memory.rows.accounts[planted] = Account{ID: planted, Name: "Planted", Timezone: "UTC"}
	there := w.staff(planted, "Ada", "ada@agency.test", Agency, active)
	want := func(want ...audit.AccountID) {
		t.Helper()
		if got, err := w.agencyPlaces(token); err != nil || !slices.Equal(got, want) {
			t.Errorf("they see %v, %v, want %v", got, err, want)
		}
		w.wantTypes(planted)
	}
	want(w.one)

	// By a link that names it, it learns nothing either.
	_, err := w.agencyPlaces(token, planted)
	wantCode(t, err, errs.Invalid, "unknown_account")
	w.wantTypes(planted)

	// Nor when they see no log this way, or have left what was their home.
	w.role(one.ID, MemberRole)
	_, err = w.agencyPlaces(token)
	wantCode(t, err, errs.Forbidden, "agency_needed")
	w.wantTypes(planted)
	w.role(one.ID, Agency)
	w.status(two.ID, deactivated)
	token = w.login("ada@agency.test").Token
	want(w.one)

	// Who is in it is told what is missing.
	id := w.identify(token)
	id.Account.ID = planted
	_, _, err = w.AgencyPlaces(t.Context(), id, planted)
	wantCode(t, err, errs.Forbidden, "agency_not_accepted")

	w.accepted(there)
	if got, err := w.agencyPlaces(token); err != nil || len(got) != 2 {
		t.Errorf("accepted, they see %v, %v", got, err)
	}
}

// Without the role anywhere the account that they are in is told; with the role and without audit.read, that account.
func TestAgencyRefused(t *testing.T) {
	w, one, _, token := agent(t)
	w.role(one.ID, MemberRole)
	in := w.identify(token).Account.ID
	_, err := w.agencyPlaces(token)
	wantCode(t, err, errs.Forbidden, "agency_needed")
	w.wantTypes(in, "access.denied")

	w.role(one.ID, Agency)
	if _, err := w.UpdateRoles(t.Context(), SystemCaller(w.one, "Test"), RoleUpdate{Version: AnyVersion, Agency: []audit.Permission{}}); err != nil {
		t.Fatal(err)
	}
	w.events(w.one)
	_, err = w.agencyPlaces(token)
	wantCode(t, err, errs.Forbidden, "forbidden")
	w.wantTypes(w.one, "access.denied")
	w.wantTypes(w.two)
}

// A key belongs to one account, and who acts as another has the rights of one account.
func TestAgencyIsForPeopleThemselves(t *testing.T) {
	w, one, _, _ := agent(t)
	anas := w.login("ana@one.test").Token
	ana := w.identify(anas)
	_, key, err := w.CreateKey(t.Context(), ana.Caller, "Sync", Owner)
	if err != nil {
		t.Fatal(err)
	}
	id, err := w.bearer(key, "")
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = w.AgencyPlaces(t.Context(), id)
	wantCode(t, err, errs.Forbidden, "session_needed")

	if err := w.ActAs(t.Context(), ana, one.ID); err != nil {
		t.Fatal(err)
	}
	acting := w.identify(anas)
	if acting.Acting == nil {
		t.Fatal("she acts as nobody")
	}
	_, _, err = w.AgencyPlaces(t.Context(), acting)
	wantCode(t, err, errs.Forbidden, "not_while_acting")
}

// A look at several logs begins a visit in each, once.
func TestRecordAgencyViewed(t *testing.T) {
	w, _, two, token := agent(t)
	w.role(two.ID, Agency)
	look := func(n int) {
		t.Helper()
		id := w.identify(token)
		all, _, err := w.AgencyPlaces(t.Context(), id)
		if err == nil {
			err = w.RecordAgencyViewed(t.Context(), id, all[:n])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	look(0)
	w.wantTypes(w.one)
	w.wantTypes(w.two)
	look(2)
	for account, name := range map[audit.AccountID]string{w.one: "Ada of the agency", w.two: "Ada"} {
		if e := w.wantTypes(account, "audit.viewed")[0]; e.Actor.Name != name || e.Description != name {
			t.Errorf("account %s is told %+v", account, e)
		}
	}
	for range 3 {
		w.pass(visitGap / 2)
		look(2)
	}
	w.wantTypes(w.one)
	id := w.identify(token) // the log alone goes on with the same visit
	if err := w.RecordViewed(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	w.wantTypes(w.one)
	w.wantTypes(w.two)
	w.pass(visitGap)
	look(1)
	if n := len(w.events(w.one)) + len(w.events(w.two)); n != 1 {
		t.Errorf("a look at one log wrote %d events", n)
	}
	if held := w.identify(token).Session.AuditSeen; len(held) != 1 {
		t.Errorf("visits that are over are kept: %v", held)
	}
}
