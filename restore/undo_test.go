package restore_test

import (
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/restore"
)

func TestUndoUpdate(t *testing.T) {
	b := newBench(t)
	_, contact := b.sales(0)
	before := b.records()
	b.edit(contact, map[string]string{"city": "Porto", "phone": "+351 912 345 678", "first_name": "Anna"})
	event := b.last("contact.updated")

	plan, err := b.service.PreviewUndo(t.Context(), b.caller, event.ID, restore.Request{})
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Fields) != 3 || plan.Fields[0].Now != "Anna" || plan.Fields[0].Back != "Ana" || plan.ConflictsTotal != 0 {
		t.Fatalf("plan %+v", plan)
	}
	if _, err := b.service.Undo(t.Context(), b.caller, event.ID, restore.Request{Fields: []string{"city"}}); err != nil {
		t.Fatal(err)
	}
	if f := b.records()[contact.ID].Fields; f["city"] != audit.None || f["first_name"].Text() != "Anna" {
		t.Fatalf("one field: %v", f)
	}
	if _, err := b.service.Undo(t.Context(), b.caller, event.ID, restore.Request{Resolutions: []restore.Resolution{
		{Object: "contact", Field: "city", Kind: restore.ChangedSince, Choose: restore.Overwrite}}}); err != nil {
		t.Fatal(err)
	}
	same(t, before, b.records())
	lead := b.last("audit.undo_applied")
	if e := b.last("contact.updated"); lead.UndoOf != event.ID || e.UndoOf != event.ID || e.Cause != lead.ID {
		t.Errorf("the log does not tie the undo to its entry: %+v", e)
	}
	if _, err := b.service.Undo(t.Context(), b.caller, event.ID, restore.Request{}); errs.Code(err) != "already_restored" {
		t.Errorf("a second time: %v", err)
	}
}

func TestResolutionsAreBounded(t *testing.T) {
	b := newBench(t)
	_, contact := b.sales(0)
	b.edit(contact, map[string]string{"city": "Porto"})
	event := b.last("contact.updated").ID
	for n, want := range map[int]string{1000: "", 1001: "too_many"} {
		many := make([]restore.Resolution, n)
		for i := range many {
			many[i] = restore.Resolution{Object: "contact", Kind: restore.ChangedSince, Choose: restore.Skip}
		}
		_, err := b.service.PreviewUndo(t.Context(), b.caller, event, restore.Request{Resolutions: many})
		if got := errs.Code(err); got != want || err != nil && !errs.Is(err, errs.Invalid) {
			t.Errorf("%d resolutions: %v", n, err)
		}
	}
}

