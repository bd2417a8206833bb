package crm_test

import (
	"context"
	"slices"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// A secret is set and emptied for one record at a time: a bulk change would take its mark and leave its value.
func TestBulkLeavesSecretsAlone(t *testing.T) {
	b := newBench(t)
	b.redefine("contact", crm.ObjectInput{Fields: []crm.FieldInput{field("PIN", crm.Secret)}})
	rec := b.make("contact", map[string]string{"first_name": "Ana", "pin": "1234"})
	other := b.make("contact", map[string]string{"first_name": "Bo"})
	for _, given := range []string{`null`, `""`, `"5678"`} {
		_, err := b.engine.Bulk(t.Context(), b.caller, crm.Selection{Object: "contact", IDs: []audit.RecordID{rec.ID, other.ID}}, crm.BulkChange{Set: set("pin", given)})
		if fields := errs.Of(err).Fields; len(fields) != 1 || fields[0].Code != "secret" {
			t.Errorf("%s: %v", given, err)
		}
	}
	now, values, err := b.db.Secrets(t.Context(), account, "contact", rec.ID)
	if err != nil || now.Version != rec.Version || now.Fields["pin"] != audit.Bool(true) || values["pin"] != "1234" {
		t.Errorf("the record is %+v with %v, %v", now, values, err)
	}
	b.checkLog(t.Fatalf)
}

// Whatever works out a record cannot change it past the log.
func TestNoChangeWithoutEvent(t *testing.T) {
	b := newBench(t)
	objects := slices.Clone(b.schema.Objects())
	for i, o := range objects {
		if o.Key != "note" {
			continue
		}
		sly := *o
		sly.Fill = func(_ context.Context, w *crm.Write) error {
			if w.Before != nil {
				w.After.Fields["unknown"] = audit.String("x")
			}
			return nil
		}
		objects[i] = &sly
	}
	schema, err := crm.NewSchema(objects)
	if err != nil {
		t.Fatal(err)
	}
	ana := b.make("contact", map[string]string{"first_name": "Ana"})
	note := b.make("note", map[string]string{"contact": string(ana.ID), "body": "x"})
	b.engine = crm.NewEngine(b.db, schema, b.recorder)
	before := len(b.log())
	if _, err := b.edit(note, map[string]string{"body": "x"}); !errs.Is(err, errs.Internal) {
		t.Errorf("a change that no event tells: %v", err)
	}
	if got := len(b.log()); got != before {
		t.Errorf("it wrote %d events", got-before)
	}
	b.checkLog(t.Fatalf)
}
