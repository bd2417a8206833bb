package api_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/backtrail/backtrail/api"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/client"
)

// audit.read_own without audit.read: every way to read the log gives what the caller did, and nothing else.
func TestOwnEvents(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	_, err := h.w.Auth.UpdateRoles(ctx, systemCaller(h), auth.RoleUpdate{Member: []audit.Permission{audit.AuditReadOwn, audit.AuditExport, audit.AuditRestore, audit.RecordsRead, audit.RecordsWrite}})
	must(t, err)
	theirs := h.create("contact", client.Fields{"first_name": "Sam"})
	stream, err := h.member.Stream(ctx, client.Filter{Object: []string{"contact"}}, "")
	must(t, err)
	h.create("contact", client.Fields{"first_name": "Secret"})
	own, err := h.member.Create(ctx, "contact", client.Fields{"first_name": "Mia"})
	must(t, err)

	for e, err := range stream {
		must(t, err)
		if e.Record.ID != own.ID {
			t.Errorf("the stream has %s", e.Description)
		}
		break
	}
	page, err := h.member.EventPage(ctx, client.Filter{}, client.Paging{})
	must(t, err)
	if len(page.Items) != 2 || page.Items[0].Type != "contact.created" || page.Items[1].Type != "audit.viewed" {
		t.Errorf("the list has %d events: %+v", len(page.Items), page.Items)
	}
	mine := page.Items[0]
	none, err := h.member.EventPage(ctx, client.Filter{User: []string{string(h.founded.Owner.ID)}}, client.Paging{})
	must(t, err)
	if len(none.Items) != 0 {
		t.Errorf("by another: %+v", none.Items)
	}
	facets, err := h.member.Facets(ctx, client.Filter{})
	must(t, err)
	if len(facets.Users) != 1 || facets.Users[0].Key != mine.Actor.ID || len(facets.Types) != 2 {
		t.Errorf("facets: %+v", facets)
	}
	hist, err := h.member.Histogram(ctx, client.Filter{}, "day")
	must(t, err)
	total := 0
	for _, b := range hist.Buckets {
		total += b.Total
	}
	if total != 2 {
		t.Errorf("the histogram counts %d", total)
	}
	one, err := h.member.Event(ctx, mine.ID)
	must(t, err)
	if one.ID != mine.ID {
		t.Errorf("%+v", one)
	}

	// Another's event is as one that is not there.
	other := h.last("contact.created")
	for other.Record.ID != theirs.ID {
		older, err := h.owner.EventPage(ctx, client.Filter{Record: []string{theirs.ID}}, client.Paging{Limit: 1})
		must(t, err)
		other = older.Items[0]
	}
	_, err = h.member.Event(ctx, other.ID)
	wantCode(t, err, 404, "not_found")
	_, err = h.member.Proof(ctx, other.ID)
	wantCode(t, err, 404, "not_found")
	_, err = h.member.Stream(ctx, client.Filter{}, other.ID)
	wantCode(t, err, 404, "not_found")

	// What is of the whole log stays closed.
	_, err = h.member.HistoryPage(ctx, "contact", own.ID, client.HistoryFilter{}, client.Paging{})
	wantCode(t, err, 403, "forbidden")
	_, err = h.member.CreateExport(ctx, client.ExportRequest{Format: "csv"})
	wantCode(t, err, 403, "forbidden")
	_, err = h.member.Undo(ctx, mine.ID, client.RestoreRequest{})
	wantCode(t, err, 403, "forbidden")
	for _, path := range []string{"/audit/deleted", "/audit/exports", "/ledger/checkpoint", "/ledger/verify"} {
		if a, _ := h.raw(h.member, http.MethodGet, api.Prefix+path, nil, nil); a.StatusCode != 403 {
			t.Errorf("%s answers %d", path, a.StatusCode)
		}
	}
}

// A stream of the whole log ends for who may read only their own part from now on.
func TestStreamEndsWithTheWholeLog(t *testing.T) {
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stream, err := h.admin.Stream(ctx, client.Filter{Object: []string{"contact"}}, "")
	must(t, err)
	_, err = h.w.Auth.UpdateRoles(ctx, systemCaller(h), auth.RoleUpdate{Admin: []audit.Permission{audit.AuditReadOwn, audit.RecordsRead}})
	must(t, err)
	h.create("contact", client.Fields{"first_name": "Secret"})
	for e, err := range stream {
		if err == nil {
			t.Fatalf("the stream goes on with %s", e.Description)
		}
	}
}
