package api

import (
	"context"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/past"
	"github.com/backtrail/backtrail/workspace"
)

// recordAsOf is a record as its events tell it up to and with a time.
func (a *API) recordAsOf(ctx context.Context, o *crm.Object, id audit.RecordID, asOf string) (*crm.Record, error) {
	caller := callerOf(ctx)
	for _, p := range []audit.Permission{audit.RecordsRead, audit.AuditRead} {
		if !caller.May(p) {
			return nil, errs.MissingPermission(string(p), "see how records were in the past")
		}
	}
	if err := a.Auth.RecordViewed(ctx, identityOf(ctx)); err != nil {
		return nil, err
	}
	at, err := audit.ParseTime(asOf, workspace.Zone(identityOf(ctx).Account))
	if err != nil {
		return nil, errs.InvalidField("as_of", "invalid_time", "as_of is %s; give a date (2026-03-01) or a time (2026-03-01T09:30:00Z).", audit.Quote(strings.ToValidUTF8(asOf, "\uFFFD")))
	}
	rec, err := past.Reader{Log: a.log(ctx), Account: caller.Account}.Record(ctx, o, id, at)
	return rec.Record, err
}
