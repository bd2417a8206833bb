package auth

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// Founding is an account that can be made: checked, and with the owner's password hashed. NewFounding makes one.
type Founding struct {
	Account Account
	Owner   Person // its ID is used only when the email is new
}

// NewFounding checks what an account and its first owner shall be. timezone may be "", for UTC. It takes the time that
// a password hash takes, so call it before the transaction. errs.Invalid names name, timezone, owner_email or
// owner_password.
func (s *Service) NewFounding(ctx context.Context, name, timezone, ownerEmail, ownerPassword string) (Founding, error) {
	if timezone == "" {
		timezone = "UTC"
	}
	now := s.recorder.Now()
	f := Founding{
		Account: Account{ID: audit.AccountID(s.recorder.NewID()), Name: name, Timezone: timezone,
			RestoreWindowDays: DefaultRestoreWindow, ExportExpiryDays: DefaultExportExpiry, CreatedAt: now},
		Owner: Person{ID: PersonID(s.recorder.NewID()), Email: NormalEmail(ownerEmail), CreatedAt: now},
	}
	if err := f.Account.Validate(); err != nil {
		return Founding{}, err
	}
	if f.Owner.Email == "" {
		return Founding{}, errs.InvalidField("owner_email", "invalid_email", "The owner's email is not an email address.")
	}
	if err := CheckPassword("owner_password", f.Owner.Email, ownerPassword); err != nil {
		return Founding{}, err
	}
	var err error
	f.Owner.PasswordHash, err = s.hasher.hash(ctx, ownerPassword)
	return f, err
}

// FoundIn makes the account and its first owner as a person, inside a transaction that the caller has open; the caller
// adds the staff record, whose event is the first of the account's log. A person who is known by this email already
// keeps their id and password.
func (s *Service) FoundIn(ctx context.Context, tx Tx, f Founding) (Account, Person, error) {
	owner, err := tx.PersonByEmail(ctx, f.Owner.Email)
	switch {
	case errs.Is(err, errs.NotFound):
		owner = f.Owner
		if err := tx.PutPerson(ctx, owner); err != nil {
			return Account{}, Person{}, err
		}
	case err != nil:
		return Account{}, Person{}, err
	}
	return f.Account, owner, tx.PutAccount(ctx, f.Account)
}
