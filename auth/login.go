package auth

import (
	"context"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// LoggedIn is what a login gives.
type LoggedIn struct {
	Token       string // for the cookie; it is kept nowhere
	Session     Session
	Memberships []Member // the active ones, ordered by account
	// SecondStep is what FinishLogin needs when the password was right and a code is needed too; the rest is empty then.
	SecondStep string
}

// reason is why a login failed, as the log says it.
type reason string

const (
	wrongPassword reason = "wrong_password"
	isDeactivated reason = "deactivated"
	isInvited     reason = "invited"
	tooMany       reason = "too_many_attempts"
	wrongCode     reason = "wrong_code"
	usedCode      reason = "used_code"
)

const maxUserAgent = 512 // bytes of it that a session keeps

func (r reason) words() string { return strings.ReplaceAll(string(r), "_", " ") }

// Login checks a password and starts a session. from has the channel and the context of the request.
//
// Every wrong pair is errs.Unauthenticated invalid_credentials after the same work, whether the email is known or not,
// and so is a person without an active place in any account. Too many failures are errs.TooMany too_many_attempts; see
// [RetryAfter]. The session begins in the person's home, the account that made them a member first. A success is
// written in the log of that account, a failure too; of none when no account knows the email. The other accounts learn
// of a session when it enters them (SwitchAccount).
//
// A person with a second factor gets no session yet: see [Service.FinishLogin].
func (s *Service) Login(ctx context.Context, email, password string, from audit.Origin) (LoggedIn, error) {
	email = NormalEmail(email)
	members, err := s.memberships(ctx, email)
	if err != nil {
		return LoggedIn{}, err
	}
	person, err := s.store.PersonByEmail(ctx, email)
	if err != nil && !errs.Is(err, errs.NotFound) {
		return LoggedIn{}, err
	}
	buckets := bucketsFor(email, from.Context.IP)
	v, err := s.countAttempt(ctx, buckets)
	if err != nil {
		return LoggedIn{}, err
	}
	if v.wait > 0 {
		if v.record {
			err = s.recordFailure(ctx, from, members, buckets, func(Member) reason { return tooMany })
		}
		if err != nil {
			return LoggedIn{}, err
		}
		return LoggedIn{}, tooManyAttempts(v.wait)
	}
	right, outdated, err := s.hasher.verify(ctx, password, person.PasswordHash)
	if err != nil {
		return LoggedIn{}, err
	}
	open := withStatus(members, active)
	if !right || len(open) == 0 {
		err := s.recordFailure(ctx, from, members, buckets, func(m Member) reason { return reasonFor(right, m) })
		if err != nil {
			return LoggedIn{}, err
		}
		return LoggedIn{}, invalidCredentials()
	}
	if f, err := s.factor(ctx, person.ID); err != nil {
		return LoggedIn{}, err
	} else if f.enabled() {
		return s.awaitCode(ctx, person)
	}
	renewed := person
	if outdated {
		if renewed.PasswordHash, err = s.hasher.hash(ctx, password); err != nil {
			return LoggedIn{}, err
		}
	}
	return s.startSession(ctx, person, renewed, open, buckets, from, func(tx Tx) ([]audit.Change, error) {
		f, err := tx.SecondFactor(ctx, person.ID)
		if err == nil && f.enabled() { // since it was looked for
			return nil, CodeNeeded()
		}
		if errs.Is(err, errs.NotFound) {
			err = nil
		}
		return nil, err
	})
}

func invalidCredentials() error {
	return errs.New(errs.Unauthenticated, "invalid_credentials", "The email or the password is not right.")
}

func reasonFor(right bool, m Member) reason {
	switch {
	case right && m.Status == deactivated:
		return isDeactivated
	case right && m.Status == invited:
		return isInvited
	}
	return wrongPassword
}

// startSession keeps the session of a person whose password was right, unless it has changed since it was checked: a
// session that started with the old password would outlive the change. second checks the second factor in the same
// transaction, and returns what the event has to tell of it.
func (s *Service) startSession(ctx context.Context, checked, renewed Person, open []Member, buckets []bucket, from audit.Origin,
	second func(Tx) ([]audit.Change, error)) (LoggedIn, error) {
	now := s.recorder.Now()
	token, hash := newSessionToken()
	session := Session{
		ID: string(s.recorder.NewID()), TokenHash: hash, Person: checked.ID, Account: open[0].Account,
		CreatedAt: now, LastSeenAt: now, IP: from.Context.IP, UserAgent: cut(from.Context.UserAgent, maxUserAgent),
	}
	session.ExpiresAt = session.expiry()
	from.Context.Session = session.ID
	err := s.store.WriteAuth(ctx, func(tx Tx) error {
		if err := stillHolds(ctx, tx, checked); err != nil {
			return err
		}
		changes, err := second(tx)
		if err != nil {
			return err
		}
		if renewed != checked {
			if err := tx.PutPerson(ctx, renewed); err != nil {
				return err
			}
		}
		if err := forgive(ctx, tx, buckets); err != nil {
			return err
		}
		if err := tx.PutSession(ctx, session); err != nil {
			return err
		}
		return s.eachAccount(ctx, tx, from, toldOf(open, session.Account), func(m Member) audit.Draft {
			d := sessionDraft("session.login", session, m)
			d.Changes = changes
			return d
		})
	})
	if err != nil {
		return LoggedIn{}, err
	}
	return LoggedIn{Token: token, Session: session, Memberships: open}, nil
}

// recordFailure writes the failure in the log of the person's home. For an email that none knows it
// writes the counter again as it is: how long the answer takes must not tell the two apart.
func (s *Service) recordFailure(ctx context.Context, from audit.Origin, members []Member, buckets []bucket, why func(Member) reason) error {
	return s.store.WriteAuth(ctx, func(tx Tx) error {
		if len(members) == 0 && len(buckets) > 0 {
			a, err := tx.Attempts(ctx, buckets[0].name)
			if err != nil {
				return err
			}
			return tx.PutAttempts(ctx, a)
		}
		return s.eachAccount(ctx, tx, from, members[:min(len(members), 1)], func(m Member) audit.Draft {
			r := why(m)
			staff := staffRef(m)
			return audit.Draft{Type: "session.login_failed", Outcome: audit.Failed, Record: &staff,
				Note:    m.Email + ": " + r.words(),
				Changes: []audit.Change{{Field: "reason", Label: "Reason", After: audit.String(string(r)), AfterText: upperFirst(r.words())}}}
		})
	})
}

// eachAccount writes one event in the account of each member, with them as the actor.
func (s *Service) eachAccount(ctx context.Context, tx Tx, from audit.Origin, members []Member, draft func(Member) audit.Draft) error {
	for _, m := range members {
		if _, err := s.recorder.One(ctx, tx, originOf(from, m), draft(m)); err != nil {
			return err
		}
	}
	return nil
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// cut keeps the first n bytes of s, whole characters only.
func cut(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}

// stillHolds refuses a person whose password is no longer the one that was checked.
func stillHolds(ctx context.Context, tx Tx, checked Person) error {
	held, err := tx.PersonByEmail(ctx, checked.Email)
	if err != nil && !errs.Is(err, errs.NotFound) {
		return err
	}
	if err != nil || held.PasswordHash != checked.PasswordHash {
		return invalidCredentials()
	}
	return nil
}
