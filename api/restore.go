package api

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/restore"
)

// OperationPath names an operation in the address.
type OperationPath struct {
	Operation audit.OperationID `path:"operation" doc:"Id of the operation"`
}

func (p OperationPath) check() error {
	if audit.ValidID(p.Operation) {
		return nil
	}
	return errs.New(errs.NotFound, "not_found", "There is no such operation.")
}

type RestoreBody struct {
	DryRun      bool                 `json:"dry_run,omitempty" doc:"Only make the plan"`
	Resolutions []restore.Resolution `json:"resolutions,omitempty" doc:"How to resolve the plan's conflicts"`
	Plan        string               `json:"plan,omitempty" doc:"The plan that the caller saw; 409 plan_stale when it would be another by now"`
}

type undoBody struct {
	RestoreBody
	Fields []string `json:"fields,omitempty" doc:"Put back only these fields"`
}

func (b *RestoreBody) request() (restore.Request, bool) {
	if b == nil {
		return restore.Request{}, false
	}
	return restore.Request{Resolutions: b.Resolutions, Token: b.Plan}, b.DryRun
}

func (b *undoBody) request() (restore.Request, bool) {
	if b == nil {
		return restore.Request{}, false
	}
	req, dry := b.RestoreBody.request()
	req.Fields = b.Fields
	return req, dry
}

type planAnswer struct{ Body *Plan }

// planner is a method of restore.Service, for an event or an operation.
type planner[ID any] func(context.Context, audit.Caller, ID, restore.Request) (*restore.Plan, error)

// plan previews or applies. A preview shows old values: it is a look at the log.
func plan[ID any](ctx context.Context, a *API, id ID, req restore.Request, dry bool, preview, apply planner[ID]) (*planAnswer, error) {
	do := apply
	if dry {
		do = preview
	}
	p, err := do(ctx, callerOf(ctx), id, req)
	if err == nil && dry {
		err = a.Auth.RecordViewed(ctx, identityOf(ctx))
	}
	if err != nil {
		return nil, err
	}
	return &planAnswer{planOf(p)}, nil
}

func (a *API) restoreEvent(ctx context.Context, in *struct {
	EventPath
	Body *RestoreBody
}) (*planAnswer, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	req, dry := in.Body.request()
	return plan(ctx, a, in.ID, req, dry, a.Restore.Preview, a.Restore.Apply)
}

func (a *API) undoEvent(ctx context.Context, in *struct {
	EventPath
	Body *undoBody
}) (*planAnswer, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	req, dry := in.Body.request()
	return plan(ctx, a, in.ID, req, dry, a.Restore.PreviewUndo, a.Restore.Undo)
}

func (a *API) restoreOperation(ctx context.Context, in *struct {
	OperationPath
	Body *RestoreBody
}) (*planAnswer, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	req, dry := in.Body.request()
	return plan(ctx, a, in.Operation, req, dry, a.Restore.PreviewOperation, a.Restore.ApplyOperation)
}

func (a *API) undoOperation(ctx context.Context, in *struct {
	OperationPath
	Body *undoBody
}) (*planAnswer, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	req, dry := in.Body.request()
	return plan(ctx, a, in.Operation, req, dry, a.Restore.PreviewUndoOperation, a.Restore.UndoOperation)
}
