package auth

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// EndAccess ends what lets the staff member m into their account: the sessions that are open in it and the API keys
// they made, with links to a new password that nobody has used. It is for the transaction in which they are deactivated or removed; the events join its operation, with
// the event cause as their cause. why completes "Ana's session was ended": "because she was deactivated".
func (s *Service) EndAccess(ctx context.Context, tx Tx, op *audit.Operation, m Member, cause audit.EventID, why string) error {
	if err := s.endKeys(ctx, tx, op, m, cause); err != nil {
		return err
	}
	p, err := tx.PersonByEmail(ctx, NormalEmail(m.Email))
	if errs.Is(err, errs.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := tx.DeletePasswordLinks(ctx, p.ID); err != nil {
		return err
	}
	sessions, err := tx.Sessions(ctx, p.ID)
	if err != nil {
		return err
	}
	for _, session := range sessions {
		if session.Account != m.Account {
			continue
		}
		if err := s.dropSession(ctx, tx, session, op.Origin()); err != nil {
			return err
		}
		d := sessionDraft("session.revoked", session, m)
		d.Note += " " + why
		d.Cause = cause
		if _, err := op.Record(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) endKeys(ctx context.Context, tx Tx, op *audit.Operation, m Member, cause audit.EventID) error {
	keys, err := tx.Keys(ctx, m.Account)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if key.CreatedBy != m.ID || !key.RevokedAt.IsZero() {
			continue
		}
		key.RevokedAt = s.recorder.Now()
		if err := tx.PutKey(ctx, key); err != nil {
			return err
		}
		d := revocation(key)
		d.Cause = cause
		if _, err := op.Record(ctx, d); err != nil {
			return err
		}
	}
	return nil
}
