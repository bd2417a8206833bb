package auth

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// Renew is the caller of something that was asked for earlier, with what they may do now; errs.Forbidden when they have
// no access any more.
func (s *Service) Renew(ctx context.Context, c audit.Caller) (audit.Caller, error) {
	var err error
	gone := false
	switch c.Actor.Type {
	case audit.User:
		var m Member
		m, err = s.store.MemberByID(ctx, c.Account, audit.RecordID(c.Actor.ID))
		gone = m.Status != active
		if err == nil {
			c.Role = m.Role
			c.Permissions, err = s.Rights(ctx, c.Account, m.Role, m.Permissions)
		}
		if b := c.Actor.OnBehalfOf; b != nil && err == nil && !gone { // they asked as somebody else: no more than that
			var other Member
			other, err = s.store.MemberByID(ctx, c.Account, audit.RecordID(b.ID))
			gone = other.Status != active
			if err == nil {
				c.Role = other.Role
				c.Permissions, err = s.actingPermissions(ctx, c.Permissions, other)
			}
		}
	case audit.APIKey:
		var key Key
		if key, err = s.store.Key(ctx, c.Account, string(c.Actor.ID)); err == nil {
			c.Role, c.Permissions, err = s.keyRights(ctx, key)
		}
		gone = !key.RevokedAt.IsZero()
	}
	if errs.Is(err, errs.NotFound) || errs.Is(err, errs.Unauthenticated) || err == nil && gone {
		return c, errs.New(errs.Forbidden, "access_ended", "%s, who asked for this, has no access any more.", audit.Quote(c.Actor.Name)).
			WithFix("Somebody who has can ask for it again.")
	}
	return c, err
}
