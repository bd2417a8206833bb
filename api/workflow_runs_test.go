package api_test

import (
	"testing"
	"time"

	"github.com/backtrail/backtrail/client"
)

// ranWorkflow is a workflow of the house with a run that is done.
func (h *house) ranWorkflow() (client.Record, client.WorkflowRun) {
	h.t.Helper()
	flow := h.create("workflow", client.Fields{"name": "Welcome", "trigger": "contact.created", "enabled": true, "conditions": []any{map[string]any{"field": "source", "operator": "is", "value": "Web"}},
		"steps": []any{map[string]any{"action": "add_tag", "settings": `{"tag":"new"}`}, map[string]any{"action": "create_task", "settings": `{"title":"Call","due_days":1}`}}})
	h.create("contact", client.Fields{"first_name": "Not from the web"})
	h.create("contact", client.Fields{"first_name": "Web", "source": "Web"})
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		page, err := h.owner.WorkflowRuns(h.t.Context(), flow.ID, client.Paging{})
		must(h.t, err)
		if len(page.Items) == 1 && page.Items[0].Status == "done" {
			return flow, page.Items[0]
		}
	}
	h.t.Fatal("the workflow does not run")
	return flow, client.WorkflowRun{}
}

func TestWorkflowRuns(t *testing.T) {
	h := newHouse(t)
	flow, run := h.ranWorkflow()
	if run.Workflow.ID != flow.ID || run.Workflow.Name != "Welcome" || run.EventType != "contact.created" || run.Record == nil || run.Record.Name != "Web" || run.Depth != 1 || run.EndedAt.IsZero() {
		t.Errorf("the run is %+v", run)
	}
	if len(run.Steps) != 2 || run.Steps[0].Settings["tag"] != "new" || run.Steps[1].Settings["due_days"] != "1" || run.Steps[1].DoneAt.IsZero() {
		t.Errorf("its steps are %+v", run.Steps)
	}
	event, err := h.owner.Event(t.Context(), run.Steps[0].Event)
	must(t, err)
	if event.Type != "contact.tag_added" || event.Actor.Type != "workflow" || event.Actor.ID != flow.ID || event.Channel != "workflow" || event.Cause != run.Event {
		t.Errorf("it made %+v", event)
	}
	cause, err := h.owner.Event(t.Context(), run.Event)
	must(t, err)
	if len(cause.Caused) != 2 {
		t.Errorf("it caused %+v", cause.Caused)
	}
	same, err := h.owner.WorkflowRun(t.Context(), flow.ID, run.ID)
	must(t, err)
	if same.ID != run.ID || len(same.Steps) != 2 {
		t.Errorf("by itself it is %+v", same)
	}
	// Paging.
	h.create("contact", client.Fields{"first_name": "Second", "source": "Web"})
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		page, err := h.owner.WorkflowRuns(t.Context(), flow.ID, client.Paging{Limit: 1})
		must(t, err)
		if page.Next != "" {
			older, err := h.owner.WorkflowRuns(t.Context(), flow.ID, client.Paging{Limit: 1, Cursor: page.Next})
			must(t, err)
			if len(older.Items) != 1 || older.Items[0].ID != run.ID || older.Next != "" {
				t.Errorf("the second page is %+v", older)
			}
			break
		}
		if time.Now().After(end) {
			t.Fatal("there is no second run")
		}
	}
	// The runs of a workflow that was deleted are there still; another workflow has none of them.
	other := h.create("workflow", client.Fields{"name": "Other", "trigger": "contact.created"})
	_, err = h.owner.WorkflowRun(t.Context(), other.ID, run.ID)
	wantCode(t, err, 404, "not_found")
	_, err = h.owner.Delete(t.Context(), "workflow", flow.ID)
	must(t, err)
	_, err = h.owner.WorkflowRun(t.Context(), flow.ID, run.ID)
	must(t, err)
	// A mistake names its step.
	_, err = h.owner.Create(t.Context(), "workflow", client.Fields{"name": "Wrong", "trigger": "contact.created", "steps": []any{map[string]any{"action": "add_tag", "settings": "vip"}}})
	wantCode(t, err, 400, "invalid_settings")
	p := err.(*client.Problem)
	if len(p.Fields) != 1 || p.Fields[0].Field != "steps.0.settings" {
		t.Errorf("the mistake is at %+v", p.Fields)
	}
}

// Who may not read the log does not have a workflow read it for them, and sees runs without its words.
func TestWorkflowsWithoutTheLog(t *testing.T) {
	h := newHouse(t)
	flow, run := h.ranWorkflow()
	seen, err := h.member.WorkflowRun(t.Context(), flow.ID, run.ID)
	must(t, err)
	if run.Description == "" || seen.Description != "" || seen.Record == nil || seen.Record.Name != "Web" {
		t.Errorf("a member sees %+v of %+v", seen, run)
	}
	for _, fields := range []client.Fields{
		{"name": "Hook", "trigger": "contact.created", "steps": []any{map[string]any{"action": "call_webhook", "settings": `{"url":"https://hooks.example.com/"}`}}},
		{"name": "Logins", "trigger": "session.login"},
	} {
		_, err := h.member.Create(t.Context(), "workflow", fields)
		wantCode(t, err, 403, "forbidden")
		_, err = h.admin.Create(t.Context(), "workflow", fields)
		must(t, err)
	}
	// Who sees only what is assigned to them sees no runs.
	mia := h.hire("Mia", "mia@acme.test", "member")
	_, err = h.owner.Update(t.Context(), "staff", mia.ID, client.Fields{"permissions": []string{"records.only_assigned"}}, 0)
	must(t, err)
	narrow := h.loggedIn("mia@acme.test")
	_, err = narrow.WorkflowRuns(t.Context(), flow.ID, client.Paging{})
	wantCode(t, err, 403, "forbidden")
	_, err = narrow.WorkflowRun(t.Context(), flow.ID, run.ID)
	wantCode(t, err, 403, "forbidden")
}
