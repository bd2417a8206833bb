package restore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// reversal is the work of putting changed fields back.
type reversal struct {
	service     *Service
	schema      *crm.Schema
	view        View
	resolutions resolutions
	wanted      []string
	p           *Plan
	// steps are in the order in which they are carried out: the last update first.
	steps []step
	// state is what the records would be after the steps so far; an operation may have changed one record twice.
	state map[audit.RecordID]*crm.Record
	// known are records that were read before they are needed.
	known map[audit.RecordID]*crm.Record
	// gone are records that were deleted since, which an undo of several leaves out.
	gone  map[audit.RecordID]bool
	token hash.Hash
	lead  *undoableEvent // of a selection's change, when all of it is undone; nil for none
	// partly is set when something is left to undo afterwards: a field that was not chosen, or that a decision leaves.
	partly bool
	coming *audit.Ref // comes back together with the fields, though it is not there yet; nil for none
}

// step puts fields of one record back, for one event.
type step struct {
	event  audit.EventID
	whole  bool // with it, every field of the event is put back
	record audit.Ref
	fields map[string]audit.Value
}

func (r *reversal) plan() *Plan { return r.p }

// maxUndo is how many updates one undo takes back; they are held in memory.
const maxUndo = crm.MaxSelectionTags

func (s *Service) planUndo(ctx context.Context, v View, caller audit.Caller, sc Scope, req Request, window time.Duration) (work, error) {
	if instead, err := s.undoneAs(ctx, v, &sc); err != nil || instead {
		if err != nil {
			return nil, err
		}
		return s.planRestore(ctx, v, caller, sc, req, window)
	}
	schema, err := s.engine.SchemaIn(ctx, v, caller.Account)
	if err != nil {
		return nil, err
	}
	r := &reversal{service: s, schema: schema, view: v, resolutions: indexed(req.Resolutions), wanted: req.Fields,
		state: map[audit.RecordID]*crm.Record{}, known: map[audit.RecordID]*crm.Record{}, gone: map[audit.RecordID]bool{}, token: sha256.New()}
	events, err := r.events(ctx, sc)
	if err != nil {
		return nil, err
	}
	r.p = &Plan{Event: events[0].ID, Record: events[0].Record, State: Available}
	if r.lead != nil {
		r.p.Event, r.p.Record = r.lead.ID, r.lead.Record
	}
	if err := r.prefetch(ctx, events); err != nil {
		return nil, err
	}
	left := 0
	for _, stored := range slices.Backward(events) {
		if stored.UndoneBy != "" {
			continue
		}
		left++
		if len(events) > 1 && r.gone[stored.Record.ID] {
			r.p.Kept++
			continue
		}
		if err := r.undoEvent(ctx, stored.Event); err != nil {
			return nil, err
		}
	}
	if left == 0 {
		r.p.State = Restored
	}
	counts := map[string]int{}
	for _, rec := range r.state {
		counts[rec.Object]++
	}
	for object, n := range counts {
		r.p.Restores = append(r.p.Restores, Count{object, n})
	}
	slices.SortFunc(r.p.Restores, func(a, b Count) int { return a.Count - b.Count })
	r.p.Steps = len(r.steps)
	r.p.refuseObjects(r.schema, caller)
	if err := r.refuseRules(ctx, caller); err != nil {
		return nil, err
	}
	r.p.Token = hex.EncodeToString(r.token.Sum(nil)[:16])
	return r, nil
}

// undoneAs reads what an undo is asked of: a merge is undone by bringing the loser back (true), and the event that leads
// the change of a selection stands for its operation.
func (s *Service) undoneAs(ctx context.Context, v View, sc *Scope) (bool, error) {
	id := sc.Event
	if sc.Operation != "" {
		id = audit.EventID(sc.Operation)
	}
	stored, err := v.Event(ctx, id)
	if sc.Operation != "" && errs.Is(err, errs.NotFound) {
		return false, errs.New(errs.NotFound, "not_found", "There is no such operation.")
	}
	if err != nil {
		return false, err
	}
	e, err := stored.Event()
	if err != nil {
		return false, err
	}
	if leadsSelection(e) && e.Action == audit.Updated {
		*sc = Scope{Undo: true, Operation: e.Operation}
	}
	return s.leadsMerge(e), nil
}

