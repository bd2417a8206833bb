package crm_test

import (
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// Who defines objects but may not read records learns how many a change touches, and no name and no value of them.
func TestEffectsWithoutRecordsRead(t *testing.T) {
	b := newBench(t)
	b.define("House", field("Name", crm.Text), field("Price", crm.Money))
	for _, name := range []string{"Hidden One", "Hidden Two"} {
		house := b.make("house", map[string]string{"name": name, "price": "12.50"})
		b.redefine("task", crm.ObjectInput{Fields: []crm.FieldInput{reference("For "+name[7:], "house", crm.Refuse)}})
		b.make("task", map[string]string{"title": "x", crm.KeyOf("For " + name[7:]): string(house.ID)})
	}
	definer := b.caller
	definer.Permissions = map[audit.Permission]bool{audit.ObjectsManage: true}
	lossy := crm.ObjectInput{Fields: []crm.FieldInput{{Key: "name", Type: ptr(crm.Number)}}}
	silent := func(what string, effects []crm.Effect) {
		t.Helper()
		if len(effects) == 0 {
			t.Errorf("%s has no effects", what)
		}
		for _, e := range effects {
			if e.Records != 2 || e.Examples == nil || len(e.Examples) > 0 {
				t.Errorf("%s says %+v", what, e)
			}
		}
	}
	for what, in := range map[string]crm.ObjectInput{"a removal": {Remove: []string{"price"}}, "a loss": lossy, "another title": {Title: []string{"price"}}} {
		p, err := b.engine.PreviewObject(t.Context(), definer, "house", in)
		if err != nil {
			t.Fatal(err)
		}
		silent("the preview of "+what, p.Effects)
		if p, err = b.engine.PreviewObject(t.Context(), b.caller, "house", in); err != nil || len(p.Effects[0].Examples) != 2 {
			t.Errorf("who may read records sees of %s %+v, %v", what, p.Effects, err)
		}
	}
	_, err := b.engine.ChangeObject(t.Context(), definer, "house", lossy, 0)
	if errs.Code(err) != "values_in_the_way" {
		t.Fatal(err)
	}
	silent("the refusal", errs.Of(err).Extra[crm.RedefinitionKey].([]crm.Effect))
	if _, err := b.engine.PreviewDeletion(t.Context(), definer, "house"); errs.Code(err) != "still_referenced" || strings.Contains(err.Error(), "Hidden") {
		t.Errorf("the preview of a deletion: %v", err)
	}
	if _, err := b.engine.DeleteObject(t.Context(), definer, "house", 0); errs.Code(err) != "still_referenced" || strings.Contains(err.Error(), "Hidden") {
		t.Errorf("the deletion: %v", err)
	}
	done, err := b.engine.ChangeObject(t.Context(), definer, "house", crm.ObjectInput{Remove: []string{"price"}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	silent("the change", done.Effects)
}
