package api

import (
	"context"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workspace"
)

// AuditFilter is the parameters that narrow the log: each may repeat (any of the values), different ones narrow.
// audit.ParseFilter reads them; the fields are their documentation.
type AuditFilter struct {
	From      string   `query:"from" doc:"A time, or a date in the account's time zone" example:"2026-03-01"`
	To        string   `query:"to" doc:"The end, exclusive"`
	User      []string `query:"user,explode" doc:"Ids of actors"`
	Type      []string `query:"type,explode" doc:"Event types or patterns: opportunity.stage_changed, opportunity.*, *.deleted"`
	Action    []string `query:"action,explode" doc:"created, updated, deleted, restored, accessed or executed"`
	Module    []string `query:"module,explode" doc:"Keys of modules"`
	Object    []string `query:"object,explode" doc:"Keys of objects"`
	Record    []string `query:"record,explode" doc:"Ids of records"`
	About     []string `query:"about,explode" doc:"Ids of records: their own events, and those of what belongs to them or names them"`
	Field     []string `query:"field,explode" doc:"Keys of fields that changed"`
	Operation []string `query:"operation,explode" doc:"Ids of operations"`
	Outcome   []string `query:"outcome,explode" doc:"success, denied or failed"`
	Channel   []string `query:"channel,explode" doc:"web, api, import, workflow, attach or system"`
	Q         []string `query:"q,explode" doc:"A question of the search language: words, \"phrases\", key:value, -not, OR, parentheses; see docs/search.md. Several must all apply" example:"renewal user:ana -action:deleted at:2026-01..2026-03"`

	params url.Values
}

// Resolve implements huma.Resolver.
func (f *AuditFilter) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	f.params = u.Query()
	return nil
}

// read checks that the caller may read the log, or their own part of it, and reads the filter.
func (f *AuditFilter) read(ctx context.Context, a *API) (audit.Filter, error) {
	if err := a.readLog(ctx); err != nil {
		return audit.Filter{}, err
	}
	return audit.ParseFilter(f.params, a.Catalog, workspace.Zone(identityOf(ctx).Account))
}

// readLog is the door to the log: it checks the permission, and notes the visit. Whatever shows events passes it, and reads
// them in [API.log].
func (a *API) readLog(ctx context.Context) error {
	if err := callerOf(ctx).MayReadLog(); err != nil {
		return err
	}
	return a.Auth.RecordViewed(ctx, identityOf(ctx))
}

// readWholeLog is the door to what makes no sense in a part of the log: the history of a record, verifications.
func (a *API) readWholeLog(ctx context.Context) error {
	if err := mayReadWholeLog(callerOf(ctx)); err != nil {
		return err
	}
	return a.readLog(ctx)
}

func mayReadWholeLog(c audit.Caller) error {
	if c.May(audit.AuditRead) {
		return nil
	}
	return errs.MissingPermission(string(audit.AuditRead), "read the audit log")
}

// log is the log as the caller may read it.
func (a *API) log(ctx context.Context) audit.Log { return audit.ReadableBy(a.Log, callerOf(ctx)) }
