package api

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/schedule"
)

// Conflicts are the appointments that are in each other's way.
type Conflicts struct {
	Conflicts []Record `json:"conflicts" doc:"By their start; none of them is cancelled, invalid or a no-show"`
}

type conflictsAnswer struct{ Body Conflicts }

func (a *API) conflicts(ctx context.Context, in *struct {
	ID audit.RecordID `path:"id" doc:"Id of the appointment"`
}) (*conflictsAnswer, error) {
	o, err := a.schema(ctx).Object("appointment")
	if err != nil {
		return nil, err
	}
	rec, err := a.Engine.Record(ctx, callerOf(ctx), o.Key, in.ID)
	if err != nil {
		return nil, err
	}
	appointment, err := schedule.Of(rec)
	if err != nil {
		return nil, err
	}
	found, err := a.Schedule.Conflicts(ctx, callerOf(ctx), appointment)
	if err != nil {
		return nil, err
	}
	records := []*crm.Record{}
	for _, other := range found[rec.ID] {
		records = append(records, other.Record)
	}
	return &conflictsAnswer{Conflicts{recordsOf(o, records)}}, nil
}
