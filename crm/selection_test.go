package crm_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// guests makes n contacts.
func guests(b *bench, n int) (ids []audit.RecordID) {
	for i := range n {
		ids = append(ids, b.make("contact", map[string]string{"first_name": fmt.Sprintf("Guest %02d", i), "city": "Porto", "tags": []string{"", "vip"}[i%2]}).ID)
	}
	return ids
}

func (b *bench) cities(ids []audit.RecordID) string {
	b.t.Helper()
	var out []string
	for _, id := range ids {
		rec, err := b.engine.Record(b.t.Context(), b.caller, "contact", id)
		if err != nil {
			out = append(out, errs.Code(err))
			continue
		}
		out = append(out, rec.Fields["city"].Text()+" "+strings.Join(rec.Fields["tags"].Strings(), "+"))
	}
	return strings.Join(out, ", ")
}

func (b *bench) byCity(city string) *crm.Query {
	f, _ := b.object("contact").Field("city")
	return &crm.Query{Where: []crm.Condition{{Field: f, Values: []string{city}}}}
}

func set(fields ...string) crm.Input {
	in := crm.Input{}
	for i := 0; i < len(fields); i += 2 {
		in[fields[i]] = json.RawMessage(fields[i+1])
	}
	return in
}

func TestBulk(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change crm.BulkChange
		cities string
		said   string
	}{
		{"one field", crm.BulkChange{Set: set("city", `"Faro"`)}, "Faro , Faro vip, Faro ", `Set City to Faro for 3 contacts`},
		{"a select", crm.BulkChange{Set: set("type", `"customer"`)}, "Porto , Porto vip, Porto ", `Set Type to Customer for 3 contacts`},
		{"fields", crm.BulkChange{Set: set("city", "null", "type", `"customer"`)}, " ,  vip,  ", `Changed Type and City of 3 contacts`},
		{"a tag", crm.BulkChange{AddTags: []string{"vip"}}, "Porto vip, Porto vip, Porto vip", `Added the tag "vip" to 2 contacts (1 was so already)`},
		{"tags", crm.BulkChange{AddTags: []string{"b", "a"}, RemoveTags: []string{"vip"}}, "Porto a+b, Porto a+b, Porto a+b", `Added the tags "b" and "a" to 3 contacts and removed the tag "vip" from them`},
		{"deletion", crm.BulkChange{Delete: true}, "deleted, deleted, deleted", `Deleted 3 contacts with 1 note`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			ids := guests(b, 3)
			b.make("note", map[string]string{"contact": string(ids[0]), "body": "x"})
			plan, err := b.engine.PreviewBulk(t.Context(), b.caller, crm.Selection{Object: "contact", Query: b.byCity("Porto")}, tt.change)
			if err != nil || plan.Count != 3 || len(plan.Names) != 3 || tt.change.Delete && plan.Taken["note"] != 1 {
				t.Fatalf("the plan: %+v, %v", plan, err)
			}
			tt.change.Token = plan.Token
			res, err := b.engine.Bulk(t.Context(), b.caller, crm.Selection{Object: "contact", Query: b.byCity("Porto")}, tt.change)
			if err != nil {
				t.Fatal(err)
			}
			if got := b.cities(ids); got != tt.cities {
				t.Errorf("they are %q, not %q", got, tt.cities)
			}
			lead := eventOf(t, b, res.Operation)
			if lead.Description != tt.said || res.Selected != 3 || res.Changed+res.Unchanged != 3 {
				t.Errorf("%+v, and the log says %q", res, lead.Description)
			}
			for _, e := range b.log() {
				if e.Operation == res.Operation && !e.Leads() && e.Cause == "" {
					t.Errorf("%s follows from nothing", e.Type)
				}
			}
			b.checkLog(t.Fatalf)
		})
	}
}

