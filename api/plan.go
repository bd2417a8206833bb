package api

import (
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/restore"
)

// Plan is what a restore or an undo would do or, with operation, what it did.
type Plan struct {
	Event          audit.EventID        `json:"event"`
	State          restore.State        `json:"state" enum:"available,restored,expired,none"`
	Until          *string              `json:"until" format:"date-time" doc:"null when there is no end"`
	Record         planRecord           `json:"record" doc:"The record that the event is about"`
	Restores       []restore.Count      `json:"restores" doc:"The records that come back or are changed, by object"`
	MergedInto     *RecordRef           `json:"merged_into,omitempty" doc:"When a merge is taken back: the record into which the one that comes back was merged"`
	Relinks        int                  `json:"relinks" doc:"References of other records that are set again"`
	Kept           int                  `json:"kept" doc:"What stays as it is: links that a merge moved and somebody changed since, and changes of records that are gone"`
	Secrets        []restore.SecretPlan `json:"secrets" doc:"Secret fields that come back empty, because the log holds no secrets"`
	Fields         []restore.FieldPlan  `json:"fields" doc:"The fields that an undo puts back, at most 500"`
	Conflicts      []restore.Conflict   `json:"conflicts" doc:"What has to be decided first, at most 500"`
	ConflictsTotal int                  `json:"conflicts_total"`
	Unresolved     int                  `json:"unresolved" doc:"Conflicts without a resolution in the request"`
	Refused        planRefusal          `json:"refused"`
	Deletions      []PlanDeletion       `json:"deletions,omitempty" doc:"Of several deletions that are restored together: each of them, the newest first"`
	Token          string               `json:"plan" doc:"Stands for the state that the plan was made from: send it along to apply this plan and no other"`
	Operation      *audit.OperationID   `json:"operation" doc:"Of the restore, when it was applied"`
	Applied        *audit.EventID       `json:"applied" doc:"The event that says so"`
}

// PlanDeletion is one of several deletions that are restored together.
type PlanDeletion struct {
	Operation audit.OperationID `json:"operation"`
	Event     audit.EventID     `json:"event" doc:"The event that leads it"`
	Record    planRecord        `json:"record"`
	State     restore.State     `json:"state" enum:"available,restored,expired" doc:"What is not available is left out"`
	Until     string            `json:"until" format:"date-time"`
}

// PlanRefusal says why a plan would be refused.
type PlanRefusal struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Fix    string `json:"fix"`
}

func planOf(p *restore.Plan) *Plan {
	var into *RecordRef
	if p.Merge != nil {
		into = &RecordRef{p.Merge.Object, p.Merge.ID, p.Merge.Name}
	}
	var deletions []PlanDeletion
	for _, d := range p.Deletions {
		deletions = append(deletions, PlanDeletion{d.Operation, d.Event, planRecord{d.Record}, d.State, timeText(d.Until)})
	}
	return &Plan{Refused: planRefusal{p.Refused}, Deletions: deletions, MergedInto: into, Kept: p.Kept, Event: p.Event, State: p.State, Until: nullableTime(p.Until), Record: planRecord{p.Record}, Restores: list(p.Restores),
		Relinks: p.Relinks, Secrets: list(p.Secrets), Fields: list(p.Fields), Conflicts: list(p.Conflicts), ConflictsTotal: p.ConflictsTotal, Unresolved: p.Unresolved,
		Token: p.Token, Operation: nullable(p.Operation), Applied: nullable(p.Applied)}
}

// list gives an empty list for none.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
