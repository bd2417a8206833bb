package crm_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

func ptr[T any](v T) *T { return &v }

// field asks for a field of a type.
func field(label string, t crm.FieldType) crm.FieldInput {
	return crm.FieldInput{Label: &label, Type: &t}
}

func reference(label, object string, on crm.OnDelete) crm.FieldInput {
	f := field(label, crm.RefType)
	f.Object, f.OnDelete = &object, &on
	return f
}

// define makes a custom object.
func (b *bench) define(label string, fields ...crm.FieldInput) *crm.Object {
	b.t.Helper()
	o, err := b.engine.CreateObject(b.t.Context(), b.caller, crm.ObjectInput{Label: &label, Fields: fields})
	if err != nil {
		b.t.Fatalf("create the object %s: %v", label, err)
	}
	return o
}

// redefine changes an object.
func (b *bench) redefine(object string, in crm.ObjectInput) crm.Redefinition {
	b.t.Helper()
	done, err := b.engine.ChangeObject(b.t.Context(), b.caller, object, in, 0)
	if err != nil {
		b.t.Fatalf("change the object %s: %v", object, err)
	}
	return done
}

func TestCustomObject(t *testing.T) {
	b := newBench(t)
	status := field("Status", crm.Select)
	status.Options = []crm.Option{{Label: "For sale"}, {Label: "Sold"}}
	price := field("Price", crm.Money)
	price.Default = ptr("100")
	code := field("Code", crm.Text)
	code.Unique = ptr(true)
	b.define("Property", field("Address", crm.Text), price, status, code, reference("Agent", "contact", crm.Clear), reference("Part of", "property", crm.Cascade))
	ana := b.make("contact", map[string]string{"first_name": "Ana"})
	house := b.make("property", map[string]string{"address": "1 Elm St", "status": "for_sale", "code": "E1", "agent": string(ana.ID)})
	if house.Name != "1 Elm St" || house.Fields["price"] != audit.String("100.00") {
		t.Errorf("made %+v", house)
	}
	b.make("property", map[string]string{"address": "Garage", "part_of": string(house.ID)})
	e := b.last(2)[0]
	if want := `Created property "1 Elm St"`; e.Description != want || e.Module != "custom" || e.Type != "property.created" {
		t.Errorf("%s %s %q, want %q", e.Type, e.Module, e.Description, want)
	}
	if _, err := b.engine.Create(t.Context(), b.caller, "property", crm.Texts(b.object("property"), map[string]string{"address": "2", "code": "e1"})); errs.Code(err) != "unique_taken" {
		t.Errorf("the same code: %v", err)
	}
	if _, err := b.engine.Delete(t.Context(), b.caller, "contact", ana.ID); err != nil {
		t.Fatal(err)
	}
	if rec, _ := b.engine.Record(t.Context(), b.caller, "property", house.ID); rec.Fields["agent"] != audit.None {
		t.Error("the agent is still there")
	}
	d, err := b.engine.Delete(t.Context(), b.caller, "property", house.ID)
	if diff := cmp.Diff(map[string]int{"property": 2}, d.Counts); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	b.checkLog(t.Fatalf)
}

func TestCustomFieldOfBuiltInObject(t *testing.T) {
	b := newBench(t)
	b.redefine("contact", crm.ObjectInput{Fields: []crm.FieldInput{field("Score", crm.Number)}})
	rec := b.make("contact", map[string]string{"first_name": "Ana", "score": "7"})
	b.mustEdit(rec, map[string]string{"score": "8"})
	if e := b.last(1)[0]; e.Type != "contact.updated" || e.Changes[0].Label != "Score" {
		t.Errorf("%+v", e)
	}
	b.redefine("contact", crm.ObjectInput{Remove: []string{"score"}})
	events := b.last(2)
	if events[0].Type != "field.removed" || events[0].Description != `Removed the field "Score" from "Contact"` || events[1].Type != "contact.updated" ||
		events[1].Cause != events[0].ID || events[1].Changes[0].Before != audit.String("8") {
		t.Errorf("%+v\n%+v", events[0], events[1])
	}
	b.checkLog(t.Fatalf)
}

