package workspace_test

import (
	"sync"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/internal/replay"
	"github.com/backtrail/backtrail/workspace"
)

// firm is an account with its owner as the caller.
type firm struct {
	t *testing.T
	*workspace.Workspace
	founded workspace.Founded
	caller  audit.Caller
}

func newFirm(t *testing.T, w *workspace.Workspace, name, email string) firm {
	t.Helper()
	f, err := w.Found(t.Context(), workspace.Founding{Name: name, OwnerName: "Owner of " + name, OwnerEmail: email, OwnerPassword: password})
	if err != nil {
		t.Fatal(err)
	}
	actor := audit.Actor{Type: audit.User, ID: audit.ActorID(f.Owner.ID), Name: f.Owner.Name, Email: email}
	return firm{t, w, f, audit.Caller{Origin: audit.Origin{Account: f.Account.ID, Actor: actor, Channel: audit.Web}, Role: auth.Owner, Permissions: auth.Effective(auth.Owner, nil)}}
}

func (f firm) texts(values map[string]string) crm.Input {
	o, err := f.Schema.Object("staff")
	if err != nil {
		f.t.Fatal(err)
	}
	return crm.Texts(o, values)
}

func (f firm) add(name, email, role, status string) (*crm.Record, error) {
	return f.Engine.Create(f.t.Context(), f.caller, "staff", f.texts(map[string]string{"name": name, "email": email, "role": role, "status": status}))
}

func (f firm) status(id audit.RecordID, status string) error {
	_, err := f.Engine.Update(f.t.Context(), f.caller, "staff", id, f.texts(map[string]string{"status": status}), 0)
	return err
}

// invite adds somebody and returns their record and the token of the invitation.
func (f firm) invite(name, email, role string) (*crm.Record, string) {
	f.t.Helper()
	rec, err := f.add(name, email, role, "invited")
	if err != nil {
		f.t.Fatal(err)
	}
	link, _, err := f.Invite(f.t.Context(), f.caller, rec.ID)
	if err != nil {
		f.t.Fatal(err)
	}
	return rec, link.Token
}

var web = audit.Origin{Channel: audit.Web, Context: audit.Context{IP: "192.0.2.7"}}

// Two requests at once must not leave an account without an owner, whatever each of them does to whom.
func TestLastOwnerAtOnce(t *testing.T) {
	db := dbtest.Open(t)
	w, err := workspace.New(db, workspace.Options{Hashing: weak})
	if err != nil {
		t.Fatal(err)
	}
	f := newFirm(t, w, "Acme", "ana@example.com")
	for round := range 6 {
		second, err := f.add("Second", "second@example.com", "owner", "active")
		if err != nil {
			t.Fatal(err)
		}
		first := f.founded.Owner.ID
		ways := []func(audit.RecordID) error{
			func(id audit.RecordID) error { return f.status(id, "deactivated") },
			func(id audit.RecordID) error {
				_, err := w.Engine.Delete(t.Context(), f.caller, "staff", id)
				return err
			},
			func(id audit.RecordID) error {
				_, err := w.Engine.Update(t.Context(), f.caller, "staff", id, f.texts(map[string]string{"role": "admin"}), 0)
				return err
			},
		}
		one, other := ways[round%3], ways[(round/2)%3]
		if round%3 == 1 {
			one = ways[0] // the first owner stays a record, for the next round
		}
		var wg sync.WaitGroup
		results := make([]error, 2)
		start := make(chan struct{})
		wg.Go(func() { <-start; results[0] = one(first) })
		wg.Go(func() { <-start; results[1] = other(second.ID) })
		close(start)
		wg.Wait()
		done := 0
		for _, err := range results {
			if err == nil {
				done++
			} else if errs.Code(err) != "last_owner" {
				t.Errorf("round %d: %v", round, err)
			}
		}
		if done != 1 {
			t.Fatalf("round %d: %d of two took an owner away: %v", round, done, results)
		}
		// Put things back: the first is the owner, the second is gone.
		system := auth.SystemCaller(f.founded.Account.ID, "Test")
		if _, err := w.Engine.Update(t.Context(), system, "staff", first, f.texts(map[string]string{"role": "owner", "status": "active"}), 0); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Engine.Delete(t.Context(), system, "staff", second.ID); err != nil && !errs.Is(err, errs.Gone) {
			t.Fatal(err)
		}
	}
	replay.Check(t, db, f.founded.Account.ID)
}

