package api

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/restore"
)

const problemType = "application/problem+json"

// Problem is an error as RFC 9457 has it.
type Problem struct {
	Type    string       `json:"type" doc:"A URI that names the code" example:"urn:backtrail:problem:unknown_field"`
	Title   string       `json:"title" doc:"The general reason, the same for every error of this status"`
	Status  int          `json:"status" doc:"The HTTP status" example:"400"`
	Detail  string       `json:"detail" doc:"What is wrong, in a sentence or two"`
	Code    string       `json:"code" doc:"What is wrong, for programs" example:"unknown_field"`
	Fields  []errs.Field `json:"fields,omitempty" nullable:"false" doc:"The single mistakes"`
	Fix     string       `json:"fix,omitempty" doc:"What to do about it"`
	Request string       `json:"request,omitempty" doc:"The id of the request, as in the header X-Request-ID"`
	Plan    *Plan        `json:"plan,omitempty" doc:"What would be restored, with the conflicts that stand in the way"`
	Effects []crm.Effect `json:"effects,omitempty" nullable:"false" doc:"What a change of an object would do to its records, with what stands in the way"`
	// MergedInto is of a 410 alone.
	MergedInto *RecordRef `json:"merged_into,omitempty" doc:"The record that the one which is gone was merged into"`

	header http.Header
}

var (
	_ huma.StatusError  = (*Problem)(nil)
	_ huma.HeadersError = (*Problem)(nil)
)

// Error is the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemType }

// refuse is the one adapter from an error to its answer: it logs what is ours to mend, and records what was forbidden.
func (a *API) refuse(ctx context.Context, err error) *Problem {
	e := errs.Of(err)
	c := callOf(ctx)
	switch {
	case e.Kind == errs.Forbidden && c != nil:
		origin := c.identity.Caller.Origin
		if err := a.Auth.RecordDenied(context.WithoutCancel(ctx), origin, e, c.asked); err != nil {
			a.Logger.ErrorContext(ctx, "a refusal could not be recorded", "err", err, "request", audit.ContextOf(ctx).Request)
		}
	case e.Kind == errs.Internal && !errors.Is(err, context.Canceled):
		a.Logger.ErrorContext(ctx, "a request failed", "err", err, "request", audit.ContextOf(ctx).Request)
	}
	return problemOf(ctx, e)
}

func problemOf(ctx context.Context, e *errs.Error) *Problem {
	p := &Problem{Type: "urn:backtrail:problem:" + e.Code, Title: e.Kind.Sentence(), Status: e.Kind.Status(), Detail: e.Detail,
		Code: e.Code, Fields: e.Fields, Fix: e.Fix, Request: audit.ContextOf(ctx).Request, header: http.Header{}}
	if plan, ok := e.Extra[restore.PlanKey].(*restore.Plan); ok {
		p.Plan = planOf(plan)
	}
	p.Effects, _ = e.Extra[crm.RedefinitionKey].([]crm.Effect)
	if into, ok := e.Extra[crm.MergedIntoKey].(*audit.Ref); ok {
		p.MergedInto = &RecordRef{into.Object, into.ID, into.Name}
	}
	switch e.Kind {
	case errs.Unauthenticated:
		p.header.Set("WWW-Authenticate", `Bearer realm="Backtrail"`)
	case errs.TooMany:
		p.header.Set("Retry-After", strconv.Itoa(max(1, int(auth.RetryAfter(e).Seconds()))))
	}
	return p
}

// write sends the problem.
func (p *Problem) write(w http.ResponseWriter) {
	body, err := json.Marshal(p)
	if err != nil {
		panic("api: problem: " + err.Error()) // texts and numbers
	}
	maps.Copy(w.Header(), p.header)
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	w.Write(append(body, '\n'))
}
