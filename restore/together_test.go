package restore_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/restore"
)

func (b *bench) together(ops ...audit.OperationID) restore.Scope {
	return restore.Scope{Deletions: ops}
}

// Promise 5: whatever a deletion takes along and clears, and whatever is deleted one after another, in whatever pieces: restoring all of it
// gives the same records again, and once.
func TestDeleteThenRestoreIsIdentity(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := newBench(t)
		b.randomRecords(rt)
		custom := rapid.Bool().Draw(rt, "custom objects")
		if custom {
			b.estate()
		}
		before := b.records()
		var ops []audit.OperationID
		for range rapid.IntRange(1, 6).Draw(rt, "deletions") {
			if op := b.removeSomething(rt, custom); op != "" {
				ops = append(ops, op)
			}
		}
		if len(ops) == 0 {
			return
		}
		if rapid.Bool().Draw(rt, "sealed") {
			if err := b.db.Seal(t.Context()); err != nil {
				rt.Fatal(err)
			}
		}
		b.now = b.now.Add(time.Hour)
		scope := b.together(rapid.Permutation(ops).Draw(rt, "order")...)
		if len(ops) == 1 && rapid.Bool().Draw(rt, "by itself") {
			scope = restore.Scope{Operation: ops[0]}
		}
		plan, err := b.service.PreviewScope(t.Context(), b.caller, scope, restore.Request{})
		if err != nil || plan.ConflictsTotal != 0 || len(plan.Deletions) != len(scope.Deletions) {
			rt.Fatalf("plan %+v, %v", plan, err)
		}
		if _, err := b.service.ApplyScope(t.Context(), b.caller, scope, restore.Request{Token: plan.Token}); err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(before, b.records(), cmpopts.IgnoreFields(crm.Record{}, "Version", "UpdatedAt")); diff != "" {
			rt.Fatalf("deleting apart and restoring together changed something:\n%s", diff)
		}
		left, _, err := b.service.Deletions(t.Context(), b.db, b.caller, restore.DeletionQuery{Limit: 10})
		if err != nil || len(left) != 0 {
			rt.Fatalf("still to be restored: %+v, %v", left, err)
		}
		if _, err := b.service.ApplyScope(t.Context(), b.caller, scope, restore.Request{Token: plan.Token}); errs.Code(err) != "already_restored" {
			rt.Fatalf("a second time: %v", err)
		}
	})
}

// removeSomething deletes a record, several of one object, or a definition; "" when that is refused.
func (b *bench) removeSomething(t *rapid.T, custom bool) (op audit.OperationID) {
	b.t.Helper()
	b.now = b.now.Add(time.Second)
	var err error
	ways := []string{"one", "batch", "selection"}
	if custom {
		ways = append(ways, "field", "object")
	}
	schema := b.engine.Schema(account)
	switch way := rapid.SampledFrom(ways).Draw(t, "way"); way {
	case "field", "object":
		o, missing := schema.Object("property")
		if missing != nil {
			return ""
		}
		if way == "object" {
			var d crm.Deletion
			d, err = b.engine.DeleteObject(b.t.Context(), b.caller, "property", 0)
			op = d.Operation
			break
		}
		if _, there := o.Field("price"); !there {
			return ""
		}
		op = b.redefine("property", crm.ObjectInput{Remove: []string{"price"}})
	default:
		all := b.records()
		if len(all) == 0 {
			return ""
		}
		victim := all[rapid.SampledFrom(sortedIDs(all)).Draw(t, "victim")]
		if way == "one" {
			var d crm.Deletion
			d, err = b.engine.Delete(b.t.Context(), b.caller, victim.Object, victim.ID)
			op = d.Operation
			break
		}
		ids := []audit.RecordID{victim.ID}
		for _, id := range sortedIDs(all) {
			if all[id].Object == victim.Object && id != victim.ID && len(ids) < 3 {
				ids = append(ids, id)
			}
		}
		if way == "batch" {
			var res crm.BatchResult
			res, err = b.engine.Batch(b.t.Context(), b.caller, victim.Object, crm.Batch{Delete: ids})
			op = res.Operation
			break
		}
		var res crm.BulkResult
		res, err = b.engine.Bulk(b.t.Context(), b.caller, crm.Selection{Object: victim.Object, IDs: ids}, crm.BulkChange{Delete: true})
		op = res.Operation
	}
	if errs.Is(err, errs.Conflict) || errs.Is(err, errs.NotPossible) || errs.Is(err, errs.Invalid) || errs.Is(err, errs.Forbidden) {
		return "" // a stage with opportunities, the last owner
	}
	if err != nil {
		t.Fatal(err)
	}
	return op
}

