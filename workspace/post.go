package workspace

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/mail"
)

// Where the pages take one-time links.
const (
	InvitationPath   = "/invitation"
	PasswordLinkPath = "/login/password"
)

// OneTimeLink is a link to one of these pages; base is the server as people reach it.
func OneTimeLink(base, path, token string) string {
	return base + path + "?" + url.Values{"token": {token}}.Encode()
}

// Why an invitation is not mailed.
const (
	NoPublicURL  = "no_public_url"  // the address would be what a request says of itself
	NoMailServer = "no_mail_server" // the account names none
)

// InvitationUnmailed says why the account's invitations are shown instead of mailed; "" when they are mailed.
func (w *Workspace) InvitationUnmailed(ctx context.Context, account audit.AccountID) (why string, err error) {
	if w.PublicURL == "" {
		return NoPublicURL, nil
	}
	able, err := w.Mail.Configured(ctx, account)
	if err != nil || able {
		return "", err
	}
	return NoMailServer, nil
}

// MailInvitation sends an invitation by the account's mail server; sent is false when [Workspace.InvitationUnmailed] has a
// reason, and when the mail server did not take the mail: then failed says why, for whoever invites.
func (w *Workspace) MailInvitation(ctx context.Context, m auth.Member, address string, until time.Time) (sent bool, failed string, err error) {
	if why, err := w.InvitationUnmailed(ctx, m.Account); err != nil || why != "" {
		return false, "", err
	}
	account, err := w.store.Account(ctx, m.Account)
	if err != nil {
		return false, "", err
	}
	text := fmt.Sprintf("Hello %s,\n\nyou are invited to %s. Open this link to choose a password and come in:\n\n%s\n\nIt can be used once, until %s. "+
		"If you did not expect this, do nothing: without you nothing happens.\n", m.Name, account.Name, address, until.In(Zone(account)).Format("2 January 2006, 15:04 MST"))
	err = w.Mail.Send(ctx, m.Account, mail.Letter{To: m.Email, Subject: "Invitation to " + subjectName(account.Name), Text: text, Automatic: true})
	if errs.Is(err, errs.Unavailable) || errs.Is(err, errs.NotPossible) {
		return false, errs.Of(err).Detail, nil
	}
	return err == nil, "", err
}

// subjectName is a name that fits into the subject of a mail.
func subjectName(name string) string {
	if r := []rune(name); len(r) > 100 {
		return string(r[:99]) + "…"
	}
	return name
}

// RequestPasswordLink sends a link to a new password to the person with this email, if there is one; see
// [auth.Service.RequestPasswordLink].
func (w *Workspace) RequestPasswordLink(ctx context.Context, email string, from audit.Origin) error {
	return w.Auth.RequestPasswordLink(ctx, email, from, post{w})
}

// post implements auth.Post: by the operator's mail server, or else by the account's.
type post struct{ w *Workspace }

var _ auth.Post = post{}

// Carrier implements auth.Post. Without a public address there is nothing to link to: that of a request is what a
// stranger says it is.
func (p post) Carrier(ctx context.Context, account audit.AccountID) (able, trusted bool, err error) {
	if p.w.PublicURL == "" {
		return false, false, nil
	}
	if p.w.Mailer != nil {
		return true, true, nil
	}
	if account == "" {
		return false, false, nil
	}
	able, err = p.w.Mail.Configured(ctx, account)
	return able, false, err
}

// SendPasswordLink implements auth.Post. It returns at once; what goes wrong is in the account's log.
func (p post) SendPasswordLink(ctx context.Context, account audit.AccountID, to auth.Member, link auth.Link) error {
	l := mail.Letter{To: to.Email, Subject: "A new password for Backtrail", Automatic: true,
		Text: fmt.Sprintf("Hello %s,\n\nsomebody, we hope you, asked for a new password. Open this link to choose one:\n\n%s\n\nIt can be used once, within an hour. "+
			"If it was not you, do nothing: your password stays as it is.\n", to.Name, OneTimeLink(p.w.PublicURL, PasswordLinkPath, link.Token))}
	ctx = context.WithoutCancel(ctx)
	p.w.letters.send(func() {
		var err error
		if p.w.Mailer != nil {
			err = p.w.Mailer.Send(ctx, l)
		} else {
			err = p.w.Mail.Send(ctx, account, l)
		}
		if err == nil {
			return
		}
		p.w.Logger.WarnContext(ctx, "a link to a new password could not be sent", "account", to.Account, "err", err)
		if err := p.w.Auth.RecordUnsent(ctx, to, errs.Of(err).Detail); err != nil {
			p.w.Logger.ErrorContext(ctx, "that a link could not be sent could not be recorded", "err", err)
		}
	})
	return nil
}

// letters are mails that nobody waits for, a few at once. They are kept nowhere: they hold tokens.
type letters struct {
	turns chan struct{}
	wg    *sync.WaitGroup
}

func newLetters() letters { return letters{make(chan struct{}, 8), &sync.WaitGroup{}} }

func (l letters) send(send func()) {
	l.wg.Go(func() {
		l.turns <- struct{}{}
		defer func() { <-l.turns }()
		send()
	})
}

func (l letters) wait() { l.wg.Wait() }
