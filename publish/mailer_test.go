package publish

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/integrity"
)

// mailServer is a mail server of the test, with what it took and how it refuses.
type mailServer struct {
	mu       sync.Mutex
	from, to string
	body     []byte
	users    []string
	secure   bool  // the last login came by TLS
	refuse   error // the answer to a recipient
	refuseIt error // the answer to the text of a mail
	cut      bool  // the connection ends in the middle of a mail
}

type mailSession struct {
	*mailServer
	conn *smtp.Conn
}

func (s *mailServer) NewSession(c *smtp.Conn) (smtp.Session, error) { return &mailSession{s, c}, nil }

func (s *mailSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		_, s.secure = s.conn.TLSConnectionState()
		s.users = append(s.users, user)
		if password != "geheim" {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return s.refuse
}

func (s *mailSession) Data(r io.Reader) error {
	if s.cut {
		s.conn.Conn().Close()
		return errors.New("cut")
	}
	if s.refuseIt != nil {
		return s.refuseIt
	}
	b, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.body = b
	return err
}

func (*mailSession) Reset()        {}
func (*mailSession) Logout() error { return nil }

// certificate is one for 127.0.0.1, and who trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	srv := httptest.NewTLSServer(nil)
	defer srv.Close()
	pool := x509.NewCertPool()
	pool.AddCert(srv.Certificate())
	return srv.TLS.Certificates[0], pool
}

// serveMail starts a server; scheme is smtp or smtps. The mailer trusts its certificate.
func serveMail(t *testing.T, s *mailServer, scheme, userinfo string, withTLS bool) *Mailer {
	t.Helper()
	cert, pool := certificate(t)
	srv := smtp.NewServer(s)
	srv.Domain, srv.AllowInsecureAuth = "mail.example.com", true
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if withTLS {
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
	}
	if scheme == "smtps" {
		listener = tls.NewListener(listener, srv.TLSConfig)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		srv.Serve(listener) // until it is closed
	}()
	t.Cleanup(func() {
		srv.Close()
		<-ended
	})
	m := newTestMailer(t, scheme+"://"+userinfo+listener.Addr().String())
	m.tls.RootCAs = pool
	return m
}

func newTestMailer(t *testing.T, address string) *Mailer {
	t.Helper()
	m, err := NewMailer(address, "backtrail@example.com")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func testLetter(t *testing.T) letter {
	signed := integrity.Signed{Head: head(1234, 'a'), Checkpoint: sign(t, testKey(), acme, head(1234, 'a'))}
	return letterOf(acme, "Acme\r\nBcc: eve@example.com — Büro", "audit@example.org", signed)
}

func TestMail(t *testing.T) {
	for _, test := range []struct {
		name, scheme, userinfo string
		tls, secure            bool
		users                  int
	}{
		{"without TLS", "smtp", "", false, false, 0},
		{"STARTTLS where it is offered", "smtp", "", true, false, 0},
		{"STARTTLS and a password", "smtp", "log:geheim@", true, true, 1},
		{"TLS and a password", "smtps", "log:geheim@", true, true, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &mailServer{}
			l := testLetter(t)
			if err := serveMail(t, s, test.scheme, test.userinfo, test.tls).send(t.Context(), l); err != nil {
				t.Fatal(err)
			}
			if s.from != "backtrail@example.com" || s.to != "audit@example.org" || len(s.users) != test.users || s.secure != test.secure {
				t.Errorf("from %q to %q, logins %v by TLS %v", s.from, s.to, s.users, s.secure)
			}
			checkMail(t, s.body, l)
		})
	}
}

// checkMail reads a mail as its recipient's program does.
func checkMail(t *testing.T, raw []byte, l letter) {
	t.Helper()
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if err != nil || subject != "Checkpoint of the audit log of Acme Bcc: eve@example.com — Büro: 1,234 events" || msg.Header.Get("Bcc") != "" {
		t.Errorf("subject %q, Bcc %q: %v", subject, msg.Header.Get("Bcc"), err)
	}
	_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(msg.Body, params["boundary"])
	text, err := parts.NextPart() // decodes quoted-printable
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(text)
	if err != nil || strings.ReplaceAll(string(got), "\r\n", "\n") != l.text || !strings.Contains(l.text, string(l.content)) {
		t.Errorf("text %v:\n%s", err, got)
	}
	file, err := parts.NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	if file.FileName() != string(acme)+"-1234.checkpoint" || !strings.HasPrefix(file.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("attachment %v", file.Header)
	}
	content, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, file))
	if err != nil || string(content) != string(l.content) {
		t.Errorf("attachment %v:\n%s", err, content)
	}
}

