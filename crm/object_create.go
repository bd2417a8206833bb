package crm

import (
	"context"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// MayDefine is the error of a caller who may not change objects and fields.
func MayDefine(caller audit.Caller) error {
	if !caller.May(audit.ObjectsManage) {
		return errs.MissingPermission(string(audit.ObjectsManage), "change objects and fields")
	}
	if caller.OnlyAssigned() {
		return notTheirs("change objects and fields: that changes the records of all")
	}
	return nil
}

// CreateObject makes a custom object.
func (e *Engine) CreateObject(ctx context.Context, caller audit.Caller, in ObjectInput) (*Object, error) {
	var o *Object
	err := e.Do(ctx, caller, func(op *Operation) (err error) {
		o, err = op.CreateObject(ctx, in)
		return err
	})
	return o, err
}

// CreateObject makes a custom object; see Engine.CreateObject.
func (op *Operation) CreateObject(ctx context.Context, in ObjectInput) (*Object, error) {
	if err := MayDefine(op.caller); err != nil {
		return nil, err
	}
	if n := op.schema.customObjects(); n >= MaxObjects {
		return nil, errs.New(errs.Conflict, "too_many_objects", "The account has %d custom objects; the limit is %d.", n, MaxObjects).
			WithFix("Delete one that is not needed, or make fields instead.")
	}
	d, err := op.schema.newDefinition(in, op.engine.recorder)
	if err != nil {
		return nil, err
	}
	d.ID, d.Version, d.CreatedAt = op.engine.recorder.NewID(), 1, op.log.Now()
	if err := op.redefine(ctx, []redefined{{now: d}}); err != nil {
		return nil, err
	}
	_, err = op.log.Record(ctx, audit.Draft{Type: "object.created", Record: d.Ref(), Word: objectWord, Changes: propertyChanges(nil, d.properties(op.schema))})
	return op.schema.byKey[d.Object], err
}

// objectWord and fieldWord are what definitions are called in a sentence.
var (
	objectWord = audit.Word{One: "object", Many: "objects"}
	fieldWord  = audit.Word{One: "field", Many: "fields"}
)

// DefinitionWord is what the record of an event about definitions is called in a sentence; ok is false for another one.
func DefinitionWord(object string) (w audit.Word, ok bool) {
	switch object {
	case ObjectRecord:
		return objectWord, true
	case FieldRecord:
		return fieldWord, true
	}
	return audit.Word{}, false
}

func (s *Schema) customObjects() int {
	n := 0
	for _, o := range s.objects {
		if o.Custom {
			n++
		}
	}
	return n
}

// newDefinition works out a new custom object; errs.Invalid names all that is wrong with it.
func (s *Schema) newDefinition(in ObjectInput, ids interface {
	NewID() audit.RecordID
	Catalog() *audit.Catalog
}) (*Definition, error) {
	d := &Definition{Object: in.Key, Custom: true}
	w := &defining{schema: s, custom: true}
	d.Label = w.cleanLabel("label", "The label", deref(in.Label))
	plural := deref(in.LabelPlural)
	if plural == "" {
		plural = pluralOf(d.Label)
	}
	if plural != "" {
		d.LabelPlural = w.cleanLabel("label_plural", "The plural label", plural)
	}
	if d.Object == "" {
		d.Object = KeyOf(d.Label)
	}
	switch {
	case !validKey(d.Object):
		w.add("key", "invalid_key", "The key of an object is %s; %s cannot be one.", keyRule, audit.Quote(strings.ToValidUTF8(d.Object, "\uFFFD")))
	case s.byKey[d.Object] != nil:
		w.add("key", "key_taken", "There is an object with the key %s already.", audit.Quote(d.Object))
	case slices.Contains(reservedObjects, d.Object) || ids.Catalog().Knows(d.Object):
		w.add("key", "reserved_key", "The key %s is reserved; choose another one, such as %s.", audit.Quote(d.Object), audit.Quote("custom_"+d.Object))
	}
	w.checkObjectLabels(d)
	if len(in.Remove) > 0 {
		w.add("remove_fields", "unknown_field", "A new object has no fields to remove.")
	}
	if len(in.Fields) == 0 {
		label, required := "Name", true
		in.Fields = []FieldInput{{Key: "name", Label: &label, Required: &required}}
	}
	for i, f := range in.Fields {
		w.object = d.object()
		made := w.field(placeOf("fields", i), nil, f)
		made.ID = ids.NewID()
		w.addField(placeOf("fields", i), d, made)
	}
	if in.Title == nil {
		in.Title = d.firstTitle()
	}
	w.title(d, in.Title)
	return d, w.done(d)
}

// pluralOf guesses a plural; people correct it.
func pluralOf(label string) string {
	switch {
	case label == "":
		return ""
	case strings.HasSuffix(label, "y") && !strings.ContainsAny(label[max(0, len(label)-2):len(label)-1], "aeiou"):
		return strings.TrimSuffix(label, "y") + "ies"
	case strings.HasSuffix(label, "s"), strings.HasSuffix(label, "x"), strings.HasSuffix(label, "ch"), strings.HasSuffix(label, "sh"):
		return label + "es"
	}
	return label + "s"
}

// checkObjectLabels keeps two objects from having one name.
func (w *defining) checkObjectLabels(d *Definition) {
	for _, o := range w.schema.objects {
		if o.Key == d.Object {
			continue
		}
		if strings.EqualFold(o.Label, d.Label) {
			w.add("label", "label_taken", "There is an object called %s already.", audit.Quote(o.Label))
		}
		if strings.EqualFold(o.LabelPlural, d.LabelPlural) {
			w.add("label_plural", "label_taken", "There is an object called %s already.", audit.Quote(o.LabelPlural))
		}
	}
}

// addField puts a field into the definition if nothing of the object has its key or label.
func (w *defining) addField(place string, d *Definition, f Field) {
	if len(d.Fields) >= MaxFields {
		if len(d.Fields) == MaxFields {
			w.add("fields", "too_many_fields", "An object has at most %d custom fields.", MaxFields)
		}
		if len(d.Fields) > MaxFields {
			return // named once
		}
	}
	w.checkFieldNames(place, d, f)
	d.Fields = append(d.Fields, f)
}

// checkFieldNames keeps two fields of an object from having one key or label.
func (w *defining) checkFieldNames(place string, d *Definition, f Field) {
	for _, other := range slices.Concat(w.builtIn(), d.Fields) {
		if other.ID == f.ID && f.ID != "" {
			continue
		}
		if other.Key == f.Key {
			kind := "a field"
			if !other.Custom() {
				kind = "a built-in field"
			}
			w.add(place+".key", "key_taken", "There is %s with the key %s already.", kind, audit.Quote(f.Key))
		}
		if strings.EqualFold(other.Label, f.Label) {
			w.add(place+".label", "label_taken", "There is a field called %s already.", audit.Quote(other.Label))
		}
	}
}

// builtIn are the built-in fields of the object.
func (w *defining) builtIn() []Field {
	if w.custom {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(w.object.Fields), func(f Field) bool { return f.Custom() })
}

// firstTitle is the field that names records when nobody said which.
func (d *Definition) firstTitle() []string {
	for _, f := range d.Fields {
		if TitleType(f.Type) {
			return []string{f.Key}
		}
	}
	return nil
}

// title sets the fields that name records.
func (w *defining) title(d *Definition, keys []string) {
	if n := len(keys); n == 0 || n > MaxTitle {
		w.add("title", "invalid_title", "A record is named by 1 to %d fields that are short texts, numbers or dates.", MaxTitle)
		return
	}
	for _, key := range keys {
		switch f := d.field(key); {
		case f == nil:
			w.add("title", "unknown_field", "Records cannot be named by %s: there is no such field.", audit.Quote(strings.ToValidUTF8(key, "\uFFFD")))
		case !TitleType(f.Type):
			w.add("title", "invalid_title", "Records cannot be named by %s: it is of the type %s.", f.Label, f.Type.Label())
		}
	}
	if len(audit.SortedSet(keys)) != len(keys) {
		w.add("title", "repeated", "A field is named twice.")
	}
	d.Title = slices.Clone(keys)
}

// done is the error of all that was wrong.
func (w *defining) done(d *Definition) error {
	if n := len(d.Body()); len(w.mistakes) == 0 && n > MaxDefinition {
		return errs.New(errs.Conflict, "definition_too_large", "The definition of the object has %s bytes; the limit is %s.", audit.Thousands(n), audit.Thousands(MaxDefinition)).
			WithFix("Use fewer fields, or fewer options.")
	}
	return errs.InvalidFields(w.mistakes)
}

// redefined is a definition before (nil when it is new) and after (nil when it goes).
type redefined struct{ was, now *Definition }

// redefine stores definitions and goes on with the schema that they make.
func (op *Operation) redefine(ctx context.Context, changes []redefined) error {
	all := op.schema.definitions()
	for _, c := range changes {
		var err error
		switch {
		case c.now == nil:
			err = op.tx.DeleteDefinition(ctx, c.was.Object, c.was.Version)
			all = slices.DeleteFunc(all, func(d Definition) bool { return d.Object == c.was.Object })
		case c.was == nil:
			err = op.tx.PutDefinition(ctx, *c.now, 0)
			all = append(all, *c.now)
		default:
			err = op.tx.PutDefinition(ctx, *c.now, c.was.Version)
			all = slices.DeleteFunc(all, func(d Definition) bool { return d.Object == c.now.Object })
			all = append(all, *c.now)
		}
		if err != nil {
			return err
		}
	}
	if err := op.tx.PutSchemaVersion(ctx, SchemaVersion(op.engine.recorder.NewID())); err != nil {
		return err
	}
	op.schema, op.redefined = op.engine.base.With(all), true
	return nil
}
