package auth

import (
	"context"
	"slices"
	"strings"

	"github.com/alexedwards/argon2id"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// Options change what a Service does by default.
type Options struct {
	// Hashing is the cost of a password hash, DefaultHashing when nil. Tests lower it.
	Hashing *argon2id.Params
}

// Service knows who calls. It is safe for concurrent use.
type Service struct {
	store    Store
	recorder *audit.Recorder
	hasher   *hasher
}

// New returns a service; its time is the recorder's.
func New(store Store, recorder *audit.Recorder, options Options) *Service {
	hashing := DefaultHashing
	if options.Hashing != nil {
		hashing = *options.Hashing
	}
	return &Service{store: store, recorder: recorder, hasher: newHasher(hashing)}
}

// Credentials are what a request shows.
type Credentials struct {
	Bearer  string          // what follows "Bearer " in the header Authorization
	Cookie  string          // the session's token
	Account audit.AccountID // the header Backtrail-Account, "" when it is not there
	// Origin has the channel and the context of the request; account and actor are worked out here.
	Origin audit.Origin
}

// Identity is who calls, as of this request.
type Identity struct {
	Caller  audit.Caller // the origin of what they do, and what they may do
	Account Account
	// Of a session: itself, the staff record in Account, and all active ones of the person, ordered by account.
	Session     *Session
	Member      Member
	Memberships []Member
	// Of a session whose person works as somebody else: how, and the person's own staff record. Member and Memberships
	// are the other's then, and the caller's permissions no more than either has.
	Acting *Acting
	Self   Member
	// Of an API key: itself. Session is nil then.
	Key *Key
}

// Authenticate finds out who calls. A bearer token wins over a cookie.
//
// Credentials that are missing or not (or no longer) good are errs.Unauthenticated; an account that the caller has no
// place in is errs.NotFound. It notes the last use of the session or key, at most once a minute, and ends a session
// that it finds expired.
func (s *Service) Authenticate(ctx context.Context, c Credentials) (Identity, error) {
	switch {
	case c.Bearer != "":
		return s.byKey(ctx, c)
	case c.Cookie != "":
		return s.bySession(ctx, c)
	}
	return Identity{}, errs.New(errs.Unauthenticated, "unauthenticated", "Sign in first.").
		WithFix("Log in, or send an API key in the header Authorization: Bearer bt_...")
}

func (s *Service) bySession(ctx context.Context, c Credentials) (Identity, error) {
	session, person, err := s.liveSession(ctx, c.Cookie)
	if err != nil {
		return Identity{}, err
	}
	members, err := s.memberships(ctx, person.Email)
	if err != nil {
		return Identity{}, err
	}
	members = withStatus(members, active)
	if len(members) == 0 {
		return Identity{}, sessionEnded("You no longer have access to an account.")
	}
	if session.Acting != nil && c.Account != "" && c.Account != session.Account {
		return Identity{}, notWhileActing("work in another account")
	}
	member, err := choose(members, c.Account, session.Account)
	if err != nil {
		return Identity{}, err
	}
	account, err := s.store.Account(ctx, member.Account)
	if err != nil {
		return Identity{}, err
	}
	if session, err = s.touchSession(ctx, session); err != nil {
		return Identity{}, err
	}
	origin := originOf(c.Origin, member)
	origin.Context.Session = session.ID
	may, err := s.Rights(ctx, member.Account, member.Role, member.Permissions)
	if err != nil {
		return Identity{}, err
	}
	caller := audit.Caller{Origin: origin, Role: member.Role, Permissions: may}
	id := Identity{Caller: caller, Account: account, Session: &session, Member: member, Memberships: members}
	if session.Acting != nil {
		return s.actAs(ctx, id)
	}
	return id, nil
}

// choose finds the membership of the account that was asked for; without one, that of the session's account, or the
// first when the person has left it.
func choose(members []Member, asked, usual audit.AccountID) (Member, error) {
	in := func(account audit.AccountID) int {
		return slices.IndexFunc(members, func(m Member) bool { return m.Account == account })
	}
	if asked == "" {
		return members[max(in(usual), 0)], nil
	}
	if i := in(asked); i >= 0 {
		return members[i], nil
	}
	return Member{}, unknownAccount()
}

func unknownAccount() error {
	return errs.New(errs.NotFound, "unknown_account", "There is no such account among yours.").
		WithFix("GET /api/v1/session lists your accounts.")
}

// The statuses of a staff record.
const (
	active      = "active"
	invited     = "invited"
	deactivated = "deactivated"
)

// memberships reads the staff records with this email, the oldest first (an id tells its time); none for "". Where a
// person was made a member first is their home: who adds somebody else's email to an account of their own must not be
// the one to whom that person's next login goes, nor learn when and from where they log in.
func (s *Service) memberships(ctx context.Context, email string) ([]Member, error) {
	if email == "" {
		return nil, nil
	}
	members, err := s.store.Memberships(ctx, email)
	if err != nil && !errs.Is(err, errs.NotFound) {
		return nil, err
	}
	slices.SortFunc(members, func(a, b Member) int { return strings.Compare(string(a.ID), string(b.ID)) })
	// Also when they have left it: another account, that they did not agree to, must not become their home by that.
	if i := slices.IndexFunc(members, func(m Member) bool { return m.Status != invited }); i >= 0 {
		members[i].Accepted = true
	}
	return members, nil
}

func withStatus(members []Member, statuses ...string) []Member {
	var out []Member
	for _, m := range members {
		if slices.Contains(statuses, m.Status) {
			out = append(out, m)
		}
	}
	return out
}

// toldOf are the memberships whose accounts are told of a session in account: that one, or the person's home when they
// have left it. No other account learns of it.
func toldOf(members []Member, account audit.AccountID) []Member {
	if i := slices.IndexFunc(members, func(m Member) bool { return m.Account == account }); i >= 0 {
		return members[i : i+1]
	}
	return members[:min(len(members), 1)]
}

// originOf is from in the member's account, with them as the actor.
func originOf(from audit.Origin, m Member) audit.Origin {
	from.Account = m.Account
	from.Actor = audit.Actor{Type: audit.User, ID: audit.ActorID(m.ID), Name: m.Name, Email: m.Email}
	return from
}

// staffRef points at the member's staff record.
func staffRef(m Member) audit.Ref { return audit.Ref{Object: "staff", ID: m.ID, Name: m.Name} }
