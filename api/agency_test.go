package api_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/backtrail/backtrail/client"
)

// engage gives somebody a place in the account of an owner's key, which they accept.
func (h *house) engage(owner *client.Client, email, role string) client.Record {
	h.t.Helper()
	rec, err := owner.Create(h.t.Context(), "staff", client.Fields{"name": "Ada Agent", "email": email, "role": role, "status": "invited"})
	must(h.t, err)
	link, err := owner.Invite(h.t.Context(), rec.ID)
	must(h.t, err)
	must(h.t, h.client("").AcceptInvitation(h.t.Context(), token(h.t, link.Link), password))
	return rec
}

func accountOf(t *testing.T, c *client.Client) string {
	t.Helper()
	s, err := c.Session(t.Context())
	must(t, err)
	return s.Account
}

// The logs of several accounts as one: each event with its account, paged, filtered, and told to each account once.
func TestAgency(t *testing.T) {
	h := newHouse(t)
	acme, rival := accountOf(t, h.owner), accountOf(t, h.other)
	third := h.client(h.found("Third", "owner@third.test").APIKey)
	h.hire("Ada Agent", "ada@agency.test", "agency")
	h.engage(h.other, "ada@agency.test", "agency")
	h.engage(third, "ada@agency.test", "member")
	ada := h.loggedIn("ada@agency.test")

	accounts, err := ada.AgencyAccounts(t.Context())
	must(t, err)
	if len(accounts) != 2 || accounts[0].Name != "Acme" || accounts[1].ID != rival || accounts[1].Role != "agency" || !slices.Contains(accounts[1].Permissions, "audit.read") {
		t.Errorf("she sees %+v", accounts)
	}
	for i := range 4 {
		_, err := []*client.Client{h.owner, h.other, third}[i%3].Create(t.Context(), "contact", client.Fields{"first_name": fmt.Sprintf("Guest %d", i)})
		must(t, err)
	}

	var all []client.AgencyEvent
	for e, err := range ada.AgencyEvents(t.Context(), client.AgencyFilter{}) {
		must(t, err)
		all = append(all, e)
	}
	names := map[string]string{acme: "Acme", rival: "Rival"}
	for i, e := range all {
		if e.Account.Name != names[e.Account.ID] || e.Account.Name == "" {
			t.Errorf("the account of %s is %+v", e.ID, e.Account)
		}
		if i > 0 && e.OccurredAt.After(all[i-1].OccurredAt) {
			t.Errorf("%s is newer than the one before it", e.ID)
		}
	}
	var paged []client.AgencyEvent
	for p := (client.Paging{Limit: 3}); ; {
		page, err := ada.AgencyEventPage(t.Context(), client.AgencyFilter{Filter: client.Filter{Type: []string{"contact.created"}}}, p)
		must(t, err)
		paged = append(paged, page.Items...)
		if p.Cursor = page.Next; p.Cursor == "" {
			break
		}
	}
	var made []string
	for _, e := range paged {
		made = append(made, e.Record.Name+" of "+e.Account.Name)
	}
	if !slices.Equal(made, []string{"Guest 3 of Acme", "Guest 1 of Rival", "Guest 0 of Acme"}) {
		t.Errorf("made were %v", made)
	}

	only, err := ada.AgencyEventPage(t.Context(), client.AgencyFilter{Account: []string{rival}, Filter: client.Filter{Action: []string{"created"}, Text: []string{"guest"}}}, client.Paging{})
	must(t, err)
	if len(only.Items) != 1 || only.Items[0].Account.ID != rival || only.Items[0].Restore.State != "none" {
		t.Errorf("of one account there are %+v", only.Items)
	}

	// Each account whose entries she was shown is told, once and of the one who looked; the others hear nothing.
	for owner, want := range map[*client.Client]int{h.owner: 1, h.other: 1, third: 0} {
		seen, err := owner.EventPage(t.Context(), client.Filter{Type: []string{"audit.viewed"}}, client.Paging{})
		must(t, err)
		seen.Items = slices.DeleteFunc(seen.Items, func(e client.Event) bool { return e.Actor.Name != "Ada Agent" })
		if len(seen.Items) != want || want > 0 && seen.Items[0].Channel != "api" {
			t.Errorf("an account is told %+v, want %d", seen.Items, want)
		}
	}
}

