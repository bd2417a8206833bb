package auth

import (
	"context"
	"maps"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// visitGap is how long somebody must not have looked at the audit log for the next look to be a new visit.
const visitGap = 30 * time.Minute

// RecordViewed notes that the caller looks at the audit log of their account, and writes audit.viewed when a visit
// begins. Call it before the log is shown: when it fails, nothing may be. errs.Unauthenticated when the session or
// key has ended in the meantime.
func (s *Service) RecordViewed(ctx context.Context, id Identity) error {
	return s.recordViewed(ctx, id, id.Caller.Origin)
}

// recordViewed notes a look at the log of each origin's account.
func (s *Service) recordViewed(ctx context.Context, id Identity, looks ...audit.Origin) error {
	due, begins := false, false
	for _, look := range looks {
		due = due || s.since(id, look) >= touchEvery
		begins = begins || s.since(id, look) >= visitGap
	}
	note := func(ctx context.Context) error { return s.noteViewed(ctx, id, looks) }
	switch {
	case begins:
		return note(ctx)
	case due:
		return impatient(ctx, note) // it goes on with visits that are in the log
	}
	return nil
}

func (s *Service) noteViewed(ctx context.Context, id Identity, looks []audit.Origin) error {
	return s.store.WriteAuth(ctx, func(tx Tx) error {
		held, err := id.hold(ctx, tx)
		if err != nil {
			return err
		}
		var seen []audit.AccountID
		for _, look := range looks {
			ago := s.since(held, look)
			if ago >= visitGap {
				d := audit.Draft{Type: "audit.viewed", Note: look.Actor.Name}
				if _, err := s.recorder.One(ctx, tx, look, d); err != nil {
					return err
				}
			}
			if ago >= touchEvery {
				seen = append(seen, look.Account)
			}
		}
		if len(seen) == 0 {
			return nil
		}
		return held.putAuditSeen(ctx, tx, s.recorder.Now(), seen)
	})
}

// since is how long ago the caller last looked at that log; very long for never.
func (s *Service) since(id Identity, look audit.Origin) time.Duration {
	if id.Key != nil {
		return s.recorder.Now().Sub(id.Key.AuditSeenAt)
	}
	return s.recorder.Now().Sub(id.Session.AuditSeen[look.Account])
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

func (id Identity) putAuditSeen(ctx context.Context, tx Tx, now time.Time, accounts []audit.AccountID) error {
	if id.Key != nil {
		id.Key.AuditSeenAt = now
		return tx.PutKey(ctx, *id.Key)
	}
	seen := maps.Clone(id.Session.AuditSeen)
	maps.DeleteFunc(seen, func(_ audit.AccountID, at time.Time) bool { return now.Sub(at) >= visitGap })
	if seen == nil {
		seen = map[audit.AccountID]time.Time{}
	}
	for _, account := range accounts {
		seen[account] = now
	}
	id.Session.AuditSeen = seen
	return tx.PutSession(ctx, *id.Session)
}
