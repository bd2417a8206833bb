package automation

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workflow"
)

// Runs returns the runs of a workflow, newest first, those below before ("" for the newest), at most limit. A workflow
// that was deleted still has them. errs.Forbidden for somebody who does not see all records: they name others' ones.
// Subject and Record are empty for a caller who may not read the log, but for the record of an event that is about one.
func (s *Service) Runs(ctx context.Context, c audit.Caller, flow audit.RecordID, before RunID, limit int) ([]Run, error) {
	if err := s.readable(ctx, c, flow); err != nil {
		return nil, err
	}
	runs, err := s.Store.Runs(ctx, c.Account, flow, before, limit)
	for i := range runs {
		runs[i] = s.shown(c, runs[i])
	}
	return runs, err
}

// RunOf returns one run of a workflow, as Runs does; errs.NotFound when it has none of this id.
func (s *Service) RunOf(ctx context.Context, c audit.Caller, flow audit.RecordID, id RunID) (Run, error) {
	if err := s.readable(ctx, c, flow); err != nil {
		return Run{}, err
	}
	r, err := s.Store.Run(ctx, c.Account, id)
	if err == nil && r.Workflow != flow {
		return Run{}, errs.New(errs.NotFound, "not_found", "There is no such run of this workflow.")
	}
	return s.shown(c, r), err
}

// shown is a run without what only the log says of its event, for a caller who may not read that: the description has the
// values, and of a login or of a change of staff the record is news already.
func (s *Service) shown(c audit.Caller, r Run) Run {
	if c.May(audit.AuditRead) {
		return r
	}
	r.Subject = ""
	schema := s.Engine.Schema(c.Account)
	if r.Record != nil && !(workflow.Trigger(r.Type).AboutRecords(schema) && workflow.Trigger(r.Record.Object+".*").AboutRecords(schema)) {
		r.Record = nil
	}
	return r
}

func (s *Service) readable(ctx context.Context, c audit.Caller, flow audit.RecordID) error {
	if !c.May(audit.RecordsRead) || c.OnlyAssigned() {
		return errs.MissingPermission(string(audit.RecordsRead), "see the runs of workflows")
	}
	_, err := s.Engine.Record(ctx, c, workflow.Object, flow)
	if errs.Is(err, errs.Gone) {
		return nil
	}
	return err
}
