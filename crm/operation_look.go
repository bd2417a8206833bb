package crm

import (
	"context"
	"maps"

	"github.com/backtrail/backtrail/audit"
)

// Record returns a record as it is inside the operation; its errors are those of Engine.Record.
func (op *Operation) Record(ctx context.Context, object string, id audit.RecordID) (*Record, error) {
	o, err := op.schema.readable(op.caller, object)
	if err != nil {
		return nil, err
	}
	return op.schema.visible(ctx, op.tx, op.caller, o, id)
}

// Find returns the caller's page of records as they are inside the operation.
func (op *Operation) Find(ctx context.Context, q Query) ([]*Record, *Position, error) {
	o, err := op.schema.readable(op.caller, q.Object.Key)
	if err != nil {
		return nil, nil, err
	}
	q.Assigned = op.schema.assigned(op.caller, o)
	return op.tx.Find(ctx, q)
}

// Check returns the error with which Create (before nil) or Update would refuse to write in, and writes nothing. A
// reference to a record of which coming is true counts as good: the caller makes it before the write.
func (op *Operation) Check(ctx context.Context, object string, before *Record, in Input, coming func(audit.RecordID) bool) error {
	o, err := op.writable(object)
	if err != nil {
		return err
	}
	if before == nil {
		row, err := op.newRow(ctx, o, in)
		if err != nil {
			return err
		}
		return op.checkRow(ctx, o, nil, &row, coming)
	}
	fields, _, err := o.normalizeInput(in)
	if err != nil {
		return err
	}
	merged := maps.Clone(before.Fields)
	maps.Copy(merged, fields)
	after := *before
	after.Fields = withoutNone(merged)
	if err := op.fill(ctx, o, before, &after); err != nil {
		return err
	}
	was, row := o.row(*before), o.row(after)
	return op.checkRow(ctx, o, &was, &row, coming)
}
