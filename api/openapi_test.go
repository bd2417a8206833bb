package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/client"
)

var update = flag.Bool("update", false, "rewrite openapi.json")

func TestGolden(t *testing.T) {
	h := newHouse(t)
	resp, err := http.Get(h.url + "/api/v1/openapi.json")
	must(t, err)
	defer resp.Body.Close()
	var served bytes.Buffer
	_, err = served.ReadFrom(resp.Body)
	must(t, err)
	const name = "openapi.json"
	document := bytes.Replace(served.Bytes(), []byte(`"version": "test"`), []byte(`"version": "dev"`), 1)
	if *update {
		must(t, os.WriteFile(name, document, 0o644))
	}
	golden, err := os.ReadFile(name)
	must(t, err)
	if !bytes.Equal(golden, document) {
		t.Error("openapi.json is not what the API serves; look at the change and run: go test ./api -run Golden -update")
	}
	if ok, wrong := documentValidator(t, h.api).ValidateDocument(); !ok {
		for _, e := range wrong {
			t.Errorf("the document is not valid OpenAPI 3.1: %s: %s %v", e.Message, e.Reason, e.SchemaValidationErrors)
		}
	}
}

// route is a row of the document.
type route struct {
	method, path string
	open         bool
	hasBody      bool
	multipart    bool
	parameters   []string // in the path
	operation    string
}

// routes reads the document, so that no route can be forgotten.
func routes(t *testing.T, h *house) []route {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string
			Security    []map[string][]string
			RequestBody *struct{ Content map[string]any }
			Parameters  []struct{ Name, In string }
			Summary     string
			Tags        []string
		}
	}
	must(t, json.Unmarshal(h.api.Document(), &doc))
	var out []route
	for path, methods := range doc.Paths {
		for method, op := range methods {
			r := route{method: strings.ToUpper(method), path: "/api/v1" + path, open: len(op.Security) == 0, operation: op.OperationID}
			if op.RequestBody != nil {
				r.hasBody = true
				_, r.multipart = op.RequestBody.Content["multipart/form-data"]
			}
			for _, p := range op.Parameters {
				if p.In == "path" {
					r.parameters = append(r.parameters, p.Name)
				}
			}
			if op.Summary == "" || len(op.Tags) == 0 || op.OperationID == "" {
				t.Errorf("%s %s lacks a summary, a tag or an id", method, path)
			}
			out = append(out, r)
		}
	}
	if len(out) < 30 {
		t.Fatalf("the document has %d routes", len(out))
	}
	return out
}

// minimal are bodies that pass each operation's schema.
var minimal = map[string]string{
	"login": `{"email":"a@b.test","password":"x"}`, "changePassword": `{"current":"x","new":"y"}`, "updateAccount": `{}`,
	"requestPasswordLink": `{"email":"nobody@acme.test"}`, "resetPassword": `{"token":"x","new":"y"}`, "setUpTwoFactor": `{"password":"x"}`, "enableTwoFactor": `{"code":"123456"}`,
	"renewRecoveryCodes": `{"password":"x"}`, "disableTwoFactor": `{"password":"x"}`, "actAs": `{"staff":"01890000-0000-7000-8000-000000000000"}`, "acceptInvitation": `{"token":"x","password":"y"}`,
	"createRecord": `{"fields":{"first_name":"X"}}`, "updateRecord": `{"fields":{"first_name":"X"}}`, "batchRecords": `{"create":[{"fields":{"first_name":"X"}}]}`,
	"mergeRecords": `{"loser":"01890000-0000-7000-8000-000000000001","dry_run":true}`, "bulkRecords": `{"select":{"all":true},"set":{"first_name":"X"},"dry_run":true}`,
	"restoreTogether": `{"operations":["01890000-0000-7000-8000-000000000001"],"dry_run":true}`,
	"createKey":       `{"name":"X","role":"member"}`, "updateRoles": `{}`,
	"createView": `{"name":"X","query":"q=x"}`, "updateView": `{}`,
	"createAlert": `{"name":"X","query":"q=x","webhook":"https://example.com/"}`, "updateAlert": `{}`, "previewAlert": `{"query":"q=x"}`,
	"createObject": `{"label":"Thing"}`, "updateObject": `{}`,
	"createExport": `{"format":"csv"}`, "verifyLedger": `{}`, "setLedgerTargets": `{}`, "restoreEvent": `{"dry_run":true}`, "undoEvent": `{"dry_run":true}`, "restoreOperation": `{"dry_run":true}`, "undoOperation": `{"dry_run":true}`,
	"sendMessage": `{"contact":"` + unknownID + `","body":"X"}`, "receiveMessage": `{"from":"a@b.test"}`, "sendTestMail": `{"to":"a@b.test"}`,
	"importRecords": "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nEmail\r\na@b.test\r\n--b--\r\n",
}