// A value that two of them had one after the other goes to the newer one; the older one has to get another.
func TestRestoreTogetherNamesWhatBothWant(t *testing.T) {
	b := newBench(t)
	older := b.make("contact", map[string]string{"first_name": "Ana", "email": "ana@example.com"})
	first := b.remove(older)
	newer := b.make("contact", map[string]string{"first_name": "Anna", "email": "ana@example.com"})
	second := b.remove(newer)
	scope := b.together(audit.OperationID(first), audit.OperationID(second))
	plan, err := b.service.PreviewScope(t.Context(), b.caller, scope, restore.Request{})
	if err != nil || plan.Unresolved != 1 || plan.Conflicts[0].ID != older.ID || plan.Conflicts[0].Kind != restore.UniqueTaken ||
		!slices.Contains(plan.Conflicts[0].Resolutions, restore.Skip) {
		t.Fatalf("plan %+v, %v", plan, err)
	}
	decide := func(c restore.Choice, value string) restore.Request {
		return restore.Request{Token: plan.Token, Resolutions: []restore.Resolution{{Object: "contact", ID: older.ID, Field: "email", Kind: restore.UniqueTaken, Choose: c, Value: value}}}
	}
	if _, err := b.service.ApplyScope(t.Context(), b.caller, scope, decide(restore.Skip, "")); err != nil {
		t.Fatal(err)
	}
	if all := b.records(); all[newer.ID] == nil || all[older.ID] != nil || b.undone(first) || !b.undone(second) {
		t.Fatalf("the older one was left out, and there is %v", all)
	}
	if plan, err = b.service.PreviewScope(t.Context(), b.caller, scope, restore.Request{}); err != nil || plan.Deletions[0].State != restore.Restored || plan.Deletions[1].State != restore.Available {
		t.Fatalf("plan %+v, %v", plan, err)
	}
	if _, err := b.service.ApplyScope(t.Context(), b.caller, scope, decide(restore.Rename, "old@example.com")); err != nil {
		t.Fatal(err)
	}
	if got := b.records()[older.ID].Fields["email"].Text(); got != "old@example.com" {
		t.Errorf("the email is %q", got)
	}
	if e := b.last("audit.restore_applied"); e.Description != "Restored 2 deletions with 1 contact" {
		t.Errorf("the log says %q", e.Description)
	}
}

// A link that was set to something else before its record was deleted too is asked about, though the record is not there yet.
func TestRestoreTogetherAsksAboutLinks(t *testing.T) {
	b := newBench(t)
	_, ana := b.sales(1)
	deal := opportunities(b)[0]
	first := b.remove(ana)
	bo := b.make("contact", map[string]string{"first_name": "Bo"})
	b.edit(deal, map[string]string{"contact": string(bo.ID)})
	second := b.remove(deal)
	scope := b.together(audit.OperationID(first), audit.OperationID(second))
	plan, err := b.service.PreviewScope(t.Context(), b.caller, scope, restore.Request{})
	if err != nil || plan.Unresolved != 1 || plan.Conflicts[0].Kind != restore.ChangedSince || plan.Conflicts[0].ID != deal.ID {
		t.Fatalf("plan %+v, %v", plan, err)
	}
	for _, tt := range []struct {
		choose restore.Choice
		want   audit.RecordID
	}{{restore.Skip, bo.ID}, {restore.Overwrite, ana.ID}} {
		req := restore.Request{Resolutions: []restore.Resolution{{Object: "opportunity", Kind: restore.ChangedSince, Choose: tt.choose}}}
		if _, err := b.service.ApplyScope(t.Context(), b.caller, scope, req); err != nil {
			t.Fatal(err)
		}
		if got := b.records()[deal.ID].Fields["contact"].Text(); got != string(tt.want) {
			t.Errorf("%s: the contact is %s", tt.choose, got)
		}
		b.edit(deal, map[string]string{"contact": string(ana.ID)})
		first = b.remove(ana)
		b.edit(deal, map[string]string{"contact": string(bo.ID)})
		second = b.remove(deal)
		scope = b.together(audit.OperationID(first), audit.OperationID(second))
	}
}

