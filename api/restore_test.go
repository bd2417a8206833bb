package api_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/client"
)

func TestRestoreLife(t *testing.T) {
	h := newHouse(t)
	pipeline, stages, opportunities := h.pipeline("Sales", 3)
	_, err := h.owner.Delete(t.Context(), "pipeline", pipeline.ID)
	must(t, err)
	deletion := h.last("pipeline.deleted")
	page, err := h.owner.DeletionPage(t.Context(), client.Paging{})
	must(t, err)
	if len(page.Items) != 1 || page.Items[0].Event != deletion.ID || page.Items[0].Counts["opportunity"] != 3 || page.Items[0].Record.Name != "Sales" {
		t.Errorf("what can be restored is %+v", page.Items)
	}
	preview, err := h.admin.Restore(t.Context(), deletion.ID, client.RestoreRequest{DryRun: true})
	must(t, err)
	if preview.State != "available" || preview.Operation != "" || preview.Token == "" || len(preview.Restores) != 3 {
		t.Errorf("the preview is %+v", preview)
	}
	done, err := h.admin.Restore(t.Context(), deletion.ID, client.RestoreRequest{Plan: preview.Token})
	must(t, err)
	if done.Operation == "" || done.Applied == "" {
		t.Errorf("restored as %+v", done)
	}
	for _, was := range append(append([]client.Record{pipeline}, stages...), opportunities...) {
		now, err := h.owner.Record(t.Context(), was.Object, was.ID)
		must(t, err)
		if diff := cmp.Diff(was.Fields, now.Fields); diff != "" || !was.CreatedAt.Equal(now.CreatedAt) {
			t.Errorf("%s %s came back as another:\n%s", was.Object, was.Name, diff)
		}
	}
	_, err = h.owner.Restore(t.Context(), deletion.ID, client.RestoreRequest{})
	wantCode(t, err, 409, "already_restored")
	if e := h.last("pipeline.deleted"); e.Restore.State != "restored" {
		t.Errorf("the deletion is %+v", e.Restore)
	}
	page, err = h.owner.DeletionPage(t.Context(), client.Paging{})
	must(t, err)
	if len(page.Items) != 0 {
		t.Errorf("what can be restored is still %+v", page.Items)
	}
	_, err = h.owner.Restore(t.Context(), h.last("pipeline.created").ID, client.RestoreRequest{})
	wantCode(t, err, 422, "not_restorable")
}

func TestRestoreConflict(t *testing.T) {
	h := newHouse(t)
	company := h.create("company", client.Fields{"name": "Acme"})
	contact := h.create("contact", client.Fields{"email": "ana@example.com", "company": company.ID})
	_, err := h.owner.Delete(t.Context(), "contact", contact.ID)
	must(t, err)
	deletion := h.last("contact.deleted")
	seen, err := h.owner.Restore(t.Context(), deletion.ID, client.RestoreRequest{DryRun: true})
	must(t, err)
	h.create("contact", client.Fields{"email": "ana@example.com"})
	_, err = h.owner.Restore(t.Context(), deletion.ID, client.RestoreRequest{Plan: seen.Token})
	wantCode(t, err, 409, "plan_stale")
	_, err = h.owner.Restore(t.Context(), deletion.ID, client.RestoreRequest{})
	wantCode(t, err, 409, "conflicts")
	p, ok := err.(*client.Problem)
	if !ok || p.Plan == nil || p.Plan.Unresolved != 1 || p.Plan.ConflictsTotal != 1 || p.Plan.Conflicts[0].Kind != "unique_taken" {
		t.Fatalf("the conflict comes as %+v", p)
	}
	c := p.Plan.Conflicts[0]
	resolved := client.RestoreRequest{Resolutions: []client.Resolution{{Object: c.Object, ID: c.ID, Field: c.Field, Kind: c.Kind, Choose: "rename", Value: "ana.old@example.com"}}}
	done, err := h.owner.Restore(t.Context(), deletion.ID, resolved)
	must(t, err)
	back, err := h.owner.Record(t.Context(), "contact", contact.ID)
	must(t, err)
	if done.Operation == "" || back.Text("email") != "ana.old@example.com" || back.Text("company") != company.ID {
		t.Errorf("came back as %+v", back)
	}
}

func TestRestoreOnce(t *testing.T) {
	h := newHouse(t)
	contact := h.create("contact", client.Fields{"first_name": "Ana"})
	_, err := h.owner.Delete(t.Context(), "contact", contact.ID)
	must(t, err)
	deletion := h.last("contact.deleted")
	results := make([]error, 8)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() { _, results[i] = h.owner.Restore(t.Context(), deletion.ID, client.RestoreRequest{}) })
	}
	wg.Wait()
	good := 0
	for _, err := range results {
		if err == nil {
			good++
		} else {
			wantCode(t, err, 409, "already_restored")
		}
	}
	page, err := h.owner.EventPage(t.Context(), client.Filter{Type: []string{"contact.restored"}}, client.Paging{})
	must(t, err)
	if good != 1 || len(page.Items) != 1 {
		t.Errorf("%d restores succeeded, with %d events", good, len(page.Items))
	}
}

func TestRestoreExpired(t *testing.T) {
	h := newHouse(t)
	contact := h.create("contact", client.Fields{"first_name": "Ana"})
	_, err := h.owner.Delete(t.Context(), "contact", contact.ID)
	must(t, err)
	deletion := h.last("contact.deleted")
	h.clock.advance(61 * 24 * time.Hour)
	_, err = h.owner.Restore(t.Context(), deletion.ID, client.RestoreRequest{})
	wantCode(t, err, 410, "restore_expired")
	if e := h.last("contact.deleted"); e.Restore.State != "expired" {
		t.Errorf("the deletion is %+v", e.Restore)
	}
	page, err := h.owner.DeletionPage(t.Context(), client.Paging{})
	must(t, err)
	if len(page.Items) != 0 {
		t.Errorf("what can be restored is %+v", page.Items)
	}
}

