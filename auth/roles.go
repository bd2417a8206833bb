package auth

import (
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// The roles.
const (
	Owner = "owner"
	Admin = "admin"
	// MemberRole is the role of ordinary staff; Member is the type of everybody's place in an account.
	MemberRole = "member"
	// Agency is the role of somebody from outside who looks after several accounts. Those in which a person has it, and may
	// read the log, are the ones whose logs they see as one ([Service.AgencyPlaces]).
	Agency = "agency"
)

// Roles lists them, the most powerful first.
var Roles = []string{Owner, Admin, MemberRole, Agency}

// KeyRoles are those that a key can have: it belongs to one account.
var KeyRoles = []string{Owner, Admin, MemberRole}

// tabled are the roles of which an account says what they may do.
var tabled = []string{Admin, MemberRole, Agency}

// RolePermissions are the permissions that a role gives in an account that did not change them ([RoleTable]); none for an
// unknown role. Owners and admins have all but
// audit.read_own, which audit.read includes, and records.only_assigned, which narrows. What an owner may do beyond an
// admin is to make and alter owners: see [RoleTable.MayGrant] for keys, [Service.MayGive] for people; the staff object's own rule for people.
func RolePermissions(role string) []audit.Permission {
	switch role {
	case Owner, Admin:
		return slices.DeleteFunc(slices.Clone(audit.Permissions), func(p audit.Permission) bool {
			return p == audit.AuditReadOwn || p == audit.RecordsOnlyAssigned
		})
	case MemberRole:
		return []audit.Permission{audit.RecordsRead, audit.RecordsWrite}
	case Agency:
		return []audit.Permission{audit.AuditRead, audit.AuditExport, audit.AuditRestore, audit.RecordsRead}
	}
	return nil
}

// Effective is [RoleTable.Effective] in an account that did not change its roles.
func Effective(role string, extra []audit.Permission) map[audit.Permission]bool {
	return RoleTable{}.Effective(role, extra)
}

// MayGrant refuses to give a role to a key that can do more than the giver, as the account's table has it: errs.Forbidden.
func (t RoleTable) MayGrant(c audit.Caller, role string) error {
	if role == Owner && c.Role != Owner {
		return errs.New(errs.Forbidden, "owner_needed", "Only an owner can give the role owner.").
			WithFix("Ask an owner of the account, or choose another role.")
	}
	for _, p := range t.Permissions(role) {
		if p == audit.RecordsOnlyAssigned || p == audit.AuditReadOwn && c.May(audit.AuditRead) {
			continue
		}
		if !c.May(p) {
			return errs.MissingPermission(string(p), "give the role "+role)
		}
	}
	return nil
}

// SystemCaller is Backtrail itself in an account, allowed everything; name says which part of it ("Command line").
func SystemCaller(account audit.AccountID, name string) audit.Caller {
	origin := audit.Origin{Account: account, Actor: audit.SystemActor(name), Channel: audit.SystemChannel}
	return audit.Caller{Origin: origin, Role: Owner, Permissions: Effective(Owner, nil)}
}