// All or nothing: whatever is wrong with one, or with the selection, leaves every record as it was.
func TestBulkRefuses(t *testing.T) {
	b := newBench(t)
	ids := guests(b, 4)
	gone := b.make("contact", map[string]string{"first_name": "Gone"})
	if _, err := b.engine.Delete(t.Context(), b.caller, "contact", gone.ID); err != nil {
		t.Fatal(err)
	}
	nameless := b.make("contact", map[string]string{"email": "only@example.com"})
	owes := b.make("contact", map[string]string{"first_name": "Owes"})
	b.make("invoice", map[string]string{"contact": string(owes.ID), "currency": "EUR"})
	all := crm.Selection{Object: "contact", IDs: ids}
	with := func(more ...audit.RecordID) crm.Selection {
		return crm.Selection{Object: "contact", IDs: append(append([]audit.RecordID{}, ids...), more...)}
	}
	reader := b.caller
	reader.Permissions = map[audit.Permission]bool{audit.RecordsRead: true}
	writer := b.caller
	writer.Permissions = map[audit.Permission]bool{audit.RecordsWrite: true}
	b.make("note", map[string]string{"contact": string(owes.ID), "body": "x"})
	was, events := b.cities(ids), len(b.log())
	for _, tt := range []struct {
		name   string
		caller audit.Caller
		sel    crm.Selection
		change crm.BulkChange
		code   string
		words  string
	}{
		{"one was deleted", b.caller, with(gone.ID), crm.BulkChange{AddTags: []string{"x"}}, "deleted", `"Gone"`},
		{"one never was", b.caller, with("01890000-0000-7000-8000-00000000dead"), crm.BulkChange{AddTags: []string{"x"}}, "not_found", ""},
		{"one becomes invalid", b.caller, with(nameless.ID), crm.BulkChange{Set: set("email", "null")}, "required", `"only@example.com"`},
		{"one cannot be deleted", b.caller, with(owes.ID), crm.BulkChange{Delete: true}, "still_referenced", `"Owes"`},
		{"the same email for all", b.caller, all, crm.BulkChange{Set: set("email", `"a@example.com"`)}, "unique", "Email"},
		{"a wrong value", b.caller, all, crm.BulkChange{Set: set("type", `"friend"`)}, "invalid_option", ""},
		{"an unknown field", b.caller, all, crm.BulkChange{Set: set("shoe", `1`)}, "unknown_field", "shoe"},
		{"an owner who is not there", b.caller, all, crm.BulkChange{Set: set("owner", `"01890000-0000-7000-8000-00000000dead"`)}, "missing_reference", `"Guest 00"`},
		{"another selection", b.caller, all, crm.BulkChange{AddTags: []string{"x"}, Token: "00"}, "selection_changed", "4 contacts"},
		{"nobody", b.caller, crm.Selection{Object: "contact", Query: b.byCity("Nowhere")}, crm.BulkChange{Delete: true}, "nothing_selected", ""},
		{"nothing", b.caller, all, crm.BulkChange{}, "nothing_to_do", ""},
		{"both", b.caller, all, crm.BulkChange{Delete: true, AddTags: []string{"x"}}, "delete_or_change", ""},
		{"a tag of two minds", b.caller, all, crm.BulkChange{AddTags: []string{"x"}, RemoveTags: []string{"x"}}, "added_and_removed", ""},
		{"tags of notes", b.caller, crm.Selection{Object: "note", Query: &crm.Query{}}, crm.BulkChange{AddTags: []string{"x"}}, "no_tags", ""},
		{"the profile", b.caller, crm.Selection{Object: "business_profile", Query: &crm.Query{}}, crm.BulkChange{Delete: true}, "only_one", ""},
		{"a reader", reader, all, crm.BulkChange{Delete: true}, "forbidden", ""},
		{"one who does not see them", writer, crm.Selection{Object: "contact", Query: b.byCity("Porto")}, crm.BulkChange{AddTags: []string{"x"}}, "forbidden", ""},
	} {
		_, err := b.engine.Bulk(t.Context(), tt.caller, tt.sel, tt.change)
		if errs.Code(err) != tt.code || !strings.Contains(err.Error(), tt.words) {
			t.Errorf("%s: %q %v", tt.name, errs.Code(err), err)
		}
	}
	if plan, err := b.engine.PreviewSelection(t.Context(), writer, all); !errs.Is(err, errs.Forbidden) {
		t.Errorf("who does not see records counts them: %+v, %v", plan, err)
	}
	if got := b.cities(ids); got != was || len(b.log()) != events {
		t.Errorf("what was refused left %q and %d events", got, len(b.log())-events)
	}
}

// What changed between the preview and the run is found by the token.
func TestBulkIsBoundToItsSelection(t *testing.T) {
	b := newBench(t)
	ids := guests(b, 3)
	one, err := b.engine.Record(t.Context(), b.caller, "contact", ids[0])
	if err != nil {
		t.Fatal(err)
	}
	porto := crm.Selection{Object: "contact", Query: b.byCity("Porto")}
	try := func(del bool, meanwhile func()) string {
		t.Helper()
		change := crm.BulkChange{Delete: del}
		if !del {
			change.AddTags = []string{"x"}
		}
		plan, err := b.engine.PreviewBulk(t.Context(), b.caller, porto, change)
		if err != nil {
			t.Fatal(err)
		}
		meanwhile()
		change.Token = plan.Token
		_, err = b.engine.Bulk(t.Context(), b.caller, porto, change)
		return errs.Code(err)
	}
	if got := try(false, func() { b.mustEdit(one, map[string]string{"phone": "+351 210 000 001"}) }); got != "" {
		t.Errorf("a tag for records of which somebody edited one: %q", got)
	}
	if got := try(true, func() { b.mustEdit(one, map[string]string{"phone": "+351 210 000 002"}) }); got != "selection_changed" {
		t.Errorf("the deletion of a record that somebody just edited: %q", got)
	}
	if got := try(false, func() { b.make("contact", map[string]string{"first_name": "New", "city": "Porto"}) }); got != "selection_changed" {
		t.Errorf("one more fits the filter: %q", got)
	}
	if got := try(false, func() { b.mustEdit(one, map[string]string{"city": "Faro"}) }); got != "selection_changed" {
		t.Errorf("one less fits the filter: %q", got)
	}
	if got := try(true, func() {}); got != "" {
		t.Errorf("nothing changed: %q", got)
	}
}

// Nothing to change leaves no trace.
func TestBulkWithoutChange(t *testing.T) {
	b := newBench(t)
	ids := guests(b, 2)
	before := len(b.log())
	res, err := b.engine.Bulk(t.Context(), b.caller, crm.Selection{Object: "contact", IDs: ids}, crm.BulkChange{Set: set("city", `"Porto"`)})
	if err != nil || res.Operation != "" || res.Unchanged != 2 || len(b.log()) != before {
		t.Errorf("%+v, %v, %d events", res, err, len(b.log())-before)
	}
}
