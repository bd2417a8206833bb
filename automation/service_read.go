package automation

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/workflow"
)

// Runs returns the runs of a workflow, newest first, those below before ("" for the newest), at most limit. A workflow
// that was deleted still has them. errs.Forbidden for somebody who does not see all records: they name others' ones.
func (s *Service) Runs(ctx context.Context, c audit.Caller, flow audit.RecordID, before RunID, limit int) ([]Run, error) {
	if err := s.readable(ctx, c, flow); err != nil {
		return nil, err
	}
	return s.Store.Runs(ctx, c.Account, flow, before, limit)
}

// RunOf returns one run of a workflow; errs.NotFound when it has none of this id.
func (s *Service) RunOf(ctx context.Context, c audit.Caller, flow audit.RecordID, id RunID) (Run, error) {
	if err := s.readable(ctx, c, flow); err != nil {
		return Run{}, err
	}
	r, err := s.Store.Run(ctx, c.Account, id)
	if err == nil && r.Workflow != flow {
		return Run{}, errs.New(errs.NotFound, "not_found", "There is no such run of this workflow.")
	}
	return r, err
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
