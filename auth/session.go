package auth

import (
	"context"
	"errors"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// How long a session lasts.
const (
	IdleExpiry  = 12 * time.Hour      // without use
	MaxLifetime = 30 * 24 * time.Hour // in all
	touchEvery  = time.Minute         // between two writes of the last use
	sweepBatch  = 100
)

// expiry is the end of a session that is not used again.
func (s Session) expiry() time.Time {
	idle, last := s.LastSeenAt.Add(IdleExpiry), s.CreatedAt.Add(MaxLifetime)
	if idle.Before(last) {
		return idle
	}
	return last
}

// ended reports whether the session is over at now.
func (s Session) ended(now time.Time) bool { return !now.Before(s.ExpiresAt) }

func sessionEnded(why string) error {
	return errs.New(errs.Unauthenticated, "session_ended", "%s", why).WithFix("Log in again.")
}

// liveSession finds the session of a token, and its person. One that has expired is ended.
func (s *Service) liveSession(ctx context.Context, token string) (Session, Person, error) {
	session, err := s.store.Session(ctx, hashSecret(token))
	if errs.Is(err, errs.NotFound) {
		return Session{}, Person{}, sessionEnded("This session has ended.")
	}
	if err != nil {
		return Session{}, Person{}, err
	}
	if session.ended(s.recorder.Now()) {
		if _, err := s.expire(ctx, session); err != nil {
			return Session{}, Person{}, err
		}
		return Session{}, Person{}, sessionEnded("This session has expired.")
	}
	person, err := s.store.Person(ctx, session.Person)
	if errs.Is(err, errs.NotFound) {
		return Session{}, Person{}, sessionEnded("This session has ended.")
	}
	return session, person, err
}

// touchPatience is how long a request waits to note that a session or key is in use. A long write (an import) may hold
// the database; then the next request notes it, and this one goes on.
const touchPatience = 200 * time.Millisecond

// impatient runs the noting of a use and forgives it when there was no time for it.
func impatient(ctx context.Context, note func(context.Context) error) error {
	short, cancel := context.WithTimeout(ctx, touchPatience)
	defer cancel()
	err := note(short)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return nil
	}
	return err
}

// touchSession notes that the session is in use, at most once in touchEvery.
func (s *Service) touchSession(ctx context.Context, session Session) (Session, error) {
	now := s.recorder.Now()
	if now.Sub(session.LastSeenAt) < touchEvery {
		return session, nil
	}
	err := impatient(ctx, func(ctx context.Context) error {
		held, err := s.changeSession(ctx, session.TokenHash, func(held *Session) {
			if held.LastSeenAt.Before(now) {
				held.LastSeenAt = now
				held.ExpiresAt = held.expiry()
			}
		})
		if err == nil {
			session = held
		}
		return err
	})
	return session, err
}

// changeSession lets change alter the session as it is now, and returns it.
func (s *Service) changeSession(ctx context.Context, tokenHash string, change func(*Session)) (Session, error) {
	var held Session
	err := s.store.WriteAuth(ctx, func(tx Tx) (err error) {
		if held, err = heldSession(ctx, tx, tokenHash); err != nil {
			return err
		}
		change(&held)
		return tx.PutSession(ctx, held)
	})
	return held, err
}

func heldSession(ctx context.Context, tx Tx, tokenHash string) (Session, error) {
	held, err := tx.Session(ctx, tokenHash)
	if errs.Is(err, errs.NotFound) {
		return held, sessionEnded("This session has ended.")
	}
	return held, err
}

// SwitchAccount makes account the one that the session's pages show, and writes session.login in its log; errs.NotFound when the person has no active
// place in it.
func (s *Service) SwitchAccount(ctx context.Context, id Identity, account audit.AccountID) error {
	if err := id.own("switch the account"); err != nil {
		return err
	}
	m, err := choose(id.Memberships, account, "")
	if err != nil || account == "" {
		return unknownAccount()
	}
	return s.store.WriteAuth(ctx, func(tx Tx) error {
		held, err := heldSession(ctx, tx, id.Session.TokenHash)
		if err != nil || held.Account == account {
			return err
		}
		held.Account = account
		if err := tx.PutSession(ctx, held); err != nil {
			return err
		}
		_, err = s.recorder.One(ctx, tx, originOf(id.Caller.Origin, m), sessionDraft("session.login", held, m))
		return err
	})
}

