package crm_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// The same where the objects themselves are made, changed and deleted at random, beside two built-in ones.
func TestLogTellsOwnObjects(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := &history{bench: newBench(t), ids: map[string][]audit.RecordID{}}
		for i := range rapid.IntRange(20, 70).Draw(rt, "steps") {
			if i < 3 || rapid.IntRange(0, 4).Draw(rt, "define") == 0 {
				h.defineSomething(rt)
			}
			h.objects = nil
			for _, o := range h.engine.Schema(account).Objects() {
				if o.Custom || o.Key == "contact" || o.Key == "company" {
					h.objects = append(h.objects, o)
				}
			}
			h.step(rt)
		}
		h.checkLog(rt.Fatalf)
		h.checkEvents(rt)
		if err := h.db.Close(); err != nil {
			rt.Fatal(err)
		}
	})
}

// ownKeys are the objects that come and go.
var ownKeys = []string{"alpha", "beta", "gamma"}

// defineSomething makes, changes or deletes an object; that it is refused is fine, that it fails inside is not.
func (h *history) defineSomething(t *rapid.T) {
	key := rapid.SampledFrom(append(ownKeys, "contact")).Draw(t, "object")
	o, err := h.engine.Schema(account).Object(key)
	switch {
	case err != nil:
		in := crm.ObjectInput{Key: key, Label: ptr("Own " + key)}
		for i := range rapid.IntRange(0, 4).Draw(t, "fields") {
			in.Fields = append(in.Fields, h.randomField(t, string(rune('a'+i))))
		}
		_, err = h.engine.CreateObject(h.t.Context(), h.caller, in)
	case o.Custom && rapid.IntRange(0, 9).Draw(t, "delete") == 0:
		_, err = h.engine.DeleteObject(h.t.Context(), h.caller, key, 0)
	default:
		_, err = h.engine.ChangeObject(h.t.Context(), h.caller, key, h.randomChange(t, o), 0)
	}
	if e, ok := errors.AsType[*errs.Error](err); err != nil && (!ok || e.Kind == errs.Internal) {
		t.Fatalf("%s: %v", key, err)
	}
}

func (h *history) randomChange(t *rapid.T, o *crm.Object) crm.ObjectInput {
	var in crm.ObjectInput
	key := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "name"}).Draw(t, "field")
	switch rapid.IntRange(0, 5).Draw(t, "change") {
	case 0:
		in.Remove = []string{key}
	case 1:
		if o.Custom {
			in.Title = rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "name"}), 1, 2).Draw(t, "title")
		}
	case 2:
		if o.Custom {
			in.Label = ptr(rapid.SampledFrom([]string{"Own alpha", "Other", "Third"}).Draw(t, "label"))
		}
	default:
		in.Fields = []crm.FieldInput{h.randomField(t, key)}
	}
	return in
}

// randomField draws a field of any type.
func (h *history) randomField(t *rapid.T, key string) crm.FieldInput {
	var types []crm.FieldType
	for _, o := range crm.FieldTypes() {
		types = append(types, crm.FieldType(o.Key))
	}
	types = append(types, crm.Text, crm.Text, crm.Number, crm.Select, crm.RefType, crm.RefType)
	f := field("Field "+key, rapid.SampledFrom(types).Draw(t, "type"))
	f.Key = key
	some := func(what string) *bool { return ptr(rapid.IntRange(0, 4).Draw(t, what) == 0) }
	f.Required, f.Unique = some("required"), some("unique")
	if rapid.Bool().Draw(t, "default") {
		f.Default = ptr(rapid.SampledFrom([]string{"1", "x", "true", "2026-01-01"}).Draw(t, "value"))
	}
	switch *f.Type {
	case crm.Select:
		for _, o := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"x", "y", "z"}), 1, 3, rapid.ID).Draw(t, "options") {
			f.Options = append(f.Options, crm.Option{Key: o, Label: "Option " + o})
		}
		f.Moves = map[string]string{"x": rapid.SampledFrom([]string{"", "y"}).Draw(t, "move")}
	case crm.RefType:
		f.Object = ptr(rapid.SampledFrom(append(ownKeys, "contact", "company")).Draw(t, "target"))
		f.OnDelete = ptr(rapid.SampledFrom([]crm.OnDelete{crm.Cascade, crm.Clear, crm.Refuse}).Draw(t, "on delete"))
	case crm.Rows:
		f.Columns = []crm.FieldInput{field("Word", crm.Text), field("Count", crm.Number)}
	}
	return f
}
