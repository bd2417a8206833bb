package api_test

import (
	"io"
	"net/http"
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

// Several deletions come back together, whatever order they are named in, or none of them does.
func TestRestoreTogether(t *testing.T) {
	h := newHouse(t)
	pipeline, _, opportunities := h.pipeline("Sales", 3)
	contact := h.create("contact", client.Fields{"first_name": "Ana"})
	_, err := h.owner.Update(t.Context(), "opportunity", opportunities[0].ID, client.Fields{"contact": contact.ID}, 0)
	must(t, err)
	var ops []string
	for _, r := range []client.Record{contact, opportunities[1], pipeline} {
		done, err := h.owner.Delete(t.Context(), r.Object, r.ID)
		must(t, err)
		ops = append(ops, done.Operation)
	}
	found, err := h.owner.DeletionsMatching(t.Context(), client.DeletedFilter{Object: []string{"opportunity"}}, client.Paging{})
	must(t, err)
	if len(found.Items) != 2 || found.Items[0].Operation != ops[2] || found.Items[1].Operation != ops[1] {
		t.Errorf("the deletions that took opportunities are %+v", found.Items)
	}
	_, err = h.owner.DeletionsMatching(t.Context(), client.DeletedFilter{Module: []string{"nonsense"}}, client.Paging{})
	wantCode(t, err, 400, "invalid_module")
	plan, err := h.owner.RestoreTogether(t.Context(), ops, client.RestoreRequest{DryRun: true})
	must(t, err)
	if plan.State != "available" || len(plan.Deletions) != 3 || plan.Deletions[0].Operation != ops[2] || plan.Relinks != 1 || plan.Unresolved != 0 || plan.Refused != nil {
		t.Errorf("the plan is %+v", plan)
	}
	_, err = h.owner.RestoreOperation(t.Context(), ops[1], client.RestoreRequest{Resolutions: []client.Resolution{
		{Object: "opportunity", Kind: "missing_reference", Choose: "restore_reference"}}})
	must(t, err) // with its pipeline
	_, err = h.owner.RestoreTogether(t.Context(), ops, client.RestoreRequest{Plan: plan.Token})
	wantCode(t, err, 409, "plan_stale")
	done, err := h.owner.RestoreTogether(t.Context(), ops, client.RestoreRequest{})
	must(t, err)
	if done.Operation == "" || done.Deletions[0].State != "restored" || done.Deletions[2].State != "available" {
		t.Errorf("done is %+v", done)
	}
	back, err := h.owner.Record(t.Context(), "opportunity", opportunities[0].ID)
	must(t, err)
	if back.Text("contact") != contact.ID {
		t.Errorf("the opportunity came back as %+v", back)
	}
	_, err = h.owner.RestoreTogether(t.Context(), ops, client.RestoreRequest{})
	wantCode(t, err, 409, "already_restored")
	_, err = h.owner.RestoreTogether(t.Context(), []string{}, client.RestoreRequest{})
	wantCode(t, err, 400, "invalid_value")
	_, err = h.owner.RestoreTogether(t.Context(), []string{"x"}, client.RestoreRequest{})
	wantCode(t, err, 404, "not_found")
	_, err = h.owner.RestoreTogether(t.Context(), []string{h.last("contact.created").ID}, client.RestoreRequest{})
	wantCode(t, err, 422, "not_restorable")
}

// Whoever would rather not wait gets the job that does it.
func TestRestoreInTheBackground(t *testing.T) {
	h := newHouse(t)
	contact := h.create("contact", client.Fields{"first_name": "Ana"})
	gone, err := h.owner.Delete(t.Context(), "contact", contact.ID)
	must(t, err)
	_, err = h.owner.StartRestore(t.Context(), []string{gone.Operation}, client.RestoreRequest{Plan: "00"})
	wantCode(t, err, 409, "plan_stale")
	job, err := h.owner.StartRestore(t.Context(), []string{gone.Operation}, client.RestoreRequest{})
	must(t, err)
	_, err = h.admin.RestoreJob(t.Context(), job.ID)
	wantCode(t, err, 404, "not_found")
	for job.Status != "done" {
		if job, err = h.owner.RestoreJob(t.Context(), job.ID); err != nil || job.Status == "failed" {
			t.Fatalf("%+v, %v", job, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if job.Plan == nil || job.Plan.Applied == "" || job.Progress.Done != 1 || job.FinishedAt == nil {
		t.Errorf("done is %+v", job)
	}
	_, err = h.owner.Record(t.Context(), "contact", contact.ID)
	must(t, err)
	wantCode(t, h.owner.CancelRestore(t.Context(), job.ID), 409, "already_finished")
	wantCode(t, h.owner.CancelRestore(t.Context(), contact.ID), 404, "not_found")
	_, err = h.owner.StartRestore(t.Context(), []string{gone.Operation}, client.RestoreRequest{})
	wantCode(t, err, 409, "already_restored")
	// The answer names the preference that was followed and where the job is.
	done, err := h.owner.Delete(t.Context(), "contact", contact.ID)
	must(t, err)
	resp, _ := h.raw(h.owner, "POST", "/api/v1/audit/operations/"+done.Operation+"/restore", nil, http.Header{"Prefer": {"wait=10, Respond-Async"}})
	if at := resp.Header.Get("Location"); resp.StatusCode != 202 || resp.Header.Get("Preference-Applied") != "respond-async" || !strings.HasPrefix(at, "/api/v1/audit/restores/") {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
}

// A deal is moved back to the stage it was in.
func TestUndoOfAMove(t *testing.T) {
	h := newHouse(t)
	_, stages, deals := h.pipeline("Sales", 1)
	to := stages[0].ID
	if deals[0].Text("stage") == to {
		to = stages[1].ID
	}
	_, err := h.owner.Update(t.Context(), "opportunity", deals[0].ID, client.Fields{"stage": to}, 0)
	must(t, err)
	e := h.last("opportunity.stage_changed")
	plan, err := h.owner.Undo(t.Context(), e.ID, client.RestoreRequest{DryRun: true})
	must(t, err)
	_, err = h.owner.Undo(t.Context(), e.ID, client.RestoreRequest{Plan: plan.Token})
	must(t, err)
	now, err := h.owner.Record(t.Context(), "opportunity", deals[0].ID)
	must(t, err)
	if now.Text("stage") != deals[0].Text("stage") {
		t.Errorf("it is in %s", now.Text("stage"))
	}
}

// A plan shows old values: whoever sees one looked at the log, however they came by it.
func TestEveryPlanIsAVisit(t *testing.T) {
	h := newHouse(t)
	rec := h.create("contact", client.Fields{"first_name": "Ana"})
	_, err := h.owner.Update(t.Context(), "contact", rec.ID, client.Fields{"first_name": "Bea"}, 0)
	must(t, err)
	change := h.last("contact.updated").ID
	gone, err := h.owner.Delete(t.Context(), "contact", h.create("contact", client.Fields{"first_name": "Carl"}).ID)
	must(t, err)
	background := http.Header{"Prefer": {"respond-async"}}
	var job string
	for _, look := range []struct {
		name, method, path, body string
		header                   http.Header
		status                   int
	}{
		{"an undo by an old plan", "POST", "/events/" + change + "/undo", `{"plan": "00"}`, nil, 409},
		{"a restore by an old plan", "POST", "/operations/" + gone.Operation + "/restore", `{"plan": "00"}`, nil, 409},
		{"one in the background by an old plan", "POST", "/operations/" + gone.Operation + "/restore", `{"plan": "00"}`, background, 409},
		{"one in the background", "POST", "/operations/" + gone.Operation + "/restore", `{}`, background, 202},
		{"its end", "GET", "/restores/", "", nil, 200},
		{"an undo", "POST", "/events/" + change + "/undo", `{}`, nil, 200},
	} {
		h.clock.advance(time.Hour)
		before := h.visits(t)
		var body io.Reader
		if look.body != "" {
			body = strings.NewReader(look.body)
		}
		resp, p := h.raw(h.owner, look.method, "/api/v1/audit"+strings.Replace(look.path, "/restores/", "/restores/"+job, 1), body, look.header)
		if resp.StatusCode != look.status {
			t.Fatalf("%s: %d %s", look.name, resp.StatusCode, p.Detail)
		}
		if at := resp.Header.Get("Location"); at != "" {
			job = at[strings.LastIndex(at, "/")+1:]
		}
		if n := h.visits(t) - before; n != 1 {
			t.Errorf("%s: %d visits are in the log", look.name, n)
		}
	}
	before := h.visits(t)
	resp, p := h.raw(h.member, "POST", "/api/v1/audit/events/"+change+"/undo", strings.NewReader(`{"plan": "00"}`), nil)
	if n := h.visits(t) - before; resp.StatusCode != 403 || n != 0 {
		t.Errorf("a member: %d %s, %d visits", resp.StatusCode, p.Code, n)
	}
}

// Who may not restore any more does not see either what they restored.
func TestRestoreJobAsksForTheRightAgain(t *testing.T) {
	h := newHouse(t)
	gone, err := h.owner.Delete(t.Context(), "contact", h.create("contact", client.Fields{"first_name": "Ana"}).ID)
	must(t, err)
	job, err := h.admin.StartRestore(t.Context(), []string{gone.Operation}, client.RestoreRequest{})
	must(t, err)
	_, err = h.admin.RestoreJob(t.Context(), job.ID)
	must(t, err)
	for _, left := range []string{`["audit.read"]`, `["audit.restore"]`, `["records.read"]`} {
		h.call(h.owner, "PATCH", "/roles", `{"admin": `+left+`}`, nil, 200, nil)
		_, err = h.admin.RestoreJob(t.Context(), job.ID)
		wantCode(t, err, 403, "forbidden")
		wantCode(t, h.admin.CancelRestore(t.Context(), job.ID), 403, "forbidden")
	}
}
