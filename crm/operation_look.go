package crm

import (
	"context"
	"fmt"
	"maps"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
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

// Holder returns the record that has the value in a field that is unique in the account, capital and small letters being the same.
// It is nil when none has it, or the caller may not see the one that does. Unlike Find, it looks at one record.
func (op *Operation) Holder(ctx context.Context, object, field string, v audit.Value) (*Record, error) {
	o, err := op.schema.readable(op.caller, object)
	if err != nil {
		return nil, err
	}
	f, ok := o.Field(field)
	if !ok || !f.Unique {
		return nil, fmt.Errorf("crm: %s.%s is not unique in the account", object, field)
	}
	key, ok := o.UniqueKeyOf(f, map[string]audit.Value{field: v})
	if !ok {
		return nil, nil
	}
	id, err := op.tx.Holder(ctx, key)
	if err != nil || id == "" {
		return nil, err
	}
	rec, err := op.schema.visible(ctx, op.tx, op.caller, o, id)
	if errs.Is(err, errs.NotFound) {
		return nil, nil
	}
	return rec, err
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
		return op.checkRow(ctx, o, nil, &row, checking{coming: coming})
	}
	fields, secrets, err := o.normalizeInput(in)
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
	row.Secrets = secrets
	return op.checkRow(ctx, o, &was, &row, checking{coming: coming})
}
