package modules

import (
	"context"
	"regexp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// automation are the objects of the module automation.
var automation = []*crm.Object{workflow}

// workflow says what shall be done when something happens. It is a record like any other.
var workflow = &crm.Object{
	Key: "workflow", Label: "Workflow", LabelPlural: "Workflows", Module: "automation",
	Title: [][]string{{"name"}},
	Check: checkWorkflow,
	Fields: []crm.Field{
		required(unique(field("name", "Name", crm.Text))),
		field("description", "Description", crm.Long),
		field("enabled", "Enabled", crm.Boolean),
		required(field("trigger", "Trigger", crm.Text)),
		{Key: "conditions", Label: "Conditions", Type: crm.Rows, Columns: []crm.Field{
			required(field("field", "Field", crm.Text)),
			required(choice("operator", "Operator", "is", "is", "is_not", "is not", "contains", "contains", "is_empty", "is empty", "is_not_empty", "is not empty", "greater", "is more than", "less", "is less than")),
			field("value", "Value", crm.Text),
		}},
		{Key: "steps", Label: "Steps", Type: crm.Rows, Columns: []crm.Field{
			required(choice("action", "Action", "set_field", "Set a field", "add_tag", "Add a tag", "remove_tag", "Remove a tag", "change_owner", "Change the owner",
				"move_to_stage", "Move to a stage", "create_task", "Create a task", "send_email", "Send an email", "call_webhook", "Call a webhook", "wait", "Wait")),
			field("settings", "Settings", crm.Text),
		}},
		field("folder", "Folder", crm.Text),
	},
	Rules: []crm.Rule{
		{Verb: "renamed", Field: "name", Label: "Renamed",
			Template: `Renamed workflow "{name.before}" to "{name.after}"`, When: "A workflow got another name."},
		{Verb: "enabled", Field: "enabled", To: []string{"true"}, Label: "Enabled",
			Template: "Enabled workflow {record}", When: "A workflow was switched on."},
		{Verb: "disabled", Field: "enabled", From: []string{"true"}, Label: "Disabled",
			Template: "Disabled workflow {record}", When: "A workflow was switched off."},
		{Verb: "steps_changed", Field: "steps", Label: "Steps changed",
			Template: "Changed the steps of workflow {record}", When: "The steps of a workflow changed, or their order. Trigger and conditions are an update."},
	},
}

// triggerPattern is an event type, or one with a star for its first or its second part.
var triggerPattern = regexp.MustCompile(`^(?:[a-z][a-z0-9_]*|\*)\.(?:[a-z][a-z0-9_]*|\*)$`)

// checkWorkflow wants a trigger that can be one. Types of custom objects come and go, so a type need not be known.
func checkWorkflow(_ context.Context, w *crm.Write) error {
	if w.After == nil {
		return nil
	}
	f := w.After.Fields
	if trigger := f["trigger"].Text(); !triggerPattern.MatchString(trigger) || trigger == "*.*" {
		return errs.InvalidField("trigger", "invalid_trigger", `Trigger must be an event type such as "contact.created", or a pattern such as "contact.*" or "*.deleted".`)
	}
	if f["enabled"].Bool() && f["steps"] == audit.None {
		return errs.InvalidField("steps", "required", "A workflow needs a step before it is enabled.")
	}
	return nil
}