// An account whose log was searched is told, though nothing in it is on the page: that more pages follow tells of it.
func TestAgencySearchIsTold(t *testing.T) {
	h := newHouse(t)
	rival := accountOf(t, h.other)
	h.hire("Ada Agent", "ada@agency.test", "agency")
	h.engage(h.other, "ada@agency.test", "agency")
	ada := h.loggedIn("ada@agency.test")
	for _, owner := range []*client.Client{h.other, h.owner} {
		_, err := owner.Create(t.Context(), "contact", client.Fields{"first_name": "Guest"})
		must(t, err)
	}
	told := func() int {
		t.Helper()
		seen, err := h.other.EventPage(t.Context(), client.Filter{Type: []string{"audit.viewed"}}, client.Paging{})
		must(t, err)
		return len(slices.DeleteFunc(seen.Items, func(e client.Event) bool { return e.Actor.Name != "Ada Agent" }))
	}
	made := client.AgencyFilter{Filter: client.Filter{Type: []string{"contact.created"}}}

	// Of one account alone, the others are not told; a cursor that is refused reads nothing.
	only := made
	only.Account = []string{accountOf(t, h.owner)}
	_, err := ada.AgencyEventPage(t.Context(), only, client.Paging{})
	must(t, err)
	_, err = ada.AgencyEventPage(t.Context(), made, client.Paging{Cursor: "nonsense"})
	wantCode(t, err, 400, "invalid_cursor")
	if n := told(); n != 0 {
		t.Errorf("an account that was not asked for is told %d times", n)
	}

	page, err := ada.AgencyEventPage(t.Context(), made, client.Paging{Limit: 1})
	must(t, err)
	if len(page.Items) != 1 || page.Items[0].Account.ID == rival || page.Next == "" {
		t.Fatalf("the page is %+v, then %q", page.Items, page.Next)
	}
	if n := told(); n != 1 {
		t.Errorf("the account whose entry follows is told %d times", n)
	}
}

