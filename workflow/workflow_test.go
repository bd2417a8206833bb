package workflow_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/modules"
	"github.com/backtrail/backtrail/workflow"
)

// all is the built-in schema with its catalog.
func all(t testing.TB) (*crm.Schema, *audit.Catalog) {
	t.Helper()
	schema, catalog, err := modules.All()
	if err != nil {
		t.Fatal(err)
	}
	return schema, catalog
}

func object(t testing.TB, key string) *crm.Object {
	t.Helper()
	schema, _ := all(t)
	o, err := schema.Object(key)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestTrigger(t *testing.T) {
	schema, _ := all(t)
	for _, c := range []struct {
		trigger                 workflow.Trigger
		valid, pattern, deletes bool
		object                  string // whose records it is about, "" when nobody knows
		about                   bool   // about records alone
		matches, others         []audit.Type
	}{
		{"contact.created", true, false, false, "contact", true, []audit.Type{"contact.created"}, []audit.Type{"contact.updated", "company.created", "contact.created.x"}},
		{"contact.*", true, true, false, "contact", true, []audit.Type{"contact.created", "contact.tag_added"}, []audit.Type{"company.created", "contacts.created"}},
		{"contact.deleted", true, false, true, "contact", true, []audit.Type{"contact.deleted"}, nil},
		{"*.deleted", true, true, true, "", false, []audit.Type{"contact.deleted", "staff.deleted"}, []audit.Type{"contact.created"}},
		{"*.login", true, true, false, "", false, []audit.Type{"session.login"}, []audit.Type{"session.logout"}},
		{"staff.removed", true, false, true, "staff", false, []audit.Type{"staff.removed"}, nil},
		{"staff.*", true, true, false, "staff", false, []audit.Type{"staff.role_changed"}, []audit.Type{"contact.created"}},
		{"integration.connected", true, false, false, "integration", false, nil, nil},
		{"session.login", true, false, false, "", false, []audit.Type{"session.login"}, nil},
		{"shop.order_placed", true, false, false, "", false, []audit.Type{"shop.order_placed"}, nil},
		{"workflow.failed", true, false, false, "workflow", true, []audit.Type{"workflow.failed"}, nil},
		{"*.*", false, true, false, "", false, nil, nil},
		{"", false, false, false, "", false, nil, nil},
		{"contact", false, false, false, "contact", true, nil, nil},
		{"contact.", false, false, false, "contact", true, nil, nil},
		{"Contact.created", false, false, false, "", false, nil, nil},
		{"contact.cre*", false, true, false, "contact", true, nil, nil},
		{"contact.created.twice", false, false, false, "contact", true, nil, nil},
		{"contact created", false, false, false, "", false, nil, nil},
	} {
		about := ""
		if o := c.trigger.Object(schema); o != nil {
			about = o.Key
		}
		if c.trigger.Valid() != c.valid || c.trigger.IsPattern() != c.pattern || c.trigger.Deletes() != c.deletes || about != c.object || c.trigger.AboutRecords(schema) != c.about {
			t.Errorf("%q is valid %v, a pattern %v, deletes %v, is about %q, about records alone %v", c.trigger, c.trigger.Valid(), c.trigger.IsPattern(), c.trigger.Deletes(), about, c.trigger.AboutRecords(schema))
		}
		for _, kind := range c.matches {
			if !c.trigger.Matches(kind) {
				t.Errorf("%q does not match %s", c.trigger, kind)
			}
		}
		for _, kind := range c.others {
			if c.trigger.Matches(kind) {
				t.Errorf("%q matches %s", c.trigger, kind)
			}
		}
	}
}

// flow is a workflow with one step.
func flow(trigger, action, settings string) workflow.Workflow {
	return workflow.Workflow{Trigger: workflow.Trigger(trigger), Steps: steps(action, settings)}
}

func steps(action, settings string) []workflow.Step {
	b, _ := json.Marshal([]map[string]string{{"action": action, "settings": settings}})
	return workflow.StepsOf(audit.Value(b))
}

func TestReadsLog(t *testing.T) {
	schema, _ := all(t)
	for _, c := range []struct {
		flow workflow.Workflow
		want bool
	}{
		{flow("contact.created", "add_tag", `{"tag":"a"}`), false},
		{flow("contact.*", "wait", `{"amount":1,"unit":"days"}`), false},
		{flow("contact.created", "call_webhook", `{"url":"https://example.com"}`), true},
		{flow("contact.created", "call_webhook", "unreadable"), true},
		{flow("session.login", "create_task", `{"title":"a"}`), true},
		{flow("*.created", "create_task", `{"title":"a"}`), true},
	} {
		if got := c.flow.ReadsLog(schema); got != c.want {
			t.Errorf("%s, then %s reads the log: %v", c.flow.Trigger, c.flow.Steps[0].Action, got)
		}
	}
}

func TestSettings(t *testing.T) {
	for _, c := range []struct {
		action, settings string
		want             workflow.Settings // nil for unreadable ones
		text             string            // as they are stored
	}{
		{"add_tag", `{"tag":"new"}`, workflow.Settings{"tag": "new"}, `{"tag":"new"}`},
		{"add_tag", ` { "tag" : "new", "on": "" } `, workflow.Settings{"tag": "new"}, `{"tag":"new"}`},
		{"add_tag", `{"tag":"a\"b\u00e9"}`, workflow.Settings{"tag": `a"bé`}, `{"tag":"a\"bé"}`},
		{"wait", `{"unit":"days","amount":3}`, workflow.Settings{"amount": "3", "unit": "days"}, `{"amount":3,"unit":"days"}`},
		{"wait", `{"amount":"03","unit":"days"}`, workflow.Settings{"amount": "03", "unit": "days"}, `{"amount":3,"unit":"days"}`},
		{"wait", `{"amount":1.5,"unit":"days"}`, workflow.Settings{"amount": "1.5", "unit": "days"}, `{"amount":"1.5","unit":"days"}`},
		{"set_field", `{"field":"type","value":null}`, workflow.Settings{"field": "type"}, `{"field":"type"}`},
		{"add_tag", "", workflow.Settings{}, ""},
		{"add_tag", "{}", workflow.Settings{}, ""},
		{"add_tag", "null", workflow.Settings{}, ""},
		{"add_tag", "vip", nil, "vip"},
		{"add_tag", `["tag"]`, nil, `["tag"]`},
		{"add_tag", `{"tag":["a"]}`, nil, `{"tag":["a"]}`},
		{"add_tag", `{"tag":true}`, nil, `{"tag":true}`},
		{"add_tag", `{"tag":"a"} x`, nil, `{"tag":"a"} x`},
	} {
		s := steps(c.action, c.settings)[0]
		if (s.Err == nil) != (c.want != nil) || s.Err != nil && !errs.Is(s.Err, errs.Invalid) {
			t.Errorf("%s: %v", c.settings, s.Err)
		}
		if s.Err == nil && !cmp.Equal(s.Settings, c.want) {
			t.Errorf("%s: %v", c.settings, cmp.Diff(c.want, s.Settings))
		}
		if got := s.Text(); got != c.text {
			t.Errorf("%s is stored as %s, want %s", c.settings, got, c.text)
		}
	}
}

// Every operator, on the types of fields that it is offered for.
func TestHolds(t *testing.T) {
	contact, deal := object(t, "contact"), object(t, "opportunity")
	change := func(field, before, after string) audit.Change {
		return audit.Change{Field: field, Before: audit.Value(before), After: audit.Value(after)}
	}
	of := func(o *crm.Object, fields map[string]audit.Value, changes ...audit.Change) workflow.Happening {
		return workflow.Happening{Event: &audit.Event{Changes: changes}, Object: o, Fields: fields}
	}
	ana := of(contact, map[string]audit.Value{"source": `"Trade Fair"`, "type": `"customer"`, "email": `"ana@example.com"`, "tags": `["vip","new"]`, "date_of_birth": `"1990-05-17"`, "dnd": "true"},
		change("source", `"Web"`, `"Trade Fair"`), change("tags", `["vip","old"]`, `["vip","new"]`))
	roof := of(deal, map[string]audit.Value{"value": `"10000.00"`, "name": `"Roof"`})
	bare := of(contact, map[string]audit.Value{})
	for _, c := range []struct {
		h                      workflow.Happening
		field, operator, value string
		want                   bool
	}{
		{ana, "source", "is", "trade fair", true},
		{ana, "source", "is", "trade", false},
		{ana, "source", "is_not", "Web", true},
		{ana, "source", "is_not", "Trade Fair", false},
		{ana, "source", "contains", "FAIR", true},
		{ana, "source", "contains", "web", false},
		{ana, "source", "lacks", "web", true},
		{ana, "source", "lacks", "fair", false},
		{ana, "source", "is_empty", "", false},
		{ana, "source", "is_not_empty", "", true},
		{ana, "source", "changed", "", true},
		{ana, "type", "changed", "", false},
		{ana, "source", "was", "web", true},
		{ana, "source", "was", "Trade Fair", false},
		{ana, "type", "was", "customer", false},
		{ana, "type", "is", "customer", true},
		{ana, "email", "contains", "@example", true},
		{ana, "email", "is", "ana@example.com", true},
		{ana, "tags", "contains", "VIP", true},
		{ana, "tags", "contains", "vi", false},
		{ana, "tags", "lacks", "old", true},
		{ana, "tags", "added", "new", true},
		{ana, "tags", "added", "vip", false},
		{ana, "tags", "added", "old", false},
		{ana, "tags", "removed", "Old", true},
		{ana, "tags", "removed", "new", false},
		{ana, "date_of_birth", "less", "1990-06-01", true},
		{ana, "date_of_birth", "greater", "1990-06-01", false},
		{ana, "dnd", "is", "true", true},
		{ana, "dnd", "is", "", false},
		{roof, "value", "greater", "9999.99", true},
		{roof, "value", "greater", "10000", false},
		{roof, "value", "less", "20000", true},
		{roof, "value", "is", "10000.0", true},
		{roof, "value", "is_not", "10000", false},
		{bare, "source", "is", "Web", false},
		{bare, "source", "is_not", "Web", true},
		{bare, "source", "is_empty", "", true},
		{bare, "dnd", "is", "false", true},
		{bare, "tags", "lacks", "vip", true},
		{bare, "tags", "added", "vip", false},
		{bare, "date_of_birth", "less", "1990-06-01", false},
		{bare, "date_of_birth", "greater", "1990-06-01", false},
	} {
		got, err := workflow.Condition{Field: c.field, Operator: c.operator, Value: c.value}.Holds(c.h)
		if err != nil || got != c.want {
			t.Errorf("%s %s %q of %v: %v, %v", c.field, c.operator, c.value, c.h.Fields[c.field], got, err)
		}
	}
	// What nobody can tell is an error, and no silent no.
	for name, c := range map[string]struct {
		h    workflow.Happening
		cond workflow.Condition
	}{
		"no record":    {workflow.Happening{Event: &audit.Event{}}, workflow.Condition{Field: "source", Operator: "is", Value: "Web"}},
		"field gone":   {ana, workflow.Condition{Field: "campaign", Operator: "is", Value: "Web"}},
		"no operator":  {ana, workflow.Condition{Field: "source", Operator: "resembles", Value: "Web"}},
		"does not fit": {ana, workflow.Condition{Field: "source", Operator: "greater", Value: "Web"}},
		"no number":    {roof, workflow.Condition{Field: "value", Operator: "greater", Value: "many"}},
		"option gone":  {ana, workflow.Condition{Field: "type", Operator: "is", Value: "friend"}},
	} {
		if holds, err := c.cond.Holds(c.h); holds || !errs.Is(err, errs.NotPossible) {
			t.Errorf("%s: %v, %v", name, holds, err)
		}
	}
}

func TestWords(t *testing.T) {
	schema, catalog := all(t)
	words := workflow.Words{Schema: schema, Catalog: catalog, Name: func(_, id string) string { return map[string]string{"1": "Bea", "2": "Won", "3": "Thanks"}[id] }}
	for _, c := range []struct {
		trigger, conditions, action, settings, want string
	}{
		{"contact.created", `[{"field":"source","operator":"is","value":"Web"},{"field":"dnd","operator":"is","value":"false"}]`, "add_tag", `{"tag":"new"}`,
			`When a new contact was made, if Source is "Web" and Do not disturb is "no", then add the tag "new".`},
		{"contact.*", `[{"field":"type","operator":"was","value":"lead"},{"field":"owner","operator":"is_empty"}]`, "remove_tag", `{"tag":"new"}`,
			`When anything happens to a contact, if Type was before it "Lead" and Owner is empty, then remove the tag "new".`},
		{"opportunity.created", "", "set_field", `{"on":"contact","field":"type","value":"customer"}`, `When a new opportunity was made, then set Type of its contact to "Customer".`},
		{"contact.created", "", "set_field", `{"field":"source"}`, `When a new contact was made, then clear Source.`},
		{"contact.created", "", "change_owner", `{"owner":"1"}`, `When a new contact was made, then give it to Bea.`},
		{"contact.created", "", "change_owner", "", `When a new contact was made, then take the owner away.`},
		{"opportunity.created", "", "move_to_stage", `{"stage":"2"}`, `When a new opportunity was made, then move it to the stage "Won".`},
		{"*.deleted", "", "create_task", `{"title":"Look","assignee":"9","due_days":1}`, `When something of any kind was deleted, then create the task "Look" for (gone), due in 1 day.`},
		{"shop.order_placed", "", "create_task", `{"title":"Pack","assignee":"owner","due_days":2}`,
			`When an event of the type shop.order_placed comes in, then create the task "Pack" for whoever owns it, due in 2 days.`},
		{"contact.created", "", "send_email", `{"template":"3"}`, `When a new contact was made, then send the email "Thanks".`},
		{"contact.created", "", "call_webhook", `{"url":"https://hooks.example.com/s3cret?key=1"}`, `When a new contact was made, then call the webhook at hooks.example.com.`},
		{"contact.created", "", "call_webhook", "", `When a new contact was made, then call the webhook at an address.`},
		{"contact.created", `[{"field":"campaign","operator":"is","value":"x"}]`, "wait", `{"amount":1,"unit":"hours"}`, `When a new contact was made, if "campaign" (gone) is "x", then wait 1 hour.`},
	} {
		f := flow(c.trigger, c.action, c.settings)
		f.Conditions = workflow.ConditionsOf(audit.Value(c.conditions))
		if got := words.Summary(f); got != c.want {
			t.Errorf("%s, %s:\n%s\nwant\n%s", c.trigger, c.action, got, c.want)
		}
	}
	if got, want := words.Summary(workflow.Workflow{Trigger: "contact.created"}), "When a new contact was made, nothing follows yet."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestTargets(t *testing.T) {
	schema, _ := all(t)
	fitting := func(action, of string, gone bool) (paths []string) {
		a, _ := workflow.ActionOf(action)
		for _, target := range a.Fitting(schema, object(t, of), gone) {
			paths = append(paths, target.Path)
		}
		return paths
	}
	for _, c := range []struct {
		action, of string
		gone       bool
		want       []string
	}{
		{"send_email", "contact", false, []string{""}},
		{"send_email", "contact", true, nil},
		{"send_email", "opportunity", true, []string{"contact"}},
		{"send_email", "message", false, []string{"conversation.contact"}},
		{"move_to_stage", "contact", false, nil},
		{"change_owner", "staff", false, nil},
		{"add_tag", "workflow", false, nil},
	} {
		if got := fitting(c.action, c.of, c.gone); !cmp.Equal(got, c.want) {
			t.Errorf("%s of a %s, gone %v: %q, want %q", c.action, c.of, c.gone, got, c.want)
		}
	}
}
