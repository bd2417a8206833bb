package client

import (
	"context"
	"iter"
	"net/http"
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
	Refused        *PlanRefusal  `json:"refused"` // nil unless it would be, also with nothing left to decide
	// Deletions are those that were asked for together; one that is not available is left out.
	Deletions []PlanDeletion `json:"deletions"`
	Token     string         `json:"plan"` // stands for this plan
	Operation string         `json:"operation"`
	Applied   string         `json:"applied"` // the event that says so
}

// PlanRefusal says why a plan would be refused.
type PlanRefusal struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Fix    string `json:"fix"`
}

// PlanDeletion is one of several deletions that are restored together.
type PlanDeletion struct {
	Operation string    `json:"operation"`
	Event     string    `json:"event"`
	Record    *Ref      `json:"record"`
	State     string    `json:"state"`
	Until     time.Time `json:"until"`
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

// RestoreTogether restores everything that several operations deleted, in one of its own; see Restore.
func (c *Client) RestoreTogether(ctx context.Context, operations []string, r RestoreRequest) (Plan, error) {
	var p Plan
	err := c.post(ctx, together{r, operations}, &p, "audit", "deleted", "restore")
	return p, err
}

// together is the body of RestoreTogether.
type together struct {
	RestoreRequest
	Operations []string `json:"operations"`
}

// RestoreJob is a restore or an undo in the background.
type RestoreJob struct {
	ID       string `json:"id"`
	Status   string `json:"status"` // queued, running, done, failed or cancelled
	Progress struct {
		Done  int64 `json:"done"`
		Total int64 `json:"total"`
	} `json:"progress"`
	Plan       *Plan      `json:"plan"` // what was done, nil until it is
	Error      string     `json:"error"`
	CreatedAt  time.Time  `json:"created_at"`
	FinishedAt *time.Time `json:"finished_at"`
}

// StartRestore is RestoreTogether in the background, for one operation or several; RestoreJob tells its progress.
func (c *Client) StartRestore(ctx context.Context, operations []string, r RestoreRequest) (RestoreJob, error) {
	return c.start(ctx, together{r, operations}, "audit", "deleted", "restore")
}

// StartUndo is UndoOperation in the background.
func (c *Client) StartUndo(ctx context.Context, operation string, r RestoreRequest) (RestoreJob, error) {
	return c.start(ctx, r, "audit", "operations", operation, "undo")
}

func (c *Client) start(ctx context.Context, body any, path ...string) (RestoreJob, error) {
	var j RestoreJob
	err := c.call(ctx, request{method: http.MethodPost, path: path, body: body, header: http.Header{"Prefer": {"respond-async"}}}, &j)
	return j, err
}

// RestoreJob returns a job of the caller's.
func (c *Client) RestoreJob(ctx context.Context, id string) (RestoreJob, error) {
	var j RestoreJob
	err := c.get(ctx, nil, &j, "audit", "restores", id)
	return j, err
}

// CancelRestore gives a job up that is not at its end: nothing of it stays. already_finished when it is.
func (c *Client) CancelRestore(ctx context.Context, id string) error {
	return c.call(ctx, request{method: http.MethodDelete, path: []string{"audit", "restores", id}}, nil)
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

// DeletedFilter narrows the deletions by what they took: any of the values of one field, all of the fields.
type DeletedFilter struct {
	User, Module, Object []string
	Q                    string // a question of the search language
}

func (f DeletedFilter) values() url.Values {
	v := url.Values{}
	for name, values := range map[string][]string{"user": f.User, "module": f.Module, "object": f.Object} {
		if len(values) > 0 {
			v[name] = values
		}
	}
	if f.Q != "" {
		v.Set("q", f.Q)
	}
	return v
}

// DeletionPage returns a page of what can be restored, newest first.
func (c *Client) DeletionPage(ctx context.Context, p Paging) (Page[Deletion], error) {
	return c.DeletionsMatching(ctx, DeletedFilter{}, p)
}

// DeletionsMatching returns a page of what can be restored and the filter lets through, newest first.
func (c *Client) DeletionsMatching(ctx context.Context, f DeletedFilter, p Paging) (Page[Deletion], error) {
	return pageOf[Deletion](ctx, c, "deletions", p.into(f.values()), "audit", "deleted")
}

// Deletions walks over what can be restored, newest first.
func (c *Client) Deletions(ctx context.Context) iter.Seq2[Deletion, error] {
	return each(ctx, c.DeletionPage)
}
