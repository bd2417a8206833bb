package automation_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/webhook"
)

// Every step does what it says, as the workflow, because of the event.
func TestSteps(t *testing.T) {
	w := newWorld(t)
	bea := w.create("staff", "name", "Bea", "email", "bea@example.com", "role", "member", "status", "active")
	pipe := w.create("pipeline", "name", "Sales")
	first := w.create("stage", "pipeline", string(pipe.ID), "name", "New", "position", "1")
	second := w.create("stage", "pipeline", string(pipe.ID), "name", "Talking", "position", "2")
	letter := w.create("template", "name", "Thanks", "channel", "email", "subject", "Hello {{contact.first_name}}", "body", "Dear {{first_name}} {{last_name}},\nthanks.")
	flow := w.flow("Deals", "opportunity.created", "",
		"move_to_stage", `{"stage":"`+string(second.ID)+`"}`,
		"change_owner", `{"owner":"`+string(bea.ID)+`"}`,
		"set_field", `{"field":"source","value":"Fair"}`,
		"add_tag", `{"on":"contact","tag":"buyer"}`,
		"remove_tag", `{"on":"contact","tag":"cold"}`,
		"create_task", `{"on":"contact","title":"Call","assignee":"owner","due_days":2}`,
		"send_email", `{"on":"contact","template":"`+string(letter.ID)+`"}`,
		"call_webhook", `{"url":"https://hooks.example.com/secret"}`,
		"wait", `{"amount":3,"unit":"hours"}`,
		"set_field", `{"on":"contact","field":"type","value":"customer"}`)
	ana := w.create("contact", "first_name", "Ana", "last_name", "Silva", "email", "ana@example.com", "tags", "cold")
	deal := w.create("opportunity", "name", "Roof", "pipeline", string(pipe.ID), "stage", string(first.ID), "contact", string(ana.ID))
	w.run()
	before := []string{
		`Moved "Roof" from New to Talking`, `Changed the owner of "Roof" from nothing to Bea`, `Updated Source of opportunity "Roof"`,
		`Added the tag "buyer" to contact "Ana Silva"`, `Removed the tag "cold" from contact "Ana Silva"`, `Created task "Call"`,
		`Created conversation "Email with Ana Silva"`, `Created message "Hello Ana"`, `Workflow "Deals" called the webhook at hooks.example.com`,
	}
	w.wantDid(before...)
	cause := w.events("opportunity.created")[0].ID
	for _, e := range w.events("") {
		if e.Actor.Type != audit.Workflow || string(e.Actor.ID) != string(flow.ID) || e.Actor.Name != "Deals" || e.Channel != audit.WorkflowChannel {
			t.Errorf("%s is by %+v over %s", e.Description, e.Actor, e.Channel)
		}
		if e.Leads() && e.Cause != cause {
			t.Errorf("%s has the cause %q", e.Description, e.Cause)
		}
	}
	w.wantRuns(flow, "waiting")
	w.pass(3*time.Hour - time.Minute)
	w.run()
	w.wantRuns(flow, "waiting")
	w.pass(2 * time.Minute)
	w.run()
	w.wantRuns(flow, "done")

	rec := w.record("opportunity", deal.ID)
	if rec.Fields["stage"].Text() != string(second.ID) || rec.Fields["owner"].Text() != string(bea.ID) || rec.Fields["source"].Text() != "Fair" {
		t.Errorf("the opportunity is %v", rec.Fields)
	}
	contact := w.record("contact", ana.ID)
	if contact.Fields["type"].Text() != "customer" || contact.Fields["tags"].Text() != `["buyer"]` {
		t.Errorf("the contact is %v", contact.Fields)
	}
	task := w.record("task", w.events("task.created")[0].Record.ID)
	if task.Fields["assignee"].Text() != string(bea.ID) || task.Fields["contact"].Text() != string(ana.ID) || !strings.HasPrefix(task.Fields["due"].Text(), "2026-03-04T09:00") {
		t.Errorf("the task is %v", task.Fields)
	}
	message := w.record("message", w.events("message.created")[0].Record.ID)
	if message.Fields["body"].Text() != "Dear Ana Silva,\nthanks." || message.Fields["to"].Text() != "ana@example.com" || message.Fields["status"].Text() != "queued" {
		t.Errorf("the message is %v", message.Fields)
	}
	var body struct {
		Workflow struct{ ID, Name string }
		Run      string
		Step     int
		Event    struct{ ID, Type string }
	}
	if err := json.Unmarshal(w.poster.bodies[0], &body); err != nil || body.Event.ID != string(cause) || body.Step != 8 || body.Workflow.Name != "Deals" {
		t.Errorf("the webhook got %s, %v", w.poster.bodies[0], err)
	}
	run := w.runs(flow)[0]
	if len(run.Trail) != 10 || run.Trail[0].Event == "" || run.Trail[8].Event != "" || run.EndedAt.IsZero() {
		t.Errorf("the trail is %+v", run.Trail)
	}
}

