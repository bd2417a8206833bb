package api

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/export"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/workspace"
)

// Export is an export with its progress.
type Export struct {
	ID          jobs.ID       `json:"id"`
	Status      jobs.Status   `json:"status" enum:"queued,running,done,failed,cancelled"`
	Format      export.Format `json:"format"`
	Filter      url.Values    `json:"filter" doc:"The filter with from and to as times"`
	Timezone    string        `json:"timezone" doc:"Of the times in the file"`
	Withhold    []string      `json:"withhold" doc:"Classes of values that an evidence pack leaves out"`
	Complete    bool          `json:"complete" doc:"Whether an evidence pack proves that nothing was left out"`
	RequestedBy ActorRef      `json:"requested_by"`
	RetriedBy   *ActorRef     `json:"retried_by,omitempty" doc:"Who tried it again last, after it had failed; not there when nobody did"`
	Progress    Progress      `json:"progress"`
	Rows        *int64        `json:"rows" doc:"null until it is done, as bytes and sha256"`
	Bytes       *int64        `json:"bytes"`
	SHA256      *string       `json:"sha256" doc:"Of the whole file, in hex"`
	Error       *string       `json:"error" doc:"Why it failed"`
	CreatedAt   string        `json:"created_at" format:"date-time"`
	FinishedAt  *string       `json:"finished_at" format:"date-time"`
	ExpiresAt   *string       `json:"expires_at" format:"date-time" doc:"When the file goes"`
}

// Progress counts events; total is 0 while it is not known.
type Progress struct {
	Done  int64 `json:"done"`
	Total int64 `json:"total"`
}

// refOf is an actor as answers name it.
func refOf(a audit.Actor) ActorRef {
	return ActorRef{a.Type, nullable(a.ID), a.Name, nullable(a.Email)}
}

func exportOf(e export.Export) Export {
	out := Export{ID: e.ID, Status: e.Status, Format: e.Format, Filter: e.Filter, Timezone: e.Timezone, Withhold: append([]string{}, e.Withhold...), Complete: e.Complete,
		RequestedBy: refOf(e.RequestedBy), Progress: Progress(e.Progress),
		Error: nullable(e.Error), CreatedAt: timeText(e.CreatedAt), FinishedAt: nullableTime(e.FinishedAt), ExpiresAt: nullableTime(e.ExpiresAt)}
	if e.RetriedBy != nil {
		out.RetriedBy = new(refOf(*e.RetriedBy))
	}
	if e.Status == jobs.Done {
		out.Rows, out.Bytes, out.SHA256 = &e.Rows, &e.Bytes, &e.SHA256
	}
	return out
}

type exportAnswer struct{ Body Export }

// exportFilter is the parameters of a filter, each a text or a list of texts.
type exportFilter map[string]texts

type texts []string

// UnmarshalJSON takes one text as a list of one.
func (t *texts) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		*t = make(texts, 1)
		return json.Unmarshal(b, &(*t)[0])
	}
	return json.Unmarshal(b, (*[]string)(t))
}

// Schema implements huma.SchemaProvider.
func (exportFilter) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeObject, Description: "The parameters of GET /audit/events, each a text or a list of texts",
		Examples: []any{map[string]any{"from": "2026-03-01", "action": []any{"deleted", "restored"}}}, Properties: map[string]*huma.Schema{}, AdditionalProperties: false}
	for _, name := range audit.FilterParams {
		s.Properties[name] = &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString}}}}
	}
	s.PrecomputeMessages()
	return s
}

// withheld is classes of values.
type withheld []string

// Schema implements huma.SchemaProvider.
func (withheld) Schema(huma.Registry) *huma.Schema {
	item := &huma.Schema{Type: huma.TypeString}
	for _, class := range audit.Withholdable {
		item.Enum = append(item.Enum, class)
	}
	s := &huma.Schema{Type: huma.TypeArray, Items: item}
	item.PrecomputeMessages()
	s.PrecomputeMessages()
	return s
}

type exportBody struct {
	Format   string       `json:"format" enum:"csv,jsonl,evidence" doc:"evidence is a ZIP that an auditor checks offline: docs/ledger.md, Evidence pack"`
	Filter   exportFilter `json:"filter,omitempty"`
	Withhold withheld     `json:"withhold,omitempty" doc:"For evidence: classes of values that are left out, and still proved to have been there"`
	Complete bool         `json:"complete,omitempty" doc:"For evidence: prove that nothing was left out, with the headers of all other events of the time"`
	Timezone string       `json:"timezone,omitempty" doc:"IANA name, of the times in the file; the account's when it is not given"`
}

func (a *API) createExport(ctx context.Context, in *struct{ Body exportBody }) (*exportAnswer, error) {
	filter := url.Values{}
	for name, values := range in.Body.Filter {
		filter[name] = values
	}
	e, err := a.Exports.Request(ctx, callerOf(ctx), export.Request{Format: in.Body.Format, Filter: filter, Timezone: in.Body.Timezone,
		Zone: workspace.Zone(identityOf(ctx).Account), Withhold: in.Body.Withhold, Complete: in.Body.Complete})
	if err != nil {
		return nil, err
	}
	return &exportAnswer{exportOf(e)}, nil
}

// ExportPage is a page of exports.
type ExportPage struct {
	Exports    []Export `json:"exports"`
	NextCursor *string  `json:"next_cursor" doc:"For the next page; null at the end"`
}

type exportsAnswer struct{ Body ExportPage }

func (a *API) listExports(ctx context.Context, in *Paging) (*exportsAnswer, error) {
	caller := callerOf(ctx)
	var after jobs.ID
	if err := readCursor(in.Cursor, &after, caller.Account, "exports"); err != nil {
		return nil, err
	}
	found, err := a.Exports.List(ctx, caller, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &exportsAnswer{ExportPage{Exports: []Export{}}}
	if len(found) > in.Limit {
		found = found[:in.Limit]
		out.Body.NextCursor = cursorOf(found[in.Limit-1].ID, caller.Account, "exports")
	}
	for _, e := range found {
		out.Body.Exports = append(out.Body.Exports, exportOf(e))
	}
	return out, nil
}

// ExportPath names an export in the address.
type ExportPath struct {
	ID jobs.ID `path:"id" doc:"Id of the export"`
}

func (a *API) getExport(ctx context.Context, in *ExportPath) (*exportAnswer, error) {
	e, err := a.Exports.Get(ctx, callerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &exportAnswer{exportOf(e)}, nil
}

func (a *API) retryExport(ctx context.Context, in *ExportPath) (*exportAnswer, error) {
	e, err := a.Exports.Retry(ctx, callerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &exportAnswer{exportOf(e)}, nil
}

func (a *API) deleteExport(ctx context.Context, in *ExportPath) (*none, error) {
	return &none{}, a.Exports.Delete(ctx, callerOf(ctx), in.ID)
}
