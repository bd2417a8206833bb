package workspace_test

import (
	"slices"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/mail/mailtest"
	"github.com/backtrail/backtrail/workspace"
)

// Whoever has a link can come in as its person: nobody makes one for somebody who may do what they may not.
func TestLinksGiveNoRights(t *testing.T) {
	w := open(t)
	f := newFirm(t, w, "Acme", "ana@example.com")
	hr := f.caller
	hr.Actor.ID, hr.Role = "hr", auth.MemberRole
	hr.Permissions = auth.Effective(auth.MemberRole, []audit.Permission{audit.StaffManage})
	for _, tt := range []struct {
		role, missing string
	}{{"admin", string(audit.AuditRead)}, {"member", ""}} {
		invited, err := f.add("Ida "+tt.role, "ida-"+tt.role+"@example.com", tt.role, "invited")
		if err != nil {
			t.Fatal(err)
		}
		active, err := f.add("Abe "+tt.role, "abe-"+tt.role+"@example.com", tt.role, "active")
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = w.Invite(t.Context(), hr, invited.ID)
		wantMissing(t, "an invitation of "+tt.role, err, tt.missing)
		_, _, err = w.Auth.CreatePasswordLink(t.Context(), hr, active.ID)
		wantMissing(t, "a password link for "+tt.role, err, tt.missing)
	}
}

func wantMissing(t *testing.T, what string, err error, permission string) {
	t.Helper()
	if permission == "" && err != nil || permission != "" && errs.Of(err).Permission != permission {
		t.Errorf("%s: %v, want %q missing", what, err, permission)
	}
}

// That somebody accepted once counts no longer when they have left: another account may have given them a password since.
func TestAcceptanceEndsWithTheDeparture(t *testing.T) {
	w := open(t)
	evil, firm := newFirm(t, w, "Evil", "eve@example.com"), newFirm(t, w, "Firm", "bob@example.com")
	rec, token := firm.invite("Victim", "victim@example.com", "admin")
	if _, err := w.AcceptInvitation(t.Context(), token, "chosen by the victim", web); err != nil {
		t.Fatal(err)
	}
	if err := w.Auth.SetPassword(t.Context(), "victim@example.com", "set by the operator", audit.Origin{Actor: audit.SystemActor("Command line"), Channel: audit.SystemChannel}); err != nil {
		t.Fatal(err)
	}
	if err := firm.status(rec.ID, "deactivated"); err != nil {
		t.Fatal(err)
	}
	there, err := evil.add("Victim", "victim@example.com", "member", "active")
	if err != nil {
		t.Fatal(err)
	}
	link, _, err := w.Auth.CreatePasswordLink(t.Context(), evil.caller, there.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Auth.ResetPassword(t.Context(), link.Token, "known to Eve alone", web); err != nil {
		t.Fatal(err)
	}
	if err := firm.status(rec.ID, "active"); errs.Code(err) != "invitation_needed" {
		t.Errorf("let in by an old acceptance: %v", err)
	}
	if _, err := w.AcceptInvitation(t.Context(), token, "known to Eve alone", web); errs.Code(err) != "invitation_void" {
		t.Errorf("the old link: %v", err)
	}
}

// A link to a password that nobody used makes a person without one; they are invited like anybody else.
func TestUnusedLinkKeepsNobodyOut(t *testing.T) {
	w := open(t)
	one, two := newFirm(t, w, "One", "ana@example.com"), newFirm(t, w, "Two", "bob@example.com")
	rec, err := one.add("Nadia", "nadia@example.com", "member", "active")
	if err != nil {
		t.Fatal(err)
	}
	unused, _, err := w.Auth.CreatePasswordLink(t.Context(), one.caller, rec.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, token := two.invite("Nadia", "nadia@example.com", "member")
	if _, err := w.AcceptInvitation(t.Context(), token, "chosen by Nadia", web); err != nil {
		t.Fatal(err)
	}
	if err := w.Auth.ResetPassword(t.Context(), unused.Token, "known to another", web); errs.Code(err) != "link_void" {
		t.Errorf("the link of before: %v", err)
	}
	if _, err := w.Auth.Login(t.Context(), "nadia@example.com", "chosen by Nadia", web); err != nil {
		t.Error(err)
	}
}

// Without an address of its own the server mails no invitation: that of a request is what a stranger says.
func TestInvitationIsNotMailedToAnyAddress(t *testing.T) {
	var server mailtest.Server
	port := server.Start(t).Port
	w, err := workspace.New(dbtest.Open(t), workspace.Options{Hashing: weak, AllowPrivateSMTP: true})
	if err != nil {
		t.Fatal(err)
	}
	f := newFirm(t, w, "Acme", "ana@example.com")
	f.useServer(port)
	rec, err := f.add("Nadia", "nadia@example.com", "member", "invited")
	if err != nil {
		t.Fatal(err)
	}
	link, m, err := w.Invite(t.Context(), f.caller, rec.ID)
	if err != nil {
		t.Fatal(err)
	}
	sent, failed, err := w.MailInvitation(t.Context(), m, workspace.OneTimeLink("https://evil.example", workspace.InvitationPath, link.Token), link.ExpiresAt)
	if sent || failed != "" || err != nil || len(server.Mails()) != 0 {
		t.Errorf("sent %v, %q, %v, %d mails", sent, failed, err, len(server.Mails()))
	}
}

// A guess by way of an invitation stands in the log of the account that the password opens.
func TestGuessByInvitationIsSeen(t *testing.T) {
	w := open(t)
	one := newFirm(t, w, "One", "ana@example.com")
	two := newFirm(t, w, "Two", "bob@example.com")
	_, token := two.invite("Ana", "ana@example.com", "member")
	if _, err := w.AcceptInvitation(t.Context(), token, "another password", web); errs.Code(err) != "wrong_password" {
		t.Fatal(err)
	}
	if !slices.Contains(types(t, w, one.founded.Account.ID), "session.login_failed") {
		t.Errorf("the log of her account has %v", types(t, w, one.founded.Account.ID))
	}
}
