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
	if err := id.own("change a password"); err != nil {
		return err
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
	if err := s.checkPassword(ctx, person, "current", current, buckets); err != nil {
		return err
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
		return s.putPassword(ctx, tx, newPassword{person: held, event: "password.changed", keep: id.Session.ID,
			members: toldOf(id.Memberships, id.Session.Account),
			origin:  func(m Member) audit.Origin { return originOf(id.Caller.Origin, m) }})
	})
}

// checkPassword counts an attempt and looks at a person's password; a wrong one is errs.Invalid in field. The caller
// forgives the attempt where what it was asked for is done.
func (s *Service) checkPassword(ctx context.Context, p Person, field, password string, buckets []bucket) error {
	if err := s.countOrWait(ctx, buckets); err != nil {
		return err
	}
	right, _, err := s.hasher.verify(ctx, password, p.PasswordHash)
	if err == nil && !right {
		return errs.InvalidField(field, "wrong_password", "The %s is not right.", map[bool]string{true: "current password", false: "password"}[field == "current"])
	}
	return err
}

// confirmOwn asks for the caller's password before something that must not be done with a stolen session.
func (s *Service) confirmOwn(ctx context.Context, id Identity, what, password string) (Person, error) {
	if err := id.own(what); err != nil {
		return Person{}, err
	}
	person, err := s.store.Person(ctx, id.Session.Person)
	if err != nil {
		return person, err
	}
	buckets := bucketsFor(person.Email, "")
	if err := s.checkPassword(ctx, person, "password", password, buckets); err != nil {
		return person, err
	}
	return person, s.store.WriteAuth(ctx, func(tx Tx) error { return forgive(ctx, tx, buckets) })
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
		person.PasswordHash, person.VouchedBy = hash, ""
		return s.putPassword(ctx, tx, newPassword{person: person, event: "password.changed", members: members,
			origin: func(m Member) audit.Origin {
				o := origin
				o.Account = m.Account
				return o
			}})
	})
}

// newPassword is a person with their new password.
type newPassword struct {
	person  Person
	event   audit.Type
	keep    string // the session that goes on, "" for none
	members []Member
	origin  func(Member) audit.Origin
}

// putPassword keeps a person's new password, ends their sessions but the one to keep, with links and logins that wait,
// and says so in the accounts of members: one operation in each, led by n.event.
func (s *Service) putPassword(ctx context.Context, tx Tx, n newPassword) error {
	p := n.person
	sessions, err := tx.Sessions(ctx, p.ID)
	if err != nil {
		return err
	}
	for _, err := range []error{tx.PutPerson(ctx, p), tx.DeletePasswordLinks(ctx, p.ID), tx.DeleteSecondSteps(ctx, p.ID)} {
		if err != nil {
			return err
		}
	}
	var revoked []Session
	for _, session := range sessions {
		if session.ID == n.keep {
			continue
		}
		if err := s.dropSession(ctx, tx, session, audit.Origin{Actor: audit.SystemActor("Backtrail"), Channel: audit.SystemChannel}); err != nil {
			return err
		}
		revoked = append(revoked, session)
	}
	for _, m := range n.members {
		if err := s.recordPassword(ctx, tx, n.event, p, m, revoked, n.origin(m)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) recordPassword(ctx context.Context, tx Tx, event audit.Type, p Person, m Member, revoked []Session, origin audit.Origin) error {
	op := s.recorder.Begin(tx, origin)
	lead, err := op.Record(ctx, audit.Draft{Type: event, Note: m.Name,
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
