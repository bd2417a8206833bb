package crm

import (
	"time"

	"github.com/backtrail/backtrail/audit"
)

// Rewind tells what a record was like from its events, the newest first: what State.Apply tells from the first to the last.
// It needs no more than the events since the record was made or came back, and keeps none of them.
type Rewind struct {
	object *Object
	key    RecordKey

	// Record is the record as far as it is known; what it holds counts when the rewind is over and Deleted is nil.
	Record *Record
	// Texts are the words that the events have for its values, by field.
	Texts map[string]string
	// Deleted is the event that deleted it, nil when it was there.
	Deleted *audit.Event
	// Made reports whether the event was reached with which it began.
	Made bool

	known map[string]bool // fields that a newer event has told
}

// NewRewind begins with nothing known of a record.
func NewRewind(o *Object, id audit.RecordID) *Rewind {
	return &Rewind{object: o, key: RecordKey{o.Key, id}, Texts: map[string]string{}, known: map[string]bool{},
		Record: &Record{Object: o.Key, ID: id, Fields: map[string]audit.Value{}}}
}

// Take takes the next older event into account, and reports whether older ones tell nothing more.
func (w *Rewind) Take(e *audit.Event) (over bool) {
	if e.Outcome != audit.Success || e.Record == nil {
		return false
	}
	own := e.Record.Object == w.key.Object && e.Record.ID == w.key.ID
	if own {
		switch e.Type {
		case w.object.Type(w.object.Verb(audit.Deleted)):
			w.Deleted = e
			return true
		case w.object.Type(w.object.Verb(audit.Created)), w.object.Type(w.object.Verb(audit.Restored)):
			w.Made, w.Record.CreatedAt = true, e.Record.CreatedAt
		}
	}
	changed := own && (w.Made || e.Action == audit.Created || e.Action == audit.Restored)
	for _, c := range e.Changes {
		switch {
		case c.Record == nil && own:
			changed = true
			w.set(c)
		case c.Record != nil && c.Record.Object == w.key.Object && c.Record.ID == w.key.ID:
			w.set(c)
			w.told("", c.Record.Version, e.OccurredAt)
		}
	}
	if changed {
		w.told(e.Record.Name, e.Record.Version, e.OccurredAt)
	}
	return w.Made
}

// told notes what an event says of the record as a whole; the newest one counts.
func (w *Rewind) told(name string, version int64, at time.Time) {
	r := w.Record
	if r.UpdatedAt.IsZero() {
		r.UpdatedAt = at
	}
	if r.Name == "" {
		r.Name = name
	}
	r.Version = max(r.Version, version)
}

func (w *Rewind) set(c audit.Change) {
	if w.known[c.Field] {
		return
	}
	w.known[c.Field] = true
	w.Texts[c.Field] = c.AfterText
	set(w.Record.Fields, c)
}