func TestMailRefused(t *testing.T) {
	for _, test := range []struct {
		name     string
		s        *mailServer
		userinfo string
		tls      bool
		code     string
		says     string
	}{
		{"unknown recipient", &mailServer{refuse: &smtp.SMTPError{Code: 550, Message: "secret detail"}}, "", false, "mail_refused", "550"},
		{"busy", &mailServer{refuse: &smtp.SMTPError{Code: 451, Message: "later"}}, "", false, "mail_deferred", "451"},
		{"unwanted text", &mailServer{refuseIt: &smtp.SMTPError{Code: 554, Message: "spam"}}, "", false, "mail_refused", "554"},
		{"the line is cut", &mailServer{cut: true}, "", false, "mail_unreachable", ""},
		{"wrong password", &mailServer{}, "log:wrong@", true, "mail_refused", "535"},
		{"no TLS for a password", &mailServer{}, "log:geheim@", false, "mail_unreachable", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := serveMail(t, test.s, "smtp", test.userinfo, test.tls).send(t.Context(), testLetter(t))
			if errs.Code(err) != test.code || !strings.Contains(errs.Of(err).Detail, test.says) || strings.Contains(errs.Of(err).Detail, "secret") {
				t.Errorf("%v, want %s", err, test.code)
			}
			if again := test.code != "mail_refused"; errs.Is(err, errs.Unavailable) != again {
				t.Errorf("%v is tried again: %v", err, !again)
			}
			if test.name == "no TLS for a password" && len(test.s.users) > 0 {
				t.Error("the password was sent without TLS")
			}
		})
	}
}

// TestMailSlow has servers that say nothing: before the greeting, and behind it.
func TestMailSlow(t *testing.T) {
	for _, greeting := range []string{"", "220 mail.example.com\r\n"} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		closed := make(chan error, 1)
		go func() {
			conn, err := listener.Accept()
			if err != nil {
				closed <- err
				return
			}
			conn.Write([]byte(greeting)) // what it cannot read it does not miss
			_, err = io.Copy(io.Discard, conn)
			closed <- errors.Join(err, conn.Close())
		}()
		m := newTestMailer(t, "smtp://"+listener.Addr().String())
		m.timeout = 50 * time.Millisecond
		if err := m.send(t.Context(), testLetter(t)); errs.Code(err) != "mail_slow" || !errs.Is(err, errs.Unavailable) {
			t.Errorf("after %q: %v", greeting, err)
		}
		if err := <-closed; err != nil { // the connection does not stay
			t.Error(err)
		}
		listener.Close()
	}
	if err := newTestMailer(t, "smtp://127.0.0.1:1").send(t.Context(), testLetter(t)); errs.Code(err) != "mail_unreachable" {
		t.Errorf("no server: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := newTestMailer(t, "smtp://127.0.0.1:1").send(ctx, testLetter(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("a server that stops: %v", err)
	}
}

func TestNewMailer(t *testing.T) {
	for _, test := range []struct{ address, from, field string }{
		{"smtp://mail.example.com", "a@example.com", ""},
		{"smtp://ana%40example.com:p%2Fw@mail.example.com:2525/", "a@example.com", ""},
		{"smtps://[2001:db8::1]", "a@example.com", ""},
		{"mail.example.com:25", "a@example.com", "smtp"},
		{"http://mail.example.com", "a@example.com", "smtp"},
		{"smtp://:secret@", "a@example.com", "smtp"},
		{"smtp://u:secret@mail.example.com:0", "a@example.com", "smtp"},
		{"smtp://u:secret@mail.example.com:99999", "a@example.com", "smtp"},
		{"smtp://u:secret@mail.example.com/x", "a@example.com", "smtp"},
		{"smtp://u:secret@mail.example.com?starttls=never", "a@example.com", "smtp"},
		{"smtp://u:secret@%zz", "a@example.com", "smtp"},
		{"smtp://mail.example.com", "", "mail_from"},
		{"smtp://mail.example.com", "Backtrail <a@example.com>", "mail_from"},
	} {
		m, err := NewMailer(test.address, test.from)
		if test.field == "" {
			if err != nil {
				t.Errorf("%s: %v", test.address, err)
			}
			continue
		}
		if fields := errs.Of(err).Fields; m != nil || len(fields) != 1 || fields[0].Field != test.field || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s, %s: %v", test.address, test.from, err)
		}
	}
	m := newTestMailer(t, "smtp://ana%40example.com:p%2Fw@mail.example.com:2525")
	if m.user != "ana@example.com" || m.password != "p/w" || m.host != "mail.example.com" || m.port != 2525 || m.implicitTLS {
		t.Errorf("%+v", m)
	}
}
