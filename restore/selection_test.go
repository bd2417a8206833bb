package restore_test

import (
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/restore"
)

// moved is three contacts in Porto whom one change of a selection moved to Faro, in Portugal.
func (b *bench) moved() (people []*crm.Record, op audit.OperationID) {
	b.t.Helper()
	var ids []audit.RecordID
	for _, name := range []string{"Ana", "Bo", "Cy"} {
		rec := b.make("contact", map[string]string{"first_name": name, "city": "Porto"})
		people, ids = append(people, rec), append(ids, rec.ID)
	}
	b.now = b.now.Add(time.Second)
	res, err := b.engine.Bulk(b.t.Context(), b.caller, crm.Selection{Object: "contact", IDs: ids}, crm.BulkChange{Set: crm.Input{"city": []byte(`"Faro"`), "country": []byte(`"Portugal"`)}})
	if err != nil {
		b.t.Fatal(err)
	}
	return people, res.Operation
}

func (b *bench) undone(id audit.EventID) bool {
	b.t.Helper()
	stored, err := b.db.Event(b.t.Context(), account, id)
	if err != nil {
		b.t.Fatal(err)
	}
	return stored.UndoneBy != ""
}

// What one undo of a selection's change leaves is undone by the next; only then is the whole of it.
func TestUndoSelectionInHalves(t *testing.T) {
	choose := func(c restore.Choice) restore.Request {
		return restore.Request{Resolutions: []restore.Resolution{{Object: "contact", Field: "city", Kind: restore.ChangedSince, Choose: c}}}
	}
	for _, tt := range []struct {
		name          string
		first, second restore.Request
		between       func(b *bench, people []*crm.Record)
		half          bool // whether the first leaves a half by itself
	}{
		{"a record that was changed since", choose(restore.Skip), choose(restore.Overwrite), nil, true},
		{"one field, then the other", restore.Request{Fields: []string{"country"}}, choose(restore.Overwrite), nil, true},
		{"a record that was gone", choose(restore.Overwrite), restore.Request{}, func(b *bench, people []*crm.Record) {
			if _, err := b.service.Apply(b.t.Context(), b.caller, b.last("contact.deleted").ID, restore.Request{}); err != nil {
				b.t.Fatal(err)
			}
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			people, op := b.moved()
			b.edit(people[0], map[string]string{"city": "Lisbon"})
			if tt.between != nil {
				b.remove(people[1])
			}
			lead := audit.EventID(op)
			if _, err := b.service.UndoOperation(t.Context(), b.caller, op, tt.first); err != nil {
				t.Fatal(err)
			}
			if b.undone(lead) == tt.half {
				t.Errorf("the leading event is undone: %v", !tt.half)
			}
			if tt.between != nil {
				tt.between(b, people)
			}
			if _, err := b.service.Undo(t.Context(), b.caller, lead, tt.second); err != nil {
				t.Fatalf("the second half: %v", err)
			}
			now := b.records()
			for _, p := range people {
				if f := now[p.ID].Fields; f["city"].Text() != "Porto" || f["country"] != audit.None {
					t.Errorf("%s has %v", p.Name, f)
				}
			}
			if !b.undone(lead) {
				t.Error("the leading event is not undone")
			}
			if _, err := b.service.Undo(t.Context(), b.caller, lead, restore.Request{}); errs.Code(err) != "already_restored" {
				t.Errorf("a third time: %v", err)
			}
		})
	}
}
