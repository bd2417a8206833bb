package auth

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// Place is a person's place in an account: their staff record there, and what they may do in it now.
type Place struct {
	Account Account
	Member  Member
	May     map[audit.Permission]bool
}

// AccountRoles is an account with what its roles may do.
type AccountRoles struct {
	Account Account
	Roles   RoleTable
}

// Places reads the accounts of memberships, in their order.
func (s *Service) Places(ctx context.Context, members []Member) ([]Place, error) {
	ids := make([]audit.AccountID, len(members))
	for i, m := range members {
		ids[i] = m.Account
	}
	accounts, err := s.store.AccountRoles(ctx, ids)
	if err != nil {
		return nil, err
	}
	places := make([]Place, len(members))
	for i, m := range members {
		a, ok := accounts[m.Account]
		if !ok {
			return nil, errs.New(errs.NotFound, "not_found", "There is no such account.")
		}
		places[i] = Place{a.Account, m, a.Roles.Effective(m.Role, m.Permissions)}
	}
	return places, nil
}

// caller is the person of a request in this place.
func (p Place) caller(from audit.Origin) audit.Caller {
	return audit.Caller{Origin: originOf(from, p.Member), Role: p.Member.Role, Permissions: p.May}
}
