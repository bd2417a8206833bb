package crm_test

import (
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// A field goes and another one comes with its key, in one change: the new one starts empty, whatever the old one held.
func TestReplaceField(t *testing.T) {
	b := newBench(t)
	b.define("House", field("Name", crm.Text), field("Price", crm.Text))
	old := b.make("house", map[string]string{"name": "One", "price": "cheap"})
	price := field("Price", crm.Money)
	price.Required = ptr(true)
	replace := func() crm.ObjectInput {
		return crm.ObjectInput{Remove: []string{"price"}, Fields: []crm.FieldInput{price}}
	}
	before := len(b.log())
	_, err := b.engine.ChangeObject(t.Context(), b.caller, "house", replace(), 0)
	if errs.Code(err) != "values_in_the_way" || errs.Of(err).Fields[0].Code != "values_missing" || len(b.log()) != before {
		t.Errorf("required, without a default: %v", err)
	}
	b.make("house", map[string]string{"name": "Two"})
	price.Unique, price.Type = ptr(true), ptr(crm.Number)
	price.Default = ptr("5")
	if _, err := b.engine.ChangeObject(t.Context(), b.caller, "house", replace(), 0); errs.Code(err) != "values_in_the_way" || errs.Of(err).Fields[0].Code != "unique_taken" {
		t.Errorf("unique, with one default for all: %v", err)
	}
	price.Unique = nil
	preview, err := b.engine.PreviewObject(t.Context(), b.caller, "house", replace())
	if err != nil {
		t.Fatal(err)
	}
	counts := map[crm.EffectKind]int{}
	for _, e := range preview.Effects {
		counts[e.Kind] = e.Records
	}
	if len(counts) != 2 || counts[crm.Removed] != 1 || counts[crm.Filled] != 2 {
		t.Errorf("the preview says %v", counts)
	}
	b.redefine("house", replace())
	for id, rec := range b.state() {
		if rec.Object == "house" && rec.Fields["price"] != audit.String("5") {
			t.Errorf("%s has %v", id, rec.Fields)
		}
	}
	// By the new field, the records are called by what is in it then.
	named := replace()
	named.Title = []string{"price"}
	preview, err = b.engine.PreviewObject(t.Context(), b.caller, "house", named)
	if err != nil {
		t.Fatal(err)
	}
	if last := preview.Effects[len(preview.Effects)-1]; last.Kind != crm.Renamed || last.Records != 2 || last.Examples[0].Value != "5" {
		t.Errorf("the preview of the names says %+v", last)
	}
	b.redefine("house", named)
	if rec, err := b.engine.Record(t.Context(), b.caller, "house", old.ID); err != nil || rec.Name != "5" {
		t.Errorf("it is called %v, %v", rec, err)
	}
	b.checkLog(t.Fatalf)
}
