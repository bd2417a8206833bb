package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/workspace"
)

func TestLoginLeadsBack(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.get("/contacts?q=ana").to(t, "/login?next=%2Fcontacts%3Fq%3Dana")
	b.get("/login?next=%2Fcontacts%3Fq%3Dana").want(t, 200, `name="next" value="/contacts?q=ana"`)
	b.post("/login", "email", "owner@example.com", "password", password, "next", "/contacts?q=ana").to(t, "/contacts?q=ana")
	b.get("/login?next=/companies").to(t, "/companies") // logged in already
	b.post("/logout").to(t, "/login")
	b.get("/contacts").to(t, "/login?next=%2Fcontacts")
}

func TestLoginLeavesNoOtherSite(t *testing.T) {
	for _, next := range []string{"https://evil.example/", "//evil.example/", `/\evil.example`, `\\evil.example`, "javascript:alert(1)",
		"/\t/evil.example", "http:evil", "///evil.example", "/%2f/../..//evil\n", "", "contacts", "/login", "https:/evil.example"} {
		if got := localAddress(next); got != "/" {
			t.Errorf("localAddress(%q) = %q, want /", next, got)
		}
	}
	for _, next := range []string{"/contacts", "/contacts?q=a%20b&after=x", "/settings/audit-logs#e"} {
		if got := localAddress(next); got != next {
			t.Errorf("localAddress(%q) = %q", next, got)
		}
	}
	w := newWorld(t)
	w.browser().post("/login", "email", "owner@example.com", "password", password, "next", "//evil.example").to(t, "/")
}

func TestLoginErrors(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	for range auth.EmailAttempts {
		b.post("/login", "email", "owner@example.com", "password", "wrong").want(t, 401, "The email or the password is not right.", `value="owner@example.com"`)
	}
	a := b.post("/login", "email", "owner@example.com", "password", password).want(t, 429, "too many failed attempts", "Try again in 15 minutes.")
	if a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	w.browser().post("/login", "email", "nobody@example.com", "password", "x").want(t, 401, "The email or the password is not right.")
	w.update(w.record("staff", w.memberID), "status", "deactivated")
	w.member.get("/contacts").to(t, "/login?next=%2Fcontacts")
	w.browser().post("/login", "email", "member@example.com", "password", password).want(t, 401, "The email or the password is not right.")
}

// The cookie of a session is out of reach of scripts and of other sites.
func TestSessionCookie(t *testing.T) {
	w := newWorld(t)
	for scheme, secure := range map[string]bool{"http": false, "https": true} {
		r := httpRequest("POST", scheme+"://app.example/login", "email=owner@example.com&password=correct+horse+battery")
		c := w.browser().do(r).header.Get("Set-Cookie")
		if !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Lax") || !strings.Contains(c, "Path=/;") || strings.Contains(c, "Secure") != secure {
			t.Errorf("%s: Set-Cookie: %s", scheme, c)
		}
	}
}

func TestSwitchAccount(t *testing.T) {
	w := newWorld(t)
	w.owner.get("/contacts").wantNot(t, `action="/switch"`)
	other, err := w.ws.Found(t.Context(), workspace.Founding{Name: "Second house", OwnerEmail: "owner@example.com", OwnerPassword: password})
	if err != nil {
		t.Fatal(err)
	}
	w.create("contact", "first_name", "Firstonly")
	w.owner.get("/contacts").want(t, 200, `action="/switch"`, "Second house", "Firstonly")
	w.owner.post("/switch", "account", string(other.Account.ID)).to(t, "/")
	w.owner.get("/contacts").want(t, 200, "No contacts yet").wantNot(t, "Firstonly")
	w.member.post("/switch", "account", string(other.Account.ID)).want(t, 404)
}

func TestChangePassword(t *testing.T) {
	w := newWorld(t)
	b, elsewhere := w.member, w.login("member@example.com")
	b.post("/account/password", "current", password, "new", "another long one", "again", "another long two").want(t, 422, "The two new passwords differ.")
	b.post("/account/password", "current", "wrong", "new", "another long one", "again", "another long one").want(t, 422, "The current password is not right.")
	b.post("/account/password", "current", password, "new", "short", "again", "short").want(t, 422, `href="#f-new"`)
	b.post("/account/password", "current", password, "new", "another long one", "again", "another long one").to(t, "/")
	b.get("/contacts").want(t, 200, "Your password is changed.")
	elsewhere.get("/contacts").to(t, "/login?next=%2Fcontacts")
}

