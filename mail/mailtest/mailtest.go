// Package mailtest has a real mail server for tests, which takes mail, refuses it, or breaks off as it is told.
package mailtest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/backtrail/backtrail/mail"
)

// Password is the one with which everybody logs in.
const Password = "geheim"

// Mail is one that the server took.
type Mail struct {
	From, To string
	User     string // who had logged in, "" for nobody
	TLS      bool
	Body     []byte
}

// Server is a mail server on 127.0.0.1. Set what it does before it is used; Change does it later.
type Server struct {
	RefuseTo   error // the answer to a recipient
	RefuseText error // the answer to the text of a mail
	CutText    bool  // the connection ends in the middle of a mail
	CutAfter   bool  // the connection ends when a mail was taken, before the answer
	TLS        bool  // it offers STARTTLS
	Implicit   bool  // it speaks TLS from the first byte
	Unknown    bool  // nobody knows who made its certificate

	mu     sync.Mutex // guards the above once it serves, and what follows
	mails  []Mail
	logins []string // of all who tried
}

// Answer is what a server answers.
func Answer(code int, text string) error { return &smtp.SMTPError{Code: code, Message: text} }

// Change changes what the server does.
func (s *Server) Change(fn func(*Server)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn(s)
}

// Mails is what it took, in that order.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// Logins are the users who tried to log in.
func (s *Server) Logins() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.logins)
}

// Start serves until the test ends, and returns how to send by it: without a login, and trusting its certificate.
func (s *Server) Start(t *testing.T) *mail.Server {
	t.Helper()
	cert, pool := certificate(t)
	if s.Unknown {
		pool = x509.NewCertPool()
	}
	srv := smtp.NewServer(s)
	srv.Domain, srv.AllowInsecureAuth = "mail.example.com", true
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if s.TLS || s.Implicit {
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
	}
	if s.Implicit {
		listener = tls.NewListener(listener, srv.TLSConfig)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		srv.Serve(listener) // until it is closed
	}()
	t.Cleanup(func() {
		srv.Close()
		listener.Close() // it may be closed before it was served
		<-ended
	})
	return &mail.Server{Host: "127.0.0.1", Port: port, ImplicitTLS: s.Implicit, From: "studio@example.com", Roots: pool}
}

// certificate is one for 127.0.0.1, and who trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	srv := httptest.NewTLSServer(nil)
	defer srv.Close()
	pool := x509.NewCertPool()
	pool.AddCert(srv.Certificate())
	return srv.TLS.Certificates[0], pool
}

// NewSession implements smtp.Backend.
func (s *Server) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &session{Server: s, conn: c}, nil
}

type session struct {
	*Server
	conn *smtp.Conn
	now  Mail
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		s.Change(func(s *Server) { s.logins = append(s.logins, user) })
		if password != Password {
			return smtp.ErrAuthFailed
		}
		s.now.User = user
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.now.From = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.now.To = to
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.RefuseTo
}

func (s *session) Data(r io.Reader) error {
	s.mu.Lock()
	cutText, refuse := s.CutText, s.RefuseText
	s.mu.Unlock()
	if cutText {
		s.conn.Conn().Close()
		return errors.New("cut")
	}
	if refuse != nil {
		return refuse
	}
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Body = b
	_, s.now.TLS = s.conn.TLSConnectionState()
	s.mails = append(s.mails, s.now)
	if s.CutAfter {
		s.conn.Conn().Close()
	}
	return nil
}

func (*session) Reset()        {}
func (*session) Logout() error { return nil }
