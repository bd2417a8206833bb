package client

import "context"

// MergeRequest asks to make one record of two.
type MergeRequest struct {
	Loser  string            `json:"loser"`            // the record that goes
	Fields map[string]string `json:"fields,omitempty"` // winner, loser or both, by field
	DryRun bool              `json:"dry_run,omitempty"`
	Plan   string            `json:"plan,omitempty"` // of the Merge that was seen; plan_stale when it would be another by now
}

// Merge is what a merge would do, or did.
type Merge struct {
	Winner    Record        `json:"winner"`
	Loser     Record        `json:"loser"`
	Fields    []MergedField `json:"fields"` // in which they differ
	Moves     []MergeMove   `json:"moves"`  // what points at the loser
	Plan      string        `json:"plan"`
	Operation string        `json:"operation"` // "" for a dry run
}

// MergedField is a field in which two records differ.
type MergedField struct {
	Field  string `json:"field"`
	Label  string `json:"label"`
	Winner any    `json:"winner"`
	Loser  any    `json:"loser"`
	Choose string `json:"choose"` // whose value stays
	Result any    `json:"result"`
}

// MergeMove counts what points at the loser by one field.
type MergeMove struct {
	Object string `json:"object"`
	Field  string `json:"field"`
	Count  int    `json:"count"`
}

// Merge makes one record of two, the winner. same_record and plan_stale are its own errors; the operation it returns is undone
// by UndoOperation.
func (c *Client) Merge(ctx context.Context, object, winner string, r MergeRequest) (Merge, error) {
	var out Merge
	err := c.post(ctx, r, &out, "records", object, winner, "merge")
	return out, err
}
