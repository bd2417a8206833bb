package workspace

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/alerts"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/mail"
)

// accountOf is what a message says of an account.
func (w *Workspace) accountOf(ctx context.Context, account audit.AccountID) (string, *time.Location, error) {
	a, err := w.store.Account(ctx, account)
	return a.Name, Zone(a), err
}

// alertMail sends what alerts say: by the operator's mail server, and only where there is none by the account's. Whoever may
// change settings can name another server for the account, and would read there what the log says, or keep it from leaving.
type alertMail struct{ w *Workspace }

var _ alerts.Mailer = alertMail{}

// Send implements alerts.Mailer.
func (m alertMail) Send(ctx context.Context, account audit.AccountID, l mail.Letter) error {
	if m.w.Mailer != nil {
		return m.w.Mailer.Send(ctx, l)
	}
	return m.w.Mail.Send(ctx, account, l)
}

// AlertsMailed reports whether alerts of the account can be sent by email.
func (w *Workspace) AlertsMailed(ctx context.Context, account audit.AccountID) (bool, error) {
	if w.Mailer != nil {
		return true, nil
	}
	return w.Mail.Configured(ctx, account)
}

// AlertsByOperator reports whether they leave by the operator's mail server, which nobody of an account can change.
func (w *Workspace) AlertsByOperator() bool { return w.Mailer != nil }

// readers implements alerts.People: staff records, with what their roles and single permissions give them now.
type readers struct{ w *Workspace }

var _ alerts.People = readers{}

// mostReaders bounds the staff among whom recipients are chosen.
const mostReaders = 1000

// Readers implements alerts.People.
func (p readers) Readers(ctx context.Context, account audit.AccountID) ([]alerts.Reader, error) {
	object := p.w.mustObject("staff")
	status, _ := object.Field("status")
	asking := audit.Caller{Origin: audit.Origin{Account: account, Actor: audit.SystemActor("Backtrail"), Channel: audit.SystemChannel},
		Permissions: map[audit.Permission]bool{audit.RecordsRead: true}}
	found, _, err := p.w.Engine.Find(ctx, asking, crm.Query{Object: object, Where: []crm.Condition{{Field: status, Values: []string{"active"}}}, Sort: "name", Limit: mostReaders})
	if err != nil {
		return nil, err
	}
	table, err := p.w.store.RoleTable(ctx, account)
	if err != nil {
		return nil, err
	}
	var out []alerts.Reader
	for _, rec := range found {
		m := memberOf(account, rec)
		if !table.Effective(m.Role, m.Permissions)[audit.AuditRead] {
			continue
		}
		agreed, err := p.agreed(ctx, m)
		if err != nil {
			return nil, err
		}
		if agreed {
			out = append(out, alerts.Reader{ID: m.ID, Name: m.Name, Email: m.Email, Owner: m.Role == "owner"})
		}
	}
	return out, nil
}

// Reader implements alerts.People.
func (p readers) Reader(ctx context.Context, account audit.AccountID, id audit.RecordID) (alerts.Reader, string, error) {
	m, err := p.w.store.MemberByID(ctx, account, id)
	if errs.Is(err, errs.NotFound) {
		return alerts.Reader{ID: id}, "a staff member who was removed", nil
	}
	if err != nil {
		return alerts.Reader{}, "", err
	}
	r := alerts.Reader{ID: id, Name: m.Name, Email: m.Email, Owner: m.Role == "owner"}
	if m.Status != "active" {
		return r, "has the status " + m.Status, nil
	}
	may, err := p.w.Auth.Rights(ctx, account, m.Role, m.Permissions)
	if err == nil && !may[audit.AuditRead] {
		return r, "may not read the audit log any more", nil
	}
	if err != nil {
		return r, "", err
	}
	agreed, err := p.agreed(ctx, m)
	if err == nil && !agreed {
		return r, "has neither accepted an invitation nor logged in", nil
	}
	return r, "", err
}

// agreed reports whether somebody came into the account themselves: nobody else is sent mail, whatever status somebody gave them.
func (p readers) agreed(ctx context.Context, m auth.Member) (bool, error) {
	if ok, err := p.w.Auth.Agreed(ctx, m); ok || err != nil {
		return ok, err
	}
	page, err := p.w.store.Events(ctx, m.Account, audit.Query{Limit: 1, Filter: audit.Filter{Where: audit.All{
		audit.Is{Property: audit.ByType, Values: []string{"session.login"}}, audit.Is{Property: audit.ByUser, Values: []string{string(m.ID)}}}}})
	return len(page.Events) > 0, err
}

// Manages implements alerts.People.
func (p readers) Manages(ctx context.Context, account audit.AccountID, who alerts.Owner) error {
	if who.Type == audit.System { // the command line, which has all rights
		return nil
	}
	c, err := p.w.Auth.Renew(ctx, audit.Caller{Origin: audit.Origin{Account: account, Actor: audit.Actor{Type: who.Type, ID: who.ID, Name: who.Name}}})
	if err != nil {
		return err
	}
	for _, permission := range []audit.Permission{audit.AuditRead, audit.AuditManage} {
		if !c.May(permission) {
			return errs.MissingPermission(string(permission), "have an alert call a webhook")
		}
	}
	return nil
}
