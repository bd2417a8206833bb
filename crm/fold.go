package crm

import (
	"maps"

	"github.com/backtrail/backtrail/audit"
)

// RecordKey names a record in a State.
type RecordKey struct {
	Object string
	ID     audit.RecordID
}

// State is the records of an account as their events tell them.
type State map[RecordKey]*Record

// Apply takes one event into account. Applying an account's events from the first to the last gives exactly its
// present records: the log is complete. A secret field is the exception; its value is in no event.
func (s State) Apply(schema *Schema, e *audit.Event) {
	if e.Outcome != audit.Success || e.Record == nil {
		return
	}
	o := schema.byKey[e.Record.Object]
	if o == nil && e.Module == CustomModule {
		o = &Object{Key: e.Record.Object} // it was deleted since; all custom objects have the same verbs
	}
	if o != nil {
		s.applyOwn(o, e)
	}
	for _, c := range e.Changes {
		if c.Record == nil {
			continue
		}
		if rec := s[RecordKey{c.Record.Object, c.Record.ID}]; rec != nil {
			set(rec.Fields, c)
			rec.Version = max(rec.Version, c.Record.Version)
			rec.UpdatedAt = e.OccurredAt
		}
	}
}

func (s State) applyOwn(o *Object, e *audit.Event) {
	key := RecordKey{e.Record.Object, e.Record.ID}
	switch e.Type {
	case o.Type(o.Verb(audit.Deleted)):
		delete(s, key)
		return
	case o.Type(o.Verb(audit.Created)), o.Type(o.Verb(audit.Restored)):
		s[key] = &Record{Object: key.Object, ID: key.ID, CreatedAt: e.Record.CreatedAt, Fields: map[string]audit.Value{}}
	}
	rec := s[key]
	if rec == nil {
		return
	}
	own := false
	for _, c := range e.Changes {
		if c.Record == nil {
			set(rec.Fields, c)
			own = true
		}
	}
	if own || e.Action == audit.Created || e.Action == audit.Restored {
		rec.Name, rec.Version, rec.UpdatedAt = e.Record.Name, max(rec.Version, e.Record.Version), e.OccurredAt
	}
}

func set(fields map[string]audit.Value, c audit.Change) {
	switch {
	case c.Secret, c.Field == nameChange:
	case c.After == audit.None:
		delete(fields, c.Field)
	default:
		fields[c.Field] = c.After
	}
}

// Clone copies a record, so that a State can go on without it changing.
func (r *Record) Clone() *Record {
	c := *r
	c.Fields = maps.Clone(r.Fields)
	return &c
}
