package modules

import (
	"context"
	"slices"
	"strings"

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
		byDefault(required(choice("role", "Role", "owner", "Owner", "admin", "Admin", "member", "Member", "agency", "Agency")), "member"),
		worded(field("permissions", "Permissions", crm.Tags)),
		byDefault(required(choice("status", "Status", "invited", "Invited", "active", "Active", "deactivated", "Deactivated")), "invited"),
		field("title", "Title", crm.Text),
	},
	Rules: []crm.Rule{
		{Verb: "role_changed", Field: "role", Label: "Role changed",
			Template: "Changed the role of {record} from {role.before} to {role.after}", When: "Somebody got another role."},
		{Verb: "permissions_changed", Field: "permissions", Label: "Permissions changed", Tell: permissionsGiven,
			Template: "Changed the permissions of {record}: {note}", When: "Somebody got or lost single permissions; the description says which."},
		{Verb: "deactivated", Field: "status", To: []string{"deactivated"}, Label: "Deactivated",
			Template: "Deactivated {record}", When: "Somebody was deactivated; their sessions and keys end at once."},
		{Verb: "reactivated", Field: "status", From: []string{"deactivated"}, To: []string{"active"}, Label: "Reactivated",
			Template: "Reactivated {record}", When: "Somebody who was deactivated may work again."},
		{Verb: "joined", Field: "status", From: []string{"invited"}, To: []string{"active"}, Label: "Joined",
			Template: "{record} joined", When: "Somebody accepted their invitation, or was activated without one."},
	},
}

// staffEvents are those rows of the module staff that package auth writes.
var staffEvents = []audit.EventType{
	{
		Type: "staff.invited", Module: "staff", Action: audit.Executed, Label: "Invited",
		Template: "Invited {record} ({note})",
		Final:    "An invitation cannot be undone. Deactivate or remove who was invited, and its link is void.",
		When:     "A link was made by which somebody who is invited can come in, once. The link itself is never recorded.",
	},
}

// worded gives a set of permissions their words.
func worded(f crm.Field) crm.Field {
	for _, p := range audit.Permissions {
		f.Options = append(f.Options, crm.Option{Key: string(p), Label: p.Label()})
	}
	return f
}

// permissionsGiven says which permissions came and which went.
func permissionsGiven(c audit.Change) string {
	before, after := c.Before.Strings(), c.After.Strings()
	without := func(all, some []string) string {
		var labels []string
		for _, p := range all {
			if !slices.Contains(some, p) {
				labels = append(labels, audit.Quote(audit.Permission(p).Label()))
			}
		}
		return strings.Join(labels, ", ")
	}
	var parts []string
	if added := without(after, before); added != "" {
		parts = append(parts, "added "+added)
	}
	if removed := without(before, after); removed != "" {
		parts = append(parts, "removed "+removed)
	}
	return strings.Join(parts, "; ")
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
