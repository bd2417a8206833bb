package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/workspace"
)

// second is another account, in which somebody of the first accepted a role.
type second struct {
	w      *world
	id     audit.AccountID
	caller audit.Caller
	staff  *crm.Record
}

func (w *world) second(name, email, role string) *second {
	w.t.Helper()
	f, err := w.ws.Found(w.t.Context(), workspace.Founding{Name: name, Timezone: "Asia/Tokyo", OwnerEmail: "owner@second.test", OwnerPassword: password})
	if err != nil {
		w.t.Fatal(err)
	}
	s := &second{w: w, id: f.Account.ID, caller: auth.SystemCaller(f.Account.ID, "Test")}
	s.staff = s.create("staff", "name", "Agent", "email", email, "role", role, "status", "invited")
	link, _, err := w.ws.Invite(w.t.Context(), s.caller, s.staff.ID)
	if err == nil {
		_, err = w.ws.AcceptInvitation(w.t.Context(), link.Token, password, audit.Origin{Channel: audit.Web})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (s *second) create(object string, fields ...string) *crm.Record {
	s.w.t.Helper()
	rec, err := s.w.ws.Engine.Create(s.w.t.Context(), s.caller, object, s.w.input(object, fields...))
	if err != nil {
		s.w.t.Fatal(err)
	}
	return rec
}

func (s *second) role(role string) {
	s.w.t.Helper()
	if _, err := s.w.ws.Engine.Update(s.w.t.Context(), s.caller, "staff", s.staff.ID, s.w.input("staff", "role", role), 0); err != nil {
		s.w.t.Fatal(err)
	}
}

func TestAgencyLog(t *testing.T) {
	w := newWorld(t)
	w.staff("agent@example.com", "agency", "active")
	dental := w.second("Harbor <Dental>", "agent@example.com", "agency")
	w.create("contact", "first_name", "Ours")
	made := dental.create("contact", "first_name", "Theirs")
	agent := w.login("agent@example.com")

	page := agent.get(agencyPath).want(t, 200, "Audit Logs of all accounts", "in the 2 accounts", "Times are in Europe/Lisbon, the time zone of Harbour", "An entry opens in its own account",
		`<th scope="col">Account</th>`, "Created contact &#34;Ours&#34;", "Created contact &#34;Theirs&#34;", "Switches to Harbor &lt;Dental&gt;", `name="account"`, "This is where the logs begin").
		wantNot(t, "audit-timeline", "data-live ", "/audit/stream", "Show everybody", "/contacts/"+string(made.ID))
	if !strings.Contains(page.body, `class="of-account" data-label><bdi>Harbour</bdi>`) {
		t.Error("the column does not name the account")
	}
	agent.get("/settings/audit-logs").want(t, 200, `href="/settings/audit-logs/all"`, "All accounts", "Audit Logs of all accounts", "agent , Agency", "Harbor &lt;Dental&gt; (Agency)")
	w.owner.get("/settings/audit-logs").want(t, 200).wantNot(t, agencyPath)

	// The filters of the log, and the accounts.
	only := agencyPath + "?" + url.Values{"account": {string(dental.id)}, "action": {"created"}}.Encode()
	agent.get(only).want(t, 200, "Account: Harbor <Dental>", "Theirs").wantNot(t, "Ours&#34;")
	agent.get(agencyPath+"?q=ours").want(t, 200, "Ours").wantNot(t, "Theirs&#34;")
	agent.get(agencyPath+"?user="+string(dental.staff.ID)).want(t, 200, "User: Agent")
	agent.get(agencyPath+"?account=01890000-0000-7000-8000-000000000000").want(t, 200, "There is no such account among those whose logs you see together", "Theirs", "Ours")
	agent.get(agencyPath+"?cursor=nonsense").want(t, 200, "belongs to another list", "Theirs")
	agent.get(agencyPath+"?timeline=1").want(t, 200)

	// An entry of another account opens there.
	event := newestIn(t, w, dental.id, "contact.created")
	agent.post("/switch", "account", string(dental.id), "next", eventAddress(event)).to(t, eventAddress(event))
	agent.get(eventAddress(event)).want(t, 200, "You are in", "Harbor <Dental>", "Created contact", "Theirs")
	agent.get(agencyPath).want(t, 200, "Times are in Asia/Tokyo, the time zone of Harbor <Dental>")
	agent.post("/switch", "account", string(w.account.ID), "next", "https://evil.test/").to(t, "/")
	agent.post("/switch", "account", "01890000-0000-7000-8000-000000000000", "next", "/").want(t, 404)
}

// newestIn is the newest event of a type in any account's log.
func newestIn(t *testing.T, w *world, account audit.AccountID, kind audit.Type) audit.EventID {
	t.Helper()
	page, err := w.ws.Log.Events(t.Context(), account, audit.Query{Limit: 1, Filter: audit.Filter{Where: audit.Is{Property: audit.ByType, Values: []string{string(kind)}}}})
	if err != nil || len(page.Events) != 1 {
		t.Fatalf("%d events, %v", len(page.Events), err)
	}
	e, err := page.Events[0].Event()
	if err != nil {
		t.Fatal(err)
	}
	return e.ID
}

// Loading more goes on across the accounts, and says each day once.
func TestAgencyLogLoadsMore(t *testing.T) {
	w := newWorld(t)
	w.staff("agent@example.com", "agency", "active")
	dental := w.second("Harbor Dental", "agent@example.com", "agency")
	for range 30 {
		w.create("contact", "first_name", "Ours")
		dental.create("contact", "first_name", "Theirs")
	}
	agent := w.login("agent@example.com")
	first := agent.get(agencyPath+"?type=contact.created").want(t, 200, "Load more")
	more := between(first.body, `id="audit-more" hx-get="`, `"`)
	if len(more) != 1 {
		t.Fatalf("more is at %v", more)
	}
	next := agent.get(strings.ReplaceAll(more[0], "&amp;", "&")).want(t, 200, "This is where the logs begin for this filter", "Back to the newest")
	if a, b := strings.Count(first.body, `class="of-account"`), strings.Count(next.body, `class="of-account"`); a != 50 || b != 10 {
		t.Errorf("the pages have %d and %d entries", a, b)
	}
	if n := strings.Count(next.body, "day-row"); n != 0 {
		t.Errorf("the day is said %d times again", n)
	}
}

// Who sees the logs together, and who is refused.
func TestAgencyLogIsRefused(t *testing.T) {
	w := newWorld(t)
	w.staff("agent@example.com", "agency", "active")
	dental := w.second("Harbor Dental", "agent@example.com", "admin")
	dental.create("contact", "first_name", "Theirs")
	agent := w.login("agent@example.com")
	agent.get(agencyPath).want(t, 200, "in the account in which you have the role agency").wantNot(t, "Theirs", "Harbor Dental</bdi>")
	agent.get(agencyPath+"?account="+string(dental.id)).want(t, 403, "You do not have the role agency in", "Harbor Dental")
	if e := newestIn(t, w, dental.id, "access.denied"); e == "" {
		t.Error("the account is not told")
	}
	for _, b := range []*browser{w.owner, w.admin, w.member} {
		b.get(agencyPath).want(t, 403, "You do not have the role agency in")
	}
	if got := w.events(1); got[0] != "access.denied" {
		t.Errorf("the refusal is %v", got)
	}

	// In an account whose log they may not read, they still reach those of the others.
	dental.role("member")
	agent.post("/switch", "account", string(dental.id)).to(t, "/")
	agent.get("/contacts").want(t, 200, `href="/settings/audit-logs/all"`)
	agent.get(agencyPath).want(t, 200, "Times are in Asia/Tokyo").wantNot(t, `href="/settings/audit-logs"`, `href="/settings/audit-logs/deleted"`, "Theirs")
	agent.get("/settings/audit-logs").want(t, 403)

	dental.role("agency")
	agent.get(agencyPath).want(t, 200, "Theirs", "in the 2 accounts")
}
