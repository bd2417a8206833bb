package store

import (
	"context"
	"encoding/json"

	"github.com/backtrail/backtrail/auth"
)

func scanSecondFactor(r row) (f auth.SecondFactor, err error) {
	var created, enabled int64
	var recovery string
	if err = r.Scan(&f.Person, &f.Secret, &recovery, &created, &enabled, &f.LastStep); err != nil {
		return f, err
	}
	f.CreatedAt, f.EnabledAt = instant(created), instant(enabled)
	return f, json.Unmarshal([]byte(recovery), &f.Recovery)
}

// SecondFactor implements auth.Store.
func (db *DB) SecondFactor(ctx context.Context, person auth.PersonID) (auth.SecondFactor, error) {
	return look(ctx, db, nobody, func(h held) (auth.SecondFactor, error) { return h.SecondFactor(ctx, person) })
}

// SecondFactor implements auth.Held.
func (h held) SecondFactor(ctx context.Context, person auth.PersonID) (auth.SecondFactor, error) {
	if err := h.hold(ctx, "second_factor:"+string(person)); err != nil {
		return auth.SecondFactor{}, err
	}
	return must(one(ctx, h.conn, scanSecondFactor, "SELECT person, secret, recovery, created_at, enabled_at, last_step FROM second_factors WHERE person = $1"+
		h.lock(), person))("second factor")
}

// PutSecondFactor implements auth.Tx.
func (tx *AuthTx) PutSecondFactor(ctx context.Context, f auth.SecondFactor) error {
	recovery, err := json.Marshal(f.Recovery)
	if err != nil {
		return err
	}
	_, err = tx.c.exec(ctx, "INSERT INTO second_factors (person, secret, recovery, created_at, enabled_at, last_step) VALUES ($1, $2, $3, $4, $5, $6) "+
		"ON CONFLICT (person) DO UPDATE SET secret = excluded.secret, recovery = excluded.recovery, created_at = excluded.created_at, "+
		"enabled_at = excluded.enabled_at, last_step = excluded.last_step",
		f.Person, f.Secret, string(recovery), micros(f.CreatedAt), micros(f.EnabledAt), f.LastStep)
	return err
}

// DeleteSecondFactor implements auth.Tx.
func (tx *AuthTx) DeleteSecondFactor(ctx context.Context, person auth.PersonID) error {
	_, err := tx.c.exec(ctx, "DELETE FROM second_factors WHERE person = $1", person)
	return err
}

// TakeStep implements auth.Tx: the step moves by compare-and-swap.
func (tx *AuthTx) TakeStep(ctx context.Context, person auth.PersonID, step int64) (bool, error) {
	n, err := tx.c.exec(ctx, "UPDATE second_factors SET last_step = $1 WHERE person = $2 AND last_step < $1", step, person)
	return n == 1, err
}

// SecondStep implements auth.Store.
func (db *DB) SecondStep(ctx context.Context, tokenHash string) (auth.SecondStep, error) {
	return look(ctx, db, nobody, func(h held) (auth.SecondStep, error) { return h.SecondStep(ctx, tokenHash) })
}

// SecondStep implements auth.Held.
func (h held) SecondStep(ctx context.Context, tokenHash string) (auth.SecondStep, error) {
	return must(one(ctx, h.conn, func(r row) (s auth.SecondStep, err error) {
		var expires int64
		err = r.Scan(&s.TokenHash, &s.Person, &expires)
		s.ExpiresAt = instant(expires)
		return s, err
	}, "SELECT token_hash, person, expires_at FROM second_steps WHERE token_hash = $1"+h.lock(), tokenHash))("login")
}

// PutSecondStep implements auth.Tx.
func (tx *AuthTx) PutSecondStep(ctx context.Context, s auth.SecondStep) error {
	_, err := tx.c.exec(ctx, "INSERT INTO second_steps (token_hash, person, expires_at) VALUES ($1, $2, $3)", s.TokenHash, s.Person, micros(s.ExpiresAt))
	return err
}

// DeleteSecondStep implements auth.Tx.
func (tx *AuthTx) DeleteSecondStep(ctx context.Context, tokenHash string) error {
	_, err := tx.c.exec(ctx, "DELETE FROM second_steps WHERE token_hash = $1", tokenHash)
	return err
}

// DeleteSecondSteps implements auth.Tx.
func (tx *AuthTx) DeleteSecondSteps(ctx context.Context, person auth.PersonID) error {
	_, err := tx.c.exec(ctx, "DELETE FROM second_steps WHERE person = $1", person)
	return err
}
