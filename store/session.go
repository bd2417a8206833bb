package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
)

const sessionColumns = "id, token_hash, person, account, created_at, last_seen_at, expires_at, audit_seen, ip, user_agent, acting, acting_until"

func scanSession(r row) (s auth.Session, err error) {
	var created, seen, expires, until int64
	var visits, acting string
	err = r.Scan(&s.ID, &s.TokenHash, &s.Person, &s.Account, &created, &seen, &expires, &visits, &s.IP, &s.UserAgent, &acting, &until)
	s.CreatedAt, s.LastSeenAt, s.ExpiresAt = instant(created), instant(seen), instant(expires)
	if err == nil {
		s.AuditSeen, err = visitsOf(visits)
	}
	if err == nil && acting != "" {
		s.Acting = &auth.Acting{}
		err = json.Unmarshal([]byte(acting), s.Acting)
		s.Acting.Until = instant(until)
	}
	return s, err
}

// visitsOf reads what visitsText wrote: the microseconds of the last look at a log, by account.
func visitsOf(text string) (map[audit.AccountID]time.Time, error) {
	if text == "" {
		return nil, nil
	}
	var at map[audit.AccountID]int64
	if err := json.Unmarshal([]byte(text), &at); err != nil {
		return nil, err
	}
	seen := make(map[audit.AccountID]time.Time, len(at))
	for account, us := range at {
		seen[account] = instant(us)
	}
	return seen, nil
}

func visitsText(seen map[audit.AccountID]time.Time) (string, error) {
	if len(seen) == 0 {
		return "", nil
	}
	at := make(map[audit.AccountID]int64, len(seen))
	for account, t := range seen {
		at[account] = micros(t)
	}
	b, err := json.Marshal(at)
	return string(b), err
}

// Session implements auth.Store.
func (db *DB) Session(ctx context.Context, tokenHash string) (auth.Session, error) {
	return look(ctx, db, nobody, func(h held) (auth.Session, error) { return h.Session(ctx, tokenHash) })
}

// Session implements auth.Held.
func (h held) Session(ctx context.Context, tokenHash string) (auth.Session, error) {
	return must(one(ctx, h.conn, scanSession, "SELECT "+sessionColumns+" FROM sessions WHERE token_hash = $1"+h.lock(), tokenHash))("session")
}

// Sessions implements auth.Store.
func (db *DB) Sessions(ctx context.Context, person auth.PersonID) ([]auth.Session, error) {
	return look(ctx, db, nobody, func(h held) ([]auth.Session, error) { return h.Sessions(ctx, person) })
}

// Sessions implements auth.Held.
func (h held) Sessions(ctx context.Context, person auth.PersonID) ([]auth.Session, error) {
	return all(ctx, h.conn, scanSession, "SELECT "+sessionColumns+" FROM sessions WHERE person = $1 ORDER BY last_seen_at DESC, id DESC"+h.lock(), person)
}

// ExpiredSessions implements auth.Store.
func (db *DB) ExpiredSessions(ctx context.Context, now time.Time, limit int) ([]auth.Session, error) {
	return look(ctx, db, nobody, func(h held) ([]auth.Session, error) {
		return all(ctx, h.conn, scanSession, "SELECT "+sessionColumns+" FROM sessions WHERE expires_at < $1 OR (acting_until > 0 AND acting_until < $1) ORDER BY expires_at LIMIT $2", micros(now), limit)
	})
}

// PutSession implements auth.Tx.
func (tx *AuthTx) PutSession(ctx context.Context, s auth.Session) error {
	var acting string
	var until int64
	if s.Acting != nil {
		b, err := json.Marshal(s.Acting)
		if err != nil {
			return err
		}
		acting, until = string(b), micros(s.Acting.Until)
	}
	visits, err := visitsText(s.AuditSeen)
	if err != nil {
		return err
	}
	// audit_seen_at and audit_seen_in are of older programs, which knew one visit of a session.
	_, err = tx.c.exec(ctx, "INSERT INTO sessions ("+sessionColumns+", audit_seen_at, audit_seen_in) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, '') "+
		"ON CONFLICT (id) DO UPDATE SET token_hash = excluded.token_hash, person = excluded.person, account = excluded.account, "+
		"created_at = excluded.created_at, last_seen_at = excluded.last_seen_at, expires_at = excluded.expires_at, "+
		"audit_seen = excluded.audit_seen, ip = excluded.ip, user_agent = excluded.user_agent, "+
		"acting = excluded.acting, acting_until = excluded.acting_until",
		s.ID, s.TokenHash, s.Person, s.Account, micros(s.CreatedAt), micros(s.LastSeenAt), micros(s.ExpiresAt), visits, s.IP, s.UserAgent, acting, until)
	return err
}

// DeleteSession implements auth.Tx.
func (tx *AuthTx) DeleteSession(ctx context.Context, id string) error {
	_, err := tx.c.exec(ctx, "DELETE FROM sessions WHERE id = $1", id)
	return err
}
