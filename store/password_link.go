package store

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/auth"
)

func scanPasswordLink(r row) (l auth.PasswordLink, err error) {
	var created, expires int64
	err = r.Scan(&l.TokenHash, &l.Person, &l.VouchedBy, &l.Account, &created, &expires)
	l.CreatedAt, l.ExpiresAt = instant(created), instant(expires)
	return l, err
}

// PasswordLink implements auth.Store.
func (db *DB) PasswordLink(ctx context.Context, tokenHash string) (auth.PasswordLink, error) {
	return look(ctx, db, nobody, func(h held) (auth.PasswordLink, error) { return h.PasswordLink(ctx, tokenHash) })
}

// PasswordLink implements auth.Held.
func (h held) PasswordLink(ctx context.Context, tokenHash string) (auth.PasswordLink, error) {
	return must(one(ctx, h.conn, scanPasswordLink, "SELECT token_hash, person, vouched_by, account, created_at, expires_at FROM password_links WHERE token_hash = $1"+
		h.lock(), tokenHash))("link")
}

// PutPasswordLink implements auth.Tx.
func (tx *AuthTx) PutPasswordLink(ctx context.Context, l auth.PasswordLink) error {
	_, err := tx.c.exec(ctx, "INSERT INTO password_links (token_hash, person, vouched_by, account, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
		l.TokenHash, l.Person, l.VouchedBy, l.Account, micros(l.CreatedAt), micros(l.ExpiresAt))
	return err
}

// DeletePasswordLinks implements auth.Tx.
func (tx *AuthTx) DeletePasswordLinks(ctx context.Context, person auth.PersonID) error {
	_, err := tx.c.exec(ctx, "DELETE FROM password_links WHERE person = $1", person)
	return err
}

// DeleteExpired implements auth.Tx.
func (tx *AuthTx) DeleteExpired(ctx context.Context, now time.Time) error {
	if _, err := tx.c.exec(ctx, "DELETE FROM password_links WHERE expires_at < $1", micros(now)); err != nil {
		return err
	}
	_, err := tx.c.exec(ctx, "DELETE FROM second_steps WHERE expires_at < $1", micros(now))
	return err
}
