package auth

import (
	"context"
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

func unknownSession() error {
	return errs.New(errs.NotFound, "unknown_session", "There is no such session: it may have ended.")
}

// OwnSessions lists the caller's sessions in all accounts, the last used first.
func (s *Service) OwnSessions(ctx context.Context, id Identity) ([]Session, error) {
	if err := id.own("see sessions"); err != nil {
		return nil, err
	}
	return s.live(ctx, id.Session.Person)
}

func (s *Service) live(ctx context.Context, person PersonID) ([]Session, error) {
	all, err := s.store.Sessions(ctx, person)
	now := s.recorder.Now()
	return slices.DeleteFunc(all, func(x Session) bool { return x.ended(now) }), err
}

// RevokeSession ends one of the caller's sessions; errs.NotFound when it is none of theirs.
func (s *Service) RevokeSession(ctx context.Context, id Identity, session string) error {
	if err := id.own("end a session"); err != nil {
		return err
	}
	n, err := s.revokeOwn(ctx, id, func(x Session) bool { return x.ID == session })
	if err == nil && n == 0 {
		return unknownSession()
	}
	return err
}

// RevokeOtherSessions ends all sessions of the caller but this one and returns how many.
func (s *Service) RevokeOtherSessions(ctx context.Context, id Identity) (int, error) {
	if err := id.own("end sessions"); err != nil {
		return 0, err
	}
	return s.revokeOwn(ctx, id, func(x Session) bool { return x.ID != id.Session.ID })
}

func (s *Service) revokeOwn(ctx context.Context, id Identity, which func(Session) bool) (n int, err error) {
	err = s.store.WriteAuth(ctx, func(tx Tx) error {
		n = 0
		if _, err := heldSession(ctx, tx, id.Session.TokenHash); err != nil {
			return err
		}
		sessions, err := tx.Sessions(ctx, id.Session.Person)
		if err != nil {
			return err
		}
		for _, session := range sessions {
			if !which(session) {
				continue
			}
			n++
			// It is told where it was open, as the person is known there.
			for _, m := range toldOf(id.Memberships, session.Account) {
				if err := s.revoke(ctx, tx, session, m, originOf(id.Caller.Origin, m), " from another session of theirs"); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return n, err
}

// revoke ends a session of m and writes session.revoked.
func (s *Service) revoke(ctx context.Context, tx Tx, session Session, m Member, origin audit.Origin, why string) error {
	if err := s.dropSession(ctx, tx, session, origin); err != nil {
		return err
	}
	d := sessionDraft("session.revoked", session, m)
	d.Note += why
	_, err := s.recorder.One(ctx, tx, origin, d)
	return err
}

// StaffSessions lists the sessions that a staff member has open in the caller's account, the last used first. It needs
// staff.manage.
func (s *Service) StaffSessions(ctx context.Context, c audit.Caller, staff audit.RecordID) ([]Session, error) {
	m, err := s.managed(ctx, c, staff, "see the sessions of others")
	if err != nil {
		return nil, err
	}
	person, err := s.store.PersonByEmail(ctx, NormalEmail(m.Email))
	if errs.Is(err, errs.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all, err := s.live(ctx, person.ID)
	return slices.DeleteFunc(all, func(x Session) bool { return x.Account != c.Account }), err
}

// RevokeStaffSession ends a session that a staff member has open in the caller's account. It needs staff.manage, and an
// owner for the sessions of an owner.
func (s *Service) RevokeStaffSession(ctx context.Context, c audit.Caller, staff audit.RecordID, session string) error {
	what := "end the sessions of others"
	if err := ownCaller(c, what); err != nil {
		return err
	}
	m, err := s.managed(ctx, c, staff, what)
	if err != nil {
		return err
	}
	if err := mayTouch(c, m, what); err != nil {
		return err
	}
	return s.store.WriteAuth(ctx, func(tx Tx) error {
		p, err := tx.PersonByEmail(ctx, NormalEmail(m.Email))
		if errs.Is(err, errs.NotFound) {
			return unknownSession()
		}
		if err != nil {
			return err
		}
		sessions, err := tx.Sessions(ctx, p.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(sessions, func(x Session) bool { return x.ID == session && x.Account == c.Account })
		if i < 0 {
			return unknownSession()
		}
		return s.revoke(ctx, tx, sessions[i], m, c.Origin, "")
	})
}

// managed is a staff member of the caller's account, for who may manage staff.
func (s *Service) managed(ctx context.Context, c audit.Caller, staff audit.RecordID, what string) (Member, error) {
	if !c.May(audit.StaffManage) {
		return Member{}, errs.MissingPermission(string(audit.StaffManage), what)
	}
	return s.member(ctx, c.Account, staff)
}

// mayTouch lets only owners touch what is an owner's.
func mayTouch(c audit.Caller, m Member, what string) error {
	if m.Role == Owner && c.Role != Owner {
		return ownerNeeded(what + " when they are an owner's")
	}
	return nil
}