// leadsSelection reports whether e leads the change or the deletion of many records that were chosen together.
func leadsSelection(e *audit.Event) bool {
	return e.Leads() && e.Record != nil && e.Record.Object == crm.SelectionObject
}

// events are the updates that the scope covers, in their order; the first of them stands for all.
func (r *reversal) events(ctx context.Context, sc Scope) ([]undoableEvent, error) {
	if sc.Operation == "" {
		stored, err := r.view.Event(ctx, sc.Event)
		if err != nil {
			return nil, err
		}
		e, err := stored.Event()
		if err != nil {
			return nil, err
		}
		if why := r.service.whyNot(e); why != "" {
			return nil, notRestorable("%s", why)
		}
		return []undoableEvent{{e, stored.UndoneBy}}, nil
	}
	var out []undoableEvent
	none := "This operation changed no fields; there is nothing to undo."
	after := audit.EventID("")
	for {
		page, err := r.view.Operation(ctx, sc.Operation, after, chunk)
		if err != nil {
			return nil, err
		}
		for _, stored := range page {
			e, err := stored.Event()
			if err != nil {
				return nil, err
			}
			after = e.ID
			if leadsSelection(e) {
				r.lead = &undoableEvent{e, stored.UndoneBy}
			}
			if r.service.whyNot(e) == "" {
				out = append(out, undoableEvent{e, stored.UndoneBy})
			} else if row, _ := r.service.catalog.Type(e.Type); row.Final != "" {
				none = row.Final
			}
		}
		if len(out) > maxUndo {
			return nil, notRestorable("The operation has more than %s changes; undo them in parts.", audit.Thousands(maxUndo))
		}
		if len(page) < chunk {
			break
		}
	}
	switch {
	case after == "":
		return nil, errs.New(errs.NotFound, "not_found", "There is no such operation.")
	case len(out) == 0:
		return nil, notRestorable("%s", none)
	}
	return out, nil
}

// undoableEvent is an update with the event that took it back, if one did.
type undoableEvent struct {
	*audit.Event
	UndoneBy audit.EventID
}

func (r *reversal) undoEvent(ctx context.Context, e *audit.Event) error {
	steps := map[audit.RecordID]*step{}
	var order []audit.RecordID
	whole, last := true, -1
	for _, c := range e.Changes {
		ref := e.Record
		if c.Record != nil {
			ref = c.Record
		}
		if r.wanted != nil && !slices.Contains(r.wanted, c.Field) {
			whole = false
			continue
		}
		st := steps[ref.ID]
		if st == nil {
			st = &step{event: e.ID, record: *ref, fields: map[string]audit.Value{}}
			steps[ref.ID] = st
			order = append(order, ref.ID)
		}
		done, err := r.undoChange(ctx, st, c)
		if err != nil {
			return err
		}
		whole = whole && done
	}
	r.partly = r.partly || !whole
	for _, id := range order {
		if st := steps[id]; len(st.fields) > 0 {
			r.steps = append(r.steps, *st)
			last = len(r.steps) - 1
		}
	}
	if last >= 0 {
		r.steps[last].whole = whole
	}
	return nil
}

// prefetch reads the records of many events at once.
func (r *reversal) prefetch(ctx context.Context, events []undoableEvent) error {
	wanted := map[string][]audit.RecordID{}
	if len(events) == 1 {
		return nil
	}
	seen := map[audit.RecordID]bool{}
	for _, e := range events {
		if e.UndoneBy == "" && !seen[e.Record.ID] {
			seen[e.Record.ID] = true
			wanted[e.Record.Object] = append(wanted[e.Record.Object], e.Record.ID)
		}
	}
	for object, ids := range wanted {
		if _, err := r.schema.Object(object); err != nil {
			continue // what is undone tells
		}
		for some := range slices.Chunk(ids, chunk) {
			rows, err := r.view.Rows(ctx, object, some)
			if err != nil {
				return err
			}
			for _, id := range some {
				r.gone[id] = true
			}
			for i := range rows {
				r.known[rows[i].ID] = &rows[i].Record
				delete(r.gone, rows[i].ID)
			}
		}
	}
	return nil
}

