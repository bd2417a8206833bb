package auth

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// RoleTable is what the roles of an account may do. Its zero value is an account that changed nothing: the defaults.
type RoleTable struct {
	// Version counts the changes, 0 for none. Whoever changes the table says which one they saw.
	Version   int64
	Admin     []audit.Permission
	Member    []audit.Permission
	Agency    []audit.Permission
	ChangedAt time.Time
}

// Permissions are those that a role gives in the account, in the order in which they are shown; none for an unknown role. An owner's are always all of them.
func (t RoleTable) Permissions(role string) []audit.Permission {
	if t.Version == 0 || role == Owner {
		return RolePermissions(role)
	}
	switch role {
	case Admin:
		return ordered(t.Admin)
	case MemberRole:
		return ordered(t.Member)
	case Agency:
		return ordered(t.Agency)
	}
	return nil
}

// Effective joins the permissions that the role gives in the account with the extra ones of a staff record. Words that are
// no permission give nothing.
func (t RoleTable) Effective(role string, extra []audit.Permission) map[audit.Permission]bool {
	all := map[audit.Permission]bool{}
	for _, p := range ordered(slices.Concat(t.Permissions(role), extra)) {
		all[p] = true
	}
	return all
}

// RoleTable reads what the roles may do in the caller's account. Whoever is in it may.
func (s *Service) RoleTable(ctx context.Context, c audit.Caller) (RoleTable, error) {
	return s.store.RoleTable(ctx, c.Account)
}

// Rights are what somebody with this role and these single permissions may do in an account now.
func (s *Service) Rights(ctx context.Context, account audit.AccountID, role string, extra []audit.Permission) (map[audit.Permission]bool, error) {
	table, err := s.store.RoleTable(ctx, account)
	return table.Effective(role, extra), err
}

// RoleUpdate is what an owner lets the roles do; a nil list leaves a role as it is, an empty one gives it nothing.
type RoleUpdate struct {
	Version int64 // the one that was seen, AnyVersion for whichever there is
	Admin   []audit.Permission
	Member  []audit.Permission
	Agency  []audit.Permission
}

// of is what the update gives a role, nil when it leaves it.
func (u RoleUpdate) of(role string) []audit.Permission {
	switch role {
	case Admin:
		return u.Admin
	case MemberRole:
		return u.Member
	}
	return u.Agency
}

// AnyVersion changes the table whatever version it has.
const AnyVersion = -1

// UpdateRoles changes what the roles admin, member and agency may do in the caller's account, from their next request on, and returns
// the whole table. Each role that changed is an event.
//
// Only an owner may, or a key that is as much as one: errs.Forbidden. errs.Stale when somebody else was faster, errs.Invalid
// for words that are no permission.
func (s *Service) UpdateRoles(ctx context.Context, c audit.Caller, u RoleUpdate) (RoleTable, error) {
	if c.Role != Owner || !c.May(audit.SettingsManage) {
		e := errs.New(errs.Forbidden, "owner_needed", "Only an owner can change what the roles may do.")
		e.Permission = "role owner"
		return RoleTable{}, e.WithFix("Ask an owner of the account to do it.")
	}
	if c.Actor.OnBehalfOf != nil {
		return RoleTable{}, errs.New(errs.Forbidden, "not_while_acting", "You cannot change what the roles may do while you work as somebody else.")
	}
	var wrong []errs.Field
	for _, role := range tabled {
		for _, p := range u.of(role) {
			if !slices.Contains(audit.Permissions, p) {
				wrong = append(wrong, errs.Field{Field: role, Code: "invalid_option", Detail: "There is no permission " + audit.Quote(string(p)) + "."})
			}
		}
	}
	if err := errs.InvalidFields(wrong); err != nil {
		return RoleTable{}, err
	}
	var after RoleTable
	err := s.store.WriteAuth(ctx, func(tx Tx) error {
		before, err := tx.RoleTable(ctx, c.Account)
		if err != nil {
			return err
		}
		if u.Version != AnyVersion && before.Version != u.Version {
			return errs.New(errs.Stale, "version_conflict", "Somebody changed the roles in the meantime: they have version %d, you saw version %d.", before.Version, u.Version).
				WithFix("Look at them again, and repeat your change.")
		}
		next := func(role string) []audit.Permission {
			if list := u.of(role); list != nil {
				return ordered(list)
			}
			return ordered(before.Permissions(role))
		}
		after = RoleTable{Version: before.Version + 1, Admin: next(Admin), Member: next(MemberRole), Agency: next(Agency), ChangedAt: s.recorder.Now()}
		drafts := roleChanges(c.Account, before, after)
		if len(drafts) == 0 {
			after = before
			return nil
		}
		if err := tx.PutRoleTable(ctx, c.Account, after); err != nil {
			return err
		}
		op := s.recorder.Begin(tx, c.Origin)
		for _, d := range drafts {
			if _, err := op.Record(ctx, d); err != nil {
				return err
			}
		}
		return op.Close(ctx)
	})
	return after, err
}

// ordered are permissions in the order in which they are shown, each once. records.write brings records.read along: the
// answer to a change holds the whole record, so to change without seeing would be to see by another way.
func ordered(list []audit.Permission) []audit.Permission {
	out := []audit.Permission{}
	for _, p := range audit.Permissions {
		if slices.Contains(list, p) || p == audit.RecordsRead && slices.Contains(list, audit.RecordsWrite) {
			out = append(out, p)
		}
	}
	return out
}

// roleChanges are the events of what changed, one for each role.
func roleChanges(account audit.AccountID, before, after RoleTable) []audit.Draft {
	var drafts []audit.Draft
	for _, role := range tabled {
		was, is := ordered(before.Permissions(role)), after.Permissions(role)
		added, removed := without(is, was), without(was, is)
		if len(added)+len(removed) == 0 {
			continue
		}
		var parts []string
		if len(added) > 0 {
			parts = append(parts, "added "+quoted(added))
		}
		if len(removed) > 0 {
			parts = append(parts, "removed "+quoted(removed))
		}
		drafts = append(drafts, audit.Draft{Type: "permissions.updated", Note: strings.Join(parts, "; "), Word: audit.Word{One: "role", Many: "roles"},
			Record: &audit.Ref{Object: "account", ID: audit.RecordID(account), Name: upperFirst(role)},
			Changes: []audit.Change{{Field: role + "_permissions", Label: "Permissions of the role " + upperFirst(role),
				Before: listOf(was), After: listOf(is), BeforeText: labelsOf(was), AfterText: labelsOf(is)}}})
	}
	return drafts
}

func without(all, some []audit.Permission) []audit.Permission {
	return slices.DeleteFunc(slices.Clone(all), func(p audit.Permission) bool { return slices.Contains(some, p) })
}

// quoted are permissions as a sentence says them.
func quoted(list []audit.Permission) string {
	labels := make([]string, len(list))
	for i, p := range list {
		labels[i] = audit.Quote(p.Label())
	}
	return strings.Join(labels, ", ")
}

func labelsOf(list []audit.Permission) string {
	labels := make([]string, len(list))
	for i, p := range list {
		labels[i] = p.Label()
	}
	return strings.Join(labels, ", ")
}

func listOf(list []audit.Permission) audit.Value {
	if len(list) == 0 {
		return audit.None
	}
	words := make([]string, len(list))
	for i, p := range list {
		words[i] = string(p)
	}
	return audit.List(words)
}
