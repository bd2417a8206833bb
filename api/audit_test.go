package api_test

import (
	"errors"
	"io"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/client"
)

func TestEventList(t *testing.T) {
	h := newHouse(t)
	pipeline, _, _ := h.pipeline("Sales", 3)
	h.create("contact", client.Fields{"first_name": "Zoë"})
	_, err := h.owner.Delete(t.Context(), "pipeline", pipeline.ID)
	must(t, err)
	count := func(f client.Filter) int {
		t.Helper()
		n := 0
		for _, err := range h.owner.Events(t.Context(), f) {
			must(t, err)
			n++
		}
		return n
	}
	lead := h.last("pipeline.deleted")
	for _, test := range []struct {
		f    client.Filter
		want int
	}{
		{client.Filter{Type: []string{"*.deleted"}}, 6},
		{client.Filter{Type: []string{"stage.deleted", "pipeline.deleted"}}, 3},
		{client.Filter{Action: []string{"deleted"}, Object: []string{"opportunity"}}, 3},
		{client.Filter{Record: []string{pipeline.ID}}, 2},
		{client.Filter{Operation: []string{lead.Operation}}, 6},
		{client.Filter{Module: []string{"contacts"}}, 1},
		{client.Filter{Text: []string{"zoë"}}, 1},
		{client.Filter{Text: []string{"ZOE action:created OR type:*.deleted -object:opportunity"}}, 4},
		{client.Filter{Text: []string{"field:stage"}, Action: []string{"created"}}, 3},
		{client.Filter{From: "2026-01-01", To: "2026-01-02"}, 0},
		{client.Filter{Outcome: []string{"denied"}}, 0},
	} {
		if got := count(test.f); got != test.want {
			t.Errorf("%+v finds %d events, want %d", test.f, got, test.want)
		}
	}
	if lead.Restore.State != "available" || lead.Restore.Until == nil || lead.Size != 6 || lead.Counts["opportunity"] != 3 {
		t.Errorf("the deletion is %+v", lead)
	}
	e, err := h.owner.Event(t.Context(), lead.ID)
	must(t, err)
	if len(e.Caused) != 5 || e.ID != lead.ID {
		t.Errorf("the deletion caused %d events", len(e.Caused))
	}
	var pages []string
	p := client.Paging{Limit: 2}
	for {
		page, err := h.owner.EventPage(t.Context(), client.Filter{Action: []string{"deleted"}}, p)
		must(t, err)
		for _, e := range page.Items {
			pages = append(pages, e.ID)
		}
		if p.Cursor = page.Next; p.Cursor == "" {
			break
		}
	}
	if len(pages) != 6 || len(slices.Compact(slices.Sorted(slices.Values(pages)))) != 6 {
		t.Errorf("the pages hold %d events", len(pages))
	}
	if n := count(client.Filter{Type: []string{"audit.viewed"}}); n != 1 {
		t.Errorf("reading page by page was logged %d times", n)
	}
}

func TestEventListMistakes(t *testing.T) {
	h := newHouse(t)
	h.create("contact", client.Fields{"first_name": "A"})
	page, err := h.owner.EventPage(t.Context(), client.Filter{}, client.Paging{Limit: 1})
	must(t, err)
	for _, path := range []string{"events", "facets", "histogram", "stream"} {
		for query, field := range map[string]string{
			"from=yesterday": "from", "to=2026-02-30": "to", "from=2026-03-02&to=2026-03-01": "to", "action=nonsense": "action", "module=nonsense": "module",
			"type=nonsense": "type", "record=nonsense": "record", "operation=nonsense": "operation", "outcome=nonsense": "outcome", "channel=nonsense": "channel",
			"object=No!": "object", "q=%00": "q", "nonsense=1": "nonsense", "from=2026-01-01&from=2026-01-02": "from",
			"q=" + strings.Repeat("x", 4001): "q", "user=%ff": "user", "q=usr:ana": "q", "q=ana&q=type:": "q",
		} {
			resp, p := h.raw(h.owner, "GET", "/api/v1/audit/"+path+"?"+query, nil, nil)
			if resp.StatusCode != 400 || len(p.Fields) != 1 || p.Fields[0].Field != field {
				t.Errorf("%s?%.60s: %d %s %+v, want a mistake in %s", path, query, resp.StatusCode, p.Code, p.Fields, field)
			}
		}
	}
	_, err = h.owner.EventPage(t.Context(), client.Filter{Text: []string{"zoë action:gone,deleted"}}, client.Paging{})
	wrong, ok := errors.AsType[*client.Problem](err)
	if !ok {
		t.Fatal(err)
	}
	if want := (client.Mistake{Field: "q", Code: "invalid_action", Detail: wrong.Detail, Span: &client.Span{Start: 11, End: 15}}); len(wrong.Fields) != 1 || !reflect.DeepEqual(wrong.Fields[0], want) {
		t.Errorf("the place of the mistake: %+v", wrong.Fields)
	}
	for query, field := range map[string]string{"limit=0": "limit", "limit=501": "limit", "cursor=nonsense": "cursor", "action=created&cursor=" + page.Next: "cursor"} {
		resp, p := h.raw(h.owner, "GET", "/api/v1/audit/events?"+query, nil, nil)
		if resp.StatusCode != 400 || len(p.Fields) != 1 || p.Fields[0].Field != field {
			t.Errorf("%s: %d %s %+v, want a mistake in %s", query, resp.StatusCode, p.Code, p.Fields, field)
		}
	}
	resp, p := h.raw(h.other, "GET", "/api/v1/audit/events?limit=1&cursor="+url.QueryEscape(page.Next), nil, nil)
	if resp.StatusCode != 400 || p.Code != "invalid_cursor" {
		t.Errorf("a cursor of another account: %d %s", resp.StatusCode, p.Code)
	}
}

