package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/client"
)

// What anybody may send is small, and no answer outgrows its request.
func TestBodiesThatOnlyCostMemory(t *testing.T) {
	h := newHouse(t)
	var names strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&names, `"%d":0,`, i)
	}
	many := `{` + names.String() + `"z":0}`
	nobody := h.client("")
	resp, p := h.raw(nobody, "POST", "/api/v1/session", strings.NewReader(`{"email":"a@b.cd","password":"x",`+many[1:]), nil)
	if resp.StatusCode != http.StatusRequestEntityTooLarge || p.Code != "body_too_large" {
		t.Errorf("login: %d %s", resp.StatusCode, p.Code)
	}
	resp, p = h.raw(h.owner, "POST", "/api/v1/records/contact", strings.NewReader(`{"fields":`+many+`}`), nil)
	if resp.StatusCode != 400 || len(p.Fields) > 100 {
		t.Errorf("unknown names: %d with %d fields", resp.StatusCode, len(p.Fields))
	}
	resp, p = h.raw(h.owner, "POST", "/api/v1/records/contact/batch", strings.NewReader(`{"delete":[`+strings.Repeat(`"",`, 1_100_000)+`""]}`), nil)
	if resp.StatusCode != 400 || p.Code != "too_many_values" {
		t.Errorf("empty values: %d %s", resp.StatusCode, p.Code)
	}
}

func TestTooManyWords(t *testing.T) {
	h := newHouse(t)
	words := url.QueryEscape(strings.TrimSpace(strings.Repeat("x ", 21)))
	var values []string
	for i := range 101 {
		values = append(values, "filter[city]=c"+strconv.Itoa(i))
	}
	for path, code := range map[string]string{
		"/api/v1/audit/events?q=" + words:                       "too_many_words",
		"/api/v1/audit/facets?q=a" + strings.Repeat("&q=b", 30): "too_many_values",
		"/api/v1/records/contact?q=" + words:                    "too_many_words",
		"/api/v1/records/contact?" + strings.Join(values, "&"):  "too_many_values",
	} {
		resp, p := h.raw(h.owner, "GET", path, nil, nil)
		if resp.StatusCode != 400 || len(p.Fields) == 0 || p.Fields[0].Code != code {
			t.Errorf("%.60s: %d %v", path, resp.StatusCode, p.Fields)
		}
	}
}

// visits counts audit.viewed beneath the API, which would count itself.
func (h *house) visits(t *testing.T) int {
	t.Helper()
	page, err := h.w.Log.Events(t.Context(), h.founded.Account.ID, audit.Query{Limit: 500,
		Filter: audit.Filter{Where: audit.Is{Property: audit.ByType, Values: []string{"audit.viewed"}}}})
	if err != nil {
		t.Fatal(err)
	}
	return len(page.Events)
}

// Every door to the log notes the visit, whatever is asked first.
func TestEveryLookAtTheLogIsAVisit(t *testing.T) {
	for _, path := range []string{"/api/v1/audit/facets", "/api/v1/audit/histogram", "/api/v1/audit/events"} {
		h := newHouse(t)
		before := h.visits(t)
		if resp, p := h.raw(h.owner, "GET", path, nil, nil); resp.StatusCode != 200 {
			t.Fatalf("%s: %d %s", path, resp.StatusCode, p.Code)
		}
		if n := h.visits(t); n != before+1 {
			t.Errorf("%s: %d visits, there were %d", path, n, before)
		}
	}
}

// So do those who look at the past by other doors: what was deleted, what a record was, what an undo would put back.
func TestLooksAtThePastAreVisits(t *testing.T) {
	h := newHouse(t)
	rec := h.create("contact", client.Fields{"first_name": "Ana"})
	_, err := h.owner.Update(t.Context(), "contact", rec.ID, client.Fields{"first_name": "Anna"}, 0)
	must(t, err)
	change := h.last("contact.updated").ID
	for name, look := range map[string]func(*client.Client) error{
		"deleted": func(c *client.Client) error {
			_, err := c.DeletionPage(t.Context(), client.Paging{})
			return err
		},
		"as_of": func(c *client.Client) error {
			_, err := c.RecordAsOf(t.Context(), "contact", rec.ID, h.clock.now())
			return err
		},
		"alert": func(c *client.Client) error {
			_, err := c.PreviewAlert(t.Context(), client.NewAlert{Query: "type=contact.updated"})
			return err
		},
		"preview": func(c *client.Client) error {
			_, err := c.Undo(t.Context(), change, client.RestoreRequest{DryRun: true})
			return err
		},
	} {
		_, key, err := h.w.Auth.CreateKey(t.Context(), systemCaller(h), "Key for "+name, "admin")
		must(t, err)
		before := h.visits(t)
		must(t, look(h.client(key)))
		if n := h.visits(t); n != before+1 {
			t.Errorf("%s: %d visits, there were %d", name, n, before)
		}
	}
}

func TestFacetsHaveLabels(t *testing.T) {
	h := newHouse(t)
	h.create("contact", client.Fields{"first_name": "Ana"})
	f, err := h.owner.Facets(t.Context(), client.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range append(append(f.Modules, f.Types...), f.Actions...) {
		if c.Label == "" || c.Label == c.Key {
			t.Errorf("%s is labelled %q", c.Key, c.Label)
		}
	}
}