func TestRestoreTogetherIsRefused(t *testing.T) {
	b := newBench(t)
	pipeline, contact := b.sales(1)
	first := audit.OperationID(b.remove(pipeline))
	plan, err := b.service.PreviewScope(t.Context(), b.caller, b.together(first, first), restore.Request{})
	if err != nil || len(plan.Deletions) != 1 {
		t.Fatalf("twice the same: %+v, %v", plan, err)
	}
	second := audit.OperationID(b.remove(contact))
	both := b.together(first, second)
	if plan, err = b.service.PreviewScope(t.Context(), b.caller, both, restore.Request{}); err != nil {
		t.Fatal(err)
	}
	// Somebody restores one of them alone.
	if _, err := b.service.Apply(t.Context(), b.caller, audit.EventID(second), restore.Request{}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.service.ApplyScope(t.Context(), b.caller, both, restore.Request{Token: plan.Token}); errs.Code(err) != "plan_stale" {
		t.Errorf("an old plan: %v", err)
	}
	made := audit.OperationID(b.last("contact.created").ID)
	many := make([]audit.OperationID, restore.MaxTogether+1)
	for i := range many {
		many[i] = audit.OperationID(fmt.Sprintf("01890000-0000-7000-8000-%012d", i))
	}
	for name, tt := range map[string]struct {
		scope restore.Scope
		code  string
	}{
		"a creation":   {b.together(first, made), "not_restorable"},
		"no operation": {b.together(first, "01890000-0000-7000-8000-00000000dead"), "not_found"},
		"too many":     {b.together(many...), "too_many"},
	} {
		if _, err := b.service.PreviewScope(t.Context(), b.caller, tt.scope, restore.Request{}); errs.Code(err) != tt.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	b.now = b.now.Add(window + time.Hour)
	if _, err := b.service.ApplyScope(t.Context(), b.caller, both, restore.Request{}); errs.Code(err) != "restore_expired" {
		t.Errorf("too late: %v", err)
	}
}

// What was asked for is found by any of the records that a deletion took, once, and page by page.
func TestDeletionsAreFoundByTheirParts(t *testing.T) {
	b := newBench(t)
	pipeline, contact := b.sales(5)
	b.remove(pipeline)
	b.remove(contact)
	find := func(words string, after audit.Position, limit int) ([]restore.Deletion, audit.Position) {
		t.Helper()
		where, err := audit.ParseQuery(words, b.catalog, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		found, next, err := b.service.Deletions(t.Context(), b.db, b.caller, restore.DeletionQuery{Filter: audit.Filter{Where: where}, After: after, Limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		return found, next
	}
	if found, next := find("deal", audit.Position{}, 10); len(found) != 1 || !next.IsZero() || found[0].Event.Record.ID != pipeline.ID || found[0].Counts["opportunity"] != 5 {
		t.Errorf("by the name of a part: %+v", found)
	}
	first, next := find("deleted", audit.Position{}, 1)
	second, end := find("deleted", next, 1)
	if len(first) != 1 || len(second) != 1 || !end.IsZero() || first[0].Event.Record.ID != contact.ID || second[0].Event.Record.ID != pipeline.ID {
		t.Errorf("page by page: %+v, %+v", first, second)
	}
}