// The decision on one record and field comes before those on more, whatever their order.
func TestNarrowResolutionsComeFirst(t *testing.T) {
	b := newBench(t)
	_, contact := b.sales(0)
	b.edit(contact, map[string]string{"city": "Porto", "country": "Portugal"})
	event := b.last("contact.updated").ID
	b.edit(contact, map[string]string{"city": "Lisbon", "country": "Spain"})
	decide := func(id audit.RecordID, field string, choose restore.Choice) restore.Resolution {
		return restore.Resolution{Object: "contact", ID: id, Field: field, Kind: restore.ChangedSince, Choose: choose}
	}
	const skip, put = restore.Skip, restore.Overwrite
	for name, tt := range map[string]struct {
		given         []restore.Resolution
		city, country restore.Choice
	}{
		"none":                    {nil, "", ""},
		"for all":                 {[]restore.Resolution{decide("", "", skip)}, skip, skip},
		"for a field":             {[]restore.Resolution{decide("", "", skip), decide("", "city", put)}, put, skip},
		"for a record":            {[]restore.Resolution{decide("", "city", put), decide(contact.ID, "", skip)}, skip, skip},
		"for a record's field":    {[]restore.Resolution{decide(contact.ID, "", skip), decide(contact.ID, "city", put)}, put, skip},
		"for another record":      {[]restore.Resolution{decide(audit.RecordID(event), "", skip)}, "", ""},
		"for one field, no other": {[]restore.Resolution{decide("", "country", skip)}, "", skip},
	} {
		plan, err := b.service.PreviewUndo(t.Context(), b.caller, event, restore.Request{Resolutions: tt.given})
		if err != nil || len(plan.Conflicts) != 2 {
			t.Fatalf("%s: %+v, %v", name, plan, err)
		}
		got := map[string]restore.Choice{}
		for _, c := range plan.Conflicts {
			got[c.Field] = c.Chosen
		}
		if got["city"] != tt.city || got["country"] != tt.country {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestUndoNamesLaterChanges(t *testing.T) {
	b := newBench(t)
	_, contact := b.sales(0)
	b.edit(contact, map[string]string{"city": "Porto"})
	event := b.last("contact.updated").ID
	b.edit(contact, map[string]string{"city": "Lisbon"})

	plan, err := b.service.PreviewUndo(t.Context(), b.caller, event, restore.Request{})
	if err != nil || plan.Unresolved != 1 || plan.Conflicts[0].Kind != restore.ChangedSince || plan.Conflicts[0].Value != "Lisbon" {
		t.Fatalf("plan %+v, %v", plan, err)
	}
	if _, err := b.service.Undo(t.Context(), b.caller, event, restore.Request{}); errs.Code(err) != "conflicts" {
		t.Fatalf("unresolved: %v", err)
	}
	b.edit(contact, map[string]string{"country": "Portugal"})
	if _, err := b.service.Undo(t.Context(), b.caller, event, restore.Request{Token: plan.Token}); errs.Code(err) != "plan_stale" {
		t.Fatalf("an old plan: %v", err)
	}
}

func TestUndoTagLeavesOtherTags(t *testing.T) {
	b := newBench(t)
	_, contact := b.sales(0) // tagged vip
	b.edit(contact, map[string]string{"tags": "vip, fair"})
	event := b.last("contact.tag_added").ID
	b.edit(contact, map[string]string{"tags": "vip, fair, later"})
	if _, err := b.service.Undo(t.Context(), b.caller, event, restore.Request{}); err != nil {
		t.Fatal(err)
	}
	if got := b.records()[contact.ID].Fields["tags"]; got != audit.List([]string{"later", "vip"}) {
		t.Errorf("tags %s", got)
	}
}

func TestUndoOperation(t *testing.T) {
	b := newBench(t)
	b.sales(3)
	before := b.records()
	var batch crm.Batch
	for _, o := range opportunities(b) {
		batch.Update = append(batch.Update, crm.BatchUpdate{ID: o.ID, Fields: crm.Input{"status": []byte(`"won"`), "value": []byte(`"5"`)}})
	}
	res, err := b.engine.Batch(t.Context(), b.caller, "opportunity", batch)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.service.UndoOperation(t.Context(), b.caller, res.Operation, restore.Request{}); err != nil {
		t.Fatal(err)
	}
	same(t, before, b.records())
	if _, err := b.service.UndoOperation(t.Context(), b.caller, res.Operation, restore.Request{}); errs.Code(err) != "already_restored" {
		t.Errorf("a second time: %v", err)
	}
}

func TestUndoReorder(t *testing.T) {
	b := newBench(t)
	b.sales(0)
	before := b.records()
	batch := crm.Batch{}
	for _, r := range before {
		if r.Object == "stage" {
			batch.Update = append(batch.Update, crm.BatchUpdate{ID: r.ID, Fields: crm.Input{"position": []byte(`"` + map[string]string{"1": "2", "2": "1"}[r.Fields["position"].Text()] + `"`)}})
		}
	}
	if _, err := b.engine.Batch(t.Context(), b.caller, "stage", batch); err != nil {
		t.Fatal(err)
	}
	if _, err := b.service.Undo(t.Context(), b.caller, b.last("stage.reordered").ID, restore.Request{}); err != nil {
		t.Fatal(err)
	}
	same(t, before, b.records())
}

func TestUndoIsRefused(t *testing.T) {
	b := newBench(t)
	pipeline, contact := b.sales(0)
	created := b.last("contact.created").ID
	b.edit(contact, map[string]string{"city": "Porto"})
	updated := b.last("contact.updated").ID
	for name, id := range map[string]audit.EventID{"a deletion": b.remove(pipeline), "a creation": created} {
		if _, err := b.service.PreviewUndo(t.Context(), b.caller, id, restore.Request{}); errs.Code(err) != "not_restorable" {
			t.Errorf("%s: %v", name, err)
		}
	}
	b.remove(contact)
	if _, err := b.service.Undo(t.Context(), b.caller, updated, restore.Request{}); errs.Code(err) != "not_restorable" {
		t.Errorf("of a deleted record: %v", err)
	}
}

// What cannot be without others (a stage its pipeline, a deal its stage, an invoice its contact) is moved back as well.
func TestUndoOfWhatBelongsToOthers(t *testing.T) {
	b := newBench(t)
	pipeline, contact := b.sales(1)
	other := b.make("stage", map[string]string{"name": "Later", "pipeline": string(pipeline.ID), "position": "3"})
	invoice := b.make("invoice", map[string]string{"title": "March", "contact": string(contact.ID), "currency": "EUR"})
	var deal *crm.Record
	for _, rec := range b.records() {
		if rec.Object == "opportunity" {
			deal = rec
		}
	}
	before := b.records()
	b.edit(deal, map[string]string{"stage": string(other.ID)})
	b.edit(other, map[string]string{"name": "Sooner"})
	b.edit(invoice, map[string]string{"title": "April"})
	for _, kind := range []string{"opportunity.stage_changed", "stage.renamed", "invoice.updated"} {
		event := b.last(kind).ID
		plan, err := b.service.PreviewUndo(t.Context(), b.caller, event, restore.Request{})
		if err != nil || plan.Refused != nil {
			t.Fatalf("%s: %+v, %v", kind, plan, err)
		}
		if _, err := b.service.Undo(t.Context(), b.caller, event, restore.Request{Token: plan.Token}); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
	}
	same(t, before, b.records())
}