// A workflow that cannot be done is refused when it is saved, and the mistake names its step.
func TestRefusedWorkflows(t *testing.T) {
	w := newWorld(t)
	sms := w.create("template", "name", "Short", "channel", "sms", "body", "Hi")
	for name, c := range map[string]struct {
		trigger, conditions string
		steps               []string
		field, says         string
	}{
		"no such trigger":     {"everything", "", []string{"wait", `{"amount":1,"unit":"days"}`}, "trigger", "event type"},
		"no settings":         {"contact.created", "", []string{"add_tag", ``}, "steps.0.tag", "Step 1, add a tag: tag must be given."},
		"not JSON":            {"contact.created", "", []string{"add_tag", `vip`}, "steps.0.settings", "JSON object"},
		"another setting":     {"contact.created", "", []string{"add_tag", `{"tag":"a","to":"b"}`}, "steps.0.settings", `no setting "to"`},
		"second step":         {"contact.created", "", []string{"add_tag", `{"tag":"a"}`, "set_field", `{"field":"colour","value":"red"}`}, "steps.1.field", `Step 2, set a field: a contact has no field "colour".`},
		"wrong value":         {"contact.created", "", []string{"set_field", `{"field":"type","value":"friend"}`}, "steps.0.value", "must be one of"},
		"computed":            {"invoice.sent", "", []string{"set_field", `{"field":"total","value":"1"}`}, "steps.0.field", "cannot be set"},
		"staff":               {"staff.added", "", []string{"set_field", `{"field":"role","value":"owner"}`}, "steps.0.on", "cannot be done to the staff"},
		"no stage":            {"contact.created", "", []string{"move_to_stage", `{"stage":"x"}`}, "steps.0.on", "cannot be done"},
		"no contact":          {"pipeline.created", "", []string{"send_email", `{"template":"x"}`}, "steps.0.on", "cannot be done"},
		"no template":         {"contact.created", "", []string{"send_email", `{"template":"` + string(w.owner) + `"}`}, "steps.0.template", "nothing that is there"},
		"template for SMS":    {"contact.created", "", []string{"send_email", `{"template":"` + string(sms.ID) + `"}`}, "steps.0.template", "not one for email"},
		"deleted record":      {"contact.deleted", "", []string{"add_tag", `{"tag":"a"}`}, "steps.0.on", "deleted by then"},
		"any record":          {"*.created", "", []string{"add_tag", `{"tag":"a"}`}, "steps.0.on", "one kind of record"},
		"no wait":             {"contact.created", "", []string{"wait", `{"amount":0,"unit":"days"}`}, "steps.0.amount", "whole number"},
		"for ever":            {"contact.created", "", []string{"wait", `{"amount":366,"unit":"days"}`}, "steps.0.amount", "a year"},
		"no unit":             {"contact.created", "", []string{"wait", `{"amount":1,"unit":"weeks"}`}, "steps.0.unit", "minutes, hours or days"},
		"condition's field":   {"contact.created", `[{"field":"colour","operator":"is","value":"red"}]`, []string{"wait", `{"amount":1,"unit":"days"}`}, "conditions.0.field", `Condition 1: a contact has no field "colour".`},
		"condition's type":    {"contact.created", `[{"field":"type","operator":"greater","value":"lead"}]`, []string{"wait", `{"amount":1,"unit":"days"}`}, "conditions.0.operator", "cannot be asked that"},
		"condition's value":   {"opportunity.created", `[{"field":"value","operator":"greater","value":"many"}]`, []string{"wait", `{"amount":1,"unit":"days"}`}, "conditions.0.value", "must be a number"},
		"condition unfounded": {"*.created", `[{"field":"type","operator":"is","value":"lead"}]`, []string{"wait", `{"amount":1,"unit":"days"}`}, "conditions.0.field", "one kind of record"},
	} {
		_, err := w.tryFlow(name, c.trigger, c.conditions, c.steps...)
		if !errs.Is(err, errs.Invalid) || len(errs.Of(err).Fields) != 1 || errs.Of(err).Fields[0].Field != c.field || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, %+v", name, err, errs.Of(err))
		}
	}
	// An event type of a module that is not there is no mistake: it may come.
	flow := w.flow("Later", "spaceship.launched", "", "wait", `{"amount":1,"unit":"minutes"}`)
	other := w.flow("Now", "contact.created", "", "add_tag", `{"tag":"new"}`)
	w.create("contact", "first_name", "Ana")
	w.run()
	w.wantRuns(flow)
	w.wantRuns(other, "done")
}

// Webhooks in private networks are refused when a workflow is saved, unless the server allows them.
func TestRefusedWebhooks(t *testing.T) {
	w := newWorld(t)
	for _, address := range []string{"http://example.com/", "https://127.0.0.1/", "https://10.0.0.1:8443/x", "https://user:pass@example.com/", "ftp://example.com", "nonsense", "https://example.com/#x"} {
		w.ws.Automation.Poster = webhook.New("Test/1", false)
		_, err := w.tryFlow("Hook", "contact.created", "", "wait", `{"amount":1,"unit":"days"}`, "call_webhook", `{"url":"`+address+`"}`)
		if !errs.Is(err, errs.Invalid) || errs.Of(err).Fields[0].Field != "steps.1.url" || !strings.Contains(err.Error(), "Step 2, call a webhook: the webhook must") {
			t.Errorf("%s: %v", address, err)
		}
	}
	w.ws.Automation.Poster = webhook.New("Test/1", true)
	w.flow("Hook", "contact.created", "", "call_webhook", `{"url":"http://127.0.0.1:1/x"}`)
}
