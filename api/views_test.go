package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/client"
)

func names(list []client.SavedView) []string {
	var out []string
	for _, v := range list {
		out = append(out, v.Name)
	}
	return out
}

// sees fails unless somebody sees the views of these names, in this order.
func (h *house) sees(c *client.Client, want ...string) {
	h.t.Helper()
	list, err := c.Views(h.t.Context())
	must(h.t, err)
	if diff := cmp.Diff(want, names(list)); diff != "" {
		h.t.Error(diff)
	}
}

func TestViews(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.sees(h.owner)
	h.hire("Ana", "ana@acme.test", "admin")
	ana := h.loggedIn("ana@acme.test")

	own, err := ana.CreateView(ctx, client.NewView{Name: " Mine ", Query: "?type=contact.*&action=&range=7d&action=deleted"})
	must(t, err)
	if own.Name != "Mine" || own.Query != "action=deleted&range=7d&type=contact.%2A" || own.Shared || !own.Own || own.Owner != "Ana" {
		t.Errorf("saved %+v", own)
	}
	lisbon, err := time.LoadLocation("Europe/Lisbon")
	must(t, err)
	if from := h.clock.now().In(lisbon).AddDate(0, 0, -6).Format(time.DateOnly); own.Filter != "action=deleted&from="+from+"&type=contact.%2A" {
		t.Errorf("asks for %s now", own.Filter)
	}
	if e := h.last("audit.view_saved"); e.Actor.Name != "Ana" || e.Record.ID != own.ID || e.Description != `Saved the view "Mine" of the audit log` || len(e.Changes) != 3 {
		t.Errorf("event %+v", e)
	}
	shared, err := h.owner.CreateView(ctx, client.NewView{Name: "Alarms", Query: "outcome=denied", Shared: true})
	must(t, err)
	_, err = ana.CreateView(ctx, client.NewView{Name: "alarms", Query: "outcome=failed"}) // one's own may be called like a shared one
	must(t, err)
	h.sees(ana, "alarms", "Mine", "Alarms")
	h.sees(h.owner, "Alarms")

	// A range moves on; the view asks for other days then.
	h.clock.advance(48 * time.Hour)
	list, err := h.loggedIn("ana@acme.test").Views(ctx)
	must(t, err)
	if list[1].Query != own.Query || list[1].Filter == own.Filter {
		t.Errorf("two days later it asks for %s", list[1].Filter)
	}

	ana = h.loggedIn("ana@acme.test")
	name, query, yes := "Contacts that went", "object=contact&action=deleted", true
	changed, err := ana.UpdateView(ctx, own.ID, client.ViewUpdate{Name: &name, Query: &query})
	must(t, err)
	if changed.Name != name || changed.Query != "action=deleted&object=contact" || changed.CreatedAt != own.CreatedAt || !changed.UpdatedAt.After(own.UpdatedAt) {
		t.Errorf("changed to %+v", changed)
	}
	if e := h.last("audit.view_updated"); len(e.Changes) != 2 || e.Changes[0].Label != "Name" {
		t.Errorf("event %+v", e)
	}
	before := h.last("audit.view_updated").ID
	_, err = ana.UpdateView(ctx, own.ID, client.ViewUpdate{Name: &name})
	must(t, err)
	if h.last("audit.view_updated").ID != before {
		t.Error("nothing was changed, and is in the log")
	}
	_, err = ana.UpdateView(ctx, own.ID, client.ViewUpdate{Shared: &yes})
	must(t, err)
	h.sees(h.owner, "Alarms", "Contacts that went")

	must(t, h.owner.DeleteView(ctx, shared.ID))
	if e := h.last("audit.view_deleted"); e.Record.Name != "Alarms" || len(e.Changes) != 3 {
		t.Errorf("event %+v", e)
	}
	wantCode(t, h.owner.DeleteView(ctx, shared.ID), 404, "unknown_view")
	h.sees(h.owner, "Contacts that went")
}

