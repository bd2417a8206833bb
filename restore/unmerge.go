package restore

import (
	"context"
	"maps"
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// unmerge is what a restoration of a merge does beside bringing the loser back: the winner's values are put back where
// they are still what the merge made them, and the links go back that still lead to the winner.
type unmerge struct {
	lead          audit.EventID
	winner, loser audit.Ref
	updates       []part // of the winner, in their order
	there         bool   // the winner still is
	back          *reversal
	// freed are unique values that the winner gives back before the loser comes.
	freed map[crm.UniqueKey]bool
}

// mergeOf returns the event that led the merge which e belongs to, itself or by being the deletion of the loser; nil when
// it belongs to none.
func mergeOf(ctx context.Context, v View, schema *crm.Schema, e *audit.Event, stored audit.Stored) (lead *audit.Event, leadStored audit.Stored, loser *audit.Ref, err error) {
	if e.Record == nil {
		return nil, stored, nil, nil
	}
	o, err := schema.Object(e.Record.Object)
	if err != nil {
		return nil, stored, nil, nil // the object is gone, and its merges with it
	}
	if o.MergedInto(e) != nil && e.Action == audit.Deleted {
		if stored, err = v.Event(ctx, e.Cause); err != nil {
			return nil, stored, nil, err
		}
		if e, err = stored.Event(); err != nil {
			return nil, stored, nil, err
		}
	}
	loser, ok := o.MergeOf(e)
	if !ok {
		return nil, stored, nil, nil
	}
	return e, stored, loser, nil
}

// leadsMerge reports whether an event leads a merge.
func (s *Service) leadsMerge(e *audit.Event) bool {
	if e.Record == nil || e.Outcome != audit.Success {
		return false
	}
	o, err := s.engine.Schema(e.Account).Object(e.Record.Object)
	if err != nil {
		return false
	}
	_, ok := o.MergeOf(e)
	return ok
}

// ofWinner reports whether an event of the merge changed the winner.
func (u *unmerge) ofWinner(e *audit.Event) bool {
	return u != nil && e.Action == audit.Updated && e.Record != nil && e.Record.ID == u.winner.ID
}

// checkWinner plans what the winner gives back.
func (r *restoration) checkWinner(ctx context.Context, wanted []string) error {
	u := r.merge
	if u == nil {
		return nil
	}
	rows, err := r.view.Rows(ctx, u.winner.Object, []audit.RecordID{u.winner.ID})
	if err != nil {
		return err
	}
	u.there, u.freed, u.back = len(rows) > 0, map[crm.UniqueKey]bool{}, nil
	if !u.there {
		return nil
	}
	u.back = &reversal{service: r.service, schema: r.schema, view: r.view, resolutions: r.resolutions, wanted: wanted, p: r.p,
		state: map[audit.RecordID]*crm.Record{}, token: r.token, coming: &u.loser}
	for _, pt := range slices.Backward(u.updates) {
		if pt.undone {
			continue
		}
		if err := u.back.undoEvent(ctx, pt.event); err != nil {
			return err
		}
	}
	after := u.back.state[u.winner.ID]
	if after == nil {
		return nil
	}
	o, err := r.schema.Object(u.winner.Object)
	if err != nil {
		return err
	}
	for i := range o.Fields {
		was, had := o.UniqueKeyOf(&o.Fields[i], rows[0].Fields)
		if is, _ := o.UniqueKeyOf(&o.Fields[i], after.Fields); had && is != was {
			u.freed[was] = true
		}
	}
	return nil
}

// giveBack puts the winner's values back, but for references to the loser, and returns the events that this takes back.
func (u *unmerge) giveBack(ctx context.Context, op *crm.Operation, applied audit.EventID) ([]audit.EventID, error) {
	undone := []audit.EventID{u.lead}
	op.SameFor(u.winner.ID, u.loser.ID)
	if u.back == nil {
		return undone, nil
	}
	for _, st := range u.back.steps {
		if st.whole {
			undone = append(undone, st.event)
		}
	}
	return undone, u.put(ctx, op, applied, func(v audit.Value) bool { return v.Text() != string(u.loser.ID) })
}

// pointBack lets the winner point at the loser again, which has to be there by now.
func (u *unmerge) pointBack(ctx context.Context, op *crm.Operation, applied audit.EventID) error {
	if u == nil || u.back == nil {
		return nil
	}
	return u.put(ctx, op, applied, func(v audit.Value) bool { return v.Text() == string(u.loser.ID) })
}

// put sets those of the winner's fields whose value fits.
func (u *unmerge) put(ctx context.Context, op *crm.Operation, applied audit.EventID, fits func(audit.Value) bool) error {
	for _, st := range u.back.steps {
		fields := maps.Clone(st.fields)
		maps.DeleteFunc(fields, func(_ string, v audit.Value) bool { return !fits(v) })
		if len(fields) == 0 {
			continue
		}
		if _, err := op.SetFields(ctx, st.record.Object, st.record.ID, fields, applied, st.event); err != nil {
			return err
		}
	}
	return nil
}

// goesBack reports whether a link that the merge moved leads back to the loser. One that somebody has set to something
// else since stays as it is; one that was emptied when the winner was deleted does not.
func (u *unmerge) goesBack(c audit.Change, now audit.Value) bool {
	return now == c.After || now == audit.None && !u.there
}

// moved reports whether the merge moved this link.
func (u *unmerge) moved(c audit.Change) bool {
	return u != nil && c.Before.Text() == string(u.loser.ID) && c.After.Text() == string(u.winner.ID)
}

// become is the living record that a record which was merged away is today, nil for none.
func (r *restoration) become(ctx context.Context, f *crm.Field, id audit.RecordID) (*audit.Ref, error) {
	o, err := r.schema.Object(f.Object)
	if err != nil {
		return nil, err
	}
	for range 20 { // merges of merges
		_, e, err := r.deletion(ctx, id)
		if err != nil || e == nil {
			return nil, err
		}
		into := o.MergedInto(e)
		if into == nil {
			return nil, nil
		}
		rows, err := r.view.Rows(ctx, o.Key, []audit.RecordID{into.ID})
		if err != nil {
			return nil, err
		}
		if len(rows) > 0 {
			return rows[0].Ref(), nil
		}
		id = into.ID
	}
	return nil, nil
}
