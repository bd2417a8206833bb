package auth

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// visitGap is how long somebody must not have looked at the audit log for the next look to be a new visit.
const visitGap = 30 * time.Minute

// RecordViewed notes that the caller looks at the audit log of their account, and writes audit.viewed when a visit
// begins. Call it before the log is shown: when it fails, nothing may be. errs.Unauthenticated when the session or
// key has ended in the meantime.
func (s *Service) RecordViewed(ctx context.Context, id Identity) error {
	if !s.moves(id.auditSeen()) {
		return nil
	}
	note := func(ctx context.Context) error { return s.noteViewed(ctx, id) }
	if s.recorder.Now().Sub(id.auditSeen()) < visitGap {
		return impatient(ctx, note) // it goes on with a visit that is in the log
	}
	return note(ctx)
}

func (s *Service) noteViewed(ctx context.Context, id Identity) error {
	return s.store.WriteAuth(ctx, func(tx Tx) error {
		held, err := id.hold(ctx, tx)
		if err != nil {
			return err
		}
		seen := held.auditSeen()
		if !s.moves(seen) {
			return nil
		}
		if s.recorder.Now().Sub(seen) >= visitGap {
			d := audit.Draft{Type: "audit.viewed", Note: id.Caller.Actor.Name}
			if _, err := s.recorder.One(ctx, tx, id.Caller.Origin, d); err != nil {
				return err
			}
		}
		return held.putAuditSeen(ctx, tx, s.recorder.Now())
	})
}

// moves reports whether a look now is worth writing down.
func (s *Service) moves(seen time.Time) bool { return s.recorder.Now().Sub(seen) >= touchEvery }

// auditSeen is when the caller last looked at this account's log, zero for never.
func (id Identity) auditSeen() time.Time {
	switch {
	case id.Key != nil:
		return id.Key.AuditSeenAt
	case id.Session.AuditSeenIn == id.Account.ID:
		return id.Session.AuditSeenAt
	}
	return time.Time{}
}

// hold is id with its session or key as the transaction sees it.
func (id Identity) hold(ctx context.Context, tx Tx) (Identity, error) {
	if id.Key != nil {
		key, err := tx.Key(ctx, id.Key.Account, id.Key.ID)
		if err == nil && !key.RevokedAt.IsZero() {
			err = invalidKey()
		}
		id.Key = &key
		return id, err
	}
	session, err := heldSession(ctx, tx, id.Session.TokenHash)
	id.Session = &session
	return id, err
}

func (id Identity) putAuditSeen(ctx context.Context, tx Tx, now time.Time) error {
	if id.Key != nil {
		id.Key.AuditSeenAt = now
		return tx.PutKey(ctx, *id.Key)
	}
	id.Session.AuditSeenAt, id.Session.AuditSeenIn = now, id.Account.ID
	return tx.PutSession(ctx, *id.Session)
}
