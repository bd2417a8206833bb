package api_test

import (
	"testing"

	"github.com/backtrail/backtrail/client"
)

func TestBulkLife(t *testing.T) {
	h := newHouse(t)
	var ids []string
	for _, name := range []string{"Ana", "Bo", "Cy"} {
		ids = append(ids, h.create("contact", client.Fields{"first_name": name, "city": "Porto"}).ID)
	}
	h.create("contact", client.Fields{"first_name": "Di", "city": "Faro"})
	porto := client.Selection{All: true, Filter: map[string][]string{"city": {"Porto"}}}
	plan, err := h.owner.Bulk(t.Context(), "contact", client.Bulk{Select: porto, AddTags: []string{"vip"}, DryRun: true})
	must(t, err)
	if plan.Selected != 3 || plan.Operation != "" || plan.Plan == "" {
		t.Errorf("the plan is %+v", plan)
	}
	done, err := h.owner.Bulk(t.Context(), "contact", client.Bulk{Select: porto, AddTags: []string{"vip"}, Plan: plan.Plan})
	must(t, err)
	lead := h.last("contact.bulk_updated")
	if done.Changed != 3 || lead.ID != done.Operation || lead.Description != `Added the tag "vip" to 3 contacts` {
		t.Errorf("%+v, and the log says %q", done, lead.Description)
	}
	_, err = h.owner.Update(t.Context(), "contact", ids[0], client.Fields{"tags": []string{"vip", "new"}}, 0)
	must(t, err)
	back, err := h.owner.UndoOperation(t.Context(), done.Operation, client.RestoreRequest{})
	must(t, err)
	if first, err := h.owner.Record(t.Context(), "contact", ids[0]); err != nil || back.Operation == "" || len(first.Fields["tags"].([]any)) != 1 {
		t.Errorf("undone as %+v, the first is %+v, %v", back, first.Fields["tags"], err)
	}
	_, err = h.owner.UndoOperation(t.Context(), done.Operation, client.RestoreRequest{})
	wantCode(t, err, 409, "already_restored")

	deleted, err := h.owner.Bulk(t.Context(), "contact", client.Bulk{Select: client.Selection{IDs: ids}, Delete: true})
	must(t, err)
	if e := h.last("contact.bulk_deleted"); deleted.Deleted["contact"] != 3 || e.Description != "Deleted 3 contacts" || e.Restore.State != "available" {
		t.Errorf("%+v, and the log says %q %+v", deleted, e.Description, e.Restore)
	}
	page, err := h.owner.DeletionPage(t.Context(), client.Paging{})
	must(t, err)
	if len(page.Items) != 1 || page.Items[0].Operation != deleted.Operation || page.Items[0].Counts["contact"] != 3 {
		t.Errorf("what can be restored is %+v", page.Items)
	}
	_, err = h.owner.Bulk(t.Context(), "contact", client.Bulk{Select: client.Selection{IDs: ids}, AddTags: []string{"x"}})
	wantCode(t, err, 410, "deleted")
	_, err = h.owner.RestoreOperation(t.Context(), deleted.Operation, client.RestoreRequest{})
	must(t, err)
	if e := h.last("contact.bulk_deleted"); e.Restore.State != "restored" {
		t.Errorf("the deletion is %+v", e.Restore)
	}
	for _, id := range ids {
		_, err := h.owner.Record(t.Context(), "contact", id)
		must(t, err)
	}
	for _, tt := range []struct {
		name   string
		bulk   client.Bulk
		status int
		code   string
	}{
		{"a filter without all", client.Bulk{Select: client.Selection{Q: "ana"}, Delete: true}, 400, "required"},
		{"ids and a filter", client.Bulk{Select: client.Selection{IDs: ids, All: true}, Delete: true}, 400, "ids_and_all"},
		{"nothing selected", client.Bulk{Delete: true}, 400, "nothing_selected"},
		{"a filter by what is not there", client.Bulk{Select: client.Selection{All: true, Filter: map[string][]string{"shoe": {"1"}}}, Delete: true}, 400, "unknown_field"},
		{"an old plan", client.Bulk{Select: porto, Delete: true, Plan: plan.Plan}, 409, "selection_changed"},
	} {
		_, err := h.owner.Bulk(t.Context(), "contact", tt.bulk)
		t.Run(tt.name, func(t *testing.T) { wantCode(t, err, tt.status, tt.code) })
	}
	_, err = h.other.Bulk(t.Context(), "contact", client.Bulk{Select: client.Selection{IDs: ids}, Delete: true})
	wantCode(t, err, 404, "not_found")
}
