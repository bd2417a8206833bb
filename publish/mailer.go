package publish

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/textproto"
	"net/url"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/backtrail/backtrail/errs"
)

// mailTimeout is how long a mail server may take for one mail, from the first packet to the last.
const mailTimeout = 30 * time.Second

// Mailer sends mail by a mail server.
type Mailer struct {
	host, user, password string
	port                 int
	implicitTLS          bool
	from                 string
	tls                  *tls.Config
	timeout              time.Duration
}

// NewMailer makes a mailer of an address and a sender. The address is smtp://USER:PASSWORD@HOST:PORT, which goes over to
// TLS by STARTTLS, or smtps://, which begins with it. User and password may be left out; with them nothing is sent without
// TLS, and without them where the server offers none. errs.Invalid names smtp or mail_from.
func NewMailer(address, from string) (*Mailer, error) {
	// The address is not repeated: it may hold a password.
	invalid := errs.InvalidField("smtp", "invalid_smtp_url", "The address of the mail server is not one.").
		WithFix("Give smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465, best by the environment (BACKTRAIL_SMTP).")
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return nil, invalid
	}
	m := &Mailer{host: u.Hostname(), from: from, tls: &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}, timeout: mailTimeout}
	switch u.Scheme {
	case "smtp":
		m.port = 587
	case "smtps":
		m.port, m.implicitTLS = 465, true
	default:
		return nil, invalid
	}
	if text := u.Port(); text != "" {
		if m.port, err = strconv.Atoi(text); err != nil || m.port < 1 || m.port > 65535 {
			return nil, invalid
		}
	}
	m.user = u.User.Username()
	m.password, _ = u.User.Password()
	if !validEmail(from) {
		return nil, errs.InvalidField("mail_from", "invalid_email", "The sender of mail must be one address such as backtrail@example.com.").
			WithFix("Give it with --mail-from.")
	}
	return m, nil
}

// letter is a mail with one attachment.
type letter struct {
	to, subject, text string
	attachment        string // name
	content           []byte
}

// send hands a mail over to the server. errs.Unavailable says that it may work later.
func (m *Mailer) send(ctx context.Context, l letter) error {
	msg := mail.NewMsg()
	if err := errors.Join(msg.From(m.from), msg.To(l.to)); err != nil {
		return errs.New(errs.NotPossible, "mail_invalid", "Its address cannot be used.").Because(err)
	}
	msg.Subject(l.subject)
	msg.SetBodyString(mail.TypeTextPlain, l.text)
	if err := msg.AttachReader(l.attachment, bytes.NewReader(l.content), mail.WithFileContentType(mail.TypeTextPlain)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	err := m.deliver(ctx, msg)
	if err != nil {
		return judgeMail(ctx, err)
	}
	return nil
}

func (m *Mailer) deliver(ctx context.Context, msg *mail.Msg) error {
	options := []mail.Option{mail.WithPort(m.port), mail.WithTimeout(m.timeout), mail.WithTLSConfig(m.tls), mail.WithTLSPolicy(m.policy()),
		mail.WithDialContextFunc(m.dial(ctx))}
	if m.user != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(m.user), mail.WithPassword(m.password))
	}
	c, err := mail.NewClient(m.host, options...)
	if err != nil {
		return err
	}
	s, err := c.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return err
	}
	if err := c.SendWithSMTPClient(s, msg); err != nil {
		return err
	}
	c.CloseWithSMTPClient(s) // the server has taken it: whatever goes wrong now, it is not to be sent again
	return nil
}

// policy asks for TLS where a password is sent, and takes it wherever it is offered.
func (m *Mailer) policy() mail.TLSPolicy {
	if m.user != "" && !m.implicitTLS {
		return mail.TLSMandatory
	}
	return mail.TLSOpportunistic
}

// dial connects, by TLS where the address says so. The library does not listen to its context once it is connected, nor
// close a connection that came to nothing: the end of ctx does both here.
func (m *Mailer) dial(ctx context.Context) mail.DialContextFunc {
	return func(dialing context.Context, network, address string) (net.Conn, error) {
		var d interface {
			DialContext(ctx context.Context, network, address string) (net.Conn, error)
		} = &net.Dialer{}
		if m.implicitTLS {
			d = &tls.Dialer{Config: m.tls}
		}
		conn, err := d.DialContext(dialing, network, address)
		if err == nil {
			context.AfterFunc(ctx, func() { conn.Close() })
		}
		return conn, err
	}
}

// judgeMail words an error of the mail server. What it says stays in the server's log, but for the number.
func judgeMail(ctx context.Context, err error) error {
	code := 0
	if e, ok := errors.AsType[*mail.SendError](err); ok {
		code = e.ErrorCode()
	} else if e, ok := errors.AsType[*textproto.Error](err); ok {
		code = e.Code
	}
	switch {
	case code/100 == 5:
		return errs.New(errs.NotPossible, "mail_refused", "The mail server refused it (%d).", code).Because(err)
	case code > 0:
		return errs.New(errs.Unavailable, "mail_deferred", "The mail server does not take it now (%d).", code).Because(err)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return errs.New(errs.Unavailable, "mail_slow", "The mail server took too long.").Because(err)
	}
	return errs.New(errs.Unavailable, "mail_unreachable", "The mail server cannot be reached, or the connection ended.").Because(err)
}
