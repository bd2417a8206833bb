package auth

import (
	"context"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// MayGive refuses to let somebody have what the giver does not have themselves: with a role, with single permissions, by a
// status, or by an email that is another person's way in. before is the zero Member for one who is new. Owners and Backtrail
// itself give everything; who is made an owner is the staff object's own rule.
func (s *Service) MayGive(ctx context.Context, tx Tx, c audit.Caller, before, after Member) error {
	if c.Role == Owner || c.Actor.Type == audit.System {
		return nil
	}
	table, err := tx.RoleTable(ctx, c.Account)
	if err != nil {
		return err
	}
	had := map[audit.Permission]bool{}
	if before.Status == active && before.Email == after.Email {
		had = table.Effective(before.Role, before.Permissions)
	}
	gets := table.Effective(after.Role, after.Permissions)
	for _, p := range audit.Permissions {
		if p == audit.RecordsOnlyAssigned || p == audit.AuditReadOwn && c.May(audit.AuditRead) {
			continue
		}
		if gets[p] && !had[p] && !c.May(p) {
			return errs.MissingPermission(string(p), "let "+after.Name+" "+lowerFirst(p.Label()))
		}
	}
	if c.OnlyAssigned() && !gets[audit.RecordsOnlyAssigned] && (len(had) == 0 || had[audit.RecordsOnlyAssigned]) {
		return errs.MissingPermission("records of others", "let "+after.Name+" see records of others")
	}
	return nil
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