// TestBadDefinitions holds that what cannot be an object or a field is refused with a reason.
func TestBadDefinitions(t *testing.T) {
	b := newBench(t)
	b.define("Property", field("Name", crm.Text))
	many := make([]crm.FieldInput, 1000)
	for i := range many {
		many[i] = field(fmt.Sprintf("Field %d", i), crm.Text)
	}
	object := func(key, label string, fields ...crm.FieldInput) crm.ObjectInput {
		return crm.ObjectInput{Key: key, Label: &label, Fields: fields}
	}
	required := reference("Owner", "contact", crm.Clear)
	required.Required = ptr(true)
	itself := reference("Parent", "loop", crm.Refuse)
	itself.Required = ptr(true)
	for name, tt := range map[string]struct {
		in   crm.ObjectInput
		code string
	}{
		"no label":               {object("p2", ""), "required"},
		"key of a built-in":      {object("contact", "Person"), "key_taken"},
		"key of a custom one":    {object("property", "Person"), "key_taken"},
		"reserved key":           {object("records", "Person"), "reserved_key"},
		"key of a selection":     {object("", "Selection"), "reserved_key"},
		"key of another event":   {object("api_key", "Person"), "reserved_key"},
		"odd characters":         {object("Größe; DROP TABLE", "Person"), "invalid_key"},
		"too long a key":         {object(strings.Repeat("a", 41), "Person"), "invalid_key"},
		"a digit first":          {object("1a", "Person"), "invalid_key"},
		"a label taken":          {object("p2", "property"), "invalid_fields"},
		"control characters":     {object("p2", "a\u202eb"), "invalid_fields"},
		"a thousand fields":      {object("p2", "P2", many...), "too_many_fields"},
		"reserved field":         {object("p2", "P2", field("A", crm.Text), field("Version", crm.Text)), "reserved_key"},
		"the same field twice":   {object("p2", "P2", field("A", crm.Text), field("A", crm.Text)), "invalid_fields"},
		"unknown type":           {object("p2", "P2", field("A", crm.Text), field("B", "colour")), "invalid_option"},
		"reference to nowhere":   {object("p2", "P2", field("A", crm.Text), reference("B", "nothing", crm.Clear)), "unknown_object"},
		"required and cleared":   {object("p2", "P2", field("A", crm.Text), required), "required_clear"},
		"requires itself":        {object("loop", "Loop", field("A", crm.Text), itself), "required_cycle"},
		"a choice of nothing":    {object("p2", "P2", field("A", crm.Text), field("Kind", crm.Select)), "invalid_options"},
		"nothing to be named by": {object("p2", "P2", field("A", crm.Long)), "invalid_title"},
	} {
		if _, err := b.engine.CreateObject(t.Context(), b.caller, tt.in); errs.Code(err) != tt.code {
			t.Errorf("%s: %v (%s), want %s", name, err, errs.Code(err), tt.code)
		}
	}
	for name, tt := range map[string]struct {
		in   crm.FieldInput
		code string
	}{
		"key of a built-in field":   {crm.FieldInput{Key: "first_name", Label: ptr("Other")}, "built_in"},
		"label of a built-in field": {crm.FieldInput{Key: "other", Label: ptr("First NAME")}, "label_taken"},
		"cascade to a built-in":     {reference("Home", "property", crm.Cascade), "cascade_not_allowed"},
	} {
		if _, err := b.engine.ChangeObject(t.Context(), b.caller, "contact", crm.ObjectInput{Fields: []crm.FieldInput{tt.in}}, 0); errs.Code(err) != tt.code {
			t.Errorf("%s: %v (%s), want %s", name, err, errs.Code(err), tt.code)
		}
	}
	member := b.caller
	member.Permissions = map[audit.Permission]bool{audit.RecordsRead: true, audit.RecordsWrite: true}
	if _, err := b.engine.CreateObject(t.Context(), member, object("p2", "P2")); !errs.Is(err, errs.Forbidden) {
		t.Errorf("a member: %v", err)
	}
	if events := b.log(); len(events) != 1 {
		t.Errorf("what was refused wrote %d events", len(events)-1)
	}
}

