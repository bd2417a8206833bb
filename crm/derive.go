package crm

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// changes lists the fields in which two states of a record differ, with texts for people. before is nil for a record
// that is made, after for one that is deleted.
func (op *Operation) changes(ctx context.Context, o *Object, before, after *Record) ([]audit.Change, error) {
	var out []audit.Change
	for i := range o.Fields {
		f := &o.Fields[i]
		c := audit.Change{Field: f.Key, Label: f.Label}
		var err error
		if before != nil {
			c.Before = before.Fields[f.Key]
		}
		if after != nil {
			c.After = after.Fields[f.Key]
		}
		if f.Type == Secret {
			// A secret that changes while it stays set is for secretChanges to tell.
			if c.Before != c.After && (before == nil || after == nil) {
				out = append(out, audit.Change{Field: f.Key, Label: f.Label, Secret: true})
			}
			continue
		}
		if c.Before == c.After {
			continue
		}
		if c.BeforeText, err = op.text(ctx, f, before, c.Before); err != nil {
			return nil, err
		}
		if c.AfterText, err = op.text(ctx, f, after, c.After); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// text is a value as a person reads it, "" where the value says it itself.
func (op *Operation) text(ctx context.Context, f *Field, rec *Record, v audit.Value) (string, error) {
	if v == audit.None {
		return "", nil
	}
	switch f.Type {
	case RefType:
		ref, err := op.named(ctx, f.Object, audit.RecordID(v.Text()))
		if err != nil || ref == nil {
			return "", err
		}
		return ref.Name, nil
	case Select:
		label, _ := f.option(v.Text())
		return label, nil
	case Tags:
		if f.Options == nil {
			return "", nil
		}
		labels := v.Strings()
		for i, key := range labels {
			if label, ok := f.option(key); ok {
				labels[i] = label
			}
		}
		return strings.Join(labels, ", "), nil
	case Money:
		if currency := rec.Fields[f.Currency].Text(); currency != "" {
			return FormatMoney(v.Text()) + " " + currency, nil
		}
		return FormatMoney(v.Text()), nil
	case DateTime:
		zone, err := op.timeZone(ctx)
		if err != nil {
			return "", err
		}
		if t, err := time.Parse(TimeLayout, v.Text()); err == nil {
			return t.In(zone).Format("2006-01-02 15:04 MST"), nil
		}
	case Rows:
		return f.rowsText(v, rec.Fields), nil
	}
	return "", nil
}

// timeZone is the zone in which the operation words times.
func (op *Operation) timeZone(ctx context.Context) (*time.Location, error) {
	if op.zone != nil {
		return op.zone, nil
	}
	if op.zone = time.UTC; op.engine.zone != nil {
		zone, err := op.engine.zone(ctx, op.caller.Account)
		if err != nil {
			return nil, err
		}
		op.zone = zone
	}
	return op.zone, nil
}

// FormatMoney writes a decimal with separators for thousands.
func FormatMoney(s string) string {
	whole, places, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if places == "" {
		return whole
	}
	return whole + "." + places
}

// related are the records that a record points at, and what those belong to (a message is of a conversation, and so of its
// contact): by them a history finds what belongs to a record, also when it is gone. People are left out: who owns what is
// in the changes.
func (op *Operation) related(ctx context.Context, o *Object, rec *Record) ([]audit.Ref, error) {
	refs, err := op.pointed(ctx, o, rec)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(refs); i++ {
		for _, owner := range op.owners[refs[i].ID] {
			if owner.ID == rec.ID || slices.ContainsFunc(refs, func(r audit.Ref) bool { return r.ID == owner.ID }) {
				continue
			}
			ref, err := op.named(ctx, owner.Object, owner.ID)
			if err != nil {
				return nil, err
			}
			if ref != nil {
				refs = append(refs, audit.Ref{Object: ref.Object, ID: ref.ID, Name: ref.Name})
			}
		}
	}
	return refs, nil
}

// pointed are the records that a record points at itself.
func (op *Operation) pointed(ctx context.Context, o *Object, rec *Record) ([]audit.Ref, error) {
	var refs []audit.Ref
	for i := range o.Fields {
		f := &o.Fields[i]
		v := rec.Fields[f.Key]
		if f.Type != RefType || f.Key == o.Assignee || v == audit.None {
			continue
		}
		ref, err := op.named(ctx, f.Object, audit.RecordID(v.Text()))
		if err != nil {
			return nil, err
		}
		if ref != nil {
			refs = append(refs, audit.Ref{Object: ref.Object, ID: ref.ID, Name: ref.Name})
		}
	}
	return refs, nil
}

// record writes one event about a record.
func (op *Operation) record(ctx context.Context, o *Object, verb string, rec *Record, ref *audit.Ref, changes []audit.Change, l link) (audit.EventID, error) {
	return op.recordNoted(ctx, o, verb, rec, ref, changes, l, "")
}

func (op *Operation) recordNoted(ctx context.Context, o *Object, verb string, rec *Record, ref *audit.Ref, changes []audit.Change, l link, note string) (audit.EventID, error) {
	related, err := op.related(ctx, o, rec)
	if err != nil {
		return "", err
	}
	return op.log.Record(ctx, audit.Draft{Type: o.Type(verb), Record: ref, Word: o.Word(), Related: related,
		Changes: changes, Note: note, Cause: l.cause, UndoOf: l.undoOf})
}

// recordUpdate writes the events of an update: the object's rules in their order, each with its fields, and the rest
// as one updated event. It returns the first of them, "" when all of it waits for the end of the operation (moves).
func (op *Operation) recordUpdate(ctx context.Context, o *Object, rec *Record, changes []audit.Change, l link) (audit.EventID, error) {
	var first audit.EventID
	for _, r := range o.Rules {
		i := slices.IndexFunc(changes, r.looksAt)
		if i < 0 || !r.fires(changes[i]) {
			continue
		}
		switch r.Kind {
		case OnOrder:
			if slices.ContainsFunc(changes, func(c audit.Change) bool { return c.Field == r.Parent }) {
				continue // it went to another parent: that is more than a new place
			}
			c := changes[i]
			c.Label, c.Record = rec.Name, rec.Ref()
			op.moves = append(op.moves, move{object: o, rule: r, parent: audit.RecordID(rec.Fields[r.Parent].Text()), change: c, link: l})
			changes = slices.Delete(changes, i, i+1)
		case OnAdded, OnRemoved:
			event, rest, err := op.recordItems(ctx, o, r, rec, changes[i], l)
			if err != nil {
				return "", err
			}
			first = cmp.Or(first, event)
			if rest.Before == rest.After {
				changes = slices.Delete(changes, i, i+1)
			} else {
				changes[i] = rest
			}
		default:
			note, err := op.note(ctx, &r, rec, changes[i])
			if err != nil {
				return "", err
			}
			var taken []audit.Change
			taken, changes = takeFields(r, changes)
			event, err := op.recordNoted(ctx, o, r.Verb, rec, rec.Ref(), taken, l, note)
			if err != nil {
				return "", err
			}
			first = cmp.Or(first, event)
		}
	}
	if len(changes) == 0 {
		return first, nil
	}
	event, err := op.record(ctx, o, o.Verb(audit.Updated), rec, rec.Ref(), changes, l)
	return cmp.Or(first, event), err
}

// recordBirth writes the events of a new record: what it means that it is there (a message came in), and that it was
// made. It returns the first of them.
func (op *Operation) recordBirth(ctx context.Context, o *Object, rec *Record, changes []audit.Change, cause audit.EventID) (audit.EventID, error) {
	var first audit.EventID
	for _, r := range o.Rules {
		i := slices.IndexFunc(changes, r.looksAt)
		if !r.Birth || i < 0 || !r.fires(changes[i]) {
			continue
		}
		taken, _ := takeFields(r, changes)
		note, err := op.note(ctx, &r, rec, changes[i])
		if err != nil {
			return "", err
		}
		event, err := op.recordNoted(ctx, o, r.Verb, rec, rec.Ref(), taken, link{cause: cause}, note)
		if err != nil {
			return "", err
		}
		first = cmp.Or(first, event)
	}
	event, err := op.record(ctx, o, o.Verb(audit.Created), rec, rec.refWithCreation(), changes, link{cause: cmp.Or(first, cause)})
	return cmp.Or(first, event), err
}

// looksAt reports whether the change is one that the rule is about.
func (r *Rule) looksAt(c audit.Change) bool {
	return c.Field == r.Field || slices.Contains(r.Or, c.Field)
}

// note is what the rule's template says of the record besides.
func (op *Operation) note(ctx context.Context, r *Rule, rec *Record, c audit.Change) (string, error) {
	switch {
	case r.Tell != nil:
		return r.Tell(c), nil
	case r.Note != nil:
		return r.Note(rec.Fields), nil
	case r.NoteTime != nil:
		zone, err := op.timeZone(ctx)
		if err != nil {
			return "", err
		}
		return r.NoteTime(rec.Fields, zone), nil
	}
	return "", nil
}

func (r *Rule) fires(c audit.Change) bool {
	before, after := c.Before.Text(), c.After.Text()
	return (r.From == nil || slices.Contains(r.From, before)) && (r.To == nil || slices.Contains(r.To, after))
}

// takeFields parts the changes into those of the rule and the rest.
func takeFields(r Rule, changes []audit.Change) (taken, rest []audit.Change) {
	for _, c := range changes {
		if r.looksAt(c) || slices.Contains(r.Takes, c.Field) {
			taken = append(taken, c)
		} else {
			rest = append(rest, c)
		}
	}
	return taken, rest
}

// recordItems writes one event for each item that was added to a set, or removed from it. The changes of these events
// follow each other, so that folding them gives the last state. It returns the first event and the change that is left.
func (op *Operation) recordItems(ctx context.Context, o *Object, r Rule, rec *Record, c audit.Change, l link) (first audit.EventID, rest audit.Change, err error) {
	now, goal := c.Before.Strings(), c.After.Strings()
	items := minus(goal, now)
	if r.Kind == OnRemoved {
		items = minus(now, goal)
	}
	for _, item := range items {
		var next []string
		if r.Kind == OnAdded {
			next = audit.SortedSet(append(slices.Clone(now), item))
		} else {
			next = minus(now, []string{item})
		}
		step := audit.Change{Field: c.Field, Label: c.Label, Before: audit.List(now), After: audit.List(next)}
		event, err := op.recordNoted(ctx, o, r.Verb, rec, rec.Ref(), []audit.Change{step}, l, audit.Quote(item))
		if err != nil {
			return "", c, err
		}
		first = cmp.Or(first, event)
		now = next
	}
	c.Before = audit.List(now)
	return first, c, nil
}

func minus(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

// move is a record that got another place among its siblings.
type move struct {
	object *Object
	rule   Rule
	parent audit.RecordID
	change audit.Change
	link   link
}

// recordMoves writes one event for each parent whose records were put into another order, on the parent.
func (op *Operation) recordMoves(ctx context.Context) error {
	for len(op.moves) > 0 {
		first := op.moves[0]
		var changes []audit.Change
		var rest []move
		for _, m := range op.moves {
			if m.parent == first.parent && m.object == first.object {
				changes = append(changes, m.change)
			} else {
				rest = append(rest, m)
			}
		}
		op.moves = rest
		f, _ := first.object.Field(first.rule.Parent)
		rows, err := op.tx.Rows(ctx, f.Object, []audit.RecordID{first.parent})
		if err != nil || len(rows) == 0 {
			return err
		}
		_, err = op.log.Record(ctx, audit.Draft{Type: first.object.Type(first.rule.Verb), Record: rows[0].Ref(), Word: first.object.Word(),
			Changes: changes, Cause: first.link.cause, UndoOf: first.link.undoOf})
		if err != nil {
			return err
		}
	}
	return nil
}
