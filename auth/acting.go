package auth

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// ActingTime is how long an owner can work as another before they have to begin anew.
const ActingTime = time.Hour

// Acting says as whom the person of a session works, with names as they were when it began.
type Acting struct {
	As     audit.RecordID // a staff record of the session's account
	Name   string
	By     audit.RecordID // the person's own staff record there
	ByName string
	Email  string // of the person
	Until  time.Time
}

// actor is the person, acting as the other.
func (a *Acting) actor() audit.Actor {
	return audit.Actor{Type: audit.User, ID: audit.ActorID(a.By), Name: a.ByName, Email: a.Email,
		OnBehalfOf: &audit.OnBehalfOf{ID: audit.ActorID(a.As), Name: a.Name}}
}

func (a *Acting) draft(t audit.Type, why string) audit.Draft {
	return audit.Draft{Type: t, Record: &audit.Ref{Object: "staff", ID: a.As, Name: a.Name}, Note: why,
		Related: []audit.Ref{{Object: "staff", ID: a.By, Name: a.ByName}}}
}

// ActAs lets an owner work as another staff member of the account in this session, for ActingTime: they see and may do
// what the other may, and every event says both. Beginning is an event of its own.
//
// errs.Forbidden for anybody but an owner, and for the role owner as the other; errs.NotFound when there is no such staff
// member, errs.NotPossible when they are not active or the owner themselves.
func (s *Service) ActAs(ctx context.Context, id Identity, staff audit.RecordID) error {
	if err := id.own("log in as somebody else"); err != nil {
		return err
	}
	if id.Member.Role != Owner {
		return ownerNeeded("log in as somebody else")
	}
	m, err := s.member(ctx, id.Account.ID, staff)
	if err != nil {
		return err
	}
	switch {
	case m.ID == id.Member.ID:
		return errs.New(errs.NotPossible, "same_person", "You are %s already.", audit.Quote(m.Name))
	case m.Role == Owner:
		e := errs.New(errs.Forbidden, "owner_protected", "Nobody can log in as an owner.")
		e.Permission = "none: " + m.Name + " is an owner"
		return e
	case m.Status != active:
		return errs.New(errs.NotPossible, "not_active", "%s is not active.", audit.Quote(m.Name)).WithFix("Activate them first.")
	}
	acting := &Acting{As: m.ID, Name: m.Name, By: id.Member.ID, ByName: id.Member.Name, Email: id.Member.Email, Until: s.recorder.Now().Add(ActingTime)}
	return s.store.WriteAuth(ctx, func(tx Tx) error {
		held, err := heldSession(ctx, tx, id.Session.TokenHash)
		if err != nil {
			return err
		}
		if held.Acting != nil {
			return notWhileActing("log in as somebody else")
		}
		if held.Account != id.Account.ID { // it went to another account by its header
			held.Account = id.Account.ID
		}
		held.Acting = acting
		if err := tx.PutSession(ctx, held); err != nil {
			return err
		}
		origin := id.Caller.Origin
		origin.Actor = acting.actor()
		_, err = s.recorder.One(ctx, tx, origin, acting.draft("impersonation.started", ""))
		return err
	})
}

// StopActing makes the person themselves again. Who acts as nobody is left as they are.
func (s *Service) StopActing(ctx context.Context, id Identity) error {
	if id.Session == nil {
		return sessionNeeded("log in as somebody else")
	}
	return s.store.WriteAuth(ctx, func(tx Tx) error {
		held, err := heldSession(ctx, tx, id.Session.TokenHash)
		if err != nil || held.Acting == nil {
			return err
		}
		origin := id.Caller.Origin
		origin.Actor = held.Acting.actor()
		if err := s.endActing(ctx, tx, held, origin, ""); err != nil {
			return err
		}
		held.Acting = nil
		return tx.PutSession(ctx, held)
	})
}

// endActing writes that the acting in a session ends; nothing when there is none. The caller forgets it, or the session.
func (s *Service) endActing(ctx context.Context, tx Tx, session Session, origin audit.Origin, why string) error {
	if session.Acting == nil {
		return nil
	}
	origin.Account = session.Account
	origin.Context.Session = session.ID
	_, err := s.recorder.One(ctx, tx, origin, session.Acting.draft("impersonation.ended", why))
	return err
}