// TestCyclesOfReferences holds that deletions end where objects point at each other in a circle.
func TestCyclesOfReferences(t *testing.T) {
	b := newBench(t)
	b.define("Alpha", field("Name", crm.Text), reference("Next", "alpha", crm.Cascade))
	b.define("Beta", field("Name", crm.Text), reference("Alpha", "alpha", crm.Cascade))
	b.redefine("alpha", crm.ObjectInput{Fields: []crm.FieldInput{reference("Beta", "beta", crm.Cascade)}})
	a1 := b.make("alpha", map[string]string{"name": "A1"})
	a2 := b.make("alpha", map[string]string{"name": "A2", "next": string(a1.ID)})
	b.mustEdit(a1, map[string]string{"next": string(a2.ID)})
	b1 := b.make("beta", map[string]string{"name": "B1", "alpha": string(a2.ID)})
	b.mustEdit(a1, map[string]string{"beta": string(b1.ID)})
	d, err := b.engine.Delete(t.Context(), b.caller, "alpha", a1.ID)
	if diff := cmp.Diff(map[string]int{"alpha": 2, "beta": 1}, d.Counts); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	// A circle of required references is no object that could ever have a record.
	back := reference("Beta required", "beta", crm.Refuse)
	back.Required = ptr(true)
	b.redefine("beta", crm.ObjectInput{Fields: []crm.FieldInput{{Key: "alpha", Required: ptr(true)}}})
	if _, err := b.engine.ChangeObject(t.Context(), b.caller, "alpha", crm.ObjectInput{Fields: []crm.FieldInput{back}}, 0); errs.Code(err) != "required_cycle" {
		t.Errorf("a circle of required references: %v", err)
	}
	b.checkLog(t.Fatalf)
}

