package workspace_test

import (
	"bytes"
	"context"
	"io"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/mail/mailtest"
	"github.com/backtrail/backtrail/workspace"
)

const publicURL = "https://log.example.com"

// letters waits for mail that is under way.
func letters(t *testing.T, w *workspace.Workspace) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.Run(ctx)
}

// useServer puts a mail server into the account's business profile.
func (f firm) useServer(port int) {
	f.t.Helper()
	o, err := f.Schema.Object("business_profile")
	if err != nil {
		f.t.Fatal(err)
	}
	found, _, err := f.Engine.Find(f.t.Context(), f.caller, crm.Query{Object: o, Sort: "name", Limit: 1})
	if err != nil {
		f.t.Fatal(err)
	}
	in := crm.Texts(o, map[string]string{"smtp_host": "127.0.0.1", "smtp_port": strconv.Itoa(port), "mail_from": "studio@example.com"})
	if _, err := f.Engine.Update(f.t.Context(), f.caller, "business_profile", found[0].ID, in, 0); err != nil {
		f.t.Fatal(err)
	}
}

var linkInMail = regexp.MustCompile(`https://log\.example\.com\S+`)

func tokenIn(t *testing.T, body []byte) string {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil {
		t.Fatal(err)
	}
	_, token, ok := strings.Cut(linkInMail.FindString(string(text)), "token=")
	if !ok {
		t.Fatalf("the mail has no link: %s", text)
	}
	return token
}

func TestInvitationByMail(t *testing.T) {
	var server mailtest.Server
	port := server.Start(t).Port
	w, err := workspace.New(dbtest.Open(t), workspace.Options{Hashing: weak, AllowPrivateSMTP: true, PublicURL: publicURL})
	if err != nil {
		t.Fatal(err)
	}
	f := newFirm(t, w, "Acme", "ana@example.com")
	rec, err := f.add("Nadia", "nadia@example.com", "member", "invited")
	if err != nil {
		t.Fatal(err)
	}
	invite := func() (bool, string) {
		link, m, err := w.Invite(t.Context(), f.caller, rec.ID)
		if err != nil {
			t.Fatal(err)
		}
		sent, failed, err := w.MailInvitation(t.Context(), m, workspace.OneTimeLink(publicURL, workspace.InvitationPath, link.Token), link.ExpiresAt)
		if err != nil {
			t.Fatal(err)
		}
		return sent, failed
	}
	if sent, failed := invite(); sent || failed != "" {
		t.Errorf("without a mail server: %v %q", sent, failed)
	}
	f.useServer(port)
	if sent, failed := invite(); !sent || failed != "" {
		t.Fatalf("sent %v: %q", sent, failed)
	}
	mails := server.Mails()
	if len(mails) != 1 || mails[0].To != "nadia@example.com" {
		t.Fatalf("mails are %+v", mails)
	}
	if _, err := w.AcceptInvitation(t.Context(), tokenIn(t, mails[0].Body), password, web); err != nil {
		t.Error(err)
	}
	server.Change(func(s *mailtest.Server) { s.RefuseTo = mailtest.Answer(550, "no such user") })
	if err := f.status(rec.ID, "invited"); err != nil {
		t.Fatal(err)
	}
	if sent, failed := invite(); sent || !strings.Contains(failed, "no such user") {
		t.Errorf("refused by the server: %v %q", sent, failed)
	}
}

func TestForgottenPasswordByMail(t *testing.T) {
	var own, operators mailtest.Server
	port := own.Start(t).Port
	db := dbtest.Open(t)
	open := func(o workspace.Options) *workspace.Workspace {
		o.Hashing, o.AllowPrivateSMTP = weak, true
		w, err := workspace.New(db, o)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	w := open(workspace.Options{PublicURL: publicURL})
	f := newFirm(t, w, "Acme", "ana@example.com")
	f.useServer(port)
	ask := func(w *workspace.Workspace) {
		t.Helper()
		if err := w.RequestPasswordLink(t.Context(), "ana@example.com", audit.Origin{Channel: audit.Web}); err != nil {
			t.Fatal(err)
		}
		letters(t, w)
	}
	ask(open(workspace.Options{})) // nobody said where the server is reached
	if n := len(own.Mails()); n != 0 {
		t.Fatalf("%d mails without a public address", n)
	}
	ask(w)
	mails := own.Mails()
	if len(mails) != 1 {
		t.Fatalf("mails are %+v", mails)
	}
	if err := w.Auth.ResetPassword(t.Context(), tokenIn(t, mails[0].Body), "a brand new one", web); err != nil {
		t.Fatal(err)
	}

	// In two accounts: not by the server of one of them, but by the operator's.
	if err := w.Auth.SetPassword(t.Context(), "ana@example.com", password, audit.Origin{Actor: audit.SystemActor("Test"), Channel: audit.SystemChannel}); err != nil {
		t.Fatal(err)
	}
	if _, err := newFirm(t, w, "Two", "bob@example.com").add("Ana", "ana@example.com", auth.MemberRole, "active"); err != nil {
		t.Fatal(err)
	}
	ask(open(workspace.Options{PublicURL: publicURL, Mailer: operators.Start(t)}))
	if len(own.Mails()) != 1 || len(operators.Mails()) != 1 {
		t.Errorf("%d mails by the account's server, %d by the operator's", len(own.Mails()), len(operators.Mails()))
	}
}

// A mail that was not taken is in the log, with the reason.
func TestForgottenPasswordThatCannotBeSent(t *testing.T) {
	server := mailtest.Server{RefuseTo: mailtest.Answer(550, "no such user")}
	w, err := workspace.New(dbtest.Open(t), workspace.Options{Hashing: weak, PublicURL: publicURL, Mailer: server.Start(t)})
	if err != nil {
		t.Fatal(err)
	}
	f := newFirm(t, w, "Acme", "ana@example.com")
	if err := w.RequestPasswordLink(t.Context(), "ana@example.com", web); err != nil {
		t.Fatal(err)
	}
	letters(t, w)
	page, err := w.Log.Events(t.Context(), f.founded.Account.ID, audit.Query{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	e, err := page.Events[0].Event()
	if err != nil {
		t.Fatal(err)
	}
	if e.Type != "password.reset_requested" || e.Outcome != audit.Failed || !strings.Contains(e.Description, "could not be sent") {
		t.Errorf("%s %s %q", e.Type, e.Outcome, e.Description)
	}
}
