package mail_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/mail"
	"github.com/backtrail/backtrail/mail/mailtest"
	"github.com/backtrail/backtrail/store"
	"github.com/backtrail/backtrail/workspace"
)

// house is an account with its services.
type house struct {
	*workspace.Workspace
	db      *store.DB
	t       *testing.T
	account audit.AccountID
	owner   audit.Caller
}

func open(t *testing.T, o workspace.Options) *house {
	t.Helper()
	o.Hashing = &argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	db := dbtest.Open(t)
	w, err := workspace.New(db, o)
	if err != nil {
		t.Fatal(err)
	}
	f, err := w.Found(t.Context(), workspace.Founding{Name: "Harbour", OwnerName: "Ana", OwnerEmail: "ana@example.com", OwnerPassword: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	return &house{w, db, t, f.Account.ID, auth.SystemCaller(f.Account.ID, "Test")}
}

// profile changes the account's business profile.
func (h *house) profile(texts map[string]string) {
	h.t.Helper()
	object, err := h.Schema.Object("business_profile")
	if err != nil {
		h.t.Fatal(err)
	}
	found, _, err := h.Engine.Find(h.t.Context(), h.owner, crm.Query{Object: object, Sort: "created_at", Limit: 1})
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.Engine.Update(h.t.Context(), h.owner, object.Key, found[0].ID, crm.Texts(object, texts), 0); err != nil {
		h.t.Fatal(err)
	}
}

// sendsBy names a server in the business profile.
func (h *house) sendsBy(s *mail.Server) {
	h.t.Helper()
	h.profile(map[string]string{"smtp_host": s.Host, "smtp_port": strconv.Itoa(s.Port), "mail_from": "studio@example.com"})
}

func TestServiceSend(t *testing.T) {
	h := open(t, workspace.Options{AllowPrivateSMTP: true})
	if ok, err := h.Mail.Configured(t.Context(), h.account); ok || err != nil {
		t.Errorf("a new account: %v, %v", ok, err)
	}
	err := h.Mail.Send(t.Context(), h.account, letter())
	if errs.Code(err) != "mail_not_set_up" || !errs.Is(err, errs.NotPossible) || !strings.Contains(errs.Of(err).Fix, "Business profile") {
		t.Errorf("without a server: %v", err)
	}

	s := &mailtest.Server{}
	h.sendsBy(s.Start(t))
	if ok, err := h.Mail.Configured(t.Context(), h.account); !ok || err != nil {
		t.Errorf("with a server: %v, %v", ok, err)
	}
	if err := h.Mail.Send(t.Context(), h.account, letter()); err != nil {
		t.Fatal(err)
	}
	if took := s.Mails(); len(took) != 1 || took[0].From != "studio@example.com" || !strings.Contains(string(took[0].Body), `From: "Harbour" <studio@example.com>`) {
		t.Errorf("%d mails", len(took))
	}

	// Another account has no server by that.
	other, err := h.Found(t.Context(), workspace.Founding{Name: "Other", OwnerEmail: "bo@example.com", OwnerPassword: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Mail.Send(t.Context(), other.Account.ID, letter()); errs.Code(err) != "mail_not_set_up" {
		t.Errorf("another account: %v", err)
	}
}

// The password reaches the server that it is for, and no other one.
func TestServiceSendsThePassword(t *testing.T) {
	h := open(t, workspace.Options{})
	s := &mailtest.Server{TLS: true}
	to := s.Start(t)
	h.sendsBy(to)
	h.profile(map[string]string{"smtp_user": "studio", "smtp_password": mailtest.Password})
	o := mail.Options{Store: h.db, Engine: h.Engine, Recorder: h.Recorder, Runner: jobs.NewRunner(jobs.Options{Store: h.db}), AllowPrivate: true}
	if err := mail.NewService(o).Send(t.Context(), h.account, letter()); errs.Code(err) != "mail_certificate" || len(s.Logins()) > 0 {
		t.Errorf("a server that nobody knows: %v, logins %v", err, s.Logins())
	}
	o.Roots = to.Roots
	if err := mail.NewService(o).Send(t.Context(), h.account, letter()); err != nil || len(s.Mails()) != 1 || s.Mails()[0].User != "studio" {
		t.Errorf("%v, logins %v", err, s.Logins())
	}
}

func TestServicePrivate(t *testing.T) {
	h := open(t, workspace.Options{})
	s := &mailtest.Server{}
	h.sendsBy(s.Start(t))
	if err := h.Mail.Send(t.Context(), h.account, letter()); errs.Code(err) != "private_address" || len(s.Mails()) > 0 {
		t.Errorf("%v", err)
	}
}
