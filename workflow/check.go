package workflow

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// Limits of a workflow.
const (
	MaxSteps      = 50
	MaxConditions = 30
	MaxEnabled    = 500 // workflows of an account
	MaxWait       = 365 * 24 * time.Hour
	maxDueDays    = 3650
)

// Check is the rule of the object workflow: a trigger that can be one, conditions that fit the trigger's object, and steps
// whose settings are whole. Mistakes name their place: conditions.0.value, steps.2.template. A workflow that did not
// change in these is not looked at again (one whose template was deleted can be switched off), nor is one that comes back.
// errs.Forbidden for somebody who may not read the log, of a workflow that does.
func Check(ctx context.Context, w *crm.Write) error {
	if w.After == nil {
		return nil
	}
	fresh := w.Before == nil
	f := w.After.Fields
	on := f["enabled"].Bool() && w.Changed("enabled")
	if on {
		if err := room(ctx, w); err != nil {
			return err
		}
	}
	if fresh && w.After.Version > 1 {
		return nil
	}
	if w.Changed("trigger") && !Trigger(f["trigger"].Text()).Valid() {
		return errs.InvalidField("trigger", "invalid_trigger", `Trigger must be an event type such as "contact.created", or a pattern such as "contact.*" or "*.deleted".`)
	}
	if err := guard(w); err != nil {
		return err
	}
	if f["enabled"].Bool() && f["steps"] == audit.None {
		return errs.InvalidField("steps", "required", "A workflow needs a step before it is enabled.")
	}
	if !fresh && !on && !w.Changed("trigger") && !w.Changed("conditions") && !w.Changed("steps") {
		return nil
	}
	c := checker{ctx: ctx, write: w, flow: Of(w.After)}
	c.object = c.flow.Trigger.Object(w.Schema())
	c.conditions()
	for i, s := range c.flow.Steps {
		if err := c.step(i, s); err != nil {
			return err
		}
	}
	return errs.InvalidFields(c.mistakes)
}

// room refuses to enable a workflow when so many are that one more would never begin. One that comes back counts as well.
func room(ctx context.Context, w *crm.Write) error {
	f, _ := w.Object.Field("enabled")
	groups, err := w.Tally(ctx, crm.Query{Object: w.Object, Where: []crm.Condition{{Field: f, Values: []string{"true"}}}}, f.Key, "")
	if err != nil || len(groups) == 0 || groups[0].Count < MaxEnabled {
		return err
	}
	return errs.InvalidField("enabled", "too_many", "An account has at most %d enabled workflows; disable another one first.", MaxEnabled)
}

type checker struct {
	ctx      context.Context
	write    *crm.Write
	flow     Workflow
	object   *crm.Object // nil when the trigger is about anything
	mistakes []errs.Field
}

func (c *checker) conditions() {
	if len(c.flow.Conditions) > MaxConditions {
		c.mistakes = append(c.mistakes, errs.Field{Field: "conditions", Code: "too_many", Detail: fmt.Sprintf("A workflow has at most %d conditions.", MaxConditions)})
		return
	}
	for i, condition := range c.flow.Conditions {
		if key, detail := condition.check(c.object); key != "" {
			c.mistakes = append(c.mistakes, errs.Field{Field: fmt.Sprintf("conditions.%d.%s", i, key), Code: "invalid_condition", Detail: fmt.Sprintf("Condition %d: %s", i+1, detail)})
		}
	}
	if len(c.flow.Steps) > MaxSteps {
		c.mistakes = append(c.mistakes, errs.Field{Field: "steps", Code: "too_many", Detail: fmt.Sprintf("A workflow has at most %d steps.", MaxSteps)})
	}
}

// wrong notes a mistake in a setting of a step.
func (c *checker) wrong(i int, a Action, key, code, format string, args ...any) {
	c.mistakes = append(c.mistakes, StepMistake(i, Step{Action: a.Key}, key, code, fmt.Sprintf(format, args...)))
}

// StepMistake is a mistake in a setting of the step at a place from 0.
func StepMistake(i int, s Step, key, code, detail string) errs.Field {
	a, _ := ActionOf(s.Action)
	return errs.Field{Field: fmt.Sprintf("steps.%d.%s", i, key), Code: code, Detail: fmt.Sprintf("Step %d, %s: %s", i+1, lowerFirst(a.Label), lowerFirst(detail))}
}

// step checks one step; the error is one of the database.
func (c *checker) step(i int, s Step) error {
	a, ok := ActionOf(s.Action)
	if !ok {
		return nil // the column refuses it
	}
	if s.Err != nil {
		c.wrong(i, a, "settings", "invalid_settings", "%s", errs.Of(s.Err).Detail)
		return nil
	}
	for key := range s.Settings {
		if _, ok := a.Setting(key); !ok {
			c.wrong(i, a, "settings", "unknown_setting", "there is no setting %s.", audit.Quote(key))
		}
	}
	target, ok := c.target(i, a, s)
	if !ok {
		return nil
	}
	for _, setting := range a.Settings {
		value := s.Settings[setting.Key]
		if value == "" {
			if setting.Required {
				c.wrong(i, a, setting.Key, "required", "%s must be given.", setting.Label)
			}
			continue
		}
		if err := c.setting(i, a, s, setting, value, target); err != nil {
			return err
		}
	}
	if s.Action == "set_field" && s.Settings["value"] == "" {
		if f, ok := target.Object.Field(s.Settings["field"]); ok && f.Required {
			c.wrong(i, a, "value", "required", "%s cannot be empty.", f.Label)
		}
	}
	return nil
}