// What is wrong with a view is said where it is wrong.
func TestViewsRefused(t *testing.T) {
	h := newHouse(t)
	for body, want := range map[string]string{
		`{"name":"","query":""}`:                                     "name required, query required",
		`{"name":"a\u0007","query":"action="}`:                       "name invalid_text, query required",
		`{"name":"` + strings.Repeat("é", 101) + `","query":"q=x"}`:  "name too_long",
		`{"name":"A","query":"q=` + strings.Repeat("x", 4000) + `"}`: "query too_long",
		`{"name":"A","query":"action=%zz"}`:                          "query invalid_query",
		`{"name":"A","query":"action=deleted&cursor=x"}`:             "query unknown_parameter",
		`{"name":"A","query":"action=eaten&module=none"}`:            "query invalid_action, query invalid_module",
		`{"name":"A","query":"range=8d"}`:                            "query invalid_range",
		`{"name":"A","query":"range=7d&from=2026-03-01"}`:            "query invalid_range",
		`{"name":"A","query":"last=tomorrow"}`:                       "query invalid_range",
		`{"name":"A","query":"last=2026-03-01&to=2026-03-01"}`:       "query invalid_range",
		`{"name":"A","query":"from=2026-03-02&last=2026-03-01"}`:     "query invalid_range",
		`{"name":"A","query":"q=x","owner":"me"}`:                    "owner unknown_field",
	} {
		resp, p := h.raw(h.owner, "POST", "/api/v1/audit/views", strings.NewReader(body), nil)
		var fields []string
		for _, f := range p.Fields {
			fields = append(fields, f.Field+" "+f.Code)
		}
		if got := strings.Join(fields, ", "); resp.StatusCode != 400 || got != want {
			t.Errorf("%.80s: %d %s, want %s", body, resp.StatusCode, got, want)
		}
	}
	h.sees(h.owner)

	ctx := t.Context()
	for i := range 100 {
		_, err := h.owner.CreateView(ctx, client.NewView{Name: fmt.Sprint("View ", i), Query: "q=x", Shared: i%2 == 0})
		must(t, err)
	}
	_, err := h.owner.CreateView(ctx, client.NewView{Name: "One more", Query: "q=x"})
	wantCode(t, err, 409, "too_many_views")
	_, err = h.admin.CreateView(ctx, client.NewView{Name: "VIEW 2", Query: "q=x", Shared: true})
	wantCode(t, err, 409, "name_taken")
	mine, err := h.admin.CreateView(ctx, client.NewView{Name: "View 2", Query: "q=x"})
	must(t, err)
	yes := true
	_, err = h.admin.UpdateView(ctx, mine.ID, client.ViewUpdate{Shared: &yes})
	wantCode(t, err, 409, "name_taken")
}

// Nobody reaches a view that is not theirs to see, and nobody changes a shared one who may not.
func TestViewsOfOthers(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.hire("Ana", "ana@acme.test", "admin")
	rosa := h.hire("Rosa", "rosa@acme.test", "admin")
	reader := h.hire("Rui", "rui@acme.test", "member")
	_, err := h.owner.Update(ctx, "staff", reader.ID, client.Fields{"permissions": []string{"audit.read"}}, 0)
	must(t, err)
	ana, rui := h.loggedIn("ana@acme.test"), h.loggedIn("rui@acme.test")
	own, err := ana.CreateView(ctx, client.NewView{Name: "Own", Query: "q=x"})
	must(t, err)
	shared, err := h.loggedIn("rosa@acme.test").CreateView(ctx, client.NewView{Name: "Shared", Query: "q=x", Shared: true})
	must(t, err)
	name, yes, no := "Stolen", true, false

	h.sees(h.other)
	for _, id := range []string{own.ID, shared.ID, unknownID, "x"} {
		_, err := h.other.UpdateView(ctx, id, client.ViewUpdate{Name: &name, Shared: &yes})
		wantCode(t, err, 404, "unknown_view")
		wantCode(t, h.other.DeleteView(ctx, id), 404, "unknown_view")
	}
	for _, c := range []*client.Client{h.owner, rui} { // an owner of the account is another person too
		h.sees(c, "Shared")
		_, err := c.UpdateView(ctx, own.ID, client.ViewUpdate{Shared: &yes})
		wantCode(t, err, 404, "unknown_view")
		wantCode(t, c.DeleteView(ctx, own.ID), 404, "unknown_view")
	}

	// Without audit.read there are no views, and without audit.manage no shared ones are made or changed.
	_, err = h.member.Views(ctx)
	wantCode(t, err, 403, "forbidden")
	_, err = h.member.CreateView(ctx, client.NewView{Name: "A", Query: "q=x"})
	wantCode(t, err, 403, "forbidden")
	_, err = h.member.UpdateView(ctx, shared.ID, client.ViewUpdate{Name: &name})
	wantCode(t, err, 403, "forbidden")
	wantCode(t, h.member.DeleteView(ctx, shared.ID), 403, "forbidden")
	mine, err := rui.CreateView(ctx, client.NewView{Name: "A", Query: "q=x"})
	must(t, err)
	_, err = rui.CreateView(ctx, client.NewView{Name: "B", Query: "q=x", Shared: true})
	wantCode(t, err, 403, "forbidden")
	for id, u := range map[string]client.ViewUpdate{mine.ID: {Shared: &yes}, shared.ID: {Shared: &no}} {
		_, err = rui.UpdateView(ctx, id, u)
		wantCode(t, err, 403, "forbidden")
	}
	wantCode(t, rui.DeleteView(ctx, shared.ID), 403, "forbidden")
	if e := h.last("access.denied"); e.Actor.Name != "Rui" {
		t.Errorf("the refusal is logged as %+v", e)
	}

	// A shared view stays when whoever made it is deactivated, and their own ones are nobody's.
	_, err = h.owner.Update(ctx, "staff", rosa.ID, client.Fields{"status": "deactivated"}, 0)
	must(t, err)
	h.sees(rui, "A", "Shared")
	_, err = ana.UpdateView(ctx, shared.ID, client.ViewUpdate{Name: &name})
	must(t, err)
	_, err = ana.UpdateView(ctx, shared.ID, client.ViewUpdate{Shared: &no})
	must(t, err)
	h.sees(ana, "Own")
}