// record is a record as it is after the steps so far.
func (r *reversal) record(ctx context.Context, ref audit.Ref) (*crm.Record, error) {
	if rec := r.state[ref.ID]; rec != nil {
		return rec, nil
	}
	rec := r.known[ref.ID]
	if rec == nil {
		rows, err := r.view.Rows(ctx, ref.Object, []audit.RecordID{ref.ID})
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			return nil, notRestorable("The record %s is no longer there. If it was deleted, restore it first.", audit.Quote(ref.Name))
		}
		rec = rows[0].Record.Clone()
	}
	fmt.Fprintln(r.token, rec.ID, rec.Version)
	r.state[ref.ID] = rec
	return rec, nil
}

// undoChange puts one field back in the step, and reports whether it does.
func (r *reversal) undoChange(ctx context.Context, st *step, c audit.Change) (bool, error) {
	o, err := r.schema.Object(st.record.Object)
	if err != nil {
		return false, err
	}
	rec, err := r.record(ctx, st.record)
	if err != nil {
		return false, err
	}
	conflict := Conflict{Object: o.Key, ID: rec.ID, Name: rec.Name, Field: c.Field, Label: c.Label}
	f, ok := o.Field(c.Field)
	if ok && f.Computed {
		return true, nil // it follows from the other fields
	}
	if !ok || c.Secret || !f.Takes(c.Before) {
		conflict.Kind, conflict.Resolutions = FieldGone, []Choice{Skip}
		conflict.Detail = fmt.Sprintf("The field %s is no longer there, or its values are not in the log.", audit.Quote(c.Label))
		if ok && !c.Secret {
			conflict.Detail = fmt.Sprintf("The field %s is of the type %s by now, which does not take %s.", audit.Quote(f.Label), f.Type.Label(), audit.Quote(c.BeforeShown()))
		}
		_, err := decide(r.p, r.resolutions, conflict)
		return false, err
	}
	now, back := rec.Fields[f.Key], c.Before
	if now == back {
		return true, nil // somebody put it back already
	}
	if f.Type == crm.Tags {
		back = withoutChange(now, c)
	} else if now != c.After {
		conflict.Kind, conflict.Resolutions, conflict.Value = ChangedSince, []Choice{Overwrite, Skip}, now.Text()
		conflict.Detail = fmt.Sprintf("%s was changed again in the meantime.", f.Label)
		res, err := decide(r.p, r.resolutions, conflict)
		if err != nil || res.Choose == Skip {
			return false, err
		}
	}
	if back, ok, err = r.fit(ctx, o, f, rec, conflict, c, back); err != nil || !ok {
		return false, err
	}
	if now == back {
		return true, nil
	}
	st.fields[f.Key] = back
	if len(r.p.Fields) < maxListed {
		r.p.Fields = append(r.p.Fields, FieldPlan{Object: o.Key, ID: rec.ID, Name: rec.Name, Field: f.Key, Label: f.Label,
			Now: r.shown(ctx, f, now), Back: r.shown(ctx, f, back)})
	}
	if back == audit.None {
		delete(rec.Fields, f.Key)
	} else {
		rec.Fields[f.Key] = back
	}
	return true, nil
}

// withoutChange takes back what a change added to and removed from a set, and leaves what others did to it since.
func withoutChange(now audit.Value, c audit.Change) audit.Value {
	before, after, items := c.Before.Strings(), c.After.Strings(), now.Strings()
	for _, item := range after {
		if !slices.Contains(before, item) {
			items = slices.DeleteFunc(items, func(s string) bool { return s == item })
		}
	}
	for _, item := range before {
		if !slices.Contains(after, item) {
			items = append(items, item)
		}
	}
	return audit.List(audit.SortedSet(items))
}

