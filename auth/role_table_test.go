package auth

import (
	"slices"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// An owner says what the roles may do; it holds from the next request on, for people and for keys, and is in the log.
func TestRoleTable(t *testing.T) {
	w := newWorld(t)
	w.ana() // an owner
	w.person("bo@one.test")
	bo := w.staff(w.one, "Bo", "bo@one.test", Admin, active)
	session := w.login("bo@one.test").Token
	owner := w.identify(w.login("ana@one.test").Token).Caller
	_, token, err := w.CreateKey(t.Context(), w.identify(session).Caller, "Sync", Admin)
	if err != nil {
		t.Fatal(err)
	}
	w.events(w.one)

	admin := without(RolePermissions(Admin), []audit.Permission{audit.AuditExport})
	table, err := w.UpdateRoles(t.Context(), owner, RoleUpdate{Admin: admin, Member: []audit.Permission{audit.RecordsRead, audit.AuditReadOwn}})
	if err != nil || table.Version != 1 {
		t.Fatal(table, err)
	}
	told := w.wantTypes(w.one, "permissions.updated", "permissions.updated")
	if told[0].Description == told[1].Description || told[0].Operation != told[1].Operation {
		t.Errorf("it says %q and %q", told[0].Description, told[1].Description)
	}
	for _, e := range told {
		if c := e.Changes[0]; c.Field == "admin_permissions" && (c.Before.Strings() == nil || slices.Contains(c.After.Strings(), "audit.export")) {
			t.Errorf("the change is %+v", c)
		}
	}
	if c := w.identify(session).Caller; c.May(audit.AuditExport) || !c.May(audit.AuditRead) {
		t.Errorf("an admin may %v", c.Permissions)
	}
	key, err := w.bearer(token, "")
	if err != nil || key.Caller.May(audit.AuditExport) || !key.Caller.May(audit.AuditRead) {
		t.Errorf("a key of the role may %v, %v", key.Caller.Permissions, err)
	}
	if !w.identify(w.login("ana@one.test").Token).Caller.May(audit.AuditExport) {
		t.Error("an owner may not export")
	}
	if may, err := w.Rights(t.Context(), w.two, Admin, nil); err != nil || !may[audit.AuditExport] {
		t.Errorf("an admin of the other account may %v, %v", may, err)
	}
	w.events(w.one)

	// The same again is no change; of two that saw the same version, the second is told.
	if again, err := w.UpdateRoles(t.Context(), owner, RoleUpdate{Version: 1, Admin: admin}); err != nil || again.Version != 1 || len(w.events(w.one)) != 0 {
		t.Errorf("the same again: %+v, %v", again, err)
	}
	_, err = w.UpdateRoles(t.Context(), owner, RoleUpdate{Version: 0, Admin: nil, Member: RolePermissions(MemberRole)})
	wantCode(t, err, errs.Stale, "version_conflict")
	_, err = w.UpdateRoles(t.Context(), owner, RoleUpdate{Version: 1, Member: []audit.Permission{"records.burn"}})
	wantCode(t, err, errs.Invalid, "invalid_option")

	// What an agency may do is the account's to say too; a key has no such role.
	visitor := w.staff(w.one, "Vi", "vi@agency.test", Agency, active)
	w.person(visitor.Email)
	guest := w.login(visitor.Email).Token
	if c := w.identify(guest).Caller; !c.May(audit.AuditRead) || !c.May(audit.AuditRestore) || c.May(audit.RecordsWrite) || c.May(audit.StaffManage) {
		t.Errorf("an agency may %v", c.Permissions)
	}
	w.events(w.one)
	if table, err = w.UpdateRoles(t.Context(), owner, RoleUpdate{Version: 1, Agency: []audit.Permission{audit.RecordsRead}}); err != nil || len(table.Admin) != len(admin) {
		t.Fatalf("%+v, %v", table, err)
	}
	if e := w.wantTypes(w.one, "permissions.updated")[0]; e.Record.Name != "Agency" || e.Changes[0].Field != "agency_permissions" {
		t.Errorf("it says %+v", e)
	}
	if c := w.identify(guest).Caller; c.May(audit.AuditRead) || !c.May(audit.RecordsRead) {
		t.Errorf("an agency may %v now", c.Permissions)
	}
	_, _, err = w.CreateKey(t.Context(), owner, "Agency", Agency)
	wantCode(t, err, errs.Invalid, "invalid_option")

	// A key does not outlive what its maker may do.
	w.role(bo.ID, MemberRole)
	if key, err = w.bearer(token, ""); err != nil || key.Caller.May(audit.AuditRead) || key.Caller.May(audit.RecordsWrite) || !key.Caller.May(audit.RecordsRead) {
		t.Errorf("a key whose maker is a member now may %v, %v", key.Caller.Permissions, err)
	}
}

// Nobody holds records.write without records.read: not by the table, one of before included, not by a single permission,
// and not by a key.
func TestWhoWritesReads(t *testing.T) {
	w := newWorld(t)
	w.ana()
	owner := w.identify(w.login("ana@one.test").Token).Caller
	old := RoleTable{Version: 1, Member: []audit.Permission{audit.RecordsWrite}, Agency: []audit.Permission{audit.AuditRead}}
	err := w.memory.WriteAuth(t.Context(), func(tx Tx) error { return tx.PutRoleTable(t.Context(), w.one, old) })
	if err != nil {
		t.Fatal(err)
	}
	both := []audit.Permission{audit.RecordsRead, audit.RecordsWrite}
	if got := old.Permissions(MemberRole); !slices.Equal(got, both) {
		t.Errorf("a table of before gives %v", got)
	}
	if may, err := w.Rights(t.Context(), w.one, Agency, []audit.Permission{audit.RecordsWrite}); err != nil || !may[audit.RecordsRead] || !may[audit.RecordsWrite] {
		t.Errorf("a single permission gives %v, %v", may, err)
	}
	_, token, err := w.CreateKey(t.Context(), owner, "Form", MemberRole)
	if err != nil {
		t.Fatal(err)
	}
	if key, err := w.bearer(token, ""); err != nil || !key.Caller.May(audit.RecordsRead) || !key.Caller.May(audit.RecordsWrite) {
		t.Errorf("the key may %v, %v", key.Caller.Permissions, err)
	}
	w.events(w.one)
	table, err := w.UpdateRoles(t.Context(), owner, RoleUpdate{Version: AnyVersion, Agency: []audit.Permission{audit.RecordsWrite}})
	if err != nil || !slices.Equal(table.Agency, both) || !slices.Equal(table.Member, both) {
		t.Errorf("it became %+v, %v", table, err)
	}
	told := w.wantTypes(w.one, "permissions.updated") // of the agency alone: members have what they had
	if c := told[0].Changes[0]; c.AfterText != "See records, Change records" {
		t.Errorf("the log says %q", c.AfterText)
	}
}

// Nobody but an owner changes the table: no admin, no key of an admin, nobody with all single permissions.
func TestRoleTableIsTheOwners(t *testing.T) {
	w := newWorld(t)
	for _, c := range []audit.Caller{
		{Role: Admin, Permissions: Effective(Admin, nil)},
		{Role: MemberRole, Permissions: Effective(MemberRole, audit.Permissions)},
	} {
		c.Origin = audit.Origin{Account: w.one, Actor: audit.Actor{Type: audit.User, ID: "x", Name: "X"}, Channel: audit.Web}
		_, err := w.UpdateRoles(t.Context(), c, RoleUpdate{Version: AnyVersion, Admin: audit.Permissions})
		wantCode(t, err, errs.Forbidden, "owner_needed")
	}
	if len(w.events(w.one)) != 0 {
		t.Error("something was written")
	}
}

// A role that narrows narrows a key too, whoever made it.
func TestKeyOfANarrowRole(t *testing.T) {
	w := newWorld(t)
	w.ana()
	owner := w.identify(w.login("ana@one.test").Token).Caller
	if _, err := w.UpdateRoles(t.Context(), owner, RoleUpdate{Member: []audit.Permission{audit.RecordsRead, audit.RecordsOnlyAssigned}}); err != nil {
		t.Fatal(err)
	}
	_, token, err := w.CreateKey(t.Context(), owner, "Form", MemberRole)
	if err != nil {
		t.Fatal(err)
	}
	if key, err := w.bearer(token, ""); err != nil || !key.Caller.OnlyAssigned() {
		t.Errorf("the key may %v, %v", key.Caller.Permissions, err)
	}
}

// Who lacks something gives it to nobody: not by a role, not as a single permission, not by another's email.
func TestMayGive(t *testing.T) {
	w := newWorld(t)
	table := RoleTable{Version: 1, Admin: without(RolePermissions(Admin), []audit.Permission{audit.AuditExport}), Member: RolePermissions(MemberRole)}
	err := w.memory.WriteAuth(t.Context(), func(tx Tx) error { return tx.PutRoleTable(t.Context(), w.one, table) })
	if err != nil {
		t.Fatal(err)
	}
	admin := audit.Caller{Origin: audit.Origin{Account: w.one, Actor: audit.Actor{Type: audit.User}}, Role: Admin, Permissions: table.Effective(Admin, nil)}
	hr := audit.Caller{Origin: admin.Origin, Role: MemberRole, Permissions: table.Effective(MemberRole, []audit.Permission{audit.StaffManage})}
	narrow := audit.Caller{Origin: admin.Origin, Role: MemberRole, Permissions: table.Effective(MemberRole, []audit.Permission{audit.StaffManage, audit.RecordsOnlyAssigned})}
	owner := audit.Caller{Origin: admin.Origin, Role: Owner, Permissions: Effective(Owner, nil)}
	m := func(role, status, email string, extra ...audit.Permission) Member {
		return Member{Name: "Bo", Role: role, Status: status, Email: email, Permissions: extra}
	}
	for name, tt := range map[string]struct {
		by            audit.Caller
		before, after Member
		missing       string
	}{
		"an admin gives the export":          {admin, m(Admin, active, "a"), m(Admin, active, "a", audit.AuditExport), "audit.export"},
		"an admin makes an admin":            {admin, m(MemberRole, active, "a"), m(Admin, active, "a"), ""},
		"an admin invites one with more":     {admin, Member{}, m(Admin, invited, "a", audit.AuditExport), "audit.export"},
		"an admin takes the way of another":  {admin, m(MemberRole, active, "a", audit.AuditExport), m(MemberRole, active, "b", audit.AuditExport), "audit.export"},
		"an admin wakes one with more":       {admin, m(MemberRole, deactivated, "a", audit.AuditExport), m(MemberRole, active, "a", audit.AuditExport), "audit.export"},
		"what somebody has may stay":         {admin, m(MemberRole, active, "a", audit.AuditExport), m(Admin, active, "a", audit.AuditExport), ""},
		"and go":                             {admin, m(MemberRole, active, "a", audit.AuditExport), m(MemberRole, active, "a"), ""},
		"a member with staff makes an admin": {hr, Member{}, m(Admin, active, "a"), "audit.read"},
		"a member with staff makes a member": {hr, Member{}, m(MemberRole, active, "a"), ""},
		"one who sees little widens another": {narrow, m(MemberRole, active, "a", audit.RecordsOnlyAssigned), m(MemberRole, active, "a"), "records of others"},
		"or makes one who sees all":          {narrow, Member{}, m(MemberRole, active, "a"), "records of others"},
		"an owner gives all":                 {owner, Member{}, m(Admin, active, "a", audit.Permissions...), ""},
	} {
		err := w.memory.WriteAuth(t.Context(), func(tx Tx) error { return w.MayGive(t.Context(), tx, tt.by, tt.before, tt.after) })
		got := ""
		if err != nil {
			got = errs.Of(err).Permission
		}
		if got != tt.missing {
			t.Errorf("%s: %v, want %q missing", name, err, tt.missing)
		}
	}
}

func TestPrefixOfAKey(t *testing.T) {
	w := newWorld(t)
	key, token, err := w.CreateKey(t.Context(), SystemCaller(w.one, "Test"), "Sync", Admin)
	if err != nil {
		t.Fatal(err)
	}
	again, other, err := w.CreateKey(t.Context(), SystemCaller(w.one, "Test"), "Sync", Admin)
	if err != nil {
		t.Fatal(err)
	}
	if p := key.Prefix(); token[:len(p)] != p || p == again.Prefix() || other[:len(p)] != again.Prefix() {
		t.Errorf("%s begins with %s, %s with %s", token, p, other, again.Prefix())
	}
	if got := (Key{ID: "no id"}).Prefix(); got != "" {
		t.Errorf("a key without an id begins with %q", got)
	}
}