// An entry says whether it can be undone, why not, and what took it back.
func TestUndoOfAnEntry(t *testing.T) {
	h := newHouse(t)
	contact := h.create("contact", client.Fields{"first_name": "Ana"})
	detail := func(kind string) client.EventDetail {
		t.Helper()
		e, err := h.owner.Event(t.Context(), h.last(kind).ID)
		must(t, err)
		return e
	}
	if u := detail("contact.created").Restore; u.Undo != "none" || !strings.Contains(u.Why, "delete the record instead") {
		t.Errorf("a creation can be undone: %+v", u)
	}
	_, err := h.owner.Update(t.Context(), "contact", contact.ID, client.Fields{"city": "Porto"}, 0)
	must(t, err)
	changed := detail("contact.updated")
	if changed.Restore.Undo != "available" || changed.Restore.Why != "" || changed.Restore.By != "" {
		t.Errorf("a change is %+v", changed.Restore)
	}
	done, err := h.owner.Undo(t.Context(), changed.ID, client.RestoreRequest{})
	must(t, err)
	page, err := h.owner.EventPage(t.Context(), client.Filter{Type: []string{"contact.updated"}}, client.Paging{})
	must(t, err)
	if e := page.Items[1]; e.ID != changed.ID || e.Restore.By != done.Applied || e.Restore.State != "none" {
		t.Errorf("in the list the change that was undone is %+v", e.Restore)
	}
	again, err := h.owner.Event(t.Context(), changed.ID)
	must(t, err)
	if again.Restore.Undo != "restored" || again.Restore.By != done.Applied {
		t.Errorf("the change that was undone is %+v", again.Restore)
	}
	if u := detail("audit.undo_applied").Restore; u.Undo != "none" || u.Why == "" {
		t.Errorf("the undo itself is %+v", u)
	}
}

// Of a bulk deletion whose first record was restored alone, the rest can still be.
func TestDeletionsOfBatches(t *testing.T) {
	h := newHouse(t)
	var ids []string
	for _, name := range []string{"A", "B", "C"} {
		ids = append(ids, h.create("contact", client.Fields{"first_name": name}).ID)
	}
	res, err := h.owner.Batch(t.Context(), "contact", client.Batch{Delete: ids})
	must(t, err)
	mixed, err := h.owner.Batch(t.Context(), "contact", client.Batch{Create: []client.BatchCreate{{Fields: client.Fields{"first_name": "D"}}},
		Delete: []string{h.create("contact", client.Fields{"first_name": "E"}).ID, h.create("contact", client.Fields{"first_name": "F"}).ID}})
	must(t, err)
	_, err = h.owner.Restore(t.Context(), res.Operation, client.RestoreRequest{}) // the leading event has the operation's id
	must(t, err)
	var got []string
	p := client.Paging{Limit: 1}
	for {
		page, err := h.owner.DeletionPage(t.Context(), p)
		must(t, err)
		for _, d := range page.Items {
			got = append(got, d.Operation)
			if d.Counts["contact"] != 2 {
				t.Errorf("%s counts %v", d.Description, d.Counts)
			}
		}
		if p.Cursor = page.Next; p.Cursor == "" {
			break
		}
	}
	if !cmp.Equal(got, []string{mixed.Operation, res.Operation}) {
		t.Errorf("what can be restored is %v, want %v", got, []string{mixed.Operation, res.Operation})
	}
	for _, op := range got {
		_, err := h.owner.RestoreOperation(t.Context(), op, client.RestoreRequest{})
		must(t, err)
	}
	for _, id := range ids {
		_, err := h.owner.Record(t.Context(), "contact", id)
		must(t, err)
	}
}

func TestUndo(t *testing.T) {
	h := newHouse(t)
	rec := h.create("contact", client.Fields{"first_name": "Ana", "city": "Lisboa"})
	_, err := h.owner.Update(t.Context(), "contact", rec.ID, client.Fields{"first_name": "Bea", "city": "Porto"}, 0)
	must(t, err)
	e := h.last("contact.updated")
	plan, err := h.owner.Undo(t.Context(), e.ID, client.RestoreRequest{DryRun: true})
	must(t, err)
	if len(plan.Fields) != 2 || plan.Operation != "" {
		t.Errorf("the plan is %+v", plan)
	}
	_, err = h.owner.Undo(t.Context(), e.ID, client.RestoreRequest{Fields: []string{"city"}})
	must(t, err)
	now, err := h.owner.Record(t.Context(), "contact", rec.ID)
	must(t, err)
	if now.Text("city") != "Lisboa" || now.Text("first_name") != "Bea" {
		t.Errorf("after the undo of one field: %v", now.Fields)
	}
	_, err = h.owner.Restore(t.Context(), e.ID, client.RestoreRequest{Fields: []string{"city"}})
	wantCode(t, err, 400, "unknown_field")
	res, err := h.owner.Batch(t.Context(), "contact", client.Batch{Update: []client.BatchUpdate{{ID: rec.ID, Fields: client.Fields{"city": "Faro"}}}})
	must(t, err)
	_, err = h.owner.UndoOperation(t.Context(), res.Operation, client.RestoreRequest{})
	must(t, err)
	now, err = h.owner.Record(t.Context(), "contact", rec.ID)
	must(t, err)
	if now.Text("city") != "Lisboa" {
		t.Errorf("after the undo of the operation: %v", now.Fields)
	}
}
