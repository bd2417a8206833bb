package api

import (
	"bytes"
	"context"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

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

type togetherBody struct {
	RestoreBody
	Operations []audit.OperationID `json:"operations" minItems:"1" maxItems:"500" doc:"The deletions, as GET /audit/deleted names their operations"`
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

// Preference is the header by which a caller asks not to wait.
type Preference struct {
	Prefer string `header:"Prefer" doc:"respond-async: do it in the background, and answer 202 with the job" example:"respond-async"`
}

// isAsync reads the preference; others are none of ours, and ignored as RFC 7240 has it.
func (p Preference) isAsync() bool {
	return slices.ContainsFunc(strings.Split(p.Prefer, ","), func(one string) bool {
		one, _, _ = strings.Cut(one, ";")
		return strings.EqualFold(strings.TrimSpace(one), "respond-async")
	})
}

// takenBack is a plan, or with 202 the job that carries it out.
type takenBack struct {
	Status     int
	Preference string `header:"Preference-Applied"`
	Location   string `header:"Location"`
	Body       planOrJob
}

type planOrJob struct {
	plan *Plan
	job  *RestoreJob
}

// value is the one that there is.
func (b planOrJob) value() any {
	if b.job != nil {
		return b.job
	}
	return b.plan
}

func (b planOrJob) appendJSON(to []byte) []byte {
	var buf bytes.Buffer
	if err := huma.DefaultJSONFormat.Marshal(&buf, b.value()); err != nil {
		panic("api: a plan: " + err.Error()) // texts and numbers
	}
	return append(to, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...)
}

// Schema implements huma.SchemaProvider.
func (planOrJob) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[Plan](), true, "Plan")
}

// takesBack describes a route that restores or undoes: with 202 it answers the job.
func (a *API) takesBack(op huma.Operation) huma.Operation {
	job := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[RestoreJob](), true, "RestoreJob")
	op.Responses = map[string]*huma.Response{"202": {Description: "The job that does it, with the preference respond-async; its address is in the header Location",
		Content: map[string]*huma.MediaType{"application/json": {Schema: job}}}}
	return also(op, http.StatusGone, http.StatusUnprocessableEntity)
}

// readPlans is the door to plans, which show old values: it checks the permission, and notes the visit to the log.
func (a *API) readPlans(ctx context.Context) error {
	if err := restore.Allowed(callerOf(ctx)); err != nil {
		return err
	}
	return a.Auth.RecordViewed(ctx, identityOf(ctx))
}

// takeBack previews, applies or enqueues. Each answers a plan, the refusal of one that is out of date as well.
func (a *API) takeBack(ctx context.Context, sc restore.Scope, req restore.Request, dry bool, p Preference) (*takenBack, error) {
	if err := a.readPlans(ctx); err != nil {
		return nil, err
	}
	caller := callerOf(ctx)
	switch {
	case dry:
		plan, err := a.Restore.PreviewScope(ctx, caller, sc, req)
		if err != nil {
			return nil, err
		}
		return &takenBack{Status: http.StatusOK, Body: planOrJob{plan: planOf(plan)}}, nil
	case p.isAsync():
		j, err := a.TakeBack.Enqueue(ctx, caller, sc, req)
		if err != nil {
			return nil, err
		}
		return &takenBack{Status: http.StatusAccepted, Preference: "respond-async", Location: Prefix + "/audit/restores/" + string(j.ID), Body: planOrJob{job: restoreJobOf(j)}}, nil
	}
	plan, err := a.Restore.ApplyScope(ctx, caller, sc, req)
	if err != nil {
		return nil, err
	}
	return &takenBack{Status: http.StatusOK, Body: planOrJob{plan: planOf(plan)}}, nil
}

func (a *API) restoreEvent(ctx context.Context, in *struct {
	EventPath
	Preference
	Body *RestoreBody
}) (*takenBack, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	req, dry := in.Body.request()
	return a.takeBack(ctx, restore.Scope{Event: in.ID}, req, dry, in.Preference)
}

func (a *API) undoEvent(ctx context.Context, in *struct {
	EventPath
	Preference
	Body *undoBody
}) (*takenBack, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	req, dry := in.Body.request()
	return a.takeBack(ctx, restore.Scope{Undo: true, Event: in.ID}, req, dry, in.Preference)
}

func (a *API) restoreOperation(ctx context.Context, in *struct {
	OperationPath
	Preference
	Body *RestoreBody
}) (*takenBack, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	req, dry := in.Body.request()
	return a.takeBack(ctx, restore.Scope{Operation: in.Operation}, req, dry, in.Preference)
}

func (a *API) undoOperation(ctx context.Context, in *struct {
	OperationPath
	Preference
	Body *undoBody
}) (*takenBack, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	req, dry := in.Body.request()
	return a.takeBack(ctx, restore.Scope{Undo: true, Operation: in.Operation}, req, dry, in.Preference)
}

func (a *API) restoreTogether(ctx context.Context, in *struct {
	Preference
	Body togetherBody
}) (*takenBack, error) {
	for _, op := range in.Body.Operations {
		if err := (OperationPath{op}).check(); err != nil {
			return nil, err
		}
	}
	req, dry := in.Body.request()
	return a.takeBack(ctx, restore.Scope{Deletions: in.Body.Operations}, req, dry, in.Preference)
}
