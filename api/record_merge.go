package api

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

type mergeBody struct {
	Loser  audit.RecordID      `json:"loser" doc:"Id of the record that goes; the one in the address stays"`
	Fields map[string]crm.Side `json:"fields,omitempty" doc:"Which value stays, by the key of the field: winner, loser, or both of tags. Left out, the winner's does, the loser's where the winner has none, and of tags both"`
	DryRun bool                `json:"dry_run,omitempty" doc:"Only make the plan"`
	Plan   string              `json:"plan,omitempty" doc:"The plan that the caller saw; 409 plan_stale when it would be another by now"`
}

// Merge is what a merge would do or, with operation, what it did.
type Merge struct {
	Winner Record `json:"winner" doc:"As it is, and after the merge as it became"`
	Loser  Record `json:"loser" doc:"As it is, or was"`
	// Fields lists those in which the two differ.
	Fields    []MergedField      `json:"fields" doc:"The fields in which they differ"`
	Moves     []MergeMove        `json:"moves" doc:"The records that point at the loser, and point at the winner afterwards"`
	Token     string             `json:"plan" doc:"Stands for the state that the plan was made from: send it along to do this and nothing else"`
	Operation *audit.OperationID `json:"operation" doc:"Of the merge, when it was done; also the id of its leading event, by which it is undone"`
}

// MergedField is a field in which the two records differ.
type MergedField struct {
	Field  string   `json:"field"`
	Label  string   `json:"label"`
	Winner any      `json:"winner" doc:"The winner's value"`
	Loser  any      `json:"loser" doc:"The loser's value"`
	Choose crm.Side `json:"choose" enum:"winner,loser,both" doc:"Whose value stays"`
	Result any      `json:"result" doc:"The value that stays"`
}

// MergeMove counts the references of one field.
type MergeMove struct {
	Object string `json:"object"`
	Field  string `json:"field"`
	Count  int    `json:"count"`
}

type mergeAnswer struct{ Body Merge }

func (a *API) merge(ctx context.Context, in *struct {
	RecordPath
	Body mergeBody
}) (*mergeAnswer, error) {
	o, err := a.schema(ctx).Object(in.Object)
	if err != nil {
		return nil, err
	}
	do := a.Engine.Merge
	if in.Body.DryRun {
		do = a.Engine.PreviewMerge
	}
	p, err := do(ctx, callerOf(ctx), in.Object, crm.Merge{Winner: in.ID, Loser: in.Body.Loser, Fields: in.Body.Fields, Token: in.Body.Plan})
	if err != nil {
		return nil, err
	}
	out := Merge{Winner: recordOf(o, p.Winner), Loser: recordOf(o, p.Loser), Fields: []MergedField{}, Moves: []MergeMove{}, Token: p.Token, Operation: nullable(p.Operation)}
	for _, f := range p.Fields {
		out.Fields = append(out.Fields, MergedField{f.Field.Key, f.Field.Label, f.Winner, f.Loser, f.Side, f.Result})
	}
	for _, m := range p.Moves {
		out.Moves = append(out.Moves, MergeMove{m.Object.Key, m.Field.Key, m.Count})
	}
	return &mergeAnswer{out}, nil
}