// target finds what the step is about; false when it cannot be about that.
func (c *checker) target(i int, a Action, s Step) (Target, bool) {
	if a.about == nil {
		return Target{}, true
	}
	path := s.Settings["on"]
	for _, t := range a.Fitting(c.write.Schema(), c.object, c.flow.Trigger.Deletes()) {
		if t.Path == path {
			return t, true
		}
	}
	switch {
	case a.Alone && path == "":
		return Target{}, true
	case c.object == nil:
		c.wrong(i, a, "on", "no_record", "it needs a trigger that is about one kind of record, such as contact.created.")
	case path == "" && c.flow.Trigger.Deletes():
		c.wrong(i, a, "on", "record_gone", "the %s is deleted by then; choose a record that it points at.", c.object.Word().One)
	default:
		what := "the " + c.object.Word().One
		if path != "" {
			what = audit.Quote(path) + " of the " + c.object.Word().One
		}
		c.wrong(i, a, "on", "invalid_target", "it cannot be done to %s.", what)
	}
	return Target{}, false
}

func (c *checker) setting(i int, a Action, s Step, setting Setting, value string, target Target) error {
	switch setting.Kind {
	case OneField:
		f, ok := target.Object.Field(value)
		switch {
		case !ok:
			c.wrong(i, a, setting.Key, "unknown_field", "a %s has no field %s.", target.Object.Word().One, audit.Quote(value))
		case f.Computed || f.Type == crm.Secret || f.Type == crm.Rows:
			c.wrong(i, a, setting.Key, "invalid_field", "%s cannot be set by a workflow.", f.Label)
		}
	case FieldValue:
		return c.value(i, a, s, value, target)
	case Tag:
		f := TagsField(target.Object)
		if v, err := f.Value(f.TextInput(value)); err != nil || len(v.Strings()) != 1 {
			c.wrong(i, a, setting.Key, "invalid_tag", "the tag is one word or a few, without commas, of at most %d characters.", crm.MaxTag)
		}
	case Line, Several:
		f := crm.Field{Key: setting.Key, Label: setting.Label, Type: map[Kind]crm.FieldType{Line: crm.Text, Several: crm.Long}[setting.Kind]}
		if _, err := f.Value(f.TextInput(value)); err != nil {
			c.wrong(i, a, setting.Key, errs.Code(err), "%s", lowerFirst(errs.Of(err).Detail))
		}
	case Person, Assignee:
		if value == Owner && setting.Kind == Assignee {
			return nil
		}
		return c.exists(i, a, setting, "staff", value, nil)
	case Stage:
		return c.exists(i, a, setting, "stage", value, nil)
	case Template:
		return c.exists(i, a, setting, "template", value, func(rec *crm.Record) string {
			if channel := rec.Fields["channel"].Text(); channel != "" && channel != "email" {
				return "the template " + audit.Quote(rec.Name) + " is not one for email."
			}
			return ""
		})
	case Count:
		limit := maxDueDays
		if a.Key == "wait" {
			limit = int(MaxWait / time.Minute)
		}
		least := 0
		if setting.Required {
			least = 1
		}
		n, err := strconv.Atoi(value)
		if err != nil || n < least || n > limit {
			c.wrong(i, a, setting.Key, "out_of_range", "%s must be a whole number from %d to %s.", setting.Label, least, audit.Thousands(limit))
		} else if a.Key == "wait" && s.Pause() > MaxWait {
			c.wrong(i, a, setting.Key, "out_of_range", "it can wait for a year at most.")
		}
	case Unit:
		if value != Units[0] && value != Units[1] && value != Units[2] {
			c.wrong(i, a, setting.Key, "invalid_option", "the unit must be minutes, hours or days.")
		}
	}
	return nil
}

// value checks what a field is set to.
func (c *checker) value(i int, a Action, s Step, value string, target Target) error {
	f, ok := target.Object.Field(s.Settings["field"])
	if !ok {
		return nil // said already
	}
	v, err := f.Value(f.TextInput(value))
	if err != nil {
		c.wrong(i, a, "value", errs.Code(err), "%s", lowerFirst(errs.Of(err).Detail))
		return nil
	}
	if f.Type == crm.RefType {
		return c.exists(i, a, Setting{Key: "value", Label: f.Label}, f.Object, v.Text(), nil)
	}
	return nil
}

// exists checks that a record is there, and what wrong says about it.
func (c *checker) exists(i int, a Action, setting Setting, object, id string, wrong func(*crm.Record) string) error {
	var rec *crm.Record
	if audit.ValidID(id) {
		var err error
		if rec, err = c.write.Record(c.ctx, object, audit.RecordID(id)); err != nil {
			return err
		}
	}
	if rec == nil {
		c.wrong(i, a, setting.Key, "missing_reference", "%s points at nothing that is there.", setting.Label)
		return nil
	}
	if wrong != nil {
		if detail := wrong(rec); detail != "" {
			c.wrong(i, a, setting.Key, "invalid_reference", "%s", detail)
		}
	}
	return nil
}
