package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/textproto"
	"regexp"
	"strconv"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"github.com/backtrail/backtrail/errs"
)

// greeting is an error of before the letter: connecting, TLS, login.
type greeting struct{ error }

func (g *greeting) Unwrap() error { return g.error }

// judge words an error of the mail server.
func (s *Server) judge(ctx context.Context, err error) error {
	if e, ok := errors.AsType[*errs.Error](err); ok {
		return e // a private address
	}
	code := answered(err)
	switch {
	case code == 0:
		return s.judgeLine(ctx, err)
	case code/100 == 5 && errors.As(err, new(*greeting)) && (code/10 == 53 || code == 504):
		return errs.New(errs.NotPossible, "mail_login_refused", "The mail server did not accept the user and the password (%d).", code).
			WithFix("Enter the SMTP user and the SMTP password again. Some providers want a password made for programs.").Because(err)
	case code/100 == 5:
		return errs.New(errs.NotPossible, "mail_refused", "The mail server refused it (%d)%s", code, s.quote(err)).Because(err)
	}
	return errs.New(errs.Unavailable, "mail_deferred", "The mail server does not take it now (%d)%s", code, s.quote(err)).Because(err)
}

// judgeLine words an error without an answer.
func (s *Server) judgeLine(ctx context.Context, err error) error {
	dns, isDNS := errors.AsType[*net.DNSError](err)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return errs.New(errs.Unavailable, "mail_slow", "The mail server took too long.").Because(err)
	case isDNS && dns.IsNotFound:
		return errs.New(errs.NotPossible, "mail_no_such_host", "There is no mail server of this name.").WithFix("Correct the SMTP host.").Because(err)
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return errs.New(errs.NotPossible, "mail_certificate", "The mail server's certificate is not trusted: it is out of date, for another name, or from an issuer that nobody knows.").
			WithFix("Enter the name for which the certificate was made as the SMTP host, or have it renewed.").Because(err)
	case errors.As(err, new(tls.RecordHeaderError)), errors.As(err, new(tls.AlertError)), strings.Contains(err.Error(), "does not support STARTTLS"):
		return errs.New(errs.NotPossible, "mail_no_tls", "The mail server does not speak TLS on this port, and without it no password is sent.").
			WithFix("Use port 587 for STARTTLS, or port 465 for TLS from the first byte.").Because(err)
	case errors.Is(err, gomail.ErrNoSupportedAuthDiscovered):
		return errs.New(errs.NotPossible, "mail_no_login", "The mail server offers no login that Backtrail knows.").
			WithFix("Use another port, or leave the SMTP user empty when the server needs no login.").Because(err)
	}
	return errs.New(errs.Unavailable, "mail_unreachable", "The mail server cannot be reached, or the connection ended.").Because(err)
}

// answered is the number of the server's answer, 0 for none.
func answered(err error) int {
	if e, ok := errors.AsType[*gomail.SendError](err); ok {
		return e.ErrorCode()
	}
	if e, ok := errors.AsType[*textproto.Error](err); ok {
		return e.Code
	}
	return 0
}

// answer finds what the server said in the text of the library's error, which does not give it otherwise. An enhanced
// status code (RFC 3463) in front is left out: nobody reads it.
var answer = regexp.MustCompile(`(?s)\b[45]\d\d[ -](".*?[^\\]"|.*?)(?:, affected |$)`)

var enhanced = regexp.MustCompile(`\b[45]\.\d{1,3}\.\d{1,3} `)

// quote is the end of a sentence: what the server said, or nothing where it is not shown.
func (s *Server) quote(err error) string {
	m := answer.FindStringSubmatch(err.Error())
	if !s.Quotes || m == nil {
		return "."
	}
	said, bad := strconv.Unquote(m[1])
	if bad != nil {
		said = m[1]
	}
	if said = cut(oneLine(enhanced.ReplaceAllString(said, ""))); said == "" {
		return "."
	}
	return ": " + said
}
