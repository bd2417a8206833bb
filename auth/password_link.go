package auth

import (
	"context"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// How long a link to a new password lives, and how often one may ask for it by email in AttemptWindow.
const (
	MailedLinkTime = time.Hour
	HandedLinkTime = 24 * time.Hour
	LinkRequests   = 3  // for each email, known or not
	IPLinkRequests = 10 // for each address
)

// PasswordLink lets a person choose a new password, once.
type PasswordLink struct {
	TokenHash string
	Person    PersonID
	// VouchedBy is the account whose people, or whose mail server, saw the link; "" when only the operator's did.
	VouchedBy audit.AccountID
	Account   audit.AccountID // in whose log it stands
	CreatedAt time.Time
	ExpiresAt time.Time
}

func invalidPasswordLink() error {
	return errs.New(errs.Gone, "link_void", "This link is not valid any more.").
		WithFix("It may have been used, or expired. Ask for a new one.")
}

// CreatePasswordLink makes a link by which a staff member chooses a new password, and returns its token, which is kept
// nowhere. It needs staff.manage and all that the member may do, and an owner for an owner. Who works in another account as well cannot be given a new
// password by this one: it opens both.
func (s *Service) CreatePasswordLink(ctx context.Context, c audit.Caller, staff audit.RecordID) (Link, Member, error) {
	what := "make links to a new password"
	if err := ownCaller(c, what); err != nil {
		return Link{}, Member{}, err
	}
	m, err := s.managed(ctx, c, staff, what)
	if err != nil {
		return Link{}, m, err
	}
	if err := mayTouch(c, m, what); err != nil {
		return Link{}, m, err
	}
	if m.Status != active {
		return Link{}, m, errs.New(errs.NotPossible, "not_active", "%s is not active.", audit.Quote(m.Name)).WithFix("Send an invitation, or reactivate them.")
	}
	if err := s.mayVouch(ctx, m); err != nil {
		return Link{}, m, err
	}
	l := PasswordLink{VouchedBy: c.Account, Account: c.Account, CreatedAt: s.recorder.Now()}
	l.ExpiresAt = l.CreatedAt.Add(HandedLinkTime)
	token, hash := newSessionToken()
	l.TokenHash = hash
	fresh := PersonID(s.recorder.NewID())
	err = s.store.WriteAuth(ctx, func(tx Tx) error {
		// Whoever has the link can log in as them.
		if err := s.MayGive(ctx, tx, c, Member{}, m); err != nil {
			return err
		}
		email := NormalEmail(m.Email)
		p, err := tx.PersonByEmail(ctx, email)
		if errs.Is(err, errs.NotFound) { // they never had a password
			p = Person{ID: fresh, Email: email, VouchedBy: c.Account, CreatedAt: l.CreatedAt}
			err = tx.PutPerson(ctx, p)
		}
		if err != nil {
			return err
		}
		l.Person = p.ID
		if err := tx.PutPasswordLink(ctx, l); err != nil {
			return err
		}
		_, err = s.recorder.One(ctx, tx, c.Origin, requested(m, " to hand to them"))
		return err
	})
	return Link{token, l.ExpiresAt}, m, err
}

func requested(m Member, how string) audit.Draft {
	staff := staffRef(m)
	return audit.Draft{Type: "password.reset_requested", Record: &staff, Note: audit.Quote(m.Name) + how}
}

// mayVouch refuses what would let this account's people into another one: to give a new password, or to take away the
// second factor, of somebody who is active there too.
func (s *Service) mayVouch(ctx context.Context, m Member) error {
	members, err := s.memberships(ctx, NormalEmail(m.Email))
	if err != nil {
		return err
	}
	for _, other := range withStatus(members, active) {
		if other.Account != m.Account {
			return errs.New(errs.NotPossible, "other_accounts", "%s works in another account with the same login, which is not this account's to change.", audit.Quote(m.Name)).
				WithFix("They can do it themselves (Forgotten password?), or whoever runs the server can.")
		}
	}
	return nil
}

// Post is how links to a new password are sent. Sending must not wait for the mail server: who asks must not learn from
// the time it takes whether the email is known.
type Post interface {
	// Carrier says whether a link can go out for an account; trusted when by the operator's own mail server, whose mails
	// nobody of the account sees. account is "" to ask for that one alone.
	Carrier(ctx context.Context, account audit.AccountID) (can, trusted bool, err error)
	// SendPasswordLink sends it in the transaction's account.
	SendPasswordLink(ctx context.Context, account audit.AccountID, to Member, link Link) error
}

// RequestPasswordLink sends a link to a new password to the person with this email, when there is one and their mail can
// be trusted. It answers the same for every email: nil, or errs.TooMany after too many requests.
func (s *Service) RequestPasswordLink(ctx context.Context, email string, from audit.Origin, post Post) error {
	email = NormalEmail(email)
	if email == "" {
		return errs.InvalidField("email", "invalid_email", "This is not an email address.")
	}
	members, err := s.memberships(ctx, email)
	if err != nil {
		return err
	}
	buckets := []bucket{{"reset:" + email, LinkRequests, true}}
	if from.Context.IP != "" {
		buckets = append(buckets, bucket{"reset-ip:" + audit.Network(from.Context.IP), IPLinkRequests, false})
	}
	v, err := s.countAttempt(ctx, buckets)
	if err != nil {
		return err
	}
	if v.wait > 0 {
		return tooManyAttempts(v.wait)
	}
	open := withStatus(members, active)
	person, err := s.store.PersonByEmail(ctx, email)
	if errs.Is(err, errs.NotFound) || err == nil && len(open) == 0 {
		return s.writeNothing(ctx, buckets)
	}
	if err != nil {
		return err
	}
	return s.mailPasswordLink(ctx, person, open, from, post)
}

// writeNothing takes as long as what is written for somebody who is known.
func (s *Service) writeNothing(ctx context.Context, buckets []bucket) error {
	return s.store.WriteAuth(ctx, func(tx Tx) error {
		a, err := tx.Attempts(ctx, buckets[0].name)
		if err != nil {
			return err
		}
		return tx.PutAttempts(ctx, a)
	})
}

func (s *Service) mailPasswordLink(ctx context.Context, person Person, open []Member, from audit.Origin, post Post) error {
	home := open[0]
	account := home.Account
	if len(open) > 1 {
		account = "" // a link through the mail server of one would open the other
	}
	can, trusted, err := post.Carrier(ctx, account)
	if err != nil {
		return err
	}
	token, hash := newSessionToken()
	now := s.recorder.Now()
	l := PasswordLink{TokenHash: hash, Person: person.ID, VouchedBy: home.Account, Account: home.Account, CreatedAt: now, ExpiresAt: now.Add(MailedLinkTime)}
	if trusted {
		l.VouchedBy = ""
	}
	from.Account, from.Actor = home.Account, audit.Actor{Type: audit.Unattributed, Name: "Somebody not logged in"}
	err = s.store.WriteAuth(ctx, func(tx Tx) error {
		d := requested(home, ", asked for by email")
		if !can {
			d = requested(home, ", which no mail server can send")
			d.Outcome = audit.Failed
		} else if err := tx.PutPasswordLink(ctx, l); err != nil {
			return err
		}
		_, err := s.recorder.One(ctx, tx, from, d)
		return err
	})
	if err != nil || !can {
		return err
	}
	return post.SendPasswordLink(ctx, account, home, Link{token, l.ExpiresAt})
}

// RecordUnsent writes that a link could not be sent, and why.
func (s *Service) RecordUnsent(ctx context.Context, m Member, why string) error {
	origin := audit.Origin{Account: m.Account, Actor: audit.SystemActor("Backtrail"), Channel: audit.SystemChannel}
	return s.store.WriteAuth(ctx, func(tx Tx) error {
		d := requested(m, ", which could not be sent: "+cut(why, maxAsked))
		d.Outcome = audit.Failed
		_, err := s.recorder.One(ctx, tx, origin, d)
		return err
	})
}

// PasswordLinkOwner is the email of the person whom a link lets choose a new password; errs.Gone when it does not.
func (s *Service) PasswordLinkOwner(ctx context.Context, token string) (string, error) {
	l, err := s.store.PasswordLink(ctx, hashSecret(token))
	if errs.Is(err, errs.NotFound) || err == nil && !s.recorder.Now().Before(l.ExpiresAt) {
		return "", invalidPasswordLink()
	}
	if err != nil {
		return "", err
	}
	p, err := s.store.Person(ctx, l.Person)
	return p.Email, err
}

// ResetPassword gives the person of a link a new password. The link ends with it, and so do their other links and all
// their sessions; a second factor stays. errs.Gone when the link is not valid (any more), errs.Invalid names new.
func (s *Service) ResetPassword(ctx context.Context, token, password string, from audit.Origin) error {
	email, err := s.PasswordLinkOwner(ctx, token)
	if err != nil {
		return err
	}
	if err := CheckPassword("new", email, password); err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	members, err := s.memberships(ctx, email)
	if err != nil {
		return err
	}
	open := withStatus(members, active)
	if len(open) == 0 {
		return invalidPasswordLink()
	}
	return s.store.WriteAuth(ctx, func(tx Tx) error {
		l, err := tx.PasswordLink(ctx, hashSecret(token))
		if errs.Is(err, errs.NotFound) || err == nil && !s.recorder.Now().Before(l.ExpiresAt) {
			return invalidPasswordLink()
		}
		if err != nil {
			return err
		}
		if l.VouchedBy != "" && slices.ContainsFunc(open, func(m Member) bool { return m.Account != l.VouchedBy }) {
			return invalidPasswordLink() // it would open an account that did not make it
		}
		p, err := tx.PersonByEmail(ctx, email)
		if err != nil {
			return err
		}
		p.PasswordHash, p.VouchedBy = hash, l.VouchedBy
		return s.putPassword(ctx, tx, newPassword{person: p, event: "password.reset", members: toldOf(open, l.Account),
			origin: func(m Member) audit.Origin { return originOf(from, m) }})
	})
}
