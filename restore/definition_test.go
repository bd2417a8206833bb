package restore_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/restore"
)

func asked(label string, t crm.FieldType) crm.FieldInput {
	return crm.FieldInput{Label: &label, Type: &t}
}

func pointing(label, object string, on crm.OnDelete) crm.FieldInput {
	f := asked(label, crm.RefType)
	f.Object, f.OnDelete = &object, &on
	return f
}

func (b *bench) define(label string, fields ...crm.FieldInput) {
	b.t.Helper()
	if _, err := b.engine.CreateObject(b.t.Context(), b.caller, crm.ObjectInput{Label: &label, Fields: fields}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) redefine(object string, in crm.ObjectInput) audit.OperationID {
	b.t.Helper()
	done, err := b.engine.ChangeObject(b.t.Context(), b.caller, object, in, 0)
	if err != nil {
		b.t.Fatal(err)
	}
	return done.Operation
}

// estate is an object with another one that points at it, and a contact that does.
func (b *bench) estate() (house, viewing, ana *crm.Record) {
	b.t.Helper()
	status := asked("Status", crm.Select)
	status.Options = []crm.Option{{Key: "open", Label: "Open"}, {Key: "sold", Label: "Sold"}}
	code := asked("Code", crm.Text)
	yes := true
	code.Unique = &yes
	b.define("Property", asked("Name", crm.Text), asked("Price", crm.Money), status, code, pointing("Agent", "contact", crm.Clear))
	b.define("Viewing", asked("Name", crm.Text), pointing("Property", "property", crm.Cascade))
	b.redefine("contact", crm.ObjectInput{Fields: []crm.FieldInput{pointing("Home", "property", crm.Clear)}})
	ana = b.make("contact", map[string]string{"first_name": "Ana"})
	house = b.make("property", map[string]string{"name": "House", "price": "12.5", "status": "sold", "code": "h1", "agent": string(ana.ID)})
	viewing = b.make("viewing", map[string]string{"name": "First", "property": string(house.ID)})
	if _, err := b.engine.Update(b.t.Context(), b.caller, "contact", ana.ID, crm.Input{"home": []byte(audit.String(string(house.ID)))}, 0); err != nil {
		b.t.Fatal(err)
	}
	return house, viewing, ana
}

// TestRestoreObject holds that an object comes back with its records, its links, and the fields that pointed at it.
func TestRestoreObject(t *testing.T) {
	b := newBench(t)
	b.estate()
	before := b.records()
	d, err := b.engine.DeleteObject(t.Context(), b.caller, "property", 0)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := b.service.Preview(t.Context(), b.caller, audit.EventID(d.Operation), restore.Request{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]restore.Count{{Object: "object", Count: 1}, {Object: "property", Count: 1}, {Object: "viewing", Count: 1}, {Object: "field", Count: 2}}, plan.Restores,
		cmpopts.SortSlices(func(x, y restore.Count) bool { return x.Object < y.Object })); diff != "" || len(plan.Conflicts) > 0 || plan.Relinks != 1 {
		t.Errorf("%s %+v", diff, plan)
	}
	if _, err := b.service.Apply(t.Context(), b.caller, audit.EventID(d.Operation), restore.Request{Token: plan.Token}); err != nil {
		t.Fatal(err)
	}
	same(t, before, b.records())
	if _, err := b.service.Apply(t.Context(), b.caller, audit.EventID(d.Operation), restore.Request{}); errs.Code(err) != "already_restored" {
		t.Errorf("a second time: %v", err)
	}
	if _, err := b.engine.Create(t.Context(), b.caller, "property", crm.Input{"name": []byte(`"x"`), "code": []byte(`"H1"`)}); errs.Code(err) != "unique_taken" {
		t.Errorf("its unique values do not hold: %v", err)
	}
	// It needs the permission of those who define, and a free key.
	d, err = b.engine.DeleteObject(t.Context(), b.caller, "property", 0)
	if err != nil {
		t.Fatal(err)
	}
	weak := b.caller
	weak.Permissions = map[audit.Permission]bool{audit.AuditRead: true, audit.AuditRestore: true, audit.RecordsRead: true, audit.RecordsWrite: true}
	if _, err := b.service.Apply(t.Context(), weak, audit.EventID(d.Operation), restore.Request{}); !errs.Is(err, errs.Forbidden) {
		t.Errorf("without the permission: %v", err)
	}
	b.define("Property", asked("Name", crm.Text))
	if _, err := b.service.Preview(t.Context(), b.caller, audit.EventID(d.Operation), restore.Request{}); errs.Code(err) != "not_restorable" {
		t.Errorf("beside another one of its key: %v", err)
	}
}

// TestRestoreField holds that a field comes back with what records had in it, unless the record is gone.
func TestRestoreField(t *testing.T) {
	b := newBench(t)
	house, _, ana := b.estate()
	second := b.make("property", map[string]string{"name": "Second", "price": "3"})
	before := b.records()
	op := b.redefine("property", crm.ObjectInput{Remove: []string{"price", "agent"}})
	if rec := b.records()[house.ID]; rec.Fields["price"] != audit.None || rec.Fields["agent"] != audit.None {
		t.Errorf("the values are still there: %+v", rec)
	}
	if _, err := b.service.ApplyOperation(t.Context(), b.caller, op, restore.Request{}); err != nil {
		t.Fatal(err)
	}
	same(t, before, b.records())
	// Again, with a record gone and what the other points at gone: the first is left out, the second is asked about.
	op = b.redefine("property", crm.ObjectInput{Remove: []string{"agent"}})
	for object, id := range map[string]audit.RecordID{"property": second.ID, "contact": ana.ID} {
		if _, err := b.engine.Delete(t.Context(), b.caller, object, id); err != nil {
			t.Fatal(err)
		}
	}
	plan, err := b.service.Preview(t.Context(), b.caller, audit.EventID(op), restore.Request{})
	if err != nil || len(plan.Conflicts) != 1 || plan.Conflicts[0].Kind != restore.MissingReference || plan.Relinks != 0 {
		t.Errorf("%v %+v", err, plan)
	}
	if _, err := b.service.Apply(t.Context(), b.caller, audit.EventID(op), restore.Request{Resolutions: []restore.Resolution{
		{Object: "property", Kind: restore.MissingReference, Choose: restore.Clear}}}); err != nil {
		t.Error(err)
	}
	o, err := b.engine.Schema(account).Object("property")
	if err != nil {
		t.Fatal(err)
	}
	if f, ok := o.Field("agent"); !ok || f.Object != "contact" {
		t.Error("the field is not there")
	}
}

// TestFieldAndOptionGone holds the conflicts of what was defined away in the meantime.
func TestFieldAndOptionGone(t *testing.T) {
	b := newBench(t)
	house, viewing, _ := b.estate()
	d, err := b.engine.Delete(t.Context(), b.caller, "property", house.ID)
	if err != nil {
		t.Fatal(err)
	}
	number := crm.Number
	b.redefine("property", crm.ObjectInput{Remove: []string{"price"}, Fields: []crm.FieldInput{
		{Key: "status", Options: []crm.Option{{Key: "open", Label: "Open"}}}, {Key: "code", Type: &number}}})
	plan, err := b.service.Preview(t.Context(), b.caller, audit.EventID(d.Operation), restore.Request{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]restore.ConflictKind{}
	for _, c := range plan.Conflicts {
		got[c.Field] = c.Kind
	}
	if diff := cmp.Diff(map[string]restore.ConflictKind{"price": restore.FieldGone, "status": restore.OptionGone, "code": restore.FieldGone}, got); diff != "" {
		t.Error(diff)
	}
	if _, err := b.service.Apply(t.Context(), b.caller, audit.EventID(d.Operation), restore.Request{}); errs.Code(err) != "conflicts" {
		t.Errorf("undecided: %v", err)
	}
	if _, err := b.service.Apply(t.Context(), b.caller, audit.EventID(d.Operation), restore.Request{Resolutions: []restore.Resolution{
		{Object: "property", Kind: restore.FieldGone, Choose: restore.Clear}, {Object: "property", Kind: restore.OptionGone, Choose: restore.Clear}}}); err != nil {
		t.Fatal(err)
	}
	now := b.records()
	if rec := now[house.ID]; rec == nil || rec.Fields["name"] != audit.String("House") || rec.Fields["status"] != audit.None || rec.Fields["code"] != audit.None || now[viewing.ID] == nil {
		t.Errorf("came back as %+v", rec)
	}
	// An undo of what a field of another type does not take.
	rec := b.make("property", map[string]string{"name": "Other"})
	note := "Note"
	b.redefine("property", crm.ObjectInput{Fields: []crm.FieldInput{{Label: &note}}})
	for _, v := range []string{`"abc"`, `"12"`} {
		if _, err := b.engine.Update(t.Context(), b.caller, "property", rec.ID, crm.Input{"note": []byte(v)}, 0); err != nil {
			t.Fatal(err)
		}
	}
	last := b.last("property.updated")
	b.redefine("property", crm.ObjectInput{Fields: []crm.FieldInput{{Key: "note", Type: &number}}})
	undo, err := b.service.PreviewUndo(t.Context(), b.caller, last.ID, restore.Request{})
	if err != nil || len(undo.Conflicts) != 1 || undo.Conflicts[0].Kind != restore.FieldGone {
		t.Errorf("%v %+v", err, undo)
	}
}