// Of two who accept one invitation at once, one comes in.
func TestInvitationIsAcceptedOnce(t *testing.T) {
	w := open(t)
	f := newFirm(t, w, "Acme", "ana@example.com")
	_, token := f.invite("Nadia", "nadia@example.com", "admin")
	var wg sync.WaitGroup
	results := make([]error, 4)
	for i := range results {
		wg.Go(func() {
			_, results[i] = w.AcceptInvitation(t.Context(), token, "password number "+string(rune('a'+i)), web)
		})
	}
	wg.Wait()
	in := 0
	for i, err := range results {
		if err == nil {
			in++
			if _, err := w.Auth.Login(t.Context(), "nadia@example.com", "password number "+string(rune('a'+i)), web); err != nil {
				t.Errorf("the password that was taken: %v", err)
			}
		} else if errs.Code(err) != "invitation_void" && errs.Code(err) != "password_changed" && errs.Code(err) != "wrong_password" {
			t.Errorf("refused with %v", err)
		}
	}
	if in != 1 {
		t.Errorf("%d came in", in)
	}
}

// Somebody with a login of another account confirms with its password, and keeps it.
func TestInvitationOfSomebodyKnown(t *testing.T) {
	w := open(t)
	one, two := newFirm(t, w, "One", "ana@example.com"), newFirm(t, w, "Two", "bob@example.com")
	_, token := two.invite("Ana", "ana@example.com", "member")
	in, err := w.Auth.Invited(t.Context(), token)
	if err != nil || !in.Known || in.Account.Name != "Two" {
		t.Fatalf("%v %+v", err, in)
	}
	if _, err := w.AcceptInvitation(t.Context(), token, "another password", web); errs.Code(err) != "wrong_password" {
		t.Errorf("a wrong password gives %v", err)
	}
	if _, err := w.AcceptInvitation(t.Context(), token, password, web); err != nil {
		t.Fatal(err)
	}
	session, err := w.Auth.Login(t.Context(), "ana@example.com", password, web)
	if err != nil || len(session.Memberships) != 2 || session.Session.Account != one.founded.Account.ID {
		t.Errorf("%v %+v", err, session)
	}
}

