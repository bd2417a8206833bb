package auth

import (
	"context"
	"slices"

	"github.com/backtrail/backtrail/errs"
)

// Agreed reports whether somebody is in an account with their own doing: they have a login, and accepted the account's invitation,
// or were made a member here first and chose a password. Anybody can add somebody's email to the staff of an account of their own.
func (s *Service) Agreed(ctx context.Context, m Member) (bool, error) {
	p, err := s.store.PersonByEmail(ctx, NormalEmail(m.Email))
	if errs.Is(err, errs.NotFound) || err == nil && p.PasswordHash == "" {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	members, err := s.memberships(ctx, m.Email)
	return slices.ContainsFunc(members, func(o Member) bool { return o.Account == m.Account && o.ID == m.ID && o.Accepted }), err
}
