package auth

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// ChangePassword gives the caller a new password and ends their other sessions. Wrong guesses at the current one count
// like failed logins.
//
// errs.Invalid names the field current or new; errs.TooMany as for Login; errs.Forbidden for an API key.
func (s *Service) ChangePassword(ctx context.Context, id Identity, current, next string) error {
	if id.Session == nil {
		return sessionNeeded("change a password")
	}
	person, err := s.store.Person(ctx, id.Session.Person)
	if err != nil {
		return err
	}
	if err := CheckPassword("new", person.Email, next); err != nil {
		return err
	}
	if next == current {
		return errs.InvalidField("new", "password_unchanged", "The new password must differ from the current one.")
	}
	buckets := bucketsFor(person.Email, "")
	v, err := s.countAttempt(ctx, buckets)
	if err != nil {
		return err
	}
	if v.wait > 0 {
		return tooManyAttempts(v.wait)
	}
	right, _, err := s.hasher.verify(ctx, current, person.PasswordHash)
	if err != nil {
		return err
	}
	if !right {
		return errs.InvalidField("current", "wrong_password", "The current password is not right.")
	}
	hash, err := s.hasher.hash(ctx, next)
	if err != nil {
		return err
	}
	return s.store.WriteAuth(ctx, func(tx Tx) error {
		if _, err := heldSession(ctx, tx, id.Session.TokenHash); err != nil {
			return err
		}
		held, err := tx.PersonByEmail(ctx, person.Email)
		if err != nil {
			return err
		}
		if held.PasswordHash != person.PasswordHash {
			return errs.New(errs.Stale, "password_changed", "The password was changed in the meantime.").WithFix("Log in again.")
		}
		if err := forgive(ctx, tx, buckets); err != nil {
			return err
		}
		held.PasswordHash = hash
		return s.putPassword(ctx, tx, held, id.Session.ID, toldOf(id.Memberships, id.Session.Account), func(m Member) audit.Origin {
			return originOf(id.Caller.Origin, m)
		})
	})
}

// SetPassword gives the person with this email a new password without asking for the present one: for the command
// line, which origin describes. A staff member who never had a password gets their first. All their sessions end.
//
// errs.NotFound when no account knows the email, errs.NotPossible when they are deactivated wherever it does.
func (s *Service) SetPassword(ctx context.Context, email, password string, origin audit.Origin) error {
	if err := CheckPassword("password", email, password); err != nil {
		return err
	}
	email = NormalEmail(email)
	members, err := s.memberships(ctx, email)
	if err != nil {
		return err
	}
	if len(members) == 0 {
		return errs.New(errs.NotFound, "unknown_email", "No account has somebody with this email.").WithFix("Add them to the staff of an account first.")
	}
	if members = withStatus(members, active, invited); len(members) == 0 {
		return errs.New(errs.NotPossible, "deactivated", "The person is deactivated.").WithFix("Reactivate them first.")
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	fresh := PersonID(s.recorder.NewID())
	return s.store.WriteAuth(ctx, func(tx Tx) error {
		person, err := tx.PersonByEmail(ctx, email)
		if errs.Is(err, errs.NotFound) {
			person, err = Person{ID: fresh, Email: email, CreatedAt: s.recorder.Now()}, nil
		}
		if err != nil {
			return err
		}
		person.PasswordHash = hash
		return s.putPassword(ctx, tx, person, "", members, func(m Member) audit.Origin {
			o := origin
			o.Account = m.Account
			return o
		})
	})
}

// putPassword keeps a person's new password, ends their sessions but the one to keep, and says so in the accounts of
// members: one operation in each, led by password.changed.
func (s *Service) putPassword(ctx context.Context, tx Tx, p Person, keep string, members []Member, origin func(Member) audit.Origin) error {
	sessions, err := tx.Sessions(ctx, p.ID)
	if err != nil {
		return err
	}
	if err := tx.PutPerson(ctx, p); err != nil {
		return err
	}
	var revoked []Session
	for _, session := range sessions {
		if session.ID == keep {
			continue
		}
		if err := tx.DeleteSession(ctx, session.ID); err != nil {
			return err
		}
		revoked = append(revoked, session)
	}
	for _, m := range members {
		if err := s.recordPassword(ctx, tx, p, m, revoked, origin(m)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) recordPassword(ctx context.Context, tx Tx, p Person, m Member, revoked []Session, origin audit.Origin) error {
	op := s.recorder.Begin(tx, origin)
	lead, err := op.Record(ctx, audit.Draft{Type: "password.changed", Note: m.Name,
		Record:  &audit.Ref{Object: "person", ID: audit.RecordID(p.ID), Name: m.Name},
		Related: []audit.Ref{staffRef(m)},
		Changes: []audit.Change{{Field: "password", Label: "Password", Secret: true}}})
	if err != nil {
		return err
	}
	// The events of sessions go to the accounts where they were open: not to those with an invitation only.
	for _, session := range revoked {
		if m.Status != active {
			break
		}
		d := sessionDraft("session.revoked", session, m)
		d.Note += " because the password changed"
		d.Cause = lead
		if _, err := op.Record(ctx, d); err != nil {
			return err
		}
	}
	return op.Close(ctx)
}
