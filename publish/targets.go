package publish

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/internal/publicnet"
	"github.com/backtrail/backtrail/mail"
)

// Targets are where an account wants copies of its checkpoints.
type Targets struct {
	Webhook  string   // an address that takes a POST, "" for none
	Email    string   // "" for none
	Schedule Schedule // "" is Daily
}

// State is the targets of an account with what came of them. Times are zero where there is none.
type State struct {
	Webhook, Email Target
	Schedule       Schedule
	DueAt          time.Time // when the next copies leave; zero without targets
	AskedAt        time.Time // when somebody last asked for copies out of turn
}

// Target is one of them with its last deliveries.
type Target struct {
	Address  string // "" for none
	SentAt   time.Time
	Size     int64 // events in the checkpoint that was sent
	FailedAt time.Time
	Error    string // why the last delivery failed, for a person; "" when it did not
}

// Targets are those of the state.
func (s State) Targets() Targets {
	return Targets{Webhook: s.Webhook.Address, Email: s.Email.Address, Schedule: s.Schedule}
}

// kind names one of the targets.
type kind string

const (
	webhook kind = "webhook"
	email   kind = "email"
)

var kinds = []kind{webhook, email}

func (s *State) target(k kind) *Target {
	if k == email {
		return &s.Email
	}
	return &s.Webhook
}

// set points the state at other targets. One with another address has had no deliveries.
func (s *State) set(account audit.AccountID, t Targets, now time.Time) {
	for k, address := range map[kind]string{webhook: t.Webhook, email: t.Email} {
		if s.target(k).Address != address {
			*s.target(k) = Target{Address: address}
		}
	}
	switch {
	case t.Webhook == "" && t.Email == "":
		s.DueAt = time.Time{}
	case s.Schedule != t.Schedule || s.DueAt.IsZero():
		s.DueAt = t.Schedule.next(account, now)
	}
	s.Schedule = t.Schedule
}

const maxWebhook = 2000 // bytes

// checkTargets reports everything that is wrong with targets, as errs.Invalid.
func (s *Service) checkTargets(t Targets) error {
	var wrong []errs.Field
	fail := func(field, code, detail string) {
		wrong = append(wrong, errs.Field{Field: field, Code: code, Detail: detail})
	}
	if code, detail := s.checkWebhook(t.Webhook); code != "" {
		fail("webhook", code, detail)
	}
	switch {
	case t.Email == "":
	case s.Mailer == nil:
		fail("email", "no_mail_server", "This server sends no mail. Whoever runs it must give it a mail server (--smtp) first; a webhook works without.")
	case !mail.ValidAddress(t.Email):
		fail("email", "invalid_email", "The email must be one address such as audit@example.com.")
	}
	if !slices.Contains(Schedules, t.Schedule) {
		fail("schedule", "invalid_value", "The schedule must be hourly, daily or weekly.")
	}
	return errs.InvalidFields(wrong)
}

func (s *Service) checkWebhook(text string) (code, detail string) {
	if text == "" {
		return "", ""
	}
	u, err := url.Parse(text)
	switch {
	case len(text) > maxWebhook:
		return "too_long", "The address of a webhook may have at most 2,000 bytes."
	case err != nil || u.Hostname() == "" || u.Opaque != "" || strings.ContainsFunc(text, notInAddress):
		return "invalid_url", "The webhook must be a whole address such as https://example.com/checkpoints."
	case u.Scheme != "https" && !(u.Scheme == "http" && s.AllowPrivateWebhooks):
		return "invalid_url", "The webhook must begin with https://."
	case u.User != nil:
		return "invalid_url", "The webhook must not hold a user name or password; put a secret into its path."
	case u.Fragment != "":
		return "invalid_url", "The webhook must not hold a #: what follows it is never sent."
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil && !s.AllowPrivateWebhooks && !publicnet.Has(a) {
		return "private_address", "The webhook must not be in a private network."
	}
	return "", ""
}

func notInAddress(r rune) bool { return r <= ' ' || r > '~' }

// shown is an address as the log has it. The path of a webhook often holds its secret.
func (k kind) shown(address string) string {
	u, err := url.Parse(address)
	if k == email || err != nil || address == "" {
		return address
	}
	text := u.Scheme + "://" + u.Host
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		text += "/…"
	}
	return text
}
