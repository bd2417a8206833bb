package publish

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/mail"
	hooks "github.com/backtrail/backtrail/webhook"
)

func TestCheckTargets(t *testing.T) {
	mailer, err := mail.ParseServer("smtp://mail.example.com", "log@example.com")
	if err != nil {
		t.Fatal(err)
	}
	public := &Service{Options: Options{Mailer: mailer}, poster: hooks.New(userAgent, false)}
	private := &Service{poster: hooks.New(userAgent, true)}
	for _, test := range []struct {
		name    string
		s       *Service
		targets Targets
		field   string
		code    string
	}{
		{"none", public, Targets{}, "", ""},
		{"both", public, Targets{Webhook: "https://example.com/hook?key=a%20b", Email: "audit@example.com"}, "", ""},
		{"a port", public, Targets{Webhook: "https://example.com:8443/"}, "", ""},
		{"an address", public, Targets{Webhook: "https://[2606:4700::1]/"}, "", ""},
		{"a relative one", public, Targets{Webhook: "/hook"}, "webhook", "invalid_url"},
		{"words", public, Targets{Webhook: "not an address"}, "webhook", "invalid_url"},
		{"no host", public, Targets{Webhook: "https:///hook"}, "webhook", "invalid_url"},
		{"opaque", public, Targets{Webhook: "https:example.com"}, "webhook", "invalid_url"},
		{"plain", public, Targets{Webhook: "http://example.com/"}, "webhook", "invalid_url"},
		{"a file", public, Targets{Webhook: "file:///etc/passwd"}, "webhook", "invalid_url"},
		{"a file on a host", private, Targets{Webhook: "file://host/etc/passwd"}, "webhook", "invalid_url"},
		{"a password", public, Targets{Webhook: "https://ana:secret@example.com/"}, "webhook", "invalid_url"},
		{"a fragment", public, Targets{Webhook: "https://example.com/#x"}, "webhook", "invalid_url"},
		{"a line break", public, Targets{Webhook: "https://example.com/\r\nHost: x"}, "webhook", "invalid_url"},
		{"a letter beyond ASCII", public, Targets{Webhook: "https://exämple.com/"}, "webhook", "invalid_url"},
		{"a long one", public, Targets{Webhook: "https://example.com/" + strings.Repeat("x", 2000)}, "webhook", "too_long"},
		{"loopback", public, Targets{Webhook: "https://127.0.0.1/"}, "webhook", "private_address"},
		{"loopback as IPv6", public, Targets{Webhook: "https://[::1]:443/"}, "webhook", "private_address"},
		{"loopback as mapped IPv6", public, Targets{Webhook: "https://[::ffff:127.0.0.1]/"}, "webhook", "private_address"},
		{"loopback, allowed", private, Targets{Webhook: "http://127.0.0.1:1/"}, "", ""},
		{"an email without a mail server", private, Targets{Email: "audit@example.com"}, "email", "no_mail_server"},
		{"a name with an email", public, Targets{Email: "Audit <audit@example.com>"}, "email", "invalid_email"},
		{"two emails", public, Targets{Email: "a@example.com, b@example.com"}, "email", "invalid_email"},
		{"no domain", public, Targets{Email: "root@localhost"}, "email", "invalid_email"},
		{"a header in an email", public, Targets{Email: "a@example.com\r\nBcc: b@example.com"}, "email", "invalid_email"},
		{"quotes in an email", public, Targets{Email: `"a b"@example.com`}, "email", "invalid_email"},
		{"a long email", public, Targets{Email: strings.Repeat("x", 250) + "@example.com"}, "email", "invalid_email"},
		{"another schedule", public, Targets{Schedule: "yearly"}, "schedule", "invalid_value"},
	} {
		if test.targets.Schedule == "" {
			test.targets.Schedule = Daily
		}
		err := test.s.checkTargets(test.targets)
		if test.code == "" {
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
			continue
		}
		fields := errs.Of(err).Fields
		if len(fields) != 1 || fields[0].Field != test.field || fields[0].Code != test.code {
			t.Errorf("%s: %v, want %s %s", test.name, err, test.field, test.code)
		}
	}
}

func TestChanges(t *testing.T) {
	s := State{Webhook: Target{Address: "https://hooks.example.com/T0/secret"}, Schedule: Daily}
	change := func(field, label, before, after string) audit.Change {
		return audit.Change{Field: field, Label: label, Before: text(before), After: text(after)}
	}
	hidden := change("webhook", "Webhook", "https://hooks.example.com/…", "https://hooks.example.com/…")
	hidden.Secret = true
	for _, test := range []struct {
		name string
		to   Targets
		want []audit.Change
	}{
		{"nothing", s.Targets(), nil},
		{"all", Targets{"https://example.com/", "a@example.com", Weekly}, []audit.Change{
			change("webhook", "Webhook", "https://hooks.example.com/…", "https://example.com"),
			change("email", "Email", "", "a@example.com"), change("schedule", "Schedule", "daily", "weekly")}},
		{"none", Targets{Schedule: Daily}, []audit.Change{change("webhook", "Webhook", "https://hooks.example.com/…", "")}},
		{"the secret", Targets{"https://hooks.example.com/T0/other", "", Daily}, []audit.Change{hidden}},
		{"a secret in the query", Targets{"https://hooks.example.com?token=x", "", Daily}, []audit.Change{hidden}},
	} {
		got := s.changes(test.to)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

func TestSetTargets(t *testing.T) {
	sent := Target{Address: "https://example.com/", SentAt: noon, Size: 7, FailedAt: noon, Error: "x"}
	due := Daily.next(acme, noon)
	s := State{Webhook: sent, Email: sent, Schedule: Daily, DueAt: due, AskedAt: noon}
	later := noon.Add(48 * time.Hour)
	for _, test := range []struct {
		name string
		to   Targets
		want State
	}{
		{"the same", Targets{sent.Address, sent.Address, Daily}, s},
		{"another address has no past", Targets{"https://example.org/", sent.Address, Daily},
			State{Webhook: Target{Address: "https://example.org/"}, Email: sent, Schedule: Daily, DueAt: due, AskedAt: noon}},
		{"another schedule", Targets{sent.Address, sent.Address, Weekly},
			State{Webhook: sent, Email: sent, Schedule: Weekly, DueAt: Weekly.next(acme, later), AskedAt: noon}},
		{"none", Targets{Schedule: Daily}, State{Schedule: Daily, AskedAt: noon}},
	} {
		got := s
		got.set(acme, test.to, later)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}
