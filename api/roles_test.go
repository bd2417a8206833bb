package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/api"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/client"
)

// call sends JSON and reads the answer into out; it returns the code of an error.
func (h *house) call(c *client.Client, method, path, body string, header http.Header, want int, out any) string {
	h.t.Helper()
	resp, problem := h.raw(c, method, "/api/v1"+path, strings.NewReader(body), header)
	if resp.StatusCode != want {
		h.t.Fatalf("%s %s %s: %d %s, want %d", method, path, body, resp.StatusCode, problem.Detail, want)
	}
	if out != nil {
		must(h.t, json.NewDecoder(resp.Body).Decode(out))
	}
	return problem.Code
}

func TestRoles(t *testing.T) {
	h := newHouse(t)
	var roles api.Roles
	h.call(h.member, "GET", "/roles", "", nil, 200, &roles)
	if roles.Version != 0 || roles.Changed != nil || !slices.Contains(roles.Admin, "audit.export") || len(roles.Member) != 2 {
		t.Errorf("the defaults are %+v", roles)
	}
	if code := h.call(h.admin, "PATCH", "/roles", `{"admin": ["audit.read"]}`, nil, 403, nil); code != "owner_needed" {
		t.Errorf("an admin gets %s", code)
	}
	h.call(h.owner, "PATCH", "/roles", `{"member": ["records.read", "audit.read_own"]}`, http.Header{"If-Match": {"0"}}, 200, &roles)
	if roles.Version != 1 || roles.Changed == nil || !slices.Contains(roles.Admin, "audit.export") {
		t.Errorf("they are %+v", roles)
	}
	h.call(h.member, "POST", "/records/contact", `{"fields": {"first_name": "Ana"}}`, nil, 403, nil) // at its next request
	if code := h.call(h.owner, "PATCH", "/roles", `{"member": []}`, http.Header{"If-Match": {"0"}}, 412, nil); code != "version_conflict" {
		t.Errorf("an old version gets %s", code)
	}
	h.call(h.owner, "PATCH", "/roles", `{"member": ["records.burn"]}`, nil, 400, nil)
	h.call(h.owner, "PATCH", "/roles", `{"member": []}`, http.Header{"If-Match": {"x"}}, 400, nil)
	e := h.last("permissions.updated")
	if e.Description != `Changed what the role "Member" may do: added "See their own entries of the audit log"; removed "Change records"` || e.Module != "settings" || e.Actor.Type != "api_key" {
		t.Errorf("the log says %+v", e)
	}
	h.call(h.owner, "PATCH", "/roles", `{"agency": ["audit.read"]}`, nil, 200, &roles)
	if len(roles.Agency) != 1 || len(roles.Member) != 2 {
		t.Errorf("they are %+v", roles)
	}
	h.call(h.owner, "PATCH", "/roles", `{"member": []}`, nil, 200, &roles)
	if len(roles.Member) != 0 {
		t.Errorf("members may %v", roles.Member)
	}
	var theirs api.Roles
	h.call(h.other, "GET", "/roles", "", nil, 200, &theirs)
	if theirs.Version != 0 || len(theirs.Member) != 2 {
		t.Errorf("another account has %+v", theirs)
	}
	s, err := h.member.Session(t.Context())
	must(t, err)
	if len(s.Accounts[0].Permissions) != 0 {
		t.Errorf("the session of a member says %v", s.Accounts[0].Permissions)
	}
	h.call(h.owner, "PATCH", "/roles", `{"member": ["records.write"]}`, nil, 200, &roles)
	if !slices.Equal(roles.Member, []audit.Permission{audit.RecordsRead, audit.RecordsWrite}) {
		t.Errorf("who writes may %v", roles.Member)
	}
}

func TestKeys(t *testing.T) {
	h := newHouse(t)
	h.call(h.member, "GET", "/keys", "", nil, 403, nil)
	if code := h.call(h.admin, "POST", "/keys", `{"name": "Mine", "role": "owner"}`, nil, 403, nil); code != "owner_needed" {
		t.Errorf("an admin gets %s", code)
	}
	h.call(h.owner, "POST", "/keys", `{"name": "", "role": "king"}`, nil, 400, nil)
	var made api.NewKey
	h.call(h.owner, "POST", "/keys", `{"name": "Website form", "role": "member"}`, nil, 201, &made)
	if !strings.HasPrefix(made.Token, made.Prefix) || made.LastUsed != nil || made.RevokedAt != nil {
		t.Errorf("made %+v", made)
	}
	form := h.client(made.Token)
	h.call(form, "POST", "/records/contact", `{"fields": {"first_name": "Ana"}}`, nil, 201, nil)
	var list struct{ Keys []api.Key }
	h.call(h.owner, "GET", "/keys", "", nil, 200, &list)
	at := slices.IndexFunc(list.Keys, func(k api.Key) bool { return k.ID == made.ID })
	if at < 0 || list.Keys[at].LastUsed == nil || list.Keys[at].Prefix != made.Prefix {
		t.Errorf("listed %+v", list.Keys)
	}
	h.call(h.other, "DELETE", "/keys/"+made.ID, "", nil, 404, nil)
	h.call(h.owner, "DELETE", "/keys/"+made.ID, "", nil, 204, nil)
	h.call(form, "GET", "/roles", "", nil, 401, nil)
	if e := h.last("api_key.revoked"); e.Record.Name != "Website form" {
		t.Errorf("the log says %+v", e)
	}
}
