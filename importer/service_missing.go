package importer

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// missing is a record that a row refers to and that is made before the row is.
type missing struct {
	column column
	object *crm.Object
	within *crm.Field
	scope  audit.RecordID // may be the stand-in of another
	name   string
	// standIn is its id until it is made.
	standIn audit.RecordID
}

// addMissing notes that a reference names nothing: the record is made if it may be, otherwise the value is refused.
func (r *carrying) addMissing(d *draft, c column, scope audit.RecordID, name string) {
	o, err := r.schema.Object(c.field.Object)
	if err == nil {
		err = r.mayMake(o, d, c, name)
	}
	if err != nil {
		d.refuse(r.plan, c.field, err)
		return
	}
	m := missing{column: c, object: o, within: withinOf(r.schema, o.Key), scope: scope, name: name,
		standIn: audit.RecordID(fmt.Sprintf("00000000-0000-0000-0000-%012d", len(d.missing)+1))}
	i := slices.IndexFunc(d.missing, func(other missing) bool {
		return other.object == o && other.scope == scope && foldTitle(other.name) == foldTitle(name)
	})
	if i >= 0 {
		m.standIn = d.missing[i].standIn
	} else {
		d.missing = append(d.missing, m)
	}
	d.set(c.field.Key, string(m.standIn))
	d.texts[c.field.Key] = name
	if r.object.Key == opportunity && c.field.Key == "stage" {
		d.stageStatus = outcome(name)
	}
}

// cannotBeMade is the code of a reference to what no import can make. Where the field is optional, the row comes in
// without it and with a warning: a column of people who are not here must not keep a whole file out.
const cannotBeMade = "cannot_be_made"

// mayMake says why a record cannot be made of a name.
func (r *carrying) mayMake(o *crm.Object, d *draft, c column, name string) error {
	word := o.Word()
	none := errs.New(errs.Invalid, "unknown_reference", "There is no %s called %s.", word.One, audit.Quote(name))
	switch {
	case audit.ValidID(name):
		return errs.New(errs.Invalid, "unknown_reference", "There is no %s with the id %s.", word.One, name).WithFix("Write its name, or leave the cell empty.")
	case o == r.object && r.isItself(d, name):
		return errs.New(errs.Invalid, "refers_to_itself", "The row refers to itself.").WithFix("Leave the cell empty.")
	}
	var needs []string
	for i := range o.Fields {
		f := &o.Fields[i]
		isScope := c.scope != nil && f == withinOf(r.schema, o.Key)
		if f.Required && !f.Computed && f.Default == "" && (f.Key != o.Title[0][0] || o.Naming != nil) && f.Key != "position" && !isScope {
			needs = append(needs, f.Label)
		}
	}
	if len(needs) > 0 {
		none.Code = cannotBeMade
		return none.WithFix("%s cannot be made from a name alone, they need %s too. Add it first, or leave the cell empty.", o.LabelPlural, strings.Join(needs, ", "))
	}
	if !slices.Contains(r.CreateMissing, o.Key) {
		return none.WithFix("Add it first, leave the cell empty, or allow the import to make what is missing (create_missing: %s).", o.Key)
	}
	return nil
}

// input are the fields of the record to be made.
func (r *carrying) input(m missing, scope audit.RecordID) crm.Input {
	in := map[string]string{m.object.Title[0][0]: m.name}
	if m.object.Key == "contact" {
		in = contactInput(m.name)
	}
	if m.within != nil {
		in[m.within.Key] = string(scope)
	}
	if f, ok := m.object.Field("position"); ok && f.Required {
		in[f.Key] = strconv.Itoa(r.titles[m.object.Key].last[scope] + 1)
	}
	out := crm.Input{}
	for key, text := range in {
		out[key] = json.RawMessage(audit.String(text))
	}
	return out
}

// contactInput is what the name of a contact tells: the last word is the last name.
func contactInput(name string) map[string]string {
	if strings.Contains(name, "@") {
		return map[string]string{"email": name}
	}
	if i := strings.LastIndexByte(name, ' '); i > 0 {
		return map[string]string{"first_name": name[:i], "last_name": name[i+1:]}
	}
	return map[string]string{"first_name": name}
}

// checkMissing finds out whether the missing records and then the row can be written, before any of them is: a row that
// fails must leave nothing behind.
func (r *carrying) checkMissing(ctx context.Context, d *draft) error {
	if len(d.missing) == 0 {
		return nil
	}
	coming := func(id audit.RecordID) bool {
		return slices.ContainsFunc(d.missing, func(m missing) bool { return m.standIn == id })
	}
	for _, m := range d.missing {
		err := r.op.Check(ctx, m.object.Key, nil, r.input(m, m.scope), coming)
		if err == nil {
			continue
		}
		if !ofRow(err) {
			return err
		}
		e := *errs.Of(err)
		e.Fields = nil // they are of the other object
		e.Detail = fmt.Sprintf("The %s %s cannot be made. %s", m.object.Word().One, audit.Quote(m.name), e.Detail)
		d.refuse(r.plan, m.column.field, &e)
	}
	// What was refused is not to be made, unless another field asks for it too.
	d.missing = slices.DeleteFunc(d.missing, func(m missing) bool {
		for _, c := range r.refs {
			if d.reference(c.field) == m.standIn {
				return false
			}
		}
		return true
	})
	if len(d.mistakes) > 0 {
		return nil
	}
	err := r.op.Check(ctx, r.object.Key, d.existing, d.in, coming)
	if err != nil && ofRow(err) {
		r.refuseRow(d, err)
		return nil
	}
	return err
}

// makeMissing makes the missing records and puts their ids into the row.
func (r *carrying) makeMissing(ctx context.Context, d *draft) error {
	made := map[audit.RecordID]audit.RecordID{}
	for _, m := range d.missing {
		scope := m.scope
		if id, ok := made[scope]; ok {
			scope = id
		}
		rec, err := r.op.CreateBecause(ctx, m.object.Key, r.input(m, scope), r.lead)
		if err != nil {
			return err
		}
		made[m.standIn] = rec.ID
		r.result.Made[m.object.Key]++
		r.titles[m.object.Key].add(rec)
	}
	for _, c := range r.refs {
		if id, ok := made[d.reference(c.field)]; ok {
			d.in[c.field.Key] = json.RawMessage(audit.String(string(id)))
		}
	}
	return nil
}
