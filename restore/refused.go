package restore

import (
	"context"
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// refuseObjects says in the plan that the caller may not take back what it counts.
func (p *Plan) refuseObjects(schema *crm.Schema, caller audit.Caller) {
	for _, c := range p.Restores {
		if err := schema.MayTakeBack(caller, c.Object); err != nil {
			p.Refused = errs.Of(err)
			return
		}
	}
}

// probed is how many records of an undo are checked against their objects' own rules before it is applied.
const probed = 100

// refuseRules says in the plan which rule of an object would refuse what comes back: a password that has to be entered again for
// another mail server, say.
func (r *reversal) refuseRules(ctx context.Context, caller audit.Caller) error {
	if r.p.Refused != nil {
		return nil
	}
	fields := map[audit.RecordID]map[string]audit.Value{} // as the last step that has them leaves them
	ids := map[string][]audit.RecordID{}
	for _, st := range r.steps {
		of := fields[st.record.ID]
		if of == nil {
			if len(fields) == probed {
				break
			}
			of = map[string]audit.Value{}
			fields[st.record.ID] = of
			ids[st.record.Object] = append(ids[st.record.Object], st.record.ID)
		}
		for key, v := range st.fields {
			of[key] = v
		}
	}
	for object, some := range ids {
		rows, err := r.view.Rows(ctx, object, some)
		if err != nil {
			return err
		}
		slices.SortFunc(rows, func(a, b crm.Row) int { return slices.Index(some, a.ID) - slices.Index(some, b.ID) })
		for i := range rows {
			err := r.service.engine.ProbeFields(ctx, r.view, caller, &rows[i], fields[rows[i].ID])
			if err != nil && errs.Of(err).Kind == errs.Internal {
				return err
			}
			if err != nil {
				r.p.Refused = errs.Of(err)
				return nil
			}
		}
	}
	return nil
}
