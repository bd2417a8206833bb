package api

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/takeback"
)

// RestoreJob is a restore or an undo in the background.
type RestoreJob struct {
	ID         jobs.ID     `json:"id"`
	Status     jobs.Status `json:"status" enum:"queued,running,done,failed,cancelled"`
	Progress   Progress    `json:"progress"`
	Plan       jobPlan     `json:"plan"`
	Error      *string     `json:"error" doc:"Why nothing was done, when it failed"`
	CreatedAt  string      `json:"created_at" format:"date-time"`
	FinishedAt *string     `json:"finished_at" format:"date-time"`
}

func restoreJobOf(j takeback.Job) *RestoreJob {
	out := &RestoreJob{ID: j.ID, Status: j.Status, Progress: Progress(j.Progress), Error: nullable(j.Error), CreatedAt: timeText(j.CreatedAt), FinishedAt: nullableTime(j.FinishedAt)}
	if j.Plan != nil {
		out.Plan.plan = planOf(j.Plan)
	}
	return out
}

type restoreJobAnswer struct{ Body *RestoreJob }

type restoreJobPath struct {
	ID jobs.ID `path:"id" doc:"Id of the job"`
}

func (p restoreJobPath) check() error {
	if audit.ValidID(p.ID) {
		return nil
	}
	return errs.New(errs.NotFound, "not_found", "There is no such job.")
}

func (a *API) getRestoreJob(ctx context.Context, in *restoreJobPath) (*restoreJobAnswer, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	if err := a.readPlans(ctx); err != nil {
		return nil, err
	}
	j, err := a.TakeBack.Get(ctx, callerOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &restoreJobAnswer{restoreJobOf(j)}, nil
}

func (a *API) cancelRestoreJob(ctx context.Context, in *restoreJobPath) (*none, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	return nil, a.TakeBack.Cancel(ctx, callerOf(ctx), in.ID)
}