// What an attacker would try.
func TestAgencyIsRefused(t *testing.T) {
	h := newHouse(t)
	acme, rival := accountOf(t, h.owner), accountOf(t, h.other)
	h.hire("Ada Agent", "ada@agency.test", "agency")
	second := h.engage(h.other, "ada@agency.test", "agency")
	ada := h.loggedIn("ada@agency.test")
	of := func(accounts ...string) client.AgencyFilter { return client.AgencyFilter{Account: accounts} }
	read := func(f client.AgencyFilter, p client.Paging) error {
		_, err := ada.AgencyEventPage(t.Context(), f, p)
		return err
	}
	wantIn := func(want ...string) {
		t.Helper()
		found := map[string]bool{}
		for e, err := range ada.AgencyEvents(t.Context(), client.AgencyFilter{}) {
			must(t, err)
			found[e.Account.ID] = true
		}
		accounts, err := ada.AgencyAccounts(t.Context())
		must(t, err)
		if len(found) != len(want) || len(accounts) != len(want) {
			t.Errorf("she sees %v and is told of %v, want %v", found, accounts, want)
		}
		for _, id := range want {
			if !found[id] {
				t.Errorf("she does not see %s", id)
			}
		}
	}
	wantIn(acme, rival)

	for _, key := range []*client.Client{h.owner, h.member} {
		_, err := key.AgencyAccounts(t.Context())
		wantCode(t, err, 403, "session_needed")
		_, err = key.AgencyEventPage(t.Context(), client.AgencyFilter{}, client.Paging{})
		wantCode(t, err, 403, "session_needed")
	}
	if e := h.last("access.denied"); e.Actor.Type != "api_key" {
		t.Errorf("the refusal is %+v", e)
	}

	// Made a member by somebody whose account it is, without being asked: it is not there, and is not told.
	planter := h.client(h.found("Planted", "owner@planted.test").APIKey)
	_, err := planter.Create(t.Context(), "staff", client.Fields{"name": "Ada", "email": "ada@agency.test", "role": "agency", "status": "active"})
	must(t, err)
	wantIn(acme, rival)
	wantCode(t, read(of(accountOf(t, planter)), client.Paging{}), 400, "unknown_account")
	told, err := planter.EventPage(t.Context(), client.Filter{Type: []string{"audit.viewed", "access.denied"}}, client.Paging{})
	must(t, err)
	if slices.ContainsFunc(told.Items, func(e client.Event) bool { return e.Actor.Type == "user" }) {
		t.Errorf("the planted account is told %+v", told.Items)
	}

	// Others, and what does not exist, look the same.
	strange := accountOf(t, h.client(h.found("Stranger", "owner@stranger.test").APIKey))
	for _, id := range []string{strange, unknownID, "x"} {
		wantCode(t, read(of(id), client.Paging{}), 400, "unknown_account")
		wantCode(t, read(of(acme, id), client.Paging{}), 400, "unknown_account")
	}

	// A cursor is its list's and its person's.
	page, err := ada.AgencyEventPage(t.Context(), client.AgencyFilter{}, client.Paging{Limit: 1})
	must(t, err)
	wantCode(t, read(of(acme), client.Paging{Cursor: page.Next}), 400, "invalid_cursor")
	wantCode(t, read(client.AgencyFilter{Filter: client.Filter{Action: []string{"created"}}}, client.Paging{Cursor: page.Next}), 400, "invalid_cursor")
	wantCode(t, read(client.AgencyFilter{}, client.Paging{Cursor: "eyJzIjoi"}), 400, "invalid_cursor")
	h.hire("Bo Agent", "bo@agency.test", "agency")
	bo := h.loggedIn("bo@agency.test")
	_, err = bo.AgencyEventPage(t.Context(), client.AgencyFilter{}, client.Paging{Cursor: page.Next})
	wantCode(t, err, 400, "invalid_cursor")
	single, err := ada.EventPage(t.Context(), client.Filter{}, client.Paging{Limit: 1})
	must(t, err)
	wantCode(t, read(client.AgencyFilter{}, client.Paging{Cursor: single.Next}), 400, "invalid_cursor")

	// A member of the other account: it is not there, whatever their rights, and it is told when it is asked for.
	_, err = h.other.Update(t.Context(), "staff", second.ID, client.Fields{"role": "admin"}, 0)
	must(t, err)
	wantIn(acme)
	wantCode(t, read(of(rival), client.Paging{}), 403, "agency_needed")
	denied, err := h.other.EventPage(t.Context(), client.Filter{Type: []string{"access.denied"}}, client.Paging{})
	must(t, err)
	if len(denied.Items) != 1 || denied.Items[0].Actor.ID != second.ID || denied.Items[0].Outcome != "denied" {
		t.Errorf("the other account is told %+v", denied.Items)
	}
	_, err = h.other.Update(t.Context(), "staff", second.ID, client.Fields{"role": "agency"}, 0)
	must(t, err)
	wantIn(acme, rival)

	// Between two pages an account takes its log out; the next page is without it.
	page, err = ada.AgencyEventPage(t.Context(), client.AgencyFilter{}, client.Paging{Limit: 1})
	must(t, err)
	h.call(h.other, "PATCH", "/roles", `{"agency": ["records.read"]}`, nil, 200, nil)
	for p := (client.Paging{Limit: 2, Cursor: page.Next}); p.Cursor != ""; {
		next, err := ada.AgencyEventPage(t.Context(), client.AgencyFilter{}, p)
		must(t, err)
		for _, e := range next.Items {
			if e.Account.ID != acme {
				t.Fatalf("she sees %+v", e)
			}
		}
		p.Cursor = next.Next
	}
	wantIn(acme)
	wantCode(t, read(of(rival), client.Paging{}), 403, "forbidden")
	h.call(h.other, "PATCH", "/roles", `{"agency": ["audit.read"]}`, nil, 200, nil)
	wantIn(acme, rival)

	// Deactivated, they are out at once, and the account is one that they are not in.
	_, err = h.other.Update(t.Context(), "staff", second.ID, client.Fields{"status": "deactivated"}, 0)
	must(t, err)
	ada = h.loggedIn("ada@agency.test")
	wantIn(acme)
	wantCode(t, read(of(rival), client.Paging{}), 400, "unknown_account")
}

// The bound says how many there are and what to do.
func TestAgencyOfTooMany(t *testing.T) {
	h := newHouse(t)
	h.hire("Ada Agent", "ada@agency.test", "agency")
	ada := h.loggedIn("ada@agency.test")
	for i := range 200 {
		f := h.found(fmt.Sprintf("Client %03d", i), fmt.Sprintf("owner%d@client.test", i))
		h.engage(h.client(f.APIKey), "ada@agency.test", "agency")
	}
	accounts, err := ada.AgencyAccounts(t.Context())
	must(t, err)
	if len(accounts) != 201 {
		t.Fatalf("there are %d", len(accounts))
	}
	_, err = ada.AgencyEventPage(t.Context(), client.AgencyFilter{}, client.Paging{})
	wantCode(t, err, 400, "too_many_accounts")
	var f client.AgencyFilter
	for _, a := range accounts[:200] {
		f.Account = append(f.Account, a.ID)
	}
	begun := time.Now()
	page, err := ada.AgencyEventPage(t.Context(), f, client.Paging{})
	must(t, err)
	if len(page.Items) != 50 || page.Next == "" {
		t.Errorf("of 200 logs there are %d events", len(page.Items))
	}
	t.Logf("a page of 200 logs took %s", time.Since(begun))
}
