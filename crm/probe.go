package crm

import (
	"context"
	"maps"

	"github.com/backtrail/backtrail/audit"
)

// reading is a Tx for an operation that only checks. Its writer is nil: to write by it is a mistake of ours.
type reading struct {
	View
	writer
}

// ProbeFields returns the error with which SetFields would refuse to put values back into a record as it is now, and writes nothing.
func (e *Engine) ProbeFields(ctx context.Context, v View, caller audit.Caller, now *Row, fields map[string]audit.Value) error {
	schema, err := e.SchemaIn(ctx, v, caller.Account)
	if err != nil {
		return err
	}
	o, err := schema.Object(now.Object)
	if err != nil {
		return err
	}
	op := e.begin(reading{View: v}, schema, caller)
	after := *now.Record.Clone()
	maps.Copy(after.Fields, fields)
	after.Fields = withoutNone(after.Fields)
	if err := op.fill(ctx, o, &now.Record, &after); err != nil {
		return err
	}
	row := o.row(after)
	return op.check(ctx, o, now, &row)
}
