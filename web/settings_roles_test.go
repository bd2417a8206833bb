package web

import (
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
)

// boxes are the fields of a form for roles: what is ticked of each.
func boxes(version, admin, member string) []string {
	fields := []string{"_version", version}
	for role, list := range map[string]string{"admin": admin, "member": member, "agency": "audit.read audit.export audit.restore records.read"} {
		for _, p := range strings.Fields(list) {
			fields = append(fields, role, p)
		}
	}
	return fields
}

func TestRolesPage(t *testing.T) {
	w := newWorld(t)
	w.update(w.record("staff", w.memberID), "permissions", "audit.read_own")
	w.owner.get("/settings/roles").want(t, 200, "Who may do what", "Export the audit log", `name="admin"`, `name="member"`, "member", "See their own entries of the audit log")
	w.admin.get("/settings/roles").want(t, 200, "An owner can change these").wantNot(t, `name="admin"`)
	w.member.get("/settings/roles").want(t, 200, "An owner can change these")

	all := "audit.read audit.restore settings.manage staff.manage records.read records.write"
	w.owner.post("/settings/roles", boxes("0", all, "records.read")...).to(t, "/settings/roles")
	w.owner.get("/settings/roles").want(t, 200, "It holds from everybody's next request on")
	if got := w.events(2); got[0] != "permissions.updated" || got[1] != "permissions.updated" {
		t.Errorf("it wrote %v", got)
	}
	e := w.owner.get("/settings/audit-logs/events/"+w.newestOf(t, "permissions.updated")).want(t, 200, "Change it again under Settings &gt; Roles")
	if !strings.Contains(e.text(), `Changed what the role "Member" may do: removed "Change records"`) && !strings.Contains(e.text(), `Changed what the role "Admin" may do: removed`) {
		t.Errorf("the log says %s", e.text())
	}
	w.member.get("/contacts/new").want(t, 403) // at their next request
	w.admin.get("/settings/audit-logs").want(t, 200)

	// Two owners at once: the second is told, and nothing is lost.
	w.owner.post("/settings/roles", boxes("0", all, "records.read records.write")...).to(t, "/settings/roles")
	w.owner.get("/settings/roles").want(t, 200, "Somebody else changed the roles in the meantime. Nothing was saved")
	w.member.get("/contacts/new").want(t, 403)
	w.owner.post("/settings/roles", "admin", "records.read").want(t, 400)
	w.owner.post("/settings/roles", boxes("1", all, "records.write")...).to(t, "/settings/roles")
	w.owner.get("/settings/roles").want(t, 200, "it comes with seeing them", `value="records.read" checked aria-label="Member: See records"`)
	w.owner.post("/settings/roles", boxes("2", "records.burn", "")...).want(t, 400)
}

// A staff member's page says what they may do by the account's own table, and what they have beside it.
func TestStaffRightsFollowTheTable(t *testing.T) {
	w := newWorld(t)
	page := "/settings/staff/" + string(w.memberID)
	w.update(w.record("staff", w.memberID), "permissions", "audit.read, audit.export")
	rights := func() string {
		_, rest, ok := strings.Cut(w.owner.get(page).want(t, 200).text(), "What they may do")
		if !ok {
			t.Fatal("the page does not say what they may do")
		}
		list, _, _ := strings.Cut(rest, "By their role")
		return strings.Join(strings.Fields(list), " ")
	}
	if got := rights(); got != "See the audit log Single Export the audit log Single See records Change records" {
		t.Errorf("at first: %s", got)
	}
	w.owner.post("/settings/roles", boxes("0", "records.read", "audit.read settings.manage records.read")...).to(t, "/settings/roles")
	if got := rights(); got != "See the audit log Export the audit log Single Change the account's settings See records" {
		t.Errorf("by the table: %s", got)
	}
	w.owner.post("/settings/roles", boxes("1", "records.read", "audit.read")...).to(t, "/settings/roles")
	w.update(w.record("staff", w.memberID), "permissions", "records.write")
	if got := rights(); got != "See the audit log See records Single Change records Single" {
		t.Errorf("who may change records: %s", got)
	}
}

// An admin cannot raise themselves: not by the table, not by their own record, not by a key, not by somebody new, not by
// taking another's way in, and not by the log.
func TestAdminCannotRaiseThemselves(t *testing.T) {
	w := newWorld(t)
	admin := w.staffByEmail(t, "admin@example.com")
	w.update(admin, "permissions", "audit.export")
	given := w.newestOf(t, "staff.permissions_changed")
	w.update(admin, "permissions", "")
	all := "audit.read audit.restore settings.manage staff.manage records.read records.write"
	w.owner.post("/settings/roles", boxes("0", all, "records.read records.write")...).to(t, "/settings/roles")

	w.admin.post("/settings/roles", boxes("1", all+" audit.export", "")...).want(t, 403, "Only an owner can change what the roles may do")
	self := "/settings/staff/" + string(admin.ID)
	form := formFields(t, w.admin.get(self+"/edit"), self)
	w.admin.post(self, with(form, "permissions", "audit.export")...).want(t, 403)
	w.admin.post(self, with(form, "role", "owner")...).want(t, 403, "Only an owner may add, change or remove an owner")
	w.admin.post("/settings/staff", "name", "Friend", "email", "friend@example.com", "role", "member", "status", "active", "permissions", "audit.export").want(t, 403)
	w.admin.post("/settings/audit-logs/events/"+given+"/undo").wantNot(t, "applied")
	w.update(w.record("staff", w.memberID), "permissions", "audit.export")
	other := "/settings/staff/" + string(w.memberID)
	w.admin.post(other, with(formFields(t, w.admin.get(other+"/edit"), other), "email", "mine@example.com")...).want(t, 403)
	w.admin.post("/settings/api-keys", "name", "Mine", "role", "owner").want(t, 403)
	if got := w.staffByEmail(t, "admin@example.com"); len(got.Fields["permissions"].Strings()) != 0 || got.Fields["role"].Text() != auth.Admin {
		t.Errorf("the admin is %v", got.Fields)
	}
	w.admin.post(other, with(formFields(t, w.admin.get(other+"/edit"), other), "title", "Sales")...).to(t, other) // what they may do still works
}

