package workflow

import (
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// Words say a workflow in plain words.
type Words struct {
	Schema  *crm.Schema
	Catalog *audit.Catalog
	// Name returns the name of a record, "" when it is gone.
	Name func(object, id string) string
}

// Trigger says when a workflow begins: "a contact was made".
func (w Words) Trigger(t Trigger) string {
	row, ok := w.Catalog.Type(audit.Type(t))
	if o := t.Object(w.Schema); !ok && o != nil { // custom objects have theirs
		for _, own := range o.EventTypes() {
			if own.Type == audit.Type(t) {
				row, ok = own, true
			}
		}
	}
	if ok {
		first, _, _ := strings.Cut(row.When, ". ")
		first, _, _ = strings.Cut(first, "; ")
		return lowerFirst(strings.TrimSuffix(first, "."))
	}
	first, second, _ := strings.Cut(string(t), ".")
	thing := "something"
	if o := Trigger(first + ".*").Object(w.Schema); o != nil {
		thing = article(o.Word().One)
	} else if first != "*" {
		return "an event of the type " + string(t) + " comes in"
	}
	switch {
	case second == "*":
		return "anything happens to " + thing
	case thing == "something":
		return "something of any kind was " + strings.ReplaceAll(second, "_", " ")
	}
	return thing + " gets an event of the type " + string(t)
}

// Condition says a condition: `Status is "Won"`.
func (w Words) Condition(c Condition, o *crm.Object) string {
	label, value := c.Field, c.Value
	if o != nil {
		if f, ok := o.Field(c.Field); ok {
			label, value = f.Label, w.value(f, c.Value)
		} else {
			label = audit.Quote(c.Field) + " (gone)"
		}
	}
	operator, ok := OperatorOf(c.Operator)
	if !ok {
		return label + " " + c.Operator + " " + audit.Quote(value)
	}
	if operator.Bare {
		return label + " " + operator.Label
	}
	return label + " " + operator.Label + " " + audit.Quote(value)
}

// value is a value as a person reads it.
func (w Words) value(f *crm.Field, text string) string {
	switch f.Type {
	case crm.Select:
		return f.OptionLabel(text)
	case crm.Boolean:
		if text == "true" {
			return "yes"
		}
		return "no"
	case crm.RefType:
		return w.name(f.Object, text)
	}
	return text
}

func (w Words) name(object, id string) string {
	if name := w.Name(object, id); name != "" {
		return name
	}
	return "(gone)"
}

// Step says a step: `add the tag "vip"`.
func (w Words) Step(s Step, o *crm.Object) string {
	get := func(key string) string { return s.Settings[key] }
	of := ""
	target, ok := TargetOf(w.Schema, o, get("on"))
	if ok && get("on") != "" {
		of = " of " + lowerFirst(target.Label)
	}
	to := strings.Replace(of, " of ", " to ", 1)
	switch s.Action {
	case "set_field":
		label, value := get("field"), get("value")
		if ok {
			if f, known := target.Object.Field(label); known {
				label, value = f.Label, w.value(f, value)
			}
		}
		if get("value") == "" {
			return "clear " + label + of
		}
		return "set " + label + of + " to " + audit.Quote(value)
	case "add_tag":
		return "add the tag " + audit.Quote(get("tag")) + to
	case "remove_tag":
		return "remove the tag " + audit.Quote(get("tag")) + strings.Replace(of, " of ", " from ", 1)
	case "change_owner":
		if get("owner") == "" {
			return "take the owner away" + strings.Replace(of, " of ", " from ", 1)
		}
		return "give it" + of + " to " + w.name("staff", get("owner"))
	case "move_to_stage":
		return "move it" + of + " to the stage " + audit.Quote(w.name("stage", get("stage")))
	case "create_task":
		text := "create the task " + audit.Quote(get("title"))
		switch who := get("assignee"); who {
		case "":
		case Owner:
			text += " for whoever owns it"
		default:
			text += " for " + w.name("staff", who)
		}
		if days := get("due_days"); days != "" {
			text += ", due in " + counted(days, "days")
		}
		return text
	case "send_email":
		return "send the email " + audit.Quote(w.name("template", get("template"))) + to
	case "call_webhook":
		return "call the webhook at " + Host(get("url"))
	case "wait":
		return "wait " + counted(get("amount"), get("unit"))
	}
	return s.Action
}

// Host is an address as sentences have it: without its path, which is long and often holds a secret. That is in the
// workflow's steps alone, and in the entries of the log that changed them.
func Host(address string) string {
	_, rest, found := strings.Cut(address, "://")
	if !found {
		return "an address"
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

// Summary is the whole in one sentence.
func (w Words) Summary(f Workflow) string {
	o := f.Trigger.Object(w.Schema)
	text := "When " + w.Trigger(f.Trigger)
	for i, c := range f.Conditions {
		text += map[bool]string{true: ", if ", false: " and "}[i == 0] + w.Condition(c, o)
	}
	for _, s := range f.Steps {
		text += ", then " + w.Step(s, o)
	}
	if len(f.Steps) == 0 {
		text += ", nothing follows yet"
	}
	return text + "."
}

// counted is "1 day", "3 days".
func counted(n, unit string) string {
	if n == "1" {
		unit = strings.TrimSuffix(unit, "s")
	}
	return n + " " + unit
}

func article(word string) string {
	if strings.ContainsAny(word[:1], "aeiou") {
		return "an " + word
	}
	return "a " + word
}

// lowerFirst makes the first letter small, unless the word is an abbreviation.
func lowerFirst(s string) string {
	if len(s) < 2 || s[1] >= 'A' && s[1] <= 'Z' {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
