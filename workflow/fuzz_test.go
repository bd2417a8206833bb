package workflow_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workflow"
)

// FuzzSettings reads any text as the settings of a step: what is stored again reads as the same, and stays so.
func FuzzSettings(f *testing.F) {
	for _, text := range []string{"", "{}", "null", "vip", `{"tag":"new"}`, `{"amount":3,"unit":"days"}`, `{"amount":"007"}`, `{"amount":1e3}`, `{"amount":-0}`, `{"tag":["a"]}`,
		`{"title":"\u0000\ud800 é"}`, `{"tag":"a","tag":"b"}`, `{"on":null,"x":"y"}`, `[1]`, `{"url":"https://example.com/?a=<b>&c"}`} {
		for i := range workflow.Actions {
			f.Add(text, i)
		}
	}
	f.Fuzz(func(t *testing.T, text string, n int) {
		action := workflow.Actions[uint(n)%uint(len(workflow.Actions))]
		first := steps(action.Key, text)[0]
		first.Pause()
		stored := workflow.StepsInput([]workflow.Step{first})
		if !json.Valid(stored) {
			t.Fatalf("%q is stored as %s", text, stored)
		}
		second := workflow.StepsOf(audit.Value(stored))[0]
		if (first.Err == nil) != (second.Err == nil) || second.Text() != first.Text() {
			t.Fatalf("%q is stored as %q, and then as %q: %v, %v", text, first.Text(), second.Text(), first.Err, second.Err)
		}
		for _, setting := range action.Settings {
			a, b := first.Settings[setting.Key], second.Settings[setting.Key]
			if first.Err == nil && a != b && setting.Kind != workflow.Count {
				t.Fatalf("the setting %s of %q is %q, and then %q", setting.Key, text, a, b)
			}
		}
	})
}

// FuzzConditions asks anything of a contact and an opportunity: there is an answer or a reason, and a condition is stored
// as it is.
func FuzzConditions(f *testing.F) {
	contact, deal := object(f, "contact"), object(f, "opportunity")
	f.Add("source", "is", "Web", "Web")
	f.Add("value", "greater", "1e999999999", "10")
	f.Add("value", "less", "-0.00", "10000000000000000")
	f.Add("tags", "added", "vip", "vip")
	f.Add("date_of_birth", "less", "1990-02-30", "1990-01-01")
	f.Add("phone", "contains", "+", "+351")
	f.Add("email", "was", "@", "a@b.c")
	f.Add("", "", "", "")
	f.Fuzz(func(t *testing.T, field, operator, value, have string) {
		c := workflow.Condition{Field: strings.ToValidUTF8(field, ""), Operator: strings.ToValidUTF8(operator, ""), Value: strings.ToValidUTF8(value, "")}
		for _, o := range []*crm.Object{contact, deal, nil} {
			text := audit.String(strings.ToValidUTF8(have, ""))
			h := workflow.Happening{Object: o, Fields: map[string]audit.Value{c.Field: text},
				Event: &audit.Event{Changes: []audit.Change{{Field: c.Field, Before: audit.None, After: text}}}}
			holds, err := c.Holds(h)
			if err != nil && (holds || !errs.Is(err, errs.NotPossible)) {
				t.Fatalf("%+v: %v, %v", c, holds, err)
			}
			opposite := map[string]string{"is": "is_not", "contains": "lacks", "is_empty": "is_not_empty"}[c.Operator]
			if opposite == "" || err != nil {
				continue
			}
			other := c
			other.Operator = opposite
			if not, err := other.Holds(h); err != nil || not == holds {
				t.Fatalf("%+v is %v, and %s is %v: %v", c, holds, opposite, not, err)
			}
		}
		again := workflow.ConditionsOf(audit.Value(workflow.ConditionsInput([]workflow.Condition{c})))
		if diff := cmp.Diff([]workflow.Condition{c}, again); diff != "" {
			t.Fatalf("it is stored as another one:\n%s", diff)
		}
	})
}

// FuzzTrigger takes any text for a trigger, and says any in words.
func FuzzTrigger(f *testing.F) {
	schema, catalog := all(f)
	words := workflow.Words{Schema: schema, Catalog: catalog, Name: func(string, string) string { return "" }}
	for _, text := range []string{"contact.created", "contact.*", "*.deleted", "*.*", "*", ".", "a.b.c", "shop.order_placed", "staff.", "", "*.updated\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		trigger := workflow.Trigger(text)
		if words.Summary(workflow.Workflow{Trigger: trigger}) == "" {
			t.Fatal("no words")
		}
		about := trigger.AboutRecords(schema)
		if about && trigger.Object(schema) == nil {
			t.Fatalf("%q is about records of nothing", text)
		}
		if !trigger.Valid() {
			return
		}
		if !trigger.IsPattern() && !trigger.Matches(audit.Type(text)) {
			t.Fatalf("%q does not match itself", text)
		}
		for _, row := range catalog.Types() {
			if about && trigger.Matches(row.Type) && (row.Module == "access" || row.Module == "settings" || row.Module == "staff" || row.Module == "audit") {
				t.Fatalf("%q is about records alone, and matches %s of the module %s", text, row.Type, row.Module)
			}
		}
	})
}
