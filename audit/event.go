package audit

import (
	"time"
)

// Action is what kind of thing was done.
type Action string

// The actions.
const (
	Created  Action = "created"
	Updated  Action = "updated"
	Deleted  Action = "deleted"
	Restored Action = "restored"
	Accessed Action = "accessed"
	Executed Action = "executed"
)

// Actions lists them in the order in which they are shown.
var Actions = []Action{Created, Updated, Deleted, Restored, Accessed, Executed}

// Outcome says whether it was done.
type Outcome string

// The outcomes.
const (
	Success Outcome = "success"
	Denied  Outcome = "denied" // not allowed
	Failed  Outcome = "failed" // allowed, but it did not work
)

// Type is an event type, as in "opportunity.stage_changed".
type Type string

// Ref points at a record and keeps its name.
type Ref struct {
	Object string
	ID     RecordID
	Name   string
	// Version is the record's version after the event (before it, for a deletion); 0 where there is none.
	Version int64
	// CreatedAt is when the record was first made; on created, deleted and restored events only.
	CreatedAt time.Time
}

// Change is one field, before and after. The texts say the values as a person reads them: the name behind a
// reference, the label of an option; empty where the value says it itself.
type Change struct {
	Field      string
	Label      string
	Before     Value
	After      Value
	BeforeText string
	AfterText  string
	// Secret marks a field whose values never enter the log: Before and After are None.
	Secret bool
	// Record is set when the change is of another record than the event's (the stages of a reordered pipeline).
	Record *Ref
}

// Event is one fact about one record or session.
type Event struct {
	ID         EventID
	Account    AccountID
	OccurredAt time.Time // the claim; microseconds, UTC
	RecordedAt time.Time // ours
	Actor      Actor
	Channel    Channel
	Module     string
	Type       Type
	Action     Action
	Outcome    Outcome
	Record     *Ref
	Related    []Ref
	// Description says what happened in plain words, written when it happened.
	Description string
	Changes     []Change
	// Operation is the id of the operation's leading event.
	Operation OperationID
	Cause     EventID
	UndoOf    EventID
	// Size is the number of events of the operation and Counts the number of records it created, deleted or
	// restored, by object; on the leading event of an operation with more than one event only.
	Size    int
	Counts  map[string]int
	Context Context
}

// About lists the ids of the records that the event is about: its own, those named beside it, those of its changes, and
// those that an update pointed at or away from.
func (e *Event) About() []RecordID {
	var ids []RecordID
	if e.Record != nil {
		ids = append(ids, e.Record.ID)
	}
	for _, r := range e.Related {
		ids = append(ids, r.ID)
	}
	for _, c := range e.Changes {
		if c.Record != nil {
			ids = append(ids, c.Record.ID)
		}
		if e.Action != Updated {
			continue
		}
		for _, v := range []Value{c.Before, c.After} {
			if id := RecordID(v.Text()); ValidID(id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// Leads reports whether e is the leading event of its operation.
func (e *Event) Leads() bool { return string(e.ID) == string(e.Operation) }

// Stored is an event as a reader of the log gets it.
type Stored struct {
	// Seq is its place in the account's ledger, from 1; 0 while it waits for the sealer.
	Seq int64
	// Body is the canonical form, the exact bytes that were stored.
	Body []byte
	// UndoneBy is the event that took this one back, "" for none.
	UndoneBy EventID
}

// Event parses the body.
func (s Stored) Event() (*Event, error) { return ParseEvent(s.Body) }

// Position is where the event stands in the order of the log, read without parsing what else is in it.
func (s Stored) Position() (Position, error) {
	var at Position
	p := &parser{}
	p.object(s.Body, func(key, value []byte) {
		switch string(key) {
		case "id":
			at.ID = EventID(p.text(value))
		case "occurred_at":
			at.OccurredAt = p.time(value)
		}
	})
	return at, p.err
}
