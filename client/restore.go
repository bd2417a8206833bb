package client

import (
	"context"
	"iter"
	"net/url"
	"time"
)

// Plan is what a restore or an undo would do or, with Operation, what it did.
type Plan struct {
	Event          string        `json:"event"`
	State          string        `json:"state"` // available, restored, expired or none
	Until          *time.Time    `json:"until"`
	Record         *Ref          `json:"record"`
	Restores       []ObjectCount `json:"restores"`
	MergedInto     *Ref          `json:"merged_into"` // when a merge is taken back
	Kept           int           `json:"kept"`        // links that a merge moved and that stay as they are
	Relinks        int           `json:"relinks"`     // references of other records that are set again
	Secrets        []PlanSecret  `json:"secrets"`     // come back empty
	Fields         []PlanField   `json:"fields"`
	Conflicts      []Conflict    `json:"conflicts"` // at most 500
	ConflictsTotal int           `json:"conflicts_total"`
	Unresolved     int           `json:"unresolved"`
	Token          string        `json:"plan"` // stands for this plan
	Operation      string        `json:"operation"`
	Applied        string        `json:"applied"` // the event that says so
}

// ObjectCount is a number of records of an object.
type ObjectCount struct {
	Object string `json:"object"`
	Count  int    `json:"count"`
}

// PlanSecret is a secret field that comes back empty, because the log holds no secrets.
type PlanSecret struct {
	Object  string `json:"object"`
	Field   string `json:"field"`
	Label   string `json:"label"`
	Records int    `json:"records"` // how many had a value
}

// PlanField is one field that an undo puts back.
type PlanField struct {
	Object string `json:"object"`
	ID     string `json:"id"`
	Name   string `json:"name"`
	Field  string `json:"field"`
	Label  string `json:"label"`
	Now    string `json:"now"`
	Back   string `json:"back"`
}

// Conflict is something to decide first.
type Conflict struct {
	Object      string   `json:"object"`
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Field       string   `json:"field"`
	Label       string   `json:"label"`
	Kind        string   `json:"kind"`
	Detail      string   `json:"detail"`
	Resolutions []string `json:"resolutions"`
	Value       string   `json:"value"`
	Chosen      string   `json:"chosen"`
}

// Resolution decides a conflict; without an ID, all conflicts of its object, field and kind.
type Resolution struct {
	Object string `json:"object"`
	ID     string `json:"id,omitempty"`
	Field  string `json:"field,omitempty"`
	Kind   string `json:"kind"`
	Choose string `json:"choose"`
	Value  string `json:"value,omitempty"`
}

// RestoreRequest asks for a restore or an undo.
type RestoreRequest struct {
	DryRun      bool         `json:"dry_run,omitempty"` // only make the plan
	Resolutions []Resolution `json:"resolutions,omitempty"`
	Fields      []string     `json:"fields,omitempty"` // of an undo: only these
	Plan        string       `json:"plan,omitempty"`   // apply this plan and no other
}

// Restore restores what a deletion took. conflicts and plan_stale carry the plan; already_restored, restore_expired,
// not_restorable.
func (c *Client) Restore(ctx context.Context, event string, r RestoreRequest) (Plan, error) {
	return c.plan(ctx, r, "audit", "events", event, "restore")
}

// Undo puts back the fields that an update changed; see Restore.
func (c *Client) Undo(ctx context.Context, event string, r RestoreRequest) (Plan, error) {
	return c.plan(ctx, r, "audit", "events", event, "undo")
}

// RestoreOperation restores everything that an operation deleted; see Restore.
func (c *Client) RestoreOperation(ctx context.Context, operation string, r RestoreRequest) (Plan, error) {
	return c.plan(ctx, r, "audit", "operations", operation, "restore")
}

// UndoOperation puts back everything that an operation changed; see Restore.
func (c *Client) UndoOperation(ctx context.Context, operation string, r RestoreRequest) (Plan, error) {
	return c.plan(ctx, r, "audit", "operations", operation, "undo")
}

func (c *Client) plan(ctx context.Context, r RestoreRequest, path ...string) (Plan, error) {
	var p Plan
	err := c.post(ctx, r, &p, path...)
	return p, err
}

// Deletion is what one operation deleted and what can still be restored.
type Deletion struct {
	Event       string         `json:"event"`
	Operation   string         `json:"operation"`
	Record      Ref            `json:"record"`
	Actor       Actor          `json:"actor"`
	Description string         `json:"description"`
	OccurredAt  time.Time      `json:"occurred_at"`
	Counts      map[string]int `json:"counts"` // by object
	Until       time.Time      `json:"until"`
}

// DeletionPage returns a page of what can be restored, newest first.
func (c *Client) DeletionPage(ctx context.Context, p Paging) (Page[Deletion], error) {
	return pageOf[Deletion](ctx, c, "deletions", p.into(url.Values{}), "audit", "deleted")
}

// Deletions walks over what can be restored, newest first.
func (c *Client) Deletions(ctx context.Context) iter.Seq2[Deletion, error] {
	return each(ctx, c.DeletionPage)
}