// A refusal is shown plainly and is in the log, once.
func TestRefusal(t *testing.T) {
	w := newWorld(t)
	before := len(w.events(100))
	w.member.get("/settings/staff/new").want(t, 403, "You are not allowed to")
	if got := w.events(100); len(got) != before+1 || got[0] != "access.denied" {
		t.Errorf("the log has %v on top, %d new", got[0], len(got)-before)
	}
	w.member.post("/settings/account", "name", "X", "timezone", "UTC", "restore_window_days", "60", "retention_days", "0", "export_expiry_days", "30").want(t, 403)
	w.member.post("/settings/staff", "name", "X", "email", "x@example.com").want(t, 403)
	w.member.post("/settings/staff/"+string(w.ownerID)+"/status", "status", "deactivated").want(t, 403)
	w.member.get("/settings/staff/"+string(w.ownerID)+"/delete").want(t, 403)
	w.member.get("/contacts").want(t, 200).wantNot(t, "Audit Logs")
	w.owner.get("/contacts").want(t, 200, "Audit Logs")
	a := w.member.htmx("/settings/staff/new")
	if a.status != 403 || !strings.Contains(a.body, `"detail":"You are not allowed to`) {
		t.Errorf("to htmx: %d %s", a.status, a.body)
	}
}

func TestErrorPages(t *testing.T) {
	w := newWorld(t)
	w.owner.get("/nowhere").want(t, 404, "There is no page at this address.")
	w.browser().get("/nowhere").to(t, "/login?next=%2Fnowhere")
	w.owner.get("/contacts/123").want(t, 404)
	w.owner.get("/contacts/00000000-0000-7000-8000-000000000000").want(t, 404, "There is no such contact.")
	w.owner.get("/contacts?sort=nothing").want(t, 400, "cannot be sorted by")
	w.owner.get("/contacts?type=enemy").want(t, 400, "Type cannot be")
	w.owner.get("/contacts?owner=me").want(t, 400)
	w.owner.get("/contacts?after=abc").want(t, 400, "first page")
	big := strings.Repeat("a", maxForm+1)
	w.owner.post("/contacts", "first_name", big).want(t, 413)
}

// A page that fails inside says so with the request's id, and nothing about the reason.
func TestInternalError(t *testing.T) {
	w := newWorld(t)
	broken := func(v *visit) error { return v.render(http.StatusOK, "login", struct{}{}) }
	s := &site{ws: w.ws, files: newStaticFiles(), templates: parseTemplates()}
	w.pages = s.open(broken)
	w.browser().get("/x").want(t, 500, "Something went wrong on our side.", "test-request").wantNot(t, "template", "login")
}

func TestFlashShowsOnce(t *testing.T) {
	w := newWorld(t)
	w.owner.post("/contacts", "first_name", "Ana")
	w.owner.get("/contacts").want(t, 200, `Created the contact "Ana".`)
	w.owner.get("/contacts").wantNot(t, "Created the contact")
}

// Whatever the role, every page of the navigation renders, and none is too large.
func TestEveryPageRenders(t *testing.T) {
	w := newWorld(t)
	contact := w.create("contact", "first_name", "Ana", "tags", "vip")
	for range 60 {
		w.create("contact", "first_name", "Filler")
	}
	company := w.create("company", "name", "Acme")
	task := w.create("task", "title", "Call", "contact", string(contact.ID))
	note := w.create("note", "body", "Hello", "contact", string(contact.ID))
	pipeline := w.create("pipeline", "name", "Sales")
	stage := w.create("stage", "pipeline", string(pipeline.ID), "name", "New", "position", "1")
	deal := w.create("opportunity", "name", "Deal", "pipeline", string(pipeline.ID), "stage", string(stage.ID), "contact", string(contact.ID), "value", "1234567.5", "currency", "EUR")
	for _, p := range []string{"/contacts", "/contacts/new", "/companies", "/companies/new", "/opportunities/list", "/opportunities/new", "/tasks", "/tasks/new", "/settings/staff",
		"/settings/account", "/account/password", "/import"} {
		for _, b := range []*browser{w.owner, w.member} {
			if a := b.get(p).want(t, 200); len(a.body) > 150_000 {
				t.Errorf("%s has %d bytes", p, len(a.body))
			}
		}
	}
	for _, p := range []string{"/contacts/" + string(contact.ID), "/companies/" + string(company.ID), "/tasks/" + string(task.ID), "/opportunities/" + string(deal.ID)} {
		for _, b := range []*browser{w.owner, w.member} {
			for _, part := range []string{"", "/edit", "/delete"} {
				b.get(p+part).want(t, 200)
			}
		}
	}
	w.owner.get("/contacts/"+string(contact.ID)).want(t, 200, "History", "Hello", "Call", "Deal", "1,234,567.50 EUR")
	w.member.get("/contacts/"+string(contact.ID)).want(t, 200, "Hello").wantNot(t, "History")
	w.owner.get("/notes/"+string(note.ID)).to(t, "/contacts/"+string(contact.ID))
	w.owner.get("/settings/staff/"+string(w.memberID)).want(t, 200, "member@example.com")
}
