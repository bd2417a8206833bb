package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/workflow"
)

// flowDraft is a workflow as its form holds it.
//
// Names in the form: name, folder, description, enabled, trigger (trigger.other when that is "other"), conditions.N.KEY
// and steps.N.KEY with N from 0; _do is what a button asks for beside saving: add_step, up.2, down.2, remove.2 (of steps),
// add_condition, drop.2 (of conditions), refresh.
type flowDraft struct {
	texts      map[string]string // name, folder, description
	enabled    bool
	trigger    workflow.Trigger
	conditions []workflow.Condition
	steps      []workflow.Step
	version    int64 // 0 for a new one
}

// otherTrigger is the choice of a type that the list does not have.
const otherTrigger = "other"

var flowTexts = []string{"name", "folder", "description"}

func draftOf(rec *crm.Record) *flowDraft {
	f := workflow.Of(rec)
	d := &flowDraft{texts: map[string]string{}, enabled: f.Enabled, trigger: f.Trigger, conditions: f.Conditions, steps: f.Steps, version: rec.Version}
	for _, key := range flowTexts {
		d.texts[key] = rec.Fields[key].Text()
	}
	return d
}

// readDraft reads a form.
func readDraft(form url.Values) *flowDraft {
	d := &flowDraft{texts: map[string]string{}, enabled: lastOf(form["enabled"]) == "true", trigger: workflow.Trigger(form.Get("trigger"))}
	for _, key := range flowTexts {
		d.texts[key] = strings.ReplaceAll(form.Get(key), "\r\n", "\n")
	}
	if d.trigger == otherTrigger {
		d.trigger = workflow.Trigger(strings.TrimSpace(form.Get("trigger.other")))
	}
	d.version, _ = strconv.ParseInt(form.Get("_version"), 10, 64)
	for i := range workflow.MaxConditions + 1 {
		at := fmt.Sprintf("conditions.%d.", i)
		if !form.Has(at + "field") {
			break
		}
		d.conditions = append(d.conditions, workflow.Condition{Field: form.Get(at + "field"), Operator: form.Get(at + "operator"), Value: strings.TrimSpace(form.Get(at + "value"))})
	}
	for i := range workflow.MaxSteps + 1 {
		at := fmt.Sprintf("steps.%d.", i)
		if !form.Has(at + "action") {
			break
		}
		s := workflow.Step{Action: form.Get(at + "action"), Settings: workflow.Settings{}}
		a, _ := workflow.ActionOf(s.Action)
		for _, setting := range a.Settings {
			if value := strings.TrimSpace(strings.ReplaceAll(form.Get(at+setting.Key), "\r\n", "\n")); value != "" {
				s.Settings[setting.Key] = value
			}
		}
		d.steps = append(d.steps, s)
	}
	return d
}

// alter does what a button beside Save asks for.
func (d *flowDraft) alter(do string) {
	verb, place, _ := strings.Cut(do, ".")
	n, err := strconv.Atoi(place)
	step := err == nil && n >= 0 && n < len(d.steps)
	switch {
	case verb == "add_condition":
		d.conditions = append(d.conditions, workflow.Condition{Operator: "is"})
	case verb == "drop" && err == nil && n >= 0 && n < len(d.conditions):
		d.conditions = slices.Delete(d.conditions, n, n+1)
	case verb == "add_step":
		d.steps = append(d.steps, workflow.Step{Action: "add_tag", Settings: workflow.Settings{}})
	case verb == "remove" && step:
		d.steps = slices.Delete(d.steps, n, n+1)
	case verb == "up" && step && n > 0:
		d.steps[n-1], d.steps[n] = d.steps[n], d.steps[n-1]
	case verb == "down" && step && n < len(d.steps)-1:
		d.steps[n+1], d.steps[n] = d.steps[n], d.steps[n+1]
	}
}

// input is the draft for the engine.
func (d *flowDraft) input(o *crm.Object) crm.Input {
	texts := map[string]string{"trigger": string(d.trigger), "enabled": strconv.FormatBool(d.enabled)}
	for _, key := range flowTexts {
		texts[key] = d.texts[key]
	}
	in := crm.Texts(o, texts)
	in["conditions"], in["steps"] = workflow.ConditionsInput(d.conditions), workflow.StepsInput(d.steps)
	return in
}

// triggerChoices is the catalog, module by module, with the patterns that people want; for who may not read the log, what
// is about records.
func (s *site) triggerChoices(v *visit, chosen workflow.Trigger) (choices []choiceGroup, listed bool) {
	add := func(g *choiceGroup, value, label string) {
		t := workflow.Trigger(value)
		if t != chosen && !v.may(audit.AuditRead) && !t.AboutRecords(v.schema()) {
			return
		}
		listed = listed || t == chosen
		g.Options = append(g.Options, formOption{value, label, t == chosen})
	}
	for _, m := range s.ws.Catalog.Modules() {
		g := choiceGroup{Label: m.Label}
		for _, o := range v.schema().Objects() {
			if o.Module == m.Key && o.Key != workflow.Object && !o.Custom {
				add(&g, o.Key+".*", o.Label+": anything")
			}
		}
		for _, row := range s.ws.Catalog.Types() {
			if row.Module == m.Key {
				add(&g, string(row.Type), row.Label)
			}
		}
		if len(g.Options) > 0 {
			choices = append(choices, g)
		}
	}
	custom := choiceGroup{Label: "Custom objects"}
	for _, o := range v.schema().Objects() {
		if !o.Custom {
			continue
		}
		add(&custom, o.Key+".*", o.Label+": anything")
		for _, row := range o.EventTypes() {
			add(&custom, string(row.Type), row.Label)
		}
	}
	if len(custom.Options) > 0 {
		choices = append(choices, custom)
	}
	all := choiceGroup{Label: "Records of every kind"}
	for _, a := range []audit.Action{audit.Created, audit.Updated, audit.Deleted, audit.Restored} {
		add(&all, "*."+string(a), title(string(a)))
	}
	if len(all.Options) > 0 {
		choices = append(choices, all)
	}
	last := choiceGroup{Label: "Not in this list", Options: []formOption{{otherTrigger, "Another type, or a pattern …", !listed}}}
	return append(choices, last), listed
}
