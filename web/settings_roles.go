package web

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// rolesPage says who may do what, as a table: to change for an owner, to read for the others.
type rolesPage struct {
	Base
	MayChange bool
	Version   int64
	Changed   Moment
	Groups    []rightGroup
	People    []rightPerson
	More      bool // there are more people than are looked through
}

// rightGroup is a stretch of the table with a heading.
type rightGroup struct {
	Label string
	Rows  []rightRow
}

// rightRow is what the roles have of one permission.
type rightRow struct {
	Key, Label, Hint             string
	Owner, Admin, Member, Agency bool
}

// rightPerson is somebody with single permissions.
type rightPerson struct {
	Name, Href, Role, Status string
	Extra                    []string
}

// rightsShown are the permissions in stretches, with what their words leave open.
var rightsShown = []struct {
	label string
	rows  []audit.Permission
}{
	{"Records", []audit.Permission{audit.RecordsRead, audit.RecordsWrite, audit.RecordsOnlyAssigned}},
	{"Audit log", []audit.Permission{audit.AuditRead, audit.AuditReadOwn, audit.AuditExport, audit.AuditRestore, audit.AuditManage}},
	{"Account", []audit.Permission{audit.SettingsManage, audit.StaffManage, audit.ObjectsManage}},
}

var rightHints = map[audit.Permission]string{
	audit.RecordsWrite:        "Whoever may change records sees them, too: it comes with seeing them.",
	audit.RecordsOnlyAssigned: "It narrows: whoever has it sees and changes nothing that is assigned to others.",
	audit.AuditRead:           "The whole log, and the histories of records.",
	audit.AuditReadOwn:        "What they did themselves, under Settings > Audit Logs: for those who do not see the whole log.",
	audit.AuditExport:         "Together with seeing it.",
	audit.AuditManage:         "Verify the whole log, and say where copies of the checkpoints are sent.",
	audit.SettingsManage:      "Business profile, phone numbers, integrations, API keys, time zone, retention.",
	audit.StaffManage:         "Invite, change and deactivate people. Nobody can give what they may not do themselves, and only owners change owners.",
}

const rolesPath = "/settings/roles"

// peopleLookedAt is how many staff are looked through for single permissions.
const peopleLookedAt = 500

func (s *site) roles(v *visit) error {
	table, err := s.ws.Auth.RoleTable(v.Context(), v.caller())
	if err != nil {
		return err
	}
	page := &rolesPage{Base: s.base(v, "Roles", "roles"), Version: table.Version, MayChange: v.caller().Role == auth.Owner && v.caller().Actor.OnBehalfOf == nil}
	page.Changed = page.At(table.ChangedAt)
	for _, g := range rightsShown {
		group := rightGroup{Label: g.label}
		for _, p := range g.rows {
			has := func(role string) bool { return slices.Contains(table.Permissions(role), p) }
			group.Rows = append(group.Rows, rightRow{string(p), p.Label(), rightHints[p], has(auth.Owner), has(auth.Admin), has(auth.MemberRole), has(auth.Agency)})
		}
		page.Groups = append(page.Groups, group)
	}
	if v.may(audit.RecordsRead) {
		if err := s.fillPeople(v, page); err != nil {
			return err
		}
	}
	return v.render(http.StatusOK, "settings_roles", page)
}

// fillPeople lists who may do more than their role says.
func (s *site) fillPeople(v *visit, page *rolesPage) error {
	view := s.views["staff"]
	found, next, err := s.ws.Engine.Find(v.Context(), v.caller(), crm.Query{Object: view.object, Sort: "name", Limit: peopleLookedAt})
	if err != nil {
		return err
	}
	page.More = next != nil
	for _, rec := range found {
		extra := rec.Fields["permissions"].Strings()
		if len(extra) == 0 {
			continue
		}
		status, _ := view.object.Field("status")
		row := rightPerson{Name: rec.Name, Href: view.address(rec.ID), Role: roleLabel(rec.Fields["role"].Text()), Status: status.OptionLabel(rec.Fields["status"].Text())}
		for _, p := range audit.Permissions {
			if slices.Contains(extra, string(p)) {
				row.Extra = append(row.Extra, p.Label())
			}
		}
		page.People = append(page.People, row)
	}
	return nil
}

// rolesSave changes the table. A box that is not ticked is a permission that the role does not have.
func (s *site) rolesSave(v *visit) error {
	form, err := v.form()
	if err != nil {
		return err
	}
	version, err := strconv.ParseInt(form.Get("_version"), 10, 64)
	if err != nil || version < 0 {
		return errs.InvalidField("_version", "invalid_type", "The form does not say which version of the roles it changes.").
			WithFix("Open the page again and repeat the change.")
	}
	ticked := func(role string) []audit.Permission {
		list := []audit.Permission{}
		for _, p := range form[role] {
			list = append(list, audit.Permission(p))
		}
		return list
	}
	_, err = s.ws.Auth.UpdateRoles(v.Context(), v.caller(), auth.RoleUpdate{Version: version, Admin: ticked(auth.Admin), Member: ticked(auth.MemberRole), Agency: ticked(auth.Agency)})
	if errs.Is(err, errs.Stale) {
		return v.redirect(rolesPath, Failure("Somebody else changed the roles in the meantime. Nothing was saved: look at them again, and repeat your change."))
	}
	if err != nil {
		return err
	}
	return v.redirect(rolesPath, Success("Saved. It holds from everybody's next request on."))
}