func TestFacetsAndHistogram(t *testing.T) {
	h := newHouse(t)
	for range 3 {
		h.create("contact", client.Fields{"first_name": "A"})
	}
	f := client.Filter{Object: []string{"contact"}}
	facets, err := h.owner.Facets(t.Context(), f)
	must(t, err)
	if len(facets.Types) != 1 || facets.Types[0].Key != "contact.created" || facets.Types[0].Count != 3 || facets.Types[0].Label == "" ||
		len(facets.Users) != 1 || facets.Modules[0].Key != "contacts" || facets.Actions[0].Key != "created" ||
		len(facets.Outcomes) != 1 || facets.Outcomes[0] != (client.Count{Key: "success", Label: "Success", Count: 3}) || facets.Channels[0].Key != "api" {
		t.Errorf("the facets are %+v", facets)
	}
	for _, interval := range []string{"auto", "minute", "hour", "day", "week", "month"} {
		got, err := h.owner.Histogram(t.Context(), f, interval)
		must(t, err)
		total := 0
		for _, b := range got.Buckets {
			total += b.Total
		}
		if total != 3 || interval != "auto" && got.Interval != interval {
			t.Errorf("by %s: %+v", interval, got)
		}
	}
	_, err = h.owner.Histogram(t.Context(), f, "second")
	wantStatus(t, err, 400)
}

// A member's every forbidden call is refused and logged, once.
func TestDenied(t *testing.T) {
	h := newHouse(t)
	rec := h.create("contact", client.Fields{"first_name": "A"})
	_, err := h.owner.Delete(t.Context(), "contact", rec.ID)
	must(t, err)
	e := h.last("contact.deleted")
	live := h.create("contact", client.Fields{"first_name": "B"})
	values := map[string]string{"object": "contact", "id": e.ID, "event_id": e.ID, "operation": e.Operation}
	forbidden := []string{"updateAccount", "recordHistory", "listEvents", "getEvent", "auditFacets", "auditHistogram", "streamEvents", "createExport", "listExports",
		"getExport", "downloadExport", "deleteExport", "listDeletions", "restoreEvent", "undoEvent", "restoreOperation", "undoOperation", "logout", "changePassword",
		"getCheckpoint", "getLedgerKey", "getProof", "verifyLedger", "listVerifications", "getVerification", "cancelVerification"}
	tested := 0
	for _, r := range routes(t, h) {
		if !slices.Contains(forbidden, r.operation) {
			continue
		}
		tested++
		if r.operation == "recordHistory" {
			values["id"] = live.ID
		} else {
			values["id"] = e.ID
		}
		resp, p := h.ask(h.member, r, nil, values)
		if resp.StatusCode != 403 {
			t.Errorf("%s as a member: %d %s", r.operation, resp.StatusCode, p.Code)
			continue
		}
		denied := h.last("access.denied")
		asked := r.method + " " + strings.NewReplacer("{object}", "contact", "{id}", values["id"], "{event_id}", values["event_id"], "{operation}", values["operation"]).Replace(r.path)
		if denied.Outcome != "denied" || denied.Actor.Name != "Key of member" || denied.Changes[0].After != asked || denied.Context.Request != resp.Header.Get("X-Request-ID") {
			t.Errorf("%s: the refusal is logged as %+v", asked, denied)
		}
	}
	if tested != len(forbidden) {
		t.Errorf("%d routes were tested, want %d", tested, len(forbidden))
	}
	_, err = h.member.Create(t.Context(), "staff", client.Fields{"name": "X", "email": "x@acme.test"})
	wantCode(t, err, 403, "forbidden")
	if e := h.last("access.denied"); e.Changes[1].After != "staff.manage" {
		t.Errorf("the missing permission is logged as %+v", e.Changes)
	}
	n := 0
	for _, err := range h.owner.Events(t.Context(), client.Filter{Type: []string{"access.denied"}}) {
		must(t, err)
		n++
	}
	if n != tested+1 {
		t.Errorf("%d refusals are logged as %d", tested+1, n)
	}
}

func TestCompleteQuestion(t *testing.T) {
	h := newHouse(t)
	h.create("contact", client.Fields{"first_name": "Zoë"})
	resp, _ := h.raw(h.owner, "GET", "/api/v1/audit/complete?q="+url.QueryEscape("żółć record:zo"), nil, nil)
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	if want := `{"start":12,"end":14,"suggestions":[{"text":"Zoë","label":"Contact"}]}`; resp.StatusCode != 200 || strings.TrimSpace(string(body)) != want {
		t.Errorf("%d %s, want %s", resp.StatusCode, body, want)
	}
	resp, _ = h.raw(h.owner, "GET", "/api/v1/audit/complete?q=out&at=2", nil, nil)
	if body, err = io.ReadAll(resp.Body); err != nil || !strings.Contains(string(body), `"text":"outcome:"`) {
		t.Errorf("%s %v", body, err)
	}
	if resp, p := h.raw(h.member, "GET", "/api/v1/audit/complete?q=user:", nil, nil); resp.StatusCode != 403 || p.Code != "forbidden" {
		t.Errorf("a member: %d %s", resp.StatusCode, p.Code)
	}
}
