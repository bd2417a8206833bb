package workflow

import (
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// Object is the key of the object of workflows.
const Object = "workflow"

// Workflow is what the record of a workflow says.
type Workflow struct {
	ID         audit.RecordID
	Name       string
	Version    int64
	Enabled    bool
	Trigger    Trigger
	Conditions []Condition
	Steps      []Step
}

// Of reads a workflow. Steps whose settings cannot be read have an Err.
func Of(rec *crm.Record) Workflow {
	return Workflow{ID: rec.ID, Name: rec.Name, Version: rec.Version, Enabled: rec.Fields["enabled"].Bool(),
		Trigger: Trigger(rec.Fields["trigger"].Text()), Conditions: ConditionsOf(rec.Fields["conditions"]), Steps: StepsOf(rec.Fields["steps"])}
}