// dropSession deletes a session; acting as another ends with it.
func (s *Service) dropSession(ctx context.Context, tx Tx, session Session, origin audit.Origin) error {
	if err := s.endActing(ctx, tx, session, origin, " because the session ended"); err != nil {
		return err
	}
	return tx.DeleteSession(ctx, session.ID)
}

// lapseActing ends the acting of a session by itself: its time is over, or one of the two may no longer.
func (s *Service) lapseActing(ctx context.Context, session Session, why string) (Session, error) {
	err := s.store.WriteAuth(ctx, func(tx Tx) error {
		held, err := heldSession(ctx, tx, session.TokenHash)
		if err != nil || held.Acting == nil {
			session = held
			return err
		}
		origin := audit.Origin{Actor: audit.SystemActor("Backtrail"), Channel: audit.SystemChannel}
		if err := s.endActing(ctx, tx, held, origin, why); err != nil {
			return err
		}
		held.Acting = nil
		session = held
		return tx.PutSession(ctx, held)
	})
	return session, err
}

// actAs turns the identity of a person into that of their acting. When it may not go on it ends here, and the person is
// themselves.
func (s *Service) actAs(ctx context.Context, id Identity) (Identity, error) {
	a := id.Session.Acting
	why := ""
	var other Member
	switch {
	case !s.recorder.Now().Before(a.Until):
		why = " after an hour"
	case id.Member.ID != a.By || id.Member.Role != Owner:
		why = " because " + a.ByName + " is no owner any more"
	default:
		var err error
		other, err = s.store.MemberByID(ctx, id.Account.ID, a.As)
		if err != nil && !errs.Is(err, errs.NotFound) {
			return Identity{}, err
		}
		if err != nil || other.Status != active || other.Role == Owner {
			why = " because that is no longer possible"
		}
	}
	if why != "" {
		session, err := s.lapseActing(ctx, *id.Session, why)
		id.Session = &session
		return id, err
	}
	id.Acting, id.Self = a, id.Member
	id.Member, id.Memberships = other, []Member{other}
	id.Caller.Actor.OnBehalfOf = &audit.OnBehalfOf{ID: audit.ActorID(other.ID), Name: other.Name}
	id.Caller.Role = other.Role
	var err error
	id.Caller.Permissions, err = s.actingPermissions(ctx, id.Caller.Permissions, other)
	return id, err
}

// actingPermissions are those of the other, without what the person does not have themselves. What narrows stays.
func (s *Service) actingPermissions(ctx context.Context, own map[audit.Permission]bool, other Member) (map[audit.Permission]bool, error) {
	theirs, err := s.Rights(ctx, other.Account, other.Role, other.Permissions)
	may := map[audit.Permission]bool{}
	for p := range theirs {
		if own[p] || p == audit.AuditReadOwn || p == audit.RecordsOnlyAssigned {
			may[p] = true
		}
	}
	return may, err
}

func ownerNeeded(what string) error {
	e := errs.New(errs.Forbidden, "owner_needed", "Only an owner can %s.", what)
	e.Permission = "role owner"
	return e.WithFix("Ask an owner of the account.")
}

func notWhileActing(what string) error {
	e := errs.New(errs.Forbidden, "not_while_acting", "You cannot %s while you work as somebody else.", what)
	e.Permission = "not while working as somebody else"
	return e.WithFix("Stop working as them first.")
}

// own is the error of a caller who may not touch what is a person's own: a key, or somebody who acts as another.
func (id Identity) own(what string) error {
	if id.Session == nil {
		return sessionNeeded(what)
	}
	if id.Acting != nil {
		return notWhileActing(what)
	}
	return nil
}

// ownCaller is the same for a caller of whom no more is known.
func ownCaller(c audit.Caller, what string) error {
	if c.Actor.OnBehalfOf != nil {
		return notWhileActing(what)
	}
	return nil
}

// member is a staff record of the account; errs.NotFound when there is none.
func (s *Service) member(ctx context.Context, account audit.AccountID, staff audit.RecordID) (Member, error) {
	m, err := s.store.MemberByID(ctx, account, staff)
	if errs.Is(err, errs.NotFound) {
		return m, errs.New(errs.NotFound, "not_found", "There is no such staff member.")
	}
	return m, err
}