// An invitation that is void stays so, also when the record gets back to where it was.
func TestInvitationStaysVoid(t *testing.T) {
	w := open(t)
	f := newFirm(t, w, "Acme", "ana@example.com")
	rec, token := f.invite("Nadia", "nadia@example.com", "member")
	for _, status := range []string{"deactivated", "invited"} {
		if err := f.status(rec.ID, status); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.AcceptInvitation(t.Context(), token, password, web); errs.Code(err) != "invitation_void" {
		t.Errorf("after the status came back: %v", err)
	}
	link, _, err := w.Invite(t.Context(), f.caller, rec.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.AcceptInvitation(t.Context(), link.Token, password, web); err != nil {
		t.Fatal(err)
	}
	// The same for a link to a new password.
	handed, _, err := w.Auth.CreatePasswordLink(t.Context(), f.caller, rec.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range []string{"deactivated", "active"} {
		if err := f.status(rec.ID, status); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Auth.ResetPassword(t.Context(), handed.Token, "another password", web); errs.Code(err) != "link_void" {
		t.Errorf("after the reactivation: %v", err)
	}
}

// Guesses at the password of somebody known count like those at the login.
func TestInvitationLimitsGuesses(t *testing.T) {
	w := open(t)
	newFirm(t, w, "One", "ana@example.com")
	two := newFirm(t, w, "Two", "bob@example.com")
	_, token := two.invite("Ana", "ana@example.com", "member")
	for range auth.EmailAttempts {
		if _, err := w.AcceptInvitation(t.Context(), token, "another password", web); errs.Code(err) != "wrong_password" {
			t.Fatal(err)
		}
	}
	if _, err := w.AcceptInvitation(t.Context(), token, password, web); !errs.Is(err, errs.TooMany) {
		t.Errorf("after the limit: %v", err)
	}
}

// Who made a link may have used it: the password of a link is no proof of who it is to another account, which must not
// let the person in without an invitation of its own.
func TestPasswordOfAnotherAccountOpensNothing(t *testing.T) {
	w := open(t)
	evil, firm := newFirm(t, w, "Evil", "eve@example.com"), newFirm(t, w, "Firm", "bob@example.com")
	hijacked, token := evil.invite("The Boss", "boss@example.com", "member")
	if _, err := w.AcceptInvitation(t.Context(), token, "known to Eve alone", web); err != nil {
		t.Fatal(err)
	}
	if err := evil.status(hijacked.ID, "deactivated"); err != nil {
		t.Fatal(err)
	}
	if _, err := firm.add("The Boss", "boss@example.com", "owner", "active"); errs.Code(err) != "invitation_needed" {
		t.Fatalf("made active at once: %v", err)
	}
	rec, invitation := firm.invite("The Boss", "boss@example.com", "owner")
	if err := firm.status(rec.ID, "active"); errs.Code(err) != "invitation_needed" {
		t.Fatalf("activated without consent: %v", err)
	}
	if _, err := firm.Engine.Update(t.Context(), firm.caller, "staff", firm.founded.Owner.ID, firm.texts(map[string]string{"email": "boss@example.com"}), 0); err == nil {
		t.Fatal("an active record got the email")
	}
	if _, err := w.AcceptInvitation(t.Context(), invitation, "chosen by the boss", web); errs.Code(err) != "wrong_password" {
		t.Errorf("accepted with %v", err)
	}
	// The operator, who is trusted, sets it; then the invitation can be accepted, and later changes need no other one.
	if err := w.Auth.SetPassword(t.Context(), "boss@example.com", "chosen by the boss", audit.Origin{Actor: audit.SystemActor("Command line"), Channel: audit.SystemChannel}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.AcceptInvitation(t.Context(), invitation, "chosen by the boss", web); err != nil {
		t.Fatal(err)
	}
	for _, status := range []string{"deactivated", "active"} {
		if err := firm.status(rec.ID, status); err != nil {
			t.Fatal(err)
		}
	}
}

// Deactivation ends sessions and keys at once, with the events as its consequence; acting ends with the session.
func TestDeactivationEndsAccess(t *testing.T) {
	w := open(t)
	f := newFirm(t, w, "Acme", "ana@example.com")
	rec, token := f.invite("Nadia", "nadia@example.com", "owner")
	mia, err := f.add("Mia", "mia@example.com", "member", "active")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.AcceptInvitation(t.Context(), token, password, web); err != nil {
		t.Fatal(err)
	}
	in, err := w.Auth.Login(t.Context(), "nadia@example.com", password, web)
	if err != nil {
		t.Fatal(err)
	}
	id, err := w.Auth.Authenticate(t.Context(), auth.Credentials{Cookie: in.Token, Origin: web})
	if err != nil {
		t.Fatal(err)
	}
	_, key, err := w.Auth.CreateKey(t.Context(), id.Caller, "Hers", auth.Admin)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Auth.ActAs(t.Context(), id, mia.ID); err != nil {
		t.Fatal(err)
	}
	if err := f.status(rec.ID, "deactivated"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []auth.Credentials{{Cookie: in.Token}, {Bearer: key}} {
		if _, err := w.Auth.Authenticate(t.Context(), c); !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("still let in: %v", err)
		}
	}
	seen := map[string]bool{}
	for _, kind := range types(t, w, f.founded.Account.ID) {
		seen[kind] = true
	}
	for _, kind := range []string{"staff.invited", "staff.joined", "staff.deactivated", "session.revoked", "api_key.revoked", "impersonation.ended"} {
		if !seen[kind] {
			t.Errorf("there is no event %s", kind)
		}
	}
}
