package crm

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// fill works out what the object computes of a record that is about to be written, its name last.
func (op *Operation) fill(ctx context.Context, o *Object, before, after *Record) error {
	if o.Fill != nil {
		w := &Write{op: op, Object: o, Before: before, After: after, coming: func(audit.RecordID) bool { return false }}
		if err := o.Fill(ctx, w); err != nil {
			return err
		}
		after.Fields = withoutNone(after.Fields)
	}
	if o.Naming == nil {
		after.Name = o.Name(after.Fields)
		return nil
	}
	var failed error
	after.Name = cutName(o.Naming(func(key string) string {
		f, ok := o.Field(key)
		if !ok {
			return ""
		}
		text, err := op.text(ctx, f, after, after.Fields[key])
		if err != nil {
			failed = err
		}
		if text == "" && f.Type != RefType { // an id is no name
			text = after.Fields[key].Text()
		}
		return text
	}))
	return failed
}

// checkFirst refuses a second record of an object of which there is one.
func (op *Operation) checkFirst(ctx context.Context, o *Object) error {
	found, _, err := op.tx.Find(ctx, Query{Object: o, Sort: "created_at", Limit: 1})
	if err != nil || len(found) == 0 {
		return err
	}
	return errs.New(errs.Conflict, "only_one", "The account has its %s already.", o.Word().One).
		WithFix("Change the fields of the one that is there (%s).", found[0].ID)
}
