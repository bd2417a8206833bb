package restore

import (
	"context"
	"fmt"
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// decide enters a conflict into the plan with the decision for it. A decision that the conflict does not offer is
// errs.Invalid.
func (r *restoration) decide(c Conflict) (Resolution, error) { return decide(r.p, r.resolutions, c) }

func decide(p *Plan, given resolutions, c Conflict) (Resolution, error) {
	res, ok := given.find(c)
	if ok {
		offered := false
		for _, choice := range c.Resolutions {
			offered = offered || choice == res.Choose
		}
		if !offered {
			return res, errs.InvalidField("resolutions", "invalid_choice", "%q is not a choice for the %s of %s %s; the choices are %v.", res.Choose, c.Kind, c.Object, audit.Quote(c.Name), c.Resolutions)
		}
		if res.Choose == Rename && res.Value == "" {
			return res, errs.InvalidField("resolutions", "value_required", "The choice rename for %s %s needs a value.", c.Object, audit.Quote(c.Name))
		}
		c.Chosen = res.Choose
	}
	p.conflict(c)
	return res, nil
}

// checkRecord names what stands in the way of one record, and reports whether it comes back.
func (r *restoration) checkRecord(ctx context.Context, pt part) (bool, error) {
	e := pt.event
	o, err := r.schema.Object(e.Record.Object)
	if err != nil {
		return false, notRestorable("The object %s is no longer defined.", audit.Quote(e.Record.Object))
	}
	if r.exists[e.Record.ID] {
		_, err := r.decide(r.of(e, "", "", IDTaken, []Choice{Skip}, string(e.Record.ID), "The %s is there already.", o.Word().One))
		return false, err
	}
	fields, err := r.fields(ctx, pt, o)
	if fields != nil {
		r.checkSecrets(e, o)
	}
	return fields != nil, err
}

// checkSecrets says which secrets a record comes back without.
func (r *restoration) checkSecrets(e *audit.Event, o *crm.Object) {
	for _, c := range e.Changes {
		if f, ok := o.Field(c.Field); ok && c.Secret && f.Type == crm.Secret {
			r.p.withoutSecret(o.Key, f)
		}
	}
}

// fields is the record as it comes back, after all decisions; nil when it is left out. It enters its conflicts into
// the plan.
func (r *restoration) fields(ctx context.Context, pt part, o *crm.Object) (map[string]audit.Value, error) {
	e := pt.event
	out := map[string]audit.Value{}
	for _, c := range e.Changes {
		if c.Secret || c.Before == audit.None {
			continue
		}
		v, err := r.field(ctx, pt, o, c)
		if err != nil {
			return nil, err
		}
		if r.skipped[e.Record.ID] {
			return nil, nil
		}
		out[c.Field] = v
	}
	if err := r.checkUnique(ctx, pt, o, out); err != nil || r.skipped[e.Record.ID] {
		return nil, err
	}
	return out, fillRequired(o, out)
}

// fillRequired gives a record that comes back the defaults of custom fields that it must have by now.
func fillRequired(o *crm.Object, fields map[string]audit.Value) error {
	for i := range o.Fields {
		f := &o.Fields[i]
		if !f.Custom() || !f.Required || fields[f.Key] != audit.None || f.Type == crm.Secret {
			continue
		}
		v, err := f.Value(f.TextInput(f.Default))
		if err != nil {
			return err
		}
		if v == audit.None {
			return errs.New(errs.NotPossible, "not_restorable", "A %s must have %s by now, and has no default for it.", o.Word().One, audit.Quote(f.Label)).
				WithFix("Give the field a default, or make it optional, under Settings > Objects.")
		}
		fields[f.Key] = v
	}
	return nil
}

// skippable adds the choice to leave the record out, which the one that was asked for does not have.
func skippable(pt part, choices ...Choice) []Choice {
	if pt.top && pt.root.asked && pt.root.event != "" {
		return choices
	}
	return append(choices, Skip)
}

func clearable(f *crm.Field, choices ...Choice) []Choice {
	if f.Required {
		return choices
	}
	return append(choices, Clear)
}

func (r *restoration) of(e *audit.Event, field, label string, kind ConflictKind, choices []Choice, value, detail string, args ...any) Conflict {
	c := Conflict{Object: e.Record.Object, ID: e.Record.ID, Name: e.Record.Name, Field: field, Label: label, Kind: kind,
		Detail: fmt.Sprintf(detail, args...), Resolutions: choices, Value: value}
	fmt.Fprintln(r.token, kind, e.Record.ID, field, value)
	return c
}

// field is one value as it comes back.
func (r *restoration) field(ctx context.Context, pt part, o *crm.Object, c audit.Change) (audit.Value, error) {
	f, ok := o.Field(c.Field)
	if !ok {
		_, err := r.decide(r.of(pt.event, c.Field, c.Label, FieldGone, []Choice{Clear}, c.Before.Text(), "The field %s is no longer there.", audit.Quote(c.Label)))
		return audit.None, err
	}
	switch f.Type {
	case crm.Select:
		if f.Offers(c.Before.Text()) {
			return c.Before, nil
		}
		conflict := r.of(pt.event, f.Key, f.Label, OptionGone, skippable(pt, clearable(f)...), c.Before.Text(), "The option %s of %s is no longer there.", audit.Quote(c.BeforeShown()), f.Label)
		return r.settle(pt, conflict, c.Before)
	case crm.RefType:
		return r.reference(ctx, pt, f, c)
	}
	if !f.Takes(c.Before) {
		_, err := r.decide(r.of(pt.event, f.Key, f.Label, FieldGone, []Choice{Clear}, c.Before.Text(), "The field %s is of the type %s by now, which does not take %s.",
			audit.Quote(f.Label), f.Type.Label(), audit.Quote(c.BeforeShown())))
		return audit.None, err
	}
	return c.Before, nil
}

// skip leaves a record out.
func (r *restoration) skip(pt part) {
	r.skipped[pt.event.Record.ID] = true
	r.incomplete[pt.root.operation] = true
}

// settle applies the choices that every conflict of a field has in common.
func (r *restoration) settle(pt part, c Conflict, v audit.Value) (audit.Value, error) {
	res, err := r.decide(c)
	switch res.Choose {
	case Clear:
		return audit.None, err
	case Skip:
		r.skip(pt)
	}
	return v, err
}

func (r *restoration) reference(ctx context.Context, pt part, f *crm.Field, c audit.Change) (audit.Value, error) {
	id := audit.RecordID(c.Before.Text())
	if r.isComing(id) || r.exists[id] && r.coming[id] == "" {
		return c.Before, nil
	}
	if r.skipped[id] && f.OnDelete == crm.Cascade {
		r.skip(pt) // what belongs to a record that stays away stays away too
		return audit.None, nil
	}
	choices := clearable(f)
	today, err := r.become(ctx, f, id)
	if err != nil {
		return audit.None, err
	}
	deletion, err := r.restorable(ctx, id)
	if err != nil {
		return audit.None, err
	}
	switch {
	case today != nil:
		choices = append([]Choice{FollowMerge}, choices...)
	case deletion != nil:
		choices = append([]Choice{RestoreReference}, choices...)
	}
	name := c.BeforeShown()
	if c.BeforeText == "" {
		name = "a record"
	}
	conflict := r.of(pt.event, f.Key, f.Label, MissingReference, skippable(pt, choices...), string(id), "%s, its %s, is no longer there.", audit.Quote(name), f.Label)
	if today != nil {
		conflict.Detail = fmt.Sprintf("%s, its %s, was merged into %s.", audit.Quote(name), f.Label, audit.Quote(today.Name))
	}
	res, err := r.decide(conflict)
	if err != nil {
		return audit.None, err
	}
	switch res.Choose {
	case RestoreReference:
		r.roots = append(r.roots, root{deletion.Operation, deletion.ID, false})
		r.coming[id] = deletion.ID
	case FollowMerge:
		return audit.String(string(today.ID)), nil
	case Clear:
		return audit.None, nil
	case Skip:
		r.skip(pt)
	}
	return c.Before, nil
}

// restorable returns the deletion of a record if it can be restored, nil otherwise.
func (r *restoration) restorable(ctx context.Context, id audit.RecordID) (*audit.Event, error) {
	stored, e, err := r.deletion(ctx, id)
	if err != nil || e == nil {
		return nil, err
	}
	if state, _ := r.service.StateOf(e, stored.UndoneBy, r.window); state != Available {
		return nil, nil
	}
	return e, nil
}

// deletion is the last deletion of a record, with its event; nil when it was never deleted.
func (r *restoration) deletion(ctx context.Context, id audit.RecordID) (audit.Stored, *audit.Event, error) {
	stored, err := r.view.Deletion(ctx, id)
	if errs.Is(err, errs.NotFound) {
		return stored, nil, nil
	}
	if err != nil {
		return stored, nil, err
	}
	e, err := stored.Event()
	return stored, e, err
}

func (r *restoration) checkUnique(ctx context.Context, pt part, o *crm.Object, fields map[string]audit.Value) error {
	for i := range o.Fields {
		f := &o.Fields[i]
		key, ok := o.UniqueKeyOf(f, fields)
		if !ok {
			continue
		}
		holder, err := r.holder(ctx, key)
		if err != nil {
			return err
		}
		if holder == "" || holder == pt.event.Record.ID || r.merge != nil && r.merge.freed[key] {
			r.together.claim(key, pt.event.Record.ID)
			continue
		}
		value := fields[f.Key].Text()
		choices := clearable(f, Rename)
		if f.Computed {
			choices = []Choice{Clear} // it gets the next one
		}
		conflict := r.of(pt.event, f.Key, f.Label, UniqueTaken, skippable(pt, choices...), value, "Another %s has the %s %s by now.", o.Word().One, f.Label, audit.Quote(value))
		res, err := r.decide(conflict)
		if err != nil {
			return err
		}
		switch res.Choose {
		case Clear:
			delete(fields, f.Key)
		case Skip:
			r.skip(pt)
			return nil
		case Rename:
			v, err := f.Value(f.TextInput(res.Value))
			if err != nil {
				return err
			}
			fields[f.Key] = v
			renamed, _ := o.UniqueKeyOf(f, fields)
			if holder, err := r.holder(ctx, renamed); err != nil {
				return err
			} else if holder != "" {
				return errs.InvalidField("resolutions", "unique_taken", "Another %s has the %s %s, too.", o.Word().One, f.Label, audit.Quote(res.Value))
			}
			r.together.claim(renamed, pt.event.Record.ID)
		}
	}
	return nil
}

// relink is a reference that a deletion emptied and that is set again.
type relink struct {
	field *crm.Field
	value audit.Value
}

// checkRelink looks at an update that the deletion caused: the references it emptied are set again, unless somebody
// has set them to something else.
func (r *restoration) checkRelink(ctx context.Context, e *audit.Event) error {
	links, kept, err := r.relinks(ctx, e)
	r.p.Relinks += len(links)
	r.p.Kept += kept
	r.together.link(e, links)
	return err
}

// relinks are the references that an update lost and that are set again; kept counts those that a merge moved and that
// stay as they are.
func (r *restoration) relinks(ctx context.Context, e *audit.Event) (out []relink, kept int, err error) {
	if e.Action != audit.Updated || e.Record == nil || r.merge.ofWinner(e) {
		return nil, 0, nil
	}
	o, err := r.schema.Object(e.Record.Object)
	if err != nil {
		return nil, 0, nil // the object is gone, and its records with it
	}
	now, err := r.then(ctx, o, e.Record.ID)
	if err != nil {
		return nil, 0, err
	}
	if now == nil {
		if slices.ContainsFunc(e.Changes, r.merge.moved) {
			kept = 1
		}
		return nil, kept, nil
	}
	fmt.Fprintln(r.token, now.ID, now.Version)
	for _, c := range e.Changes {
		if l, ok, err := r.regained(ctx, e, o, c, now); err != nil {
			return nil, 0, err
		} else if ok {
			out = append(out, l)
			continue
		}
		f, ok := o.Field(c.Field)
		if ok && r.merge.moved(c) && r.isComing(r.merge.loser.ID) {
			if r.merge.goesBack(c, now.Fields[f.Key]) {
				out = append(out, relink{f, c.Before})
			} else {
				kept++
			}
			continue
		}
		if !ok || f.Type != crm.RefType || c.After != audit.None || !r.isComing(audit.RecordID(c.Before.Text())) || now.Fields[f.Key] == c.Before {
			continue
		}
		if now.Fields[f.Key] != audit.None {
			conflict := r.of(e, f.Key, f.Label, ChangedSince, []Choice{Overwrite, Skip}, now.Fields[f.Key].Text(), "%s of %s was set to something else in the meantime.", f.Label, audit.Quote(now.Name))
			res, err := r.decide(conflict)
			if err != nil {
				return nil, 0, err
			}
			if res.Choose != Overwrite {
				continue
			}
		}
		out = append(out, relink{f, c.Before})
	}
	return out, kept, nil
}
