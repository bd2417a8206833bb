package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/internal/publicnet"
)

// Timeout is how long a mail server may take for one mail, from the first packet to the last.
const Timeout = 30 * time.Second

// Server is a mail server, and who sends by it.
type Server struct {
	Host        string
	Port        int
	ImplicitTLS bool   // the connection begins with TLS; otherwise it goes over by STARTTLS
	User        string // "" for no login. With one, nothing is sent without TLS; without, TLS is taken where it is offered
	Password    string
	From        string // a bare address
	FromName    string // "" for none
	// PublicOnly refuses servers that are not on the open internet.
	PublicOnly bool
	// Quotes lets errors repeat what the server answered. It is for servers of those who read them.
	Quotes  bool
	Roots   *x509.CertPool // trusted certificates; the system's when nil
	Timeout time.Duration  // Timeout when zero
}

// ParseServer makes a server of an address and a sender. The address is smtp://USER:PASSWORD@HOST:PORT, which goes over to
// TLS by STARTTLS, or smtps://, which begins with it. User and password may be left out. errs.Invalid names smtp or
// mail_from.
func ParseServer(address, from string) (*Server, error) {
	// The address is not repeated: it may hold a password.
	invalid := errs.InvalidField("smtp", "invalid_smtp_url", "The address of the mail server is not one.").
		WithFix("Give smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465, best by the environment (BACKTRAIL_SMTP).")
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return nil, invalid
	}
	s := &Server{Host: u.Hostname(), From: from}
	switch u.Scheme {
	case "smtp":
		s.Port = 587
	case "smtps":
		s.Port, s.ImplicitTLS = 465, true
	default:
		return nil, invalid
	}
	if text := u.Port(); text != "" {
		if s.Port, err = strconv.Atoi(text); err != nil || s.Port < 1 || s.Port > 65535 {
			return nil, invalid
		}
	}
	s.User = u.User.Username()
	s.Password, _ = u.User.Password()
	if !ValidAddress(from) {
		return nil, errs.InvalidField("mail_from", "invalid_email", "The sender of mail must be one address such as backtrail@example.com.").
			WithFix("Give it with --mail-from.")
	}
	return s, nil
}

// Send hands a letter over to the server, and returns when the server has taken it; see the package for its errors.
func (s *Server) Send(ctx context.Context, l Letter) error {
	m, err := l.message(s.FromName, s.From)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout())
	defer cancel()
	if err := s.deliver(ctx, m); err != nil {
		return s.judge(ctx, err)
	}
	return nil
}

func (s *Server) deliver(ctx context.Context, m *gomail.Msg) error {
	options := []gomail.Option{gomail.WithPort(s.Port), gomail.WithTimeout(s.timeout()), gomail.WithTLSConfig(s.tls()), gomail.WithTLSPolicy(s.policy()),
		gomail.WithDialContextFunc(s.dial(ctx))}
	if s.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.User), gomail.WithPassword(s.Password))
	}
	c, err := gomail.NewClient(s.Host, options...)
	if err != nil {
		return err
	}
	conn, err := c.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return &greeting{err}
	}
	if err := c.SendWithSMTPClient(conn, m); err != nil && !m.IsDelivered() {
		return err
	}
	c.CloseWithSMTPClient(conn) // the server has taken it: whatever goes wrong now, it is not to be sent again
	return nil
}

func (s *Server) timeout() time.Duration { return cmp.Or(s.Timeout, Timeout) }

func (s *Server) tls() *tls.Config {
	return &tls.Config{ServerName: s.Host, MinVersion: tls.VersionTLS12, RootCAs: s.Roots}
}

// policy asks for TLS where a password is sent, and takes it wherever it is offered.
func (s *Server) policy() gomail.TLSPolicy {
	if s.User != "" && !s.ImplicitTLS {
		return gomail.TLSMandatory
	}
	return gomail.TLSOpportunistic
}

// dial connects, by TLS where the connection begins with it. The library does not listen to its context once it is connected, nor
// close a connection that came to nothing: the end of ctx does both here.
func (s *Server) dial(ctx context.Context) gomail.DialContextFunc {
	return func(dialing context.Context, network, address string) (net.Conn, error) {
		plain := &net.Dialer{}
		if s.PublicOnly {
			plain.Control = publicnet.Only(errs.New(errs.NotPossible, "private_address", "The mail server is in a private network, which mail may not reach.").
				WithFix("Name a mail server on the open internet, or start Backtrail with --allow-private-smtp."))
		}
		var d interface {
			DialContext(ctx context.Context, network, address string) (net.Conn, error)
		} = plain
		if s.ImplicitTLS {
			d = &tls.Dialer{NetDialer: plain, Config: s.tls()}
		}
		conn, err := d.DialContext(dialing, network, address)
		if err == nil {
			context.AfterFunc(ctx, func() { conn.Close() })
		}
		return conn, err
	}
}