func sessionNeeded(what string) error {
	return errs.New(errs.Forbidden, "session_needed", "An API key cannot %s.", what).WithFix("Log in with email and password.")
}

// Logout ends the caller's session. One that has ended already is left as it is.
func (s *Service) Logout(ctx context.Context, id Identity) error {
	if id.Session == nil {
		return sessionNeeded("log out")
	}
	from := id.Caller.Origin
	return s.store.WriteAuth(ctx, func(tx Tx) error {
		held, err := tx.Session(ctx, id.Session.TokenHash)
		if errs.Is(err, errs.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.dropSession(ctx, tx, held, from); err != nil {
			return err
		}
		members := id.Memberships
		if id.Acting != nil { // it is their own session that they end
			members = []Member{id.Self}
		}
		return s.eachAccount(ctx, tx, from, toldOf(members, held.Account), func(m Member) audit.Draft {
			return sessionDraft("session.logout", held, m)
		})
	})
}

// SweepExpired ends the sessions whose time is over and returns how many; with them links and logins that wait, and the
// acting of sessions that go on. Several servers may sweep at once.
func (s *Service) SweepExpired(ctx context.Context) (int, error) {
	swept := 0
	err := s.store.WriteAuth(ctx, func(tx Tx) error { return tx.DeleteExpired(ctx, s.recorder.Now()) })
	if err != nil {
		return swept, err
	}
	for {
		sessions, err := s.store.ExpiredSessions(ctx, s.recorder.Now(), sweepBatch)
		if err != nil {
			return swept, err
		}
		for _, session := range sessions {
			if !session.ended(s.recorder.Now()) {
				if _, err := s.lapseActing(ctx, session, " after an hour"); err != nil && !errs.Is(err, errs.Unauthenticated) {
					return swept, err
				}
				continue
			}
			ended, err := s.expire(ctx, session)
			if err != nil {
				return swept, err
			}
			if ended {
				swept++
			}
		}
		if len(sessions) < sweepBatch {
			return swept, nil
		}
	}
}

// expire ends a session whose time is over, unless somebody else did or it came into use again.
func (s *Service) expire(ctx context.Context, session Session) (ended bool, err error) {
	members, err := s.membershipsOf(ctx, session.Person)
	if err != nil {
		return false, err
	}
	why := "after 12 hours without use"
	if session.ExpiresAt.Equal(session.CreatedAt.Add(MaxLifetime)) {
		why = "30 days after it began"
	}
	err = s.store.WriteAuth(ctx, func(tx Tx) error {
		ended = false
		held, err := tx.Session(ctx, session.TokenHash)
		if errs.Is(err, errs.NotFound) || err == nil && !held.ended(s.recorder.Now()) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.dropSession(ctx, tx, held, audit.Origin{Actor: audit.SystemActor("Backtrail"), Channel: audit.SystemChannel}); err != nil {
			return err
		}
		ended = true
		for _, m := range toldOf(withStatus(members, active), held.Account) {
			origin := audit.Origin{Account: m.Account, Actor: audit.SystemActor("Backtrail"), Channel: audit.SystemChannel,
				Context: audit.Context{Session: held.ID}}
			d := sessionDraft("session.expired", held, m)
			d.Note += " expired " + why
			if _, err := s.recorder.One(ctx, tx, origin, d); err != nil {
				return err
			}
		}
		return nil
	})
	return ended, err
}

func (s *Service) membershipsOf(ctx context.Context, person PersonID) ([]Member, error) {
	p, err := s.store.Person(ctx, person)
	if errs.Is(err, errs.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.memberships(ctx, p.Email)
}

// sessionDraft is an event about a session, for the account of m. The note is the person's name.
func sessionDraft(t audit.Type, session Session, m Member) audit.Draft {
	return audit.Draft{Type: t, Record: &audit.Ref{Object: "session", ID: audit.RecordID(session.ID), Name: m.Name},
		Related: []audit.Ref{staffRef(m)}, Note: m.Name}
}
