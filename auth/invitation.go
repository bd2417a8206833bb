package auth

import (
	"context"
	"crypto/subtle"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// InvitationTime is how long an invitation can be accepted.
const InvitationTime = 7 * 24 * time.Hour

// Invitation lets the person of a staff record in, once. A record has one at most: a new one ends the one before. Its
// secret is kept as a SHA-256 only.
type Invitation struct {
	Account    audit.AccountID
	Staff      audit.RecordID
	Email      string // of the staff record when it was made; with another one since, it is void
	SecretHash string
	CreatedAt  time.Time
	ExpiresAt  time.Time
	AcceptedAt time.Time // zero while it waits
}

// Link is something that is handed out once: its token is kept nowhere.
type Link struct {
	Token     string
	ExpiresAt time.Time
}

// Invited is a staff member as their invitation finds them.
type Invited struct {
	Account Account
	Member  Member
	// Known is whether the email has a password already, by which the person confirms that it is them.
	Known bool
}

func invalidInvitation() error {
	return errs.New(errs.Gone, "invitation_void", "This invitation is not valid any more.").
		WithFix("It may have been used, replaced by a newer one, or expired after 7 days. Ask whoever invited you for a new link.")
}

// InviteIn makes the invitation of m inside the transaction of op and writes staff.invited. The caller has checked that
// who asks may manage staff, and that m is invited.
func (s *Service) InviteIn(ctx context.Context, tx Tx, op *audit.Operation, m Member) (Link, error) {
	secret, now := newSecret(), s.recorder.Now()
	i := Invitation{Account: m.Account, Staff: m.ID, Email: NormalEmail(m.Email), SecretHash: hashSecret(secret), CreatedAt: now, ExpiresAt: now.Add(InvitationTime)}
	if _, err := tx.Invitation(ctx, m.Account, m.ID); err != nil && !errs.Is(err, errs.NotFound) {
		return Link{}, err
	}
	if err := tx.PutInvitation(ctx, i); err != nil {
		return Link{}, err
	}
	staff := staffRef(m)
	_, err := op.Record(ctx, audit.Draft{Type: "staff.invited", Record: &staff, Note: m.Email})
	return Link{keyToken{i.Account, string(i.Staff), secret}.text(), i.ExpiresAt}, err
}

// Invitation is the last invitation of a staff record, a zero one when there was none.
func (s *Service) Invitation(ctx context.Context, account audit.AccountID, staff audit.RecordID) (Invitation, error) {
	i, err := s.store.Invitation(ctx, account, staff)
	if errs.Is(err, errs.NotFound) {
		return Invitation{}, nil
	}
	return i, err
}

// Invited finds whom an invitation invites; errs.Gone when it cannot be accepted, whatever the reason.
func (s *Service) Invited(ctx context.Context, token string) (Invited, error) {
	t, ok := parseToken(token)
	if !ok {
		return Invited{}, invalidInvitation()
	}
	i, err := s.store.Invitation(ctx, t.account, audit.RecordID(t.id))
	if err == nil {
		err = s.checkInvitation(i, t)
	}
	if errs.Is(err, errs.NotFound) {
		err = invalidInvitation()
	}
	if err != nil {
		return Invited{}, err
	}
	m, err := s.store.MemberByID(ctx, i.Account, i.Staff)
	if errs.Is(err, errs.NotFound) || err == nil && (m.Status != invited || NormalEmail(m.Email) != i.Email) {
		err = invalidInvitation()
	}
	if err != nil {
		return Invited{}, err
	}
	account, err := s.store.Account(ctx, i.Account)
	if err != nil {
		return Invited{}, err
	}
	p, err := s.store.PersonByEmail(ctx, i.Email)
	if err != nil && !errs.Is(err, errs.NotFound) {
		return Invited{}, err
	}
	return Invited{account, m, p.PasswordHash != ""}, nil
}

func (s *Service) checkInvitation(i Invitation, t keyToken) error {
	right := subtle.ConstantTimeCompare([]byte(hashSecret(t.secret)), []byte(i.SecretHash)) == 1
	if !right || !i.AcceptedAt.IsZero() || !s.recorder.Now().Before(i.ExpiresAt) {
		return invalidInvitation()
	}
	return nil
}

// Acceptance is an invitation that somebody wants to accept, with the password looked at. NewAcceptance makes one.
type Acceptance struct {
	Invited
	token   keyToken
	checked Person // whose password was right; for somebody new, the person to be
	buckets []bucket
}

// NewAcceptance checks an invitation and the password that came with it: a new one for somebody who has none, the present
// one of somebody who has. It takes the time that a password hash takes, so call it before the transaction.
//
// errs.Gone as for Invited; errs.Invalid names password; errs.TooMany as for Login.
func (s *Service) NewAcceptance(ctx context.Context, token, password string, from audit.Origin) (Acceptance, error) {
	in, err := s.Invited(ctx, token)
	if err != nil {
		return Acceptance{}, err
	}
	t, _ := parseToken(token)
	a := Acceptance{Invited: in, token: t}
	email := NormalEmail(in.Member.Email)
	if !in.Known {
		if err := CheckPassword("password", email, password); err != nil {
			return a, err
		}
		a.checked = Person{ID: PersonID(s.recorder.NewID()), Email: email, VouchedBy: in.Account.ID, CreatedAt: s.recorder.Now()}
		a.checked.PasswordHash, err = s.hasher.hash(ctx, password)
		return a, err
	}
	if a.checked, err = s.store.PersonByEmail(ctx, email); err != nil {
		return a, err
	}
	a.buckets = bucketsFor(email, from.Context.IP)
	err = s.checkPassword(ctx, a.checked, "password", password, a.buckets)
	if errs.Is(err, errs.Invalid) { // their own accounts see the guess, as at a login
		if failed := s.recordGuess(ctx, email, from); failed != nil {
			return a, failed
		}
	}
	return a, err
}

// recordGuess writes that a password for this email was wrong.
func (s *Service) recordGuess(ctx context.Context, email string, from audit.Origin) error {
	members, err := s.memberships(ctx, email)
	if err != nil {
		return err
	}
	return s.recordFailure(ctx, from, members, nil, func(Member) reason { return wrongPassword })
}

// AcceptIn accepts the invitation inside a transaction in which the staff record was found to be invited, with the email
// email; the caller makes it active. errs.Gone when it was accepted, or void, in the meantime.
func (s *Service) AcceptIn(ctx context.Context, tx Tx, a Acceptance, email string) error {
	i, err := tx.Invitation(ctx, a.token.account, audit.RecordID(a.token.id))
	if err == nil {
		err = s.checkInvitation(i, a.token)
	}
	if errs.Is(err, errs.NotFound) || err == nil && NormalEmail(email) != i.Email {
		err = invalidInvitation()
	}
	if err != nil {
		return err
	}
	i.AcceptedAt = s.recorder.Now()
	if err := tx.PutInvitation(ctx, i); err != nil {
		return err
	}
	held, err := tx.PersonByEmail(ctx, a.checked.Email)
	switch {
	case errs.Is(err, errs.NotFound) && !a.Known:
		return tx.PutPerson(ctx, a.checked)
	case err != nil:
		return err
	case !a.Known && held.PasswordHash == "": // somebody made them a link to a password that nobody used
		if err := tx.DeletePasswordLinks(ctx, held.ID); err != nil {
			return err
		}
		held.PasswordHash, held.VouchedBy = a.checked.PasswordHash, a.checked.VouchedBy
		return tx.PutPerson(ctx, held)
	case !a.Known || held.PasswordHash != a.checked.PasswordHash:
		return errs.New(errs.Stale, "password_changed", "The password was changed in the meantime.").WithFix("Open the link again.")
	}
	return forgive(ctx, tx, a.buckets)
}

// VoidInvitation ends the invitation of a staff record that is no longer invited, or not by that email, for good: it does not
// come back with the status. joined says that they became active. Otherwise they left, and that they accepted once counts no
// longer: the password that they confirmed may have become another account's since.
func (s *Service) VoidInvitation(ctx context.Context, tx Tx, account audit.AccountID, staff audit.RecordID, joined bool) error {
	i, err := tx.Invitation(ctx, account, staff)
	if errs.Is(err, errs.NotFound) || err == nil && joined && !i.AcceptedAt.IsZero() {
		return nil
	}
	if err != nil {
		return err
	}
	i.AcceptedAt, i.ExpiresAt = time.Time{}, s.recorder.Now()
	return tx.PutInvitation(ctx, i)
}

// Admit refuses to let a staff member in without their own consent, in the transaction that makes them active: somebody
// whose password comes from a link of another account. Whoever made that link may know it. An invitation asks them.
func (s *Service) Admit(ctx context.Context, tx Tx, m Member) error {
	p, err := tx.PersonByEmail(ctx, NormalEmail(m.Email))
	if errs.Is(err, errs.NotFound) {
		return nil
	}
	if err != nil || p.VouchedBy == "" || p.VouchedBy == m.Account {
		return err
	}
	i, err := tx.Invitation(ctx, m.Account, m.ID)
	if err != nil && !errs.Is(err, errs.NotFound) {
		return err
	}
	if !i.AcceptedAt.IsZero() && i.Email == NormalEmail(m.Email) {
		return nil
	}
	return errs.New(errs.NotPossible, "invitation_needed", "%s has a login of another account, and has to accept an invitation.", audit.Quote(m.Name)).
		WithFix("Give them the status Invited and send them the link.")
}
