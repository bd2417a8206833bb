package modules

import (
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	flow "github.com/backtrail/backtrail/workflow"
)

// automation are the objects of the module automation.
var automation = []*crm.Object{workflow}

// workflow says what shall be done when something happens. It is a record like any other.
var workflow = &crm.Object{
	Key: "workflow", Label: "Workflow", LabelPlural: "Workflows", Module: "automation",
	Title: [][]string{{"name"}},
	Check: flow.Check,
	Acts:  true,
	Fields: []crm.Field{
		required(unique(field("name", "Name", crm.Text))),
		field("description", "Description", crm.Long),
		field("enabled", "Enabled", crm.Boolean),
		required(field("trigger", "Trigger", crm.Text)),
		{Key: "conditions", Label: "Conditions", Type: crm.Rows, Columns: []crm.Field{
			required(field("field", "Field", crm.Text)),
			operators(),
			field("value", "Value", crm.Text),
		}},
		{Key: "steps", Label: "Steps", Type: crm.Rows, Columns: []crm.Field{
			actions(),
			field("settings", "Settings", crm.Long),
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

// operators and actions are columns that offer what package workflow knows.
func operators() crm.Field {
	f := required(choice("operator", "Operator"))
	for _, o := range flow.Operators {
		f.Options = append(f.Options, crm.Option{Key: o.Key, Label: o.Label})
	}
	return f
}

func actions() crm.Field {
	f := required(choice("action", "Action"))
	for _, a := range flow.Actions {
		f.Options = append(f.Options, crm.Option{Key: a.Key, Label: a.Label})
	}
	return f
}

// workflowEvents are what package automation writes about a workflow that runs.
var workflowEvents = []audit.EventType{
	{
		Type: "workflow.failed", Module: "automation", Action: audit.Executed, Label: "Workflow failed",
		Template: "Workflow {record} failed: {note}",
		When:     "A workflow could not go on after an event, which is the cause of this one. What its steps did before stays done.",
		Final:    "A run that failed is not done again. Do by hand what is missing.",
	},
	{
		Type: "workflow.webhook_called", Module: "automation", Action: audit.Executed, Label: "Webhook called",
		Template: "Workflow {record} called the webhook {note}",
		When:     "A step of a workflow sent the event to an address outside, and it was taken there.",
		Final:    "What was sent cannot be called back.",
	},
}