func (w *world) staffByEmail(t *testing.T, email string) *crm.Record {
	t.Helper()
	o := views(w.ws.Schema)["staff"].object
	f, _ := o.Field("email")
	found, _, err := w.ws.Engine.Find(t.Context(), w.caller(), crm.Query{Object: o, Sort: "name", Limit: 1, Where: []crm.Condition{{Field: f, Values: []string{email}}}})
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	return found[0]
}

// A key is shown once, works, and is revoked for good.
func TestKeysPage(t *testing.T) {
	w := newWorld(t)
	w.member.get("/settings/api-keys").want(t, 403)
	w.owner.get("/settings/api-keys").want(t, 200, "First key", "Command line", "Never", `value="owner"`)
	w.admin.get("/settings/api-keys").want(t, 200, `value="admin"`).wantNot(t, `value="owner"`)
	w.owner.post("/settings/api-keys", "name", " ", "role", "admin").want(t, 422, "The key needs a name")
	w.owner.post("/settings/api-keys", "name", "x", "role", "king").want(t, 422, "The role must be owner, admin or member")
	made := w.owner.post("/settings/api-keys", "name", "Website form", "role", "member").want(t, 200, "it is shown this once", "data-copy=\"bt_")
	token := made.body[strings.Index(made.body, `data-copy="bt_`)+len(`data-copy="`):]
	token = token[:strings.Index(token, `"`)]
	w.owner.get("/settings/api-keys").want(t, 200, "Website form", "by Olga Owner").wantNot(t, token)
	key, err := w.ws.Auth.Authenticate(t.Context(), auth.Credentials{Bearer: token})
	if err != nil || key.Caller.May(audit.AuditRead) || !key.Caller.May(audit.RecordsRead) {
		t.Fatalf("the key may %v, %v", key.Caller.Permissions, err)
	}
	revoke := "/settings/api-keys/" + key.Key.ID + "/revoke"
	w.owner.get(revoke).want(t, 200, "Revoke the API key", "Website form", "is never valid again", "Website form</bdi> to confirm")
	w.owner.post(revoke, "last_word", "website form").want(t, 422, "Nothing was done", "Type the name exactly")
	w.owner.post(revoke, "last_word", " Website  form ").to(t, "/settings/api-keys")
	w.owner.get("/settings/api-keys").want(t, 200, "Revoked").wantNot(t, revoke)
	if _, err := w.ws.Auth.Authenticate(t.Context(), auth.Credentials{Bearer: token}); err == nil {
		t.Error("a revoked key is taken")
	}
	w.owner.get("/settings/api-keys/nothing/revoke").want(t, 404)
	if got := w.events(2); got[0] != "api_key.revoked" {
		t.Errorf("the log has %v", got)
	}
}

// Secrets are set, replaced and removed, and never shown.
func TestSecretsAreWriteOnly(t *testing.T) {
	w := newWorld(t)
	rec := w.create("integration", "provider", "Stripe", "api_key", "hush-1")
	here := "/settings/integrations/" + string(rec.ID)
	w.owner.get(here).want(t, 200, "Replace the API key", "Disconnect").wantNot(t, "hush")
	w.owner.get(here+"/key").want(t, 200, "A key is set").wantNot(t, "hush")
	w.owner.post(here+"/key", "api_key", " ").want(t, 422, "Enter the new key")
	w.owner.post(here+"/key", "api_key", "hush-2").to(t, here)
	w.owner.get(here).want(t, 200, "Replaced the API key of").wantNot(t, "hush")
	w.owner.post(here+"/key", "_remove", "true", "api_key", "").to(t, here)
	w.owner.get(here).want(t, 200, "Removed the API key of", "Set the API key")
	if got := w.events(2); got[0] != "integration.key_rotated" || got[1] != "integration.key_rotated" {
		t.Errorf("the log has %v", got)
	}
	for status, kind := range map[string]audit.Type{"disconnected": "integration.disconnected"} {
		w.owner.post(here+"/status", "status", status).to(t, here)
		if got := w.events(1)[0]; got != kind {
			t.Errorf("the log has %s", got)
		}
	}
	w.owner.post(here+"/status", "status", "connected").to(t, here)
	if got := w.events(1)[0]; got != "integration.connected" {
		t.Errorf("the log has %s", got)
	}
	w.member.get(here+"/key").want(t, 403)

	w.update(rec, "api_key", "hush-3")
	edit := w.owner.get(here+"/edit").want(t, 200, "Set", "Remove it").wantNot(t, "hush")
	w.owner.post(here, with(formFields(t, edit, here), "_clear.api_key", "true")...).to(t, here)
	if w.record("integration", rec.ID).Fields["api_key"] != audit.None {
		t.Error("the key is still set")
	}
	w.owner.get(here+"/edit").want(t, 200, "Not set")
}
