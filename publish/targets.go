package publish

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
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
	if err := s.poster.Check(text); err != nil {
		return errs.Code(err), errs.Of(err).Detail
	}
	return "", ""
}

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
