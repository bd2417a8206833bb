package crm

import (
	"context"
	"fmt"
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// EffectKind says what a change of a definition does to records.
type EffectKind string

// The effects. Of the last three, any one refuses the change.
const (
	Removed   EffectKind = "removed"   // the values leave the records; they stay in the log and can be restored
	Converted EffectKind = "converted" // the values get the form of the new type or option
	Filled    EffectKind = "filled"    // records without a value get the default
	Renamed   EffectKind = "renamed"   // the records are called by other fields
	Lost      EffectKind = "lost"      // the values cannot stand in the field as it would be
	Missing   EffectKind = "missing"   // the field would be required, and the records have no value
	Duplicate EffectKind = "duplicate" // the field would be unique, and several records have one value
)

// refuses reports whether a change with this effect is not done.
func (k EffectKind) refuses() bool { return k == Lost || k == Missing || k == Duplicate }

// examplesKept is how many records an effect names.
const examplesKept = 5

// Effect is what a change of a definition does to the records.
type Effect struct {
	Kind     EffectKind `json:"kind" enum:"removed,converted,filled,renamed,lost,missing,duplicate" doc:"lost, missing and duplicate refuse the change"`
	Field    string     `json:"field" doc:"Key of the field; empty for renamed"`
	Label    string     `json:"label"`
	Records  int        `json:"records" doc:"How many records it is"`
	Examples []Example  `json:"examples" doc:"The first of them; empty for who may not read records"`
}

// Refuses reports whether the change is not done because of the effect.
func (e Effect) Refuses() bool { return e.Kind.refuses() }

// Example is a record that an effect is about.
type Example struct {
	ID    audit.RecordID `json:"id"`
	Name  string         `json:"name"`
	Value string         `json:"value" doc:"As a person reads it"`
}

// Redefinition is what a change of an object would do, or did.
type Redefinition struct {
	Object    *Object // as it is afterwards
	Effects   []Effect
	Operation audit.OperationID // "" for a preview, and for a change of nothing
}

// RedefinitionKey is the name under which an error carries the effects.
const RedefinitionKey = "effects"

// PreviewObject tells what ChangeObject would do, and does nothing. errs.TooLarge for a change of too many records.
func (e *Engine) PreviewObject(ctx context.Context, caller audit.Caller, object string, in ObjectInput) (Redefinition, error) {
	if err := MayDefine(caller); err != nil {
		return Redefinition{}, err
	}
	var out Redefinition
	err := e.store.ReadRecords(ctx, caller.Account, func(v View) error {
		s, err := e.SchemaIn(ctx, v, caller.Account)
		if err != nil {
			return err
		}
		p, err := s.redefinition(object, in, e.recorder)
		if err != nil {
			return err
		}
		out.Object = p.schema.byKey[object]
		out.Effects, err = p.effects(ctx, v, caller)
		return err
	})
	return out, err
}

// ChangeObject changes a custom object, or the custom fields of a built-in one, with what follows for its records, in
// one operation. version is the definition's that the caller saw, 0 for any: errs.Stale when it has another by now.
// errs.Conflict with the code values_in_the_way carries the effects: values would be lost. errs.TooLarge when it would
// write more than MaxRedefined times.
func (e *Engine) ChangeObject(ctx context.Context, caller audit.Caller, object string, in ObjectInput, version int64) (Redefinition, error) {
	var out Redefinition
	err := e.Do(ctx, caller, func(op *Operation) (err error) {
		out, err = op.ChangeObject(ctx, object, in, version)
		return err
	})
	return out, err
}

// fieldStep is the change of one field: was is nil for one that is added, now for one that is removed.
type fieldStep struct {
	was, now *Field
	moves    map[string]string
}

// redefinition is a change that was worked out: what it is now, what it will be, and the steps between.
type redefinition struct {
	object   *Object
	was      *Definition // nil for a built-in object that was left alone so far
	now      *Definition
	schema   *Schema // with it
	steps    []fieldStep
	relabels bool
	retitles bool
	writes   int // of records, as far as they were counted
}

// definitionOfObject is the definition that a change starts with.
func definitionOfObject(o *Object) *Definition {
	if o.Definition != nil {
		return o.Definition.clone()
	}
	return &Definition{Object: o.Key, Label: o.Label, LabelPlural: o.LabelPlural}
}

// redefinition works out a change; errs.Invalid names all that is wrong with it.
func (s *Schema) redefinition(object string, in ObjectInput, ids interface{ NewID() audit.RecordID }) (*redefinition, error) {
	o, err := s.Object(object)
	if err != nil {
		return nil, err
	}
	p := &redefinition{object: o, was: o.Definition, now: definitionOfObject(o)}
	d := p.now
	w := &defining{schema: s, object: o, custom: o.Custom}
	if in.Key != "" && in.Key != o.Key {
		w.add("key", "read_only", "The key of an object stays as it is.")
	}
	w.relabel(p, in)
	for i, key := range in.Remove {
		f := d.field(key)
		if f == nil {
			w.add(placeOf("remove_fields", i), "unknown_field", "%s has no custom field %s.", o.Label, audit.Quote(key))
			continue
		}
		was := *f
		p.steps = append(p.steps, fieldStep{was: &was})
		d.forget(key)
	}
	for i, f := range in.Fields {
		w.changeField(placeOf("fields", i), p, f, ids)
	}
	if o.Custom {
		title := in.Title
		if title == nil {
			title = d.Title
		}
		was := d.Title
		w.title(d, title)
		p.retitles = !slices.Equal(was, d.Title)
	} else if in.Title != nil {
		w.add("title", "built_in", "%s are named by their built-in fields.", o.LabelPlural)
	}
	if err := w.done(d); err != nil {
		return nil, err
	}
	d.Version++
	all := slices.DeleteFunc(s.definitions(), func(other Definition) bool { return other.Object == object })
	p.schema = s.builtIn().With(append(all, *d))
	return p, nil
}

// builtIn is the schema without anything that administrators made.
func (s *Schema) builtIn() *Schema {
	out := &Schema{byKey: map[string]*Object{}}
	for _, o := range s.objects {
		if o.Custom {
			continue
		}
		if o.Definition != nil {
			c := *o
			c.Definition = nil
			c.Fields = slices.DeleteFunc(slices.Clone(o.Fields), func(f Field) bool { return f.Custom() })
			o = &c
		}
		out.objects = append(out.objects, o)
		out.byKey[o.Key] = o
	}
	return out
}

func placeOf(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }

func (w *defining) relabel(p *redefinition, in ObjectInput) {
	d := p.now
	if !p.object.Custom {
		if in.Label != nil && *in.Label != p.object.Label || in.LabelPlural != nil && *in.LabelPlural != p.object.LabelPlural {
			w.add("label", "built_in", "%s is a built-in object; it keeps its name.", p.object.Label)
		}
		return
	}
	label, plural := d.Label, d.LabelPlural
	if in.Label != nil {
		d.Label = w.cleanLabel("label", "The label", *in.Label)
	}
	if in.LabelPlural != nil {
		d.LabelPlural = w.cleanLabel("label_plural", "The plural label", *in.LabelPlural)
	}
	p.relabels = label != d.Label || plural != d.LabelPlural
	if p.relabels {
		w.checkObjectLabels(d)
	}
}

func (w *defining) changeField(place string, p *redefinition, in FieldInput, ids interface{ NewID() audit.RecordID }) {
	known := p.now.field(in.Key)
	if known == nil || in.Key == "" {
		if f, ok := p.object.Field(in.Key); ok && !f.Custom() {
			w.builtInField(place, f, in)
			return
		}
		f := w.field(place, nil, in)
		f.ID = ids.NewID()
		w.addField(place, p.now, f)
		p.steps = append(p.steps, fieldStep{now: &f})
		return
	}
	was := *known
	f := w.field(place, &was, in)
	if f.equal(&was) {
		return
	}
	if f.Label != was.Label {
		w.checkFieldNames(place, p.now, f)
	}
	*known = f
	p.steps = append(p.steps, fieldStep{was: &was, now: &f, moves: in.Moves})
}

// builtInField takes a built-in field as it is, so that what was read can be sent back, and nothing else.
func (w *defining) builtInField(place string, f *Field, in FieldInput) {
	same := (in.Label == nil || *in.Label == f.Label) && (in.Type == nil || *in.Type == f.Type) && (in.Required == nil || *in.Required == f.Required) &&
		(in.Unique == nil || *in.Unique == (f.Unique || f.UniqueWithin != "")) && (in.Default == nil || *in.Default == f.Default)
	if !same {
		w.add(place+".key", "built_in", "%s is a built-in field of %s; it cannot be changed.", f.Label, w.object.Word().Many)
	}
}

func (f *Field) equal(g *Field) bool {
	return f.Key == g.Key && f.Label == g.Label && f.Type == g.Type && f.Required == g.Required && f.Unique == g.Unique && slices.Equal(f.Options, g.Options) &&
		f.Object == g.Object && f.OnDelete == g.OnDelete && f.Default == g.Default &&
		slices.EqualFunc(f.Columns, g.Columns, func(a, b Field) bool { return a.equal(&b) })
}

// touches reports whether the step may change records.
func (st *fieldStep) touches() bool {
	if st.was == nil || st.now == nil {
		return st.now == nil || st.now.Required
	}
	gone := slices.ContainsFunc(st.was.Options, func(o Option) bool { return !st.now.Offers(o.Key) })
	return gone || st.now.Required && !st.was.Required || st.rekeeps()
}

// rekeeps reports whether what is kept beside a record with a value may be another: its search text, link or unique value.
func (st *fieldStep) rekeeps() bool {
	return st.was != nil && st.now != nil && (st.was.Type != st.now.Type || st.was.Object != st.now.Object || st.was.Unique != st.now.Unique ||
		!slices.EqualFunc(st.was.Columns, st.now.Columns, func(a, b Field) bool { return a.Key == b.Key && a.Type == b.Type && a.Required == b.Required }))
}

func (st *fieldStep) key() string {
	if st.now != nil {
		return st.now.Key
	}
	return st.was.Key
}

func (st *fieldStep) label() string {
	if st.now != nil {
		return st.now.Label
	}
	return st.was.Label
}

// value is what a record's value becomes, and what that means; "" for nothing.
func (st *fieldStep) value(v audit.Value) (audit.Value, EffectKind) {
	if st.now == nil {
		if v == audit.None {
			return v, ""
		}
		return audit.None, Removed
	}
	out, kind := v, EffectKind("")
	if v != audit.None && st.was != nil {
		var ok bool
		if out, ok = convert(st.was, st.now, v, st.moves); !ok {
			return v, Lost
		}
		if out != v {
			kind = Converted
		}
	}
	if out != audit.None || !st.now.Required || st.was != nil && st.was.Required && v == audit.None {
		return out, kind
	}
	if st.now.Default == "" {
		return v, Missing
	}
	out, _ = st.now.normalize(st.now.TextInput(st.now.Default))
	return out, Filled
}

// effects counts what the change does to records. Names and values are for those who may read records.
func (p *redefinition) effects(ctx context.Context, v View, caller audit.Caller) ([]Effect, error) {
	out, err := p.allEffects(ctx, v)
	if !caller.May(audit.RecordsRead) {
		for i := range out {
			out[i].Examples = []Example{}
		}
	}
	return out, err
}

func (p *redefinition) allEffects(ctx context.Context, v View) ([]Effect, error) {
	var out []Effect
	for i := range p.steps {
		st := &p.steps[i]
		if !st.touches() {
			continue
		}
		found, err := p.effectsOf(ctx, v, i)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	if !p.retitles {
		return out, nil
	}
	renamed := Effect{Kind: Renamed, Label: "Name", Examples: []Example{}}
	now := p.schema.byKey[p.object.Key]
	err := eachRecord(ctx, v, p.object, func(rec *Record) error {
		after := rec.Clone()
		for i := range p.steps {
			key := p.steps[i].key()
			after.Fields[key], _ = p.steps[i].value(after.Fields[key])
		}
		if name := now.Name(after.Fields); name != rec.Name {
			renamed.add(Example{rec.ID, rec.Name, name})
			return p.write()
		}
		return nil
	})
	if renamed.Records > 0 {
		out = append(out, renamed)
	}
	return out, err
}

// MaxRedefined is how often one change of an object writes records: they are all written in one transaction.
const MaxRedefined = 50_000

// write counts what the change will write, and is the error of one that writes too much.
func (p *redefinition) write() error {
	if p.writes++; p.writes <= MaxRedefined {
		return nil
	}
	return errs.New(errs.TooLarge, "too_many_records", "This would change more than %s; that is the limit of one change of an object.", p.object.Word().Count(MaxRedefined)).
		WithFix("Change one field at a time. If that is still too much, fill or empty the field of some %s before: select them in their list and change them together.", p.object.Word().Many)
}

func (e *Effect) add(x Example) {
	if e.Records++; len(e.Examples) < examplesKept {
		e.Examples = append(e.Examples, x)
	}
}

// before is the value that a record has in the field of a step when the steps before it are done: a field may go and
// another one come with its key.
func (p *redefinition) before(rec *Record, step int) audit.Value {
	key := p.steps[step].key()
	v := rec.Fields[key]
	for i := range p.steps[:step] {
		if p.steps[i].key() == key {
			v, _ = p.steps[i].value(v)
		}
	}
	return v
}

// effectsOf counts what one step does to records.
func (p *redefinition) effectsOf(ctx context.Context, v View, step int) ([]Effect, error) {
	st := &p.steps[step]
	kinds := []EffectKind{Removed, Converted, Filled, Lost, Missing, Duplicate}
	found := map[EffectKind]*Effect{}
	for _, k := range kinds {
		found[k] = &Effect{Kind: k, Field: st.key(), Label: st.label(), Examples: []Example{}}
	}
	texts := st.was
	if texts == nil {
		texts = st.now
	}
	var taken map[string]bool
	if st.now != nil && st.now.Unique {
		taken = map[string]bool{}
	}
	err := eachRecord(ctx, v, p.object, func(rec *Record) error {
		before := p.before(rec, step)
		after, kind := st.value(before)
		if kind != "" && !kind.refuses() || st.rekeeps() && before != audit.None {
			if err := p.write(); err != nil {
				return err
			}
		}
		if kind != "" {
			shown := audit.Change{Before: before}
			if texts.Type == Select {
				shown.BeforeText = texts.OptionLabel(before.Text())
			}
			found[kind].add(Example{rec.ID, rec.Name, shown.BeforeShown()})
		}
		if taken == nil || after == audit.None || kind.refuses() {
			return nil
		}
		value := fold(after.Text())
		if taken[value] {
			found[Duplicate].add(Example{rec.ID, rec.Name, after.Text()})
		}
		taken[value] = true
		return nil
	})
	var out []Effect
	for _, k := range kinds {
		if found[k].Records > 0 {
			out = append(out, *found[k])
		}
	}
	return out, err
}

// recordsPage is how many records a change of a definition holds in memory.
const recordsPage = 500

// eachRecord visits all records of an object in the order in which they were made.
func eachRecord(ctx context.Context, v View, o *Object, visit func(*Record) error) error {
	return eachPage(ctx, v, o, func(recs []*Record) error {
		for _, rec := range recs {
			if err := visit(rec); err != nil {
				return err
			}
		}
		return nil
	})
}

func eachPage(ctx context.Context, v View, o *Object, visit func([]*Record) error) error {
	for q := (Query{Object: o, Sort: "created_at", Limit: recordsPage}); ; {
		recs, next, err := v.Find(ctx, q)
		if err != nil {
			return err
		}
		if err := visit(recs); err != nil {
			return err
		}
		if q.After = next; next == nil {
			return nil
		}
	}
}

// refusal is the error of a change that records stand in the way of, nil when none do.
func (p *redefinition) refusal(effects []Effect) error {
	var wrong []errs.Field
	for _, e := range effects {
		n := p.object.Word().Count(e.Records)
		switch e.Kind {
		case Lost:
			wrong = append(wrong, errs.Field{Field: e.Field, Code: "values_lost", Detail: fmt.Sprintf("%s of %s would lose values.", e.Label, n)})
		case Missing:
			wrong = append(wrong, errs.Field{Field: e.Field, Code: "values_missing", Detail: fmt.Sprintf("%s %s no value of %s; a required field needs a default for them.", n, verb(e.Records, "has", "have"), e.Label)})
		case Duplicate:
			wrong = append(wrong, errs.Field{Field: e.Field, Code: "unique_taken", Detail: fmt.Sprintf("%s %s a value of %s that another one has as well.", n, verb(e.Records, "has", "have"), e.Label)})
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	err := errs.New(errs.Conflict, "values_in_the_way", "%s", wrong[0].Detail).WithFix("Change those records first, or choose another type, option or default.")
	err.Fields, err.Extra = wrong, map[string]any{RedefinitionKey: effects}
	return err
}