// fit sees to it that the old value can still stand in the field. ok is false when the field is left as it is.
func (r *reversal) fit(ctx context.Context, o *crm.Object, f *crm.Field, rec *crm.Record, conflict Conflict, c audit.Change, back audit.Value) (v audit.Value, ok bool, err error) {
	conflict.Value = back.Text()
	switch {
	case back == audit.None:
		return back, true, nil
	case f.Type == crm.Select && !f.Offers(back.Text()):
		conflict.Kind, conflict.Resolutions = OptionGone, clearable(f, Skip)
		conflict.Detail = fmt.Sprintf("The option %s of %s is no longer there.", audit.Quote(c.BeforeShown()), f.Label)
	case f.Type == crm.RefType:
		rows, err := r.view.Rows(ctx, f.Object, []audit.RecordID{audit.RecordID(back.Text())})
		if err != nil || len(rows) > 0 || r.comes(f, back) {
			return back, err == nil, err
		}
		conflict.Kind, conflict.Resolutions = MissingReference, clearable(f, Skip)
		conflict.Detail = fmt.Sprintf("%s, the %s before, is no longer there.", audit.Quote(c.BeforeShown()), f.Label)
	default:
		fields := map[string]audit.Value{f.Key: back}
		if f.UniqueWithin != "" {
			fields[f.UniqueWithin] = rec.Fields[f.UniqueWithin]
		}
		key, unique := o.UniqueKeyOf(f, fields)
		if !unique {
			return back, true, nil
		}
		holder, err := r.view.Holder(ctx, key)
		if err != nil || holder == "" || holder == rec.ID {
			return back, err == nil, err
		}
		conflict.Kind, conflict.Resolutions = UniqueTaken, []Choice{Rename, Skip}
		conflict.Detail = fmt.Sprintf("Another %s has the %s %s by now.", o.Word().One, f.Label, audit.Quote(back.Text()))
	}
	res, err := decide(r.p, r.resolutions, conflict)
	if err != nil {
		return back, false, err
	}
	switch res.Choose {
	case Clear:
		return audit.None, true, nil
	case Rename:
		v, err := f.Value(f.TextInput(res.Value))
		return v, err == nil, err
	}
	return back, false, nil
}

// comes reports whether a reference is to the record that comes back too.
func (r *reversal) comes(f *crm.Field, ref audit.Value) bool {
	return r.coming != nil && r.coming.Object == f.Object && string(r.coming.ID) == ref.Text()
}

// shown is a value as a person reads it now.
func (r *reversal) shown(ctx context.Context, f *crm.Field, v audit.Value) string {
	c := audit.Change{After: v}
	switch {
	case v == audit.None:
	case f.Type == crm.RefType && r.comes(f, v):
		c.AfterText = r.coming.Name
	case f.Type == crm.RefType:
		if rows, err := r.view.Rows(ctx, f.Object, []audit.RecordID{audit.RecordID(v.Text())}); err == nil && len(rows) > 0 {
			c.AfterText = rows[0].Name
		}
	case f.Type == crm.Select:
		c.AfterText = f.OptionLabel(v.Text())
	case f.Type == crm.Money:
		c.AfterText = crm.FormatMoney(v.Text())
	}
	return c.AfterShown()
}

// run puts the fields back.
func (r *reversal) run(ctx context.Context, tx Tx, op *crm.Operation, done func()) error {
	if len(r.steps) == 0 {
		return notRestorable("There is nothing left to put back.")
	}
	word, err := wordFor(r.schema, r.p.Record)
	if err != nil {
		return err
	}
	note := word.One + " " + audit.Quote(r.p.Record.Name)
	if r.p.Record.Object == crm.SelectionObject {
		note = r.p.Record.Name
	} else if n := len(r.steps); n > 1 {
		note += fmt.Sprintf(" and %s", audit.Word{One: "further record", Many: "further records"}.Count(n-1))
	}
	applied, err := op.Log().Record(ctx, audit.Draft{Type: "audit.undo_applied", Record: r.p.Record, Word: word, UndoOf: r.p.Event, Note: note})
	if err != nil {
		return err
	}
	r.p.Operation, r.p.Applied = op.ID(), applied
	var undone []audit.EventID
	for _, st := range r.steps {
		if _, err := op.SetFields(ctx, st.record.Object, st.record.ID, st.fields, applied, st.event); err != nil {
			return err
		}
		done()
		if st.whole {
			undone = append(undone, st.event)
		}
	}
	if r.lead != nil && !r.partly && r.lead.UndoneBy == "" {
		undone = append(undone, r.lead.ID)
	}
	return tx.MarkUndone(ctx, undone, applied)
}
