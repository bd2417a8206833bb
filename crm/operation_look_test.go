package crm_test

import (
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

func TestHolder(t *testing.T) {
	b := newBench(t)
	ana := b.make("contact", map[string]string{"first_name": "Ana", "email": "ana@example.com"})
	all := b.caller
	narrow := b.caller
	narrow.Actor = audit.Actor{Type: audit.User, ID: "01890000-0000-7000-8000-0000000000aa", Name: "Bo"}
	narrow.Permissions = map[audit.Permission]bool{audit.RecordsRead: true, audit.RecordsWrite: true, audit.RecordsOnlyAssigned: true}
	reader := b.caller
	reader.Permissions = nil
	for name, test := range map[string]struct {
		caller audit.Caller
		field  string
		value  string
		found  bool
		fails  bool
	}{
		"as it stands":               {all, "email", "ana@example.com", true, false},
		"in capital letters":         {all, "email", "ANA@example.com", true, false},
		"nobody":                     {all, "email", "eve@example.com", false, false},
		"a prefix":                   {all, "email", "ana", false, false},
		"no value":                   {all, "email", "", false, false},
		"who does not see it":        {narrow, "email", "ana@example.com", false, false},
		"who may not read":           {reader, "email", "ana@example.com", false, true},
		"a field that is not unique": {all, "first_name", "Ana", false, true},
		"no field":                   {all, "shoe_size", "42", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			var got *crm.Record
			err := b.engine.Do(t.Context(), test.caller, func(op *crm.Operation) (err error) {
				got, err = op.Holder(t.Context(), "contact", test.field, audit.String(test.value))
				return err
			})
			if (err != nil) != test.fails || (got != nil) != test.found || got != nil && got.ID != ana.ID {
				t.Errorf("%v: %v", got, err)
			}
		})
	}
}
