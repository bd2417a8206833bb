package modules

import (
	"context"
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// staff are the objects of the module staff.
var staff = []*crm.Object{staffMember}

// staffMember is a person's place in the account; package auth reads from it what they may do.
var staffMember = &crm.Object{
	Key: "staff", Label: "Staff member", LabelPlural: "Staff members", Module: "staff",
	Title:     [][]string{{"name"}},
	WriteWith: audit.StaffManage,
	Verbs:     map[audit.Action]string{audit.Created: "added", audit.Deleted: "removed"},
	Check:     checkStaff,
	Fields: []crm.Field{
		required(field("name", "Name", crm.Text)),
		required(unique(field("email", "Email", crm.Email))),
		field("phone", "Phone", crm.Phone),
		byDefault(required(choice("role", "Role", "owner", "Owner", "admin", "Admin", "member", "Member")), "member"),
		field("permissions", "Permissions", crm.Tags),
		byDefault(required(choice("status", "Status", "invited", "Invited", "active", "Active", "deactivated", "Deactivated")), "invited"),
		field("title", "Title", crm.Text),
	},
	Rules: []crm.Rule{
		{Verb: "role_changed", Field: "role", Label: "Role changed",
			Template: "Changed the role of {record} from {role.before} to {role.after}", When: "Somebody got another role."},
		{Verb: "permissions_changed", Field: "permissions", Label: "Permissions changed",
			Template: "Changed the permissions of {record} from {permissions.before} to {permissions.after}", When: "Somebody got or lost single permissions."},
		{Verb: "deactivated", Field: "status", To: []string{"deactivated"}, Label: "Deactivated",
			Template: "Deactivated {record}", When: "Somebody was deactivated; their sessions and keys end at once."},
		{Verb: "reactivated", Field: "status", From: []string{"deactivated"}, To: []string{"active"}, Label: "Reactivated",
			Template: "Reactivated {record}", When: "Somebody who was deactivated may work again."},
		{Verb: "invited", Field: "status", To: []string{"invited"}, Label: "Invited",
			Template: "Invited {record}", When: "Somebody was invited again."},
	},
}

// checkStaff keeps an active owner in the account, lets only owners touch owners, and lets nobody give permissions
// that do not exist.
func checkStaff(ctx context.Context, w *crm.Write) error {
	wasOwner := w.Before != nil && w.Before.Fields["role"].Text() == "owner"
	isOwner := w.After != nil && w.After.Fields["role"].Text() == "owner"
	if (wasOwner || isOwner) && w.Caller().Actor.Type != audit.System && w.Caller().Role != "owner" {
		e := errs.New(errs.Forbidden, "forbidden", "Only an owner may add, change or remove an owner.")
		e.Permission = "role owner"
		return e.WithFix("Ask an owner of the account to do it.")
	}
	if w.After != nil {
		for _, p := range w.After.Fields["permissions"].Strings() {
			if !slices.Contains(audit.Permissions, audit.Permission(p)) {
				return errs.InvalidField("permissions", "invalid_option", "There is no permission %s.", audit.Quote(p))
			}
		}
	}
	leaves := wasOwner && w.Before.Fields["status"].Text() == "active" && (!isOwner || w.After.Fields["status"].Text() != "active")
	if !leaves {
		return nil
	}
	role, _ := w.Object.Field("role")
	status, _ := w.Object.Field("status")
	owners, err := w.Find(ctx, crm.Query{Object: w.Object, Sort: "name", Limit: 2, Where: []crm.Condition{
		{Field: role, Values: []string{"owner"}}, {Field: status, Values: []string{"active"}}}})
	if err != nil {
		return err
	}
	if len(owners) < 2 {
		return errs.New(errs.Conflict, "last_owner", "%s is the last active owner of the account.", audit.Quote(w.Before.Name)).
			WithFix("Make somebody else an owner first.")
	}
	return nil
}
