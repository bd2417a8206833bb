package store

import (
	"context"

	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
)

const selectPerson = "SELECT id, email, password_hash, vouched_by, created_at FROM people WHERE "

func scanPerson(r row) (p auth.Person, err error) {
	var created int64
	err = r.Scan(&p.ID, &p.Email, &p.PasswordHash, &p.VouchedBy, &created)
	p.CreatedAt = instant(created)
	return p, err
}

// Person implements auth.Store.
func (db *DB) Person(ctx context.Context, id auth.PersonID) (auth.Person, error) {
	return look(ctx, db, nobody, func(h held) (auth.Person, error) {
		return must(one(ctx, h.conn, scanPerson, selectPerson+"id = $1", id))("person")
	})
}

// PersonByEmail implements auth.Store.
func (db *DB) PersonByEmail(ctx context.Context, email string) (auth.Person, error) {
	return look(ctx, db, nobody, func(h held) (auth.Person, error) { return h.PersonByEmail(ctx, email) })
}

// PersonByEmail implements auth.Held.
func (h held) PersonByEmail(ctx context.Context, email string) (auth.Person, error) {
	if err := h.hold(ctx, "person:"+email); err != nil {
		return auth.Person{}, err
	}
	return must(one(ctx, h.conn, scanPerson, selectPerson+"email = $1"+h.lock(), email))("person")
}

// PutPerson implements auth.Tx. An email that another person has is errs.Conflict.
func (tx *AuthTx) PutPerson(ctx context.Context, p auth.Person) error {
	_, err := tx.c.exec(ctx, "INSERT INTO people (id, email, password_hash, vouched_by, created_at) VALUES ($1, $2, $3, $4, $5) "+
		"ON CONFLICT (id) DO UPDATE SET email = excluded.email, password_hash = excluded.password_hash, "+
		"vouched_by = excluded.vouched_by, created_at = excluded.created_at",
		p.ID, p.Email, p.PasswordHash, p.VouchedBy, micros(p.CreatedAt))
	if tx.c.d.isTaken(err) {
		return errs.New(errs.Conflict, "unique_taken", "Another person has this email address already.").Because(err)
	}
	return err
}
