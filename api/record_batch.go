package api

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

type batchBody struct {
	Create []RecordInput    `json:"create,omitempty"`
	Update []batchUpdate    `json:"update,omitempty"`
	Delete []audit.RecordID `json:"delete,omitempty" doc:"Ids"`
}

type batchUpdate struct {
	ID audit.RecordID `json:"id"`
	RecordInput
}

// BatchResult is what a batch did.
type BatchResult struct {
	Operation audit.OperationID `json:"operation"`
	Created   []Record          `json:"created" doc:"In the order of the request"`
	Updated   []Record          `json:"updated" doc:"In the order of the request"`
	Deleted   map[string]int    `json:"deleted" doc:"The number of deleted records by object, with those that went along"`
}

type batchAnswer struct{ Body BatchResult }

func (a *API) batch(ctx context.Context, in *struct {
	ObjectPath
	Body batchBody
}) (*batchAnswer, error) {
	o, err := a.schema(ctx).Object(in.Object)
	if err != nil {
		return nil, err
	}
	b := crm.Batch{Delete: in.Body.Delete}
	for _, c := range in.Body.Create {
		b.Create = append(b.Create, crm.Input(c.Fields))
	}
	for _, u := range in.Body.Update {
		b.Update = append(b.Update, crm.BatchUpdate{ID: u.ID, Fields: crm.Input(u.Fields)})
	}
	res, err := a.Engine.Batch(ctx, callerOf(ctx), in.Object, b)
	if err != nil {
		return nil, err
	}
	return &batchAnswer{BatchResult{res.Operation, recordsOf(o, res.Created), recordsOf(o, res.Updated), res.Deleted}}, nil
}
