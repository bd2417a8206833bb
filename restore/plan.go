package restore

import (
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// State says whether something can be taken back.
type State string

// The states.
const (
	Available State = "available"
	Restored  State = "restored" // it was taken back already
	Expired   State = "expired"  // the account's window is over
	None      State = "none"     // there is nothing to take back
)

// ConflictKind says what stands in the way.
type ConflictKind string

// The kinds of conflicts.
const (
	MissingReference ConflictKind = "missing_reference" // it points at a record that is gone
	UniqueTaken      ConflictKind = "unique_taken"      // another record has its value by now
	OptionGone       ConflictKind = "option_gone"       // the option is no longer offered
	FieldGone        ConflictKind = "field_gone"        // the field is no longer there
	IDTaken          ConflictKind = "id_taken"          // the record is there already
	ChangedSince     ConflictKind = "changed_since"     // somebody changed the field later
)

// Choice is a way to resolve a conflict.
type Choice string

// The choices.
const (
	RestoreReference Choice = "restore_reference" // restore the missing record too
	Clear            Choice = "clear"             // without the value
	Skip             Choice = "skip"              // without the record (an undo: without the field)
	Rename           Choice = "rename"            // with the value that the resolution gives
	Overwrite        Choice = "overwrite"         // the old value replaces the present one
	FollowMerge      Choice = "follow_merge"      // point at the record that the missing one was merged into
)

// Conflict is something that has to be decided before the plan can be applied.
type Conflict struct {
	Object      string         `json:"object"`
	ID          audit.RecordID `json:"id"`
	Name        string         `json:"name"`
	Field       string         `json:"field"`
	Label       string         `json:"label" doc:"The field's label"`
	Kind        ConflictKind   `json:"kind" enum:"missing_reference,unique_taken,option_gone,field_gone,id_taken,changed_since"`
	Detail      string         `json:"detail"`
	Resolutions []Choice       `json:"resolutions"`
	// Value is what is in the way: the id of the missing record, the value that is taken, the present value.
	Value string `json:"value" doc:"The id of the missing record, the value that is taken, or the present value"`
	// Chosen is the resolution that was given for it, "" for none.
	Chosen Choice `json:"chosen,omitempty"`
}

// Resolution decides a conflict. Without an id it decides all conflicts of its object, field and kind.
type Resolution struct {
	Object string         `json:"object"`
	ID     audit.RecordID `json:"id,omitempty" doc:"Left out, it decides every conflict of this object, field and kind"`
	Field  string         `json:"field,omitempty"`
	Kind   ConflictKind   `json:"kind" enum:"missing_reference,unique_taken,option_gone,field_gone,id_taken,changed_since"`
	Choose Choice         `json:"choose" enum:"restore_reference,clear,skip,rename,overwrite,follow_merge"`
	Value  string         `json:"value,omitempty" doc:"The new value for rename"`
}

// Count is how many records of an object a plan brings back or changes.
type Count struct {
	Object string `json:"object"`
	Count  int    `json:"count"`
}

// FieldPlan is one field that an undo puts back.
type FieldPlan struct {
	Object string         `json:"object"`
	ID     audit.RecordID `json:"id"`
	Name   string         `json:"name"`
	Field  string         `json:"field"`
	Label  string         `json:"label"`
	Now    string         `json:"now" doc:"The present value as a person reads it"`
	Back   string         `json:"back" doc:"The value that comes back"`
}

// SecretPlan is a secret field that comes back empty, because no event holds its value.
type SecretPlan struct {
	Object  string `json:"object"`
	Field   string `json:"field"`
	Label   string `json:"label"`
	Records int    `json:"records" doc:"How many records had a value"`
}

// maxListed bounds the conflicts and fields that a plan lists; ConflictsTotal counts all.
const maxListed = 500

// maxResolutions bounds the decisions of one request.
const maxResolutions = 1000

// Plan is what a restore or an undo would do, or, with Operation, what it did.
type Plan struct {
	Event          audit.EventID
	State          State
	Until          time.Time // zero for no end
	Record         *audit.Ref
	Restores       []Count
	Merge          *audit.Ref // of an un-merge: the record that the one which comes back was merged into
	Relinks        int        // references of other records that are set again
	Kept           int        // what stays as it is: links that a merge moved and somebody changed since, and changes of records that are gone
	Secrets        []SecretPlan
	Fields         []FieldPlan
	Conflicts      []Conflict
	ConflictsTotal int
	Unresolved     int
	// Refused is why it cannot be applied, also when nothing is left to decide; nil when it can.
	Refused *errs.Error `json:"-"`
	// Token stands for the state that the plan was made from. Applying with another one is refused.
	Token string
	// Deletions are those that were asked for together, the newest first; nil for one alone.
	Deletions []PickedDeletion
	Steps     int               // records to bring back or to change, and links to set
	Operation audit.OperationID // set when it was applied
	Applied   audit.EventID     // the event that says so
}

// PickedDeletion is one of several deletions that are restored together. One that is no longer Available is left out.
type PickedDeletion struct {
	Operation audit.OperationID
	Event     audit.EventID // that leads it
	Record    *audit.Ref
	State     State
	Until     time.Time
}

func (p *Plan) conflict(c Conflict) {
	p.ConflictsTotal++
	if c.Chosen == "" {
		p.Unresolved++
	}
	if len(p.Conflicts) < maxListed {
		p.Conflicts = append(p.Conflicts, c)
	}
}

// withoutSecret counts a record that comes back without the value of a secret field.
func (p *Plan) withoutSecret(object string, f *crm.Field) {
	for i := range p.Secrets {
		if s := &p.Secrets[i]; s.Object == object && s.Field == f.Key {
			s.Records++
			return
		}
	}
	p.Secrets = append(p.Secrets, SecretPlan{object, f.Key, f.Label, 1})
}

// resolutions are the decisions by what they decide. Of several on the same, the first counts.
type resolutions map[resolutionKey]Resolution

// resolutionKey is what a resolution decides; id and field are "" for all.
type resolutionKey struct {
	object string
	kind   ConflictKind
	id     audit.RecordID
	field  string
}

func indexed(list []Resolution) resolutions {
	rs := make(resolutions, len(list))
	for _, r := range list {
		key := resolutionKey{r.Object, r.Kind, r.ID, r.Field}
		if _, ok := rs[key]; !ok {
			rs[key] = r
		}
	}
	return rs
}

// find returns the decision for a conflict: the one that names its record and its field before those that decide more.
func (rs resolutions) find(c Conflict) (Resolution, bool) {
	for _, id := range []audit.RecordID{c.ID, ""} {
		for _, field := range []string{c.Field, ""} {
			if r, ok := rs[resolutionKey{c.Object, c.Kind, id, field}]; ok {
				return r, true
			}
		}
	}
	return Resolution{}, false
}
