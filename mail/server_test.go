package mail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/mail"
	"github.com/backtrail/backtrail/mail/mailtest"
)

func letter() mail.Letter {
	return mail.Letter{To: "ana@example.org", Subject: "Grüße — your order", Text: "Hello Ana,\n\n.\nit is ready. Ø\n", MessageID: "1@example.com",
		InReplyTo: "0@example.com", References: []string{"a@example.com", "not one", "0@example.com"}}
}

func TestSend(t *testing.T) {
	for _, test := range []struct {
		name   string
		server *mailtest.Server
		user   string
		tls    bool
	}{
		{"without TLS", &mailtest.Server{}, "", false},
		{"STARTTLS where it is offered", &mailtest.Server{TLS: true}, "", true},
		{"STARTTLS and a password", &mailtest.Server{TLS: true}, "studio", true},
		{"TLS from the first byte and a password", &mailtest.Server{Implicit: true}, "studio", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			to := test.server.Start(t)
			to.User, to.Password, to.FromName = test.user, mailtest.Password, "Harbour & Pine\r\nBcc: eve@example.com"
			if err := to.Send(t.Context(), letter()); err != nil {
				t.Fatal(err)
			}
			mails := test.server.Mails()
			if len(mails) != 1 || mails[0].From != "studio@example.com" || mails[0].To != "ana@example.org" || mails[0].User != test.user || mails[0].TLS != test.tls {
				t.Fatalf("%.300q", fmt.Sprint(mails))
			}
			m, err := netmail.ReadMessage(bytes.NewReader(mails[0].Body))
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
			if err != nil || strings.ReplaceAll(string(text), "\r\n", "\n") != letter().Text {
				t.Errorf("text %q: %v", text, err)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
			if err != nil || subject != letter().Subject {
				t.Errorf("subject %q: %v", subject, err)
			}
			for name, want := range map[string]string{"Message-Id": "<1@example.com>", "In-Reply-To": "<0@example.com>", "References": "<a@example.com> <0@example.com>",
				"To": "<ana@example.org>", "Bcc": "", "From": `"Harbour & Pine Bcc: eve@example.com" <studio@example.com>`, "Auto-Submitted": ""} {
				if got := m.Header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

// A business may be called anything: its name reaches the recipient as it is, and is never more than a name.
func TestSendNames(t *testing.T) {
	s := &mailtest.Server{}
	to := s.Start(t)
	for _, test := range []struct{ name, want string }{
		{"Harbour", "Harbour"},
		{"", ""},
		{`Ana "The Tile" Silva`, `Ana "The Tile" Silva`},
		{`"`, `"`},
		{`Half a quote "`, `Half a quote "`},
		{`Back\slash\`, `Back\slash\`},
		{`Eve" <eve@example.com>, "Bo`, `Eve" <eve@example.com>, "Bo`},
		{"Silva, Ek & Co. (Lisbon) <shop>; @home", "Silva, Ek & Co. (Lisbon) <shop>; @home"},
		{"Müller „Söhne“ 株式会社 🏠", "Müller „Söhne“ 株式会社 🏠"},
		{"=?utf-8?q?Eve?=", "=?utf-8?q?Eve?="},
		{"Two\r\nlines", "Two lines"},
		{strings.Repeat("a", 1000), strings.Repeat("a", 99) + "…"},
		{strings.Repeat("é", 1000), strings.Repeat("é", 99) + "…"},
	} {
		to.FromName = test.name
		if err := to.Send(t.Context(), letter()); err != nil {
			t.Errorf("%.50q: %v", test.name, err)
			continue
		}
		mails := s.Mails()
		m, err := netmail.ReadMessage(bytes.NewReader(mails[len(mails)-1].Body))
		if err != nil {
			t.Fatal(err)
		}
		from, err := m.Header.AddressList("From")
		if err != nil || len(from) != 1 || from[0].Name != test.want || from[0].Address != "studio@example.com" {
			t.Errorf("%.50q became %v: %v", test.name, from, err)
		}
		for line := range strings.SplitSeq(string(mails[len(mails)-1].Body), "\r\n") {
			if len(line) > 998 { // RFC 5322
				t.Errorf("%.50q: a line of %d bytes", test.name, len(line))
			}
		}
	}
}

func TestSendParts(t *testing.T) {
	s := &mailtest.Server{}
	l := letter()
	l.HTML, l.Automatic = "<p>Hello</p>", true
	l.Attachments = []mail.Attachment{{Name: "a\r\nb.pdf", Type: "application/pdf", Content: []byte("%PDF")}, {Name: "c", Content: []byte("x")}}
	if err := s.Start(t).Send(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	m, err := netmail.ReadMessage(bytes.NewReader(s.Mails()[0].Body))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || m.Header.Get("Auto-Submitted") != "auto-generated" {
		t.Fatalf("headers %v: %v", m.Header, err)
	}
	var types []string
	for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		types = append(types, kind+" "+p.FileName())
	}
	if got := strings.Join(types, ", "); got != "multipart/alternative , application/pdf a b.pdf, application/octet-stream c" {
		t.Errorf("parts: %s", got)
	}
}

// TestSendRefused has each way in which a server says no.
func TestSendRefused(t *testing.T) {
	for _, test := range []struct {
		name   string
		server *mailtest.Server
		user   string // with a wrong password when it is "wrong"
		code   string
		says   string
		again  bool
	}{
		{"unknown recipient", &mailtest.Server{RefuseTo: mailtest.Answer(550, "no such\r\nuser")}, "", "mail_refused", "refused it (550): no such user", false},
		{"busy", &mailtest.Server{RefuseTo: mailtest.Answer(451, "later")}, "", "mail_deferred", "now (451): later", true},
		{"unwanted text", &mailtest.Server{RefuseText: mailtest.Answer(554, "spam")}, "", "mail_refused", "(554): spam", false},
		{"full", &mailtest.Server{RefuseText: mailtest.Answer(452, "full")}, "", "mail_deferred", "(452): full", true},
		{"the line is cut", &mailtest.Server{CutText: true}, "", "mail_unreachable", "ended", true},
		{"the line is cut before the answer", &mailtest.Server{CutAfter: true}, "", "mail_unreachable", "ended", true},
		{"wrong password", &mailtest.Server{TLS: true}, "wrong", "mail_login_refused", "535", false},
		{"no TLS for a password", &mailtest.Server{}, "studio", "mail_no_tls", "does not speak TLS", false},
		{"a certificate that nobody knows", &mailtest.Server{TLS: true, Unknown: true}, "studio", "mail_certificate", "not trusted", false},
		{"the same without a password", &mailtest.Server{TLS: true, Unknown: true}, "", "mail_certificate", "not trusted", false},
		{"the same with TLS from the first byte", &mailtest.Server{Implicit: true, Unknown: true}, "", "mail_certificate", "not trusted", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, quotes := range []bool{true, false} {
				to := test.server.Start(t)
				to.Quotes, to.User, to.Password = quotes, test.user, mailtest.Password
				if test.user == "wrong" {
					to.Password = "hunter2"
				}
				err := to.Send(t.Context(), letter())
				says := test.says
				if i := strings.Index(says, "):"); i > 0 && !quotes {
					says = says[:i] + ")."
				}
				if detail := errs.Of(err).Detail; errs.Code(err) != test.code || !strings.Contains(detail, says) || strings.Contains(detail, "hunter2") {
					t.Errorf("%v, want %s: %s", err, test.code, says)
				}
				if errs.Is(err, errs.Unavailable) != test.again || !test.again && !errs.Is(err, errs.NotPossible) {
					t.Errorf("%v has the kind %s", err, errs.Of(err).Kind)
				}
			}
			if test.name == "no TLS for a password" && len(test.server.Logins()) > 0 {
				t.Error("the password was sent without TLS")
			}
		})
	}
}

// TestSendSlow has servers that say nothing: before the greeting, and behind it.
func TestSendSlow(t *testing.T) {
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
		s := at(t, listener.Addr().String())
		s.Timeout = 50 * time.Millisecond
		if err := s.Send(t.Context(), letter()); errs.Code(err) != "mail_slow" || !errs.Is(err, errs.Unavailable) {
			t.Errorf("after %q: %v", greeting, err)
		}
		if err := <-closed; err != nil { // the connection does not stay
			t.Error(err)
		}
		listener.Close()
	}
	if err := at(t, "127.0.0.1:1").Send(t.Context(), letter()); errs.Code(err) != "mail_unreachable" {
		t.Errorf("no server: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := at(t, "127.0.0.1:1").Send(ctx, letter()); !errors.Is(err, context.Canceled) {
		t.Errorf("a server that stops: %v", err)
	}
}

// TestSendNoMailServer has servers of something else.
func TestSendNoMailServer(t *testing.T) {
	for _, test := range []struct {
		says     string
		implicit bool
		code     string
	}{
		{"HTTP/1.1 400 Bad Request\r\n\r\n", false, "mail_unreachable"},
		{"220 plain\r\n", true, "mail_no_tls"},
		{"554 no\r\n", false, "mail_refused"},
	} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			if conn, err := listener.Accept(); err == nil {
				conn.Write([]byte(test.says))
				io.Copy(io.Discard, conn)
			}
		}()
		s := at(t, listener.Addr().String())
		s.ImplicitTLS = test.implicit
		if err := s.Send(t.Context(), letter()); errs.Code(err) != test.code {
			t.Errorf("%q: %v", test.says, err)
		}
		listener.Close()
	}
}

func TestSendPrivate(t *testing.T) {
	s := &mailtest.Server{}
	for _, host := range []string{"127.0.0.1", "localhost", "0.0.0.0"} {
		to := s.Start(t)
		to.Host, to.PublicOnly = host, true
		if err := to.Send(t.Context(), letter()); errs.Code(err) != "private_address" || !errs.Is(err, errs.NotPossible) {
			t.Errorf("%s: %v", host, err)
		}
	}
	if len(s.Mails()) > 0 {
		t.Error("a mail came through")
	}
}

func TestBadLetters(t *testing.T) {
	s := &mailtest.Server{}
	to := s.Start(t)
	for name, test := range map[string]struct {
		change func(*mail.Letter)
		code   string
	}{
		"no address":               {func(l *mail.Letter) { l.To = "" }, "mail_address"},
		"a header in the address":  {func(l *mail.Letter) { l.To = "ana@example.org\r\nBcc: eve@example.com" }, "mail_address"},
		"a command in the address": {func(l *mail.Letter) { l.To = "ana@example.org>\r\nRCPT TO:<eve@example.com" }, "mail_address"},
		"two addresses":            {func(l *mail.Letter) { l.To = "ana@example.org, eve@example.com" }, "mail_address"},
		"a name":                   {func(l *mail.Letter) { l.To = "Ana <ana@example.org>" }, "mail_address"},
		"no domain":                {func(l *mail.Letter) { l.To = "ana@localhost" }, "mail_address"},
		"a header in the subject":  {func(l *mail.Letter) { l.Subject = "Hello\r\nBcc: eve@example.com" }, "mail_subject"},
		"a lone line feed":         {func(l *mail.Letter) { l.Subject = "Hello\nBcc: eve@example.com" }, "mail_subject"},
		"no text of any language":  {func(l *mail.Letter) { l.Subject = "a\xff" }, "mail_subject"},
		"a long subject":           {func(l *mail.Letter) { l.Subject = strings.Repeat("é", 1001) }, "mail_too_large"},
		"a long text":              {func(l *mail.Letter) { l.Text = strings.Repeat("a", 15<<20) }, "mail_too_large"},
		"a large attachment": {func(l *mail.Letter) {
			l.Attachments = []mail.Attachment{{Name: "a", Content: make([]byte, 15<<20)}}
		}, "mail_too_large"},
	} {
		l := letter()
		test.change(&l)
		if err := to.Send(t.Context(), l); errs.Code(err) != test.code || errs.Is(err, errs.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(s.Mails()) > 0 {
		t.Errorf("%d mails came through", len(s.Mails()))
	}
}

// at is a server at an address.
func at(t *testing.T, address string) *mail.Server {
	t.Helper()
	s, err := mail.ParseServer("smtp://"+address, "backtrail@example.com")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestParseServer(t *testing.T) {
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
		m, err := mail.ParseServer(test.address, test.from)
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
	m := at(t, "ana%40example.com:p%2Fw@mail.example.com:2525")
	if m.User != "ana@example.com" || m.Password != "p/w" || m.Host != "mail.example.com" || m.Port != 2525 || m.ImplicitTLS {
		t.Errorf("%+v", m)
	}
}