// TestChangesThatLose holds that values stay: a change that would lose some says which, and changes nothing.
func TestChangesThatLose(t *testing.T) {
	b := newBench(t)
	kind := field("Kind", crm.Select)
	kind.Options = []crm.Option{{Key: "a", Label: "First"}, {Key: "b", Label: "Second"}}
	b.define("Thing", field("Name", crm.Text), field("Size", crm.Text), kind, field("Code", crm.Text))
	one := b.make("thing", map[string]string{"name": "One", "size": "12.50", "kind": "a", "code": "x"})
	b.make("thing", map[string]string{"name": "Two", "size": "007", "kind": "b", "code": "X"})
	b.make("thing", map[string]string{"name": "Three"})
	left := []crm.Option{{Key: "a", Label: "First"}}
	type effects map[crm.EffectKind]int
	for name, tt := range map[string]struct {
		in      crm.FieldInput
		effects effects
		done    bool
	}{
		"a number of a text":     {crm.FieldInput{Key: "size", Type: ptr(crm.Number)}, effects{crm.Converted: 1, crm.Lost: 1}, false},
		"required without value": {crm.FieldInput{Key: "size", Required: ptr(true)}, effects{crm.Missing: 1}, false},
		"required by default":    {crm.FieldInput{Key: "size", Required: ptr(true), Default: ptr("1")}, effects{crm.Filled: 1}, true},
		"unique with two alike":  {crm.FieldInput{Key: "code", Unique: ptr(true)}, effects{crm.Duplicate: 1}, false},
		"an option gone":         {crm.FieldInput{Key: "kind", Options: left}, effects{crm.Lost: 1}, false},
		"an option moved":        {crm.FieldInput{Key: "kind", Options: left, Moves: map[string]string{"b": "a"}}, effects{crm.Converted: 1}, true},
		"an option emptied":      {crm.FieldInput{Key: "kind", Options: left, Moves: map[string]string{"b": ""}}, effects{crm.Converted: 1}, true},
		"a text of a choice":     {crm.FieldInput{Key: "kind", Type: ptr(crm.Text)}, effects{crm.Converted: 2}, true},
		"a reference of a text":  {crm.FieldInput{Key: "code", Type: ptr(crm.RefType), Object: ptr("contact")}, effects{crm.Lost: 2}, false},
		"a required new field":   {crm.FieldInput{Label: ptr("New"), Required: ptr(true)}, effects{crm.Missing: 3}, false},
		"one with a default":     {crm.FieldInput{Label: ptr("New"), Required: ptr(true), Default: ptr("x")}, effects{crm.Filled: 3}, true},
		"another label":          {crm.FieldInput{Key: "size", Label: ptr("Measure")}, effects{}, true},
	} {
		got := effects{}
		done, err := b.engine.PreviewObject(t.Context(), b.caller, "thing", crm.ObjectInput{Fields: []crm.FieldInput{tt.in}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		refused := false
		for _, e := range done.Effects {
			got[e.Kind] = e.Records
			refused = refused || e.Refuses()
		}
		if diff := cmp.Diff(tt.effects, got); diff != "" || refused == tt.done {
			t.Errorf("%s: %s", name, diff)
		}
		if !tt.done {
			before := len(b.log())
			_, err := b.engine.ChangeObject(t.Context(), b.caller, "thing", crm.ObjectInput{Fields: []crm.FieldInput{tt.in}}, 0)
			if errs.Code(err) != "values_in_the_way" || errs.Of(err).Extra[crm.RedefinitionKey] == nil || len(b.log()) != before {
				t.Errorf("%s is done all the same: %v", name, err)
			}
		}
	}
	// What is done: values converted with their events, records named anew.
	b.redefine("thing", crm.ObjectInput{Fields: []crm.FieldInput{
		{Key: "kind", Options: left, Moves: map[string]string{"b": "a"}}, {Key: "size", Type: ptr(crm.Long)}}, Title: []string{"code"}})
	if _, err := b.engine.Create(t.Context(), b.caller, "thing", crm.Texts(b.object("thing"), map[string]string{"kind": "b"})); errs.Code(err) != "invalid_option" {
		t.Errorf("the option is still taken: %v", err)
	}
	rec, err := b.engine.Record(t.Context(), b.caller, "thing", one.ID)
	if err != nil || rec.Name != "x" {
		t.Errorf("%v %+v", err, rec)
	}
	b.checkLog(t.Fatalf)
}

// TestTwoAdmins holds that nobody changes a definition that they have not seen, and that a server writes by the
// definition that holds, however old its own picture is.
func TestTwoAdmins(t *testing.T) {
	b := newBench(t)
	seen := b.define("Thing", field("Name", crm.Text), field("Note", crm.Text)).Definition.Version
	if _, err := b.engine.ChangeObject(t.Context(), b.caller, "thing", crm.ObjectInput{Label: ptr("Item"), LabelPlural: ptr("Items")}, seen); err != nil {
		t.Fatal(err)
	}
	if _, err := b.engine.ChangeObject(t.Context(), b.caller, "thing", crm.ObjectInput{Remove: []string{"note"}}, seen); errs.Code(err) != "version_conflict" {
		t.Errorf("on an old version: %v", err)
	}
	elsewhere := crm.NewEngine(b.db, b.schema, b.recorder)
	size := crm.Input{"size": []byte(`"1"`)}
	if _, err := elsewhere.Create(t.Context(), b.caller, "thing", size); errs.Code(err) != "unknown_field" {
		t.Errorf("an unknown field: %v", err)
	}
	b.redefine("thing", crm.ObjectInput{Fields: []crm.FieldInput{field("Size", crm.Number)}})
	if _, err := elsewhere.Create(t.Context(), b.caller, "thing", size); err != nil {
		t.Errorf("a field that another server added: %v", err)
	}
}

// TestDeleteObject holds that an object goes with its records and with the fields that point at it.
func TestDeleteObject(t *testing.T) {
	b := newBench(t)
	b.define("Property", field("Name", crm.Text))
	b.define("Viewing", field("Name", crm.Text), reference("Property", "property", crm.Cascade))
	b.redefine("contact", crm.ObjectInput{Fields: []crm.FieldInput{reference("Home", "property", crm.Clear)}})
	house := b.make("property", map[string]string{"name": "House"})
	b.make("viewing", map[string]string{"name": "First", "property": string(house.ID)})
	ana := b.make("contact", map[string]string{"first_name": "Ana", "home": string(house.ID)})
	preview, err := b.engine.PreviewDeletion(t.Context(), b.caller, "property")
	if diff := cmp.Diff(map[string]int{"property": 1, "viewing": 1, "field": 2}, preview); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	d, err := b.engine.DeleteObject(t.Context(), b.caller, "property", 0)
	if diff := cmp.Diff(map[string]int{"object": 1, "property": 1, "viewing": 1, "field": 2}, d.Counts); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if _, err := b.engine.Schema(account).Object("property"); !errs.Is(err, errs.NotFound) {
		t.Errorf("the object is still there: %v", err)
	}
	if rec, _ := b.engine.Record(t.Context(), b.caller, "contact", ana.ID); rec.Fields["home"] != audit.None {
		t.Error("the contact still has its home")
	}
	for _, e := range b.log() {
		if want := `Deleted the object "Property" with 1 property, 1 viewing and 2 fields`; e.Type == "object.deleted" && e.Description != want {
			t.Errorf("%q, want %q", e.Description, want)
		}
	}
	if _, err := b.engine.DeleteObject(t.Context(), b.caller, "contact", 0); errs.Code(err) != "built_in" {
		t.Errorf("a built-in object: %v", err)
	}
	b.checkLog(t.Fatalf)
}
