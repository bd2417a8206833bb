package workspace_test

import (
	"testing"

	"github.com/backtrail/backtrail/alerts"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/mail"
	"github.com/backtrail/backtrail/mail/mailtest"
	"github.com/backtrail/backtrail/workspace"
)

func (f firm) alert(to ...string) error {
	a, _, err := f.Alerts.Create(f.t.Context(), f.caller, alerts.NewAlert{Name: "Gone", Query: "action=deleted", Recipients: to, Enabled: true})
	if err == nil {
		_, err = f.Alerts.Test(f.t.Context(), f.caller, a.ID)
	}
	return err
}

// Whoever may change settings can name another mail server for the account: alerts leave by the operator's where there is one.
func TestAlertsByOperatorsServer(t *testing.T) {
	var own, operators mailtest.Server
	port := own.Start(t).Port
	at := operators.Start(t)
	db := dbtest.Open(t)
	o := workspace.Options{Hashing: weak, AllowPrivateSMTP: true}
	w, err := workspace.New(db, o)
	if err != nil {
		t.Fatal(err)
	}
	f := newFirm(t, w, "Acme", "ana@example.com")
	f.useServer(port)
	if err := f.alert("ana@example.com"); err != nil || len(own.Mails()) != 1 {
		t.Errorf("without an operator's server: %v, %d mails", err, len(own.Mails()))
	}
	o.Mailer = &mail.Server{Host: at.Host, Port: at.Port, From: "backtrail@example.com"}
	if f.Workspace, err = workspace.New(db, o); err != nil {
		t.Fatal(err)
	}
	list, err := f.Alerts.Alerts(t.Context(), f.caller)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Alerts.Test(t.Context(), f.caller, list[1].ID); err != nil || len(own.Mails()) != 1 || len(operators.Mails()) != 1 {
		t.Errorf("with one: %v, %d by the account's, %d by the operator's", err, len(own.Mails()), len(operators.Mails()))
	}
}

// Whom somebody made active, without anything that they did, gets no mail.
func TestAlertsTellWhoCameThemselves(t *testing.T) {
	w := open(t)
	f := newFirm(t, w, "Acme", "ana@example.com")
	other := newFirm(t, w, "Borealis", "bea@example.com")
	for _, email := range []string{"stranger@example.com", "bea@example.com"} { // bea's password is the operator's: she is let in unasked
		rec, err := f.add(email, email, auth.Admin, "active")
		if err != nil {
			t.Fatal(err)
		}
		err = f.alert(email)
		if fields := errs.Of(err).Fields; len(fields) != 1 || fields[0].Code != "not_a_reader" {
			t.Errorf("%s is mailed: %v", email, err)
		}
		if r, err := f.Alerts.Recipients(t.Context(), alerts.Alert{Account: f.founded.Account.ID, Recipients: []audit.RecordID{f.founded.Owner.ID, rec.ID}}); err != nil || r[0].Why != "" || r[1].Why != "has neither accepted an invitation nor logged in" {
			t.Errorf("%+v %v", r, err)
		}
	}
	// She comes by herself.
	in, err := w.Auth.Login(t.Context(), "bea@example.com", password, web)
	if err != nil {
		t.Fatal(err)
	}
	id, err := w.Auth.Authenticate(t.Context(), auth.Credentials{Cookie: in.Token, Origin: web})
	if err != nil {
		t.Fatal(err)
	}
	if id.Account.ID != other.founded.Account.ID {
		t.Fatalf("her home is %s", id.Account.Name)
	}
	if err := w.Auth.SwitchAccount(t.Context(), id, f.founded.Account.ID); err != nil {
		t.Fatal(err)
	}
	readers, err := f.Alerts.Readers(t.Context(), f.caller)
	if err != nil || len(readers) != 2 || readers[0].Email != "bea@example.com" {
		t.Errorf("the readers are %+v %v", readers, err)
	}
	_, token := f.invite("Cy", "cy@example.com", auth.Admin)
	if _, err := w.AcceptInvitation(t.Context(), token, password, web); err != nil {
		t.Fatal(err)
	}
	if readers, err = f.Alerts.Readers(t.Context(), f.caller); err != nil || len(readers) != 3 {
		t.Errorf("the readers are %+v %v", readers, err)
	}
}
