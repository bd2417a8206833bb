package web

import (
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
)

// run seals, and does what workflows say, until nothing more follows.
func (w *world) run() {
	w.t.Helper()
	for range 5 {
		if err := w.db.Seal(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		if err := w.ws.Automation.CatchUp(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
}

// A workflow is put together by buttons alone, saved, seen to run, and switched off.
func TestWorkflowPages(t *testing.T) {
	w := newWorld(t)
	letter := w.create("template", "name", "Welcome letter", "channel", "email", "subject", "Hello", "body", "Dear {{first_name}}")
	form := formFields(t, w.owner.get("/workflows/new").want(t, 200, "New workflow", "Contact created", "Contact: anything"), "/workflows")
	form = with(form, "name", "Welcome", "trigger", "contact.created", "steps.0.action", "send_email")
	// The buttons give the form back with a row more or less, and save nothing.
	form = formFields(t, w.owner.post("/workflows", append(form, "_do", "add_condition")...).want(t, 200, "Condition 1"), "/workflows")
	form = with(form, "conditions.0.field", "source")
	form = formFields(t, w.owner.post("/workflows", append(form, "_do", "add_step")...).want(t, 200, "Step 2", "Welcome letter"), "/workflows")
	form = with(form, "conditions.0.value", "Web", "steps.0.template", string(letter.ID), "steps.1.action", "wait")
	form = formFields(t, w.owner.post("/workflows", append(form, "_do", "refresh")...).want(t, 200, "minutes"), "/workflows")
	form = with(form, "steps.1.amount", "2")
	form = formFields(t, w.owner.post("/workflows", append(form, "_do", "up.1")...), "/workflows")
	form = formFields(t, w.owner.post("/workflows", append(form, "_do", "add_step")...), "/workflows")
	form = formFields(t, w.owner.post("/workflows", append(form, "_do", "remove.0")...), "/workflows")
	w.owner.post("/workflows", with(form, "enabled", "true")...).want(t, 422, "Step 2, add a tag: tag must be given.", `aria-invalid="true"`)
	form = with(form, "steps.1.tag", "greeted")
	w.owner.post("/workflows", append(form, "_do", "refresh")...).want(t, 200,
		`When a new contact was made, if Source is "Web", then send the email "Welcome letter", then add the tag "greeted".`)
	a := w.owner.post("/workflows", with(form, "enabled", "true")...)
	here := a.location
	w.owner.get(here).want(t, 200, "Enabled", `Source is "Web"`, `Send the email "Welcome letter"`, "It has not run yet", "Switch off")

	ana := w.create("contact", "first_name", "Ana", "email", "ana@example.com", "source", "Web")
	w.create("contact", "first_name", "Bo", "source", "Fair")
	w.create("contact", "first_name", "Cy", "source", "Web")
	w.run()
	w.owner.get("/contacts/"+string(ana.ID)).want(t, 200, "greeted", "Email with Ana")
	page := w.owner.get(here).want(t, 200, "Done", "Failed", "2 of 2", "0 of 2", `Created contact &#34;Ana&#34;`, `Step 1 (Send an email): &#34;Cy&#34; has no email address.`).wantNot(t, "Bo")
	runs := between(page.body, `href="`+here+`/runs/`, `"`)
	if len(runs) != 2 {
		t.Fatalf("the runs are %q", runs)
	}
	w.owner.get(here+"/runs/"+runs[1]).want(t, 200, "Run of", "Done", `Added the tag &#34;greeted&#34; to contact &#34;Ana&#34;`, "/settings/audit-logs/events/", "/contacts/"+string(ana.ID))
	w.owner.get(here+"/runs/"+runs[0]).want(t, 200, "Failed", "Not done", "has no email address")
	// The log says why.
	event := w.newestOf(t, "contact.tag_added")
	w.owner.get("/settings/audit-logs/events/"+event).want(t, 200, "Workflow", "Welcome", `Created contact &#34;Ana&#34;`)
	cause := w.newestOf(t, "workflow.failed")
	w.owner.get("/settings/audit-logs/events/"+cause).want(t, 200, "failed", `Created contact &#34;Cy&#34;`)
	// Who sees only their own sees no runs; others do not find a run under another workflow.
	w.owner.get("/workflows/"+string(letter.ID)+"/runs/"+runs[0]).want(t, 404)
	w.owner.get(here+"/runs/nonsense").want(t, 404)

	edit := formFields(t, w.owner.get(here+"/edit").want(t, 200, "Welcome letter"), here)
	w.owner.post(here+"/enabled", "enabled", "false").to(t, here)
	w.owner.get(here).want(t, 200, "Off", "is switched off")
	w.owner.post(here, with(edit, "name", "Hello")...).want(t, 422, "Somebody changed this workflow while you did.")
	edit = formFields(t, w.owner.get(here+"/edit"), here)
	w.owner.post(here, with(edit, "name", "Hello")...).to(t, here)
	if got := w.record("workflow", audit.RecordID(strings.TrimPrefix(here, "/workflows/"))); got.Name != "Hello" || got.Fields["enabled"].Bool() {
		t.Errorf("it is %v", got.Fields)
	}
	w.owner.get("/workflows").want(t, 200, "Hello", "contact.created")
}

// The field of a webhook's address says who sees it: it is a plain setting, and the log keeps it with its path.
func TestWebhookAddressIsNoSecret(t *testing.T) {
	w := newWorld(t)
	form := with(formFields(t, w.owner.get("/workflows/new"), "/workflows"), "name", "Hook", "trigger", "contact.created", "steps.0.action", "call_webhook")
	form = formFields(t, w.owner.post("/workflows", append(form, "_do", "refresh")...).want(t, 200, "sees this address, and the log keeps it"), "/workflows")
	w.owner.post("/workflows", with(form, "steps.0.url", "https://hooks.example.com/s3cret")...)
	w.run()
	w.owner.get("/settings/audit-logs/events/"+w.newestOf(t, "workflow.created")).want(t, 200, "s3cret")
}

// A trigger that the catalog does not have is taken, and the page says what that means.
func TestWorkflowOfUnknownType(t *testing.T) {
	w := newWorld(t)
	form := formFields(t, w.owner.get("/workflows/new"), "/workflows")
	form = with(form, "name", "Orders", "trigger", "other", "steps.0.action", "create_task")
	form = formFields(t, w.owner.post("/workflows", append(form, "_do", "refresh")...).want(t, 200, "Type or pattern"), "/workflows")
	form = with(form, "trigger.other", "shop.order_placed", "steps.0.title", "Pack it")
	w.owner.post("/workflows", append(form, "_do", "refresh")...).want(t, 200, "No event of this type is known here now", "no fields to ask for")
	here := w.owner.post("/workflows", with(form, "enabled", "true")...).location
	w.owner.get(here).want(t, 200, "an event of the type shop.order_placed comes in", `Create the task "Pack it"`)
	w.owner.post("/workflows", with(form, "name", "Wrong", "trigger.other", "everything")...).want(t, 422, "Trigger must be an event type")
	w.member.get(here).want(t, 200)
}

// Who may not read the log is offered no workflow that does, is refused one, and can still switch one off.
func TestWorkflowsWithoutTheLog(t *testing.T) {
	w := newWorld(t)
	w.member.get("/workflows/new").want(t, 200, "contact.created", "opportunity.*").
		wantNot(t, "session.login", "staff.*", "*.updated", "call_webhook", "Records of every kind")
	w.owner.get("/workflows/new").want(t, 200, "session.login", "staff.*", "*.updated", "call_webhook")
	form := []string{"name", "Logins", "trigger", "other", "trigger.other", "session.login", "steps.0.action", "create_task", "steps.0.title", "Look"}
	w.member.post("/workflows", form...).want(t, 403, "audit.read")
	here := w.owner.post("/workflows", append(form, "enabled", "true")...).location
	const note = "It works with what stands in the audit log."
	w.owner.get(here).want(t, 200, "Switch off").wantNot(t, note)
	w.member.get(here).want(t, 200, note, "Switch off")
	w.member.post(here+"/enabled", "enabled", "false").to(t, here)
	w.member.get(here).want(t, 200, note).wantNot(t, ">Enable<")
	w.member.post(here+"/enabled", "enabled", "true").want(t, 403, "audit.read")
	// Its own choice stays chosen in the editor.
	w.member.get(here+"/edit").want(t, 200, "session.login")

	flow := w.create("workflow", "name", "Fair", "trigger", "contact.updated", "steps", `[{"action":"create_task","settings":"{\"title\":\"Look\"}"}]`, "enabled", "true")
	w.update(w.create("contact", "first_name", "Ana"), "source", "Fair")
	w.run()
	here = "/workflows/" + string(flow.ID)
	runs := between(w.owner.get(here).want(t, 200, "Updated Source of contact &#34;Ana&#34;").body, `href="`+here+`/runs/`, `"`)
	w.member.get(here).want(t, 200, "Contact updated: Ana").wantNot(t, "Updated Source", note)
	w.member.get(here+"/runs/"+runs[0]).want(t, 200, "Contact updated: Ana").wantNot(t, "Updated Source", "/settings/audit-logs")
	w.update(w.record("staff", w.memberID), "permissions", "records.only_assigned")
	w.member.get(here+"/runs/"+runs[0]).want(t, 403)
}

// between lists what stands between two texts, each time.
func between(body, before, after string) (out []string) {
	for {
		_, rest, ok := strings.Cut(body, before)
		if !ok {
			return out
		}
		var text string
		text, body, _ = strings.Cut(rest, after)
		out = append(out, text)
	}
}
