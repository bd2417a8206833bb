package workflow

import (
	"slices"
	"strings"

	"github.com/backtrail/backtrail/crm"
)

// Target is a record that a step can be about: that of the event, or one that it points at.
type Target struct {
	Path   string // the fields from the event's record, joined by dots; "" for itself
	Object *crm.Object
	Label  string // "The opportunity", "Its contact"
}

// Targets lists what steps can be about when the event is about a record of o, at most two references away.
func Targets(schema *crm.Schema, o *crm.Object) []Target {
	if o == nil {
		return nil
	}
	out := []Target{{"", o, "The " + o.Word().One}}
	for _, f := range references(o) {
		near, err := schema.Object(f.Object)
		if err != nil {
			continue
		}
		out = append(out, Target{f.Key, near, "Its " + lowerFirst(f.Label)})
		for _, g := range references(near) {
			far, err := schema.Object(g.Object)
			if err == nil && far != o {
				out = append(out, Target{f.Key + "." + g.Key, far, "The " + lowerFirst(g.Label) + " of its " + lowerFirst(f.Label)})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Target) int { return strings.Count(a.Path+"!", ".") - strings.Count(b.Path+"!", ".") })
	return out
}

// references are the fields that lead to records which workflows may change.
func references(o *crm.Object) []crm.Field {
	var out []crm.Field
	for _, f := range o.Fields {
		if f.Type == crm.RefType && f.Object != "staff" {
			out = append(out, f)
		}
	}
	return out
}

// TargetOf follows a path from o.
func TargetOf(schema *crm.Schema, o *crm.Object, path string) (Target, bool) {
	for _, t := range Targets(schema, o) {
		if t.Path == path {
			return t, true
		}
	}
	return Target{}, false
}

// OwnerField is the reference to the person that a record of o belongs to, nil for none.
func OwnerField(o *crm.Object) *crm.Field {
	f, _ := o.Field(o.Assignee)
	return f
}

// StageField is the reference to the stage that a record of o is in, nil for none.
func StageField(o *crm.Object) *crm.Field {
	for i := range o.Fields {
		if f := &o.Fields[i]; f.Type == crm.RefType && f.Object == "stage" {
			return f
		}
	}
	return nil
}

// TagsField is the set of words of a record of o that steps add to, nil for none.
func TagsField(o *crm.Object) *crm.Field {
	if f, ok := o.Field("tags"); ok && f.Type == crm.Tags {
		return f
	}
	return nil
}

// Settable lists the fields of o that a step can set.
func Settable(o *crm.Object) []crm.Field {
	var out []crm.Field
	for _, f := range o.Fields {
		if !f.Computed && f.Type != crm.Secret && f.Type != crm.Rows {
			out = append(out, f)
		}
	}
	return out
}

// writable reports whether workflows may change records of o. Staff and settings they may not: who may write a workflow
// need not be allowed to change those.
func writable(o *crm.Object) bool { return o.WriteWith == "" && !o.Single && o.Key != Object }

// Fitting lists the targets that an action can be about. gone says that the event's record is not there any more.
func (a Action) Fitting(schema *crm.Schema, o *crm.Object, gone bool) []Target {
	var out []Target
	for _, t := range Targets(schema, o) {
		if a.about != nil && a.about(t.Object) && !(gone && t.Path == "") {
			out = append(out, t)
		}
	}
	return out
}