// ask sends a route's minimal request with the given values in its path.
func (h *house) ask(c *client.Client, r route, header http.Header, values map[string]string) (*http.Response, problem) {
	h.t.Helper()
	path := r.path
	for name, value := range values {
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	if !r.hasBody {
		return h.raw(c, r.method, path, nil, header)
	}
	body, ok := minimal[r.operation]
	if !ok {
		h.t.Fatalf("the operation %s is new: give it a minimal body here", r.operation)
	}
	header = header.Clone()
	if header == nil {
		header = http.Header{}
	}
	if r.multipart {
		header.Set("Content-Type", "multipart/form-data; boundary=b")
	}
	return h.raw(c, r.method, path, strings.NewReader(body), header)
}

func TestEveryRouteNeedsCredentials(t *testing.T) {
	h := newHouse(t)
	key, secret, err := h.w.Auth.CreateKey(t.Context(), systemCaller(h), "Short-lived", "owner")
	must(t, err)
	must(t, h.w.Auth.RevokeKey(t.Context(), systemCaller(h), key.ID))
	values := map[string]string{"object": "contact", "id": unknownID, "operation": unknownID, "event_id": unknownID, "session": unknownID, "run": unknownID}
	for _, r := range routes(t, h) {
		if r.open {
			continue
		}
		for name, header := range map[string]http.Header{
			"no credentials": nil,
			"a bad key":      {"Authorization": {"Bearer bt_nonsense"}},
			"a revoked key":  {"Authorization": {"Bearer " + secret}},
			"another scheme": {"Authorization": {"Basic YTpi"}},
			"a bad cookie":   {"Cookie": {"backtrail_session=nonsense"}},
		} {
			resp, p := h.ask(h.client(""), r, header, values)
			if resp.StatusCode != 401 || p.Code == "" || resp.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s %s with %s: %d %s", r.method, r.path, name, resp.StatusCode, p.Code)
			}
		}
	}
}

func TestEveryRouteKeepsAccountsApart(t *testing.T) {
	h := newHouse(t)
	contact := h.create("contact", client.Fields{"first_name": "Ana"})
	_, err := h.owner.Delete(t.Context(), "contact", contact.ID)
	must(t, err)
	staff := h.hire("Mia Member", "mia@acme.test", "member")
	live := h.create("contact", client.Fields{"first_name": "Bea"})
	visit := h.create("appointment", client.Fields{"title": "Visit", "start": "2026-03-02T10:00:00Z", "end": "2026-03-02T11:00:00Z",
		"calendar": h.create("calendar", client.Fields{"name": "Showroom"}).ID})
	deleted := h.last("contact.deleted")
	talk := h.create("conversation", client.Fields{"contact": live.ID})
	message := h.create("message", client.Fields{"conversation": talk.ID, "body": "Hello"})
	export, err := h.owner.CreateExport(t.Context(), client.ExportRequest{Format: "csv"})
	must(t, err)
	gone, err := h.owner.Delete(t.Context(), "contact", h.create("contact", client.Fields{"first_name": "Cleo"}).ID)
	must(t, err)
	restoring, err := h.owner.StartRestore(t.Context(), []string{gone.Operation}, client.RestoreRequest{})
	must(t, err)
	verification, err := h.owner.Verify(t.Context(), "")
	must(t, err)
	flow, run := h.ranWorkflow()
	key, _, err := h.w.Auth.CreateKey(t.Context(), systemCaller(h), "Website form", "member")
	must(t, err)
	view, err := h.owner.CreateView(t.Context(), client.NewView{Name: "Alarms", Query: "outcome=denied", Shared: true})
	must(t, err)
	alert, err := h.owner.CreateAlert(t.Context(), client.NewAlert{Name: "Alarms", Query: "outcome=denied", Webhook: "https://example.com/x"})
	must(t, err)
	tested := 0
	for _, r := range routes(t, h) {
		values := map[string]string{"object": "contact"}
		switch {
		case strings.Contains(r.path, "/staff/{id}"):
			values["id"], values["session"] = staff.ID, unknownID
		case strings.HasSuffix(r.path, "/sessions/{session}"):
			continue // of the caller, who is a key here and has none
		case strings.Contains(r.path, "/keys/{id}"):
			values["id"] = key.ID
		case strings.Contains(r.path, "/workflows/{id}/runs"):
			values["id"] = flow.ID
			if strings.Contains(r.path, "{run}") {
				values["run"] = run.ID
			}
		case strings.Contains(r.path, "/ledger/verify/{id}"):
			values["id"] = verification.ID
		case strings.Contains(r.path, "/ledger/proof/{event_id}"):
			values["event_id"] = deleted.ID
		case strings.Contains(r.path, "/audit/restores/{id}"):
			values["id"] = restoring.ID
		case strings.Contains(r.path, "/audit/exports/{id}"):
			values["id"] = export.ID
		case strings.Contains(r.path, "/audit/views/{id}"):
			values["id"] = view.ID
		case strings.Contains(r.path, "/audit/alerts/{id}"):
			values["id"] = alert.ID
		case strings.Contains(r.path, "/audit/events/{id}"):
			values["id"] = deleted.ID
		case strings.Contains(r.path, "/audit/operations/{operation}"):
			values["operation"] = deleted.Operation
		case strings.Contains(r.path, "/records/{object}/{id}"):
			values["id"] = live.ID
		case strings.Contains(r.path, "/messages/{id}"):
			values["id"] = message.ID
		case strings.Contains(r.path, "/appointments/{id}"):
			values["id"] = visit.ID
		case len(r.parameters) == 0 || len(r.parameters) == 1 && r.parameters[0] == "object":
			continue // names nothing of an account
		default:
			t.Fatalf("the route %s %s is new: say here what its parameters name", r.method, r.path)
		}
		tested++
		for _, id := range []string{"", unknownID, "nonsense"} {
			for name := range values {
				if id != "" && name != "object" {
					values[name] = id
				}
			}
			resp, p := h.ask(h.other, r, nil, values)
			if resp.StatusCode != 404 {
				t.Errorf("%s %s with %v of another account: %d %s", r.method, r.path, values, resp.StatusCode, p.Code)
			}
		}
	}
	if tested < 15 {
		t.Errorf("only %d routes were tested", tested)
	}
	_, err = h.owner.Record(t.Context(), "contact", live.ID)
	must(t, err)
	denied, err := h.other.EventPage(t.Context(), client.Filter{Type: []string{"access.denied"}}, client.Paging{})
	must(t, err)
	if len(denied.Items) > 0 {
		t.Errorf("another account's things were refused, not missing: %s", denied.Items[0].Description)
	}
}
