package api

import "github.com/backtrail/backtrail/audit"

// The types of this file are the form of an event for the OpenAPI document. Nothing is encoded with them: an event
// leaves as it was stored (audit.Event.AppendCanonical). A test holds the answers against this form.

// Event is one fact about one record or session.
type Event struct {
	Seq         int64             `json:"seq" doc:"Its place in the account's ledger; 0 while it waits for it, a moment"`
	Restore     EventRestore      `json:"restore"`
	V           int               `json:"v" doc:"Version of the stored form"`
	ID          audit.EventID     `json:"id"`
	Account     audit.AccountID   `json:"account"`
	OccurredAt  string            `json:"occurred_at" format:"date-time"`
	RecordedAt  string            `json:"recorded_at" format:"date-time"`
	Actor       EventActor        `json:"actor"`
	Channel     audit.Channel     `json:"channel" enum:"web,api,import,workflow,attach,system"`
	Module      string            `json:"module" example:"opportunities"`
	Type        audit.Type        `json:"type" example:"opportunity.stage_changed"`
	Action      audit.Action      `json:"action" enum:"created,updated,deleted,restored,accessed,executed"`
	Outcome     audit.Outcome     `json:"outcome" enum:"success,denied,failed"`
	Record      eventRecord       `json:"record"`
	Related     []EventRef        `json:"related"`
	Description string            `json:"description" example:"Moved \"Acme renewal\" from Qualified to Won"`
	Changes     []EventChange     `json:"changes"`
	Operation   audit.OperationID `json:"operation" doc:"The id of the operation's leading event"`
	Cause       *audit.EventID    `json:"cause" doc:"The event that made this one happen"`
	UndoOf      *audit.EventID    `json:"undo_of" doc:"The event that this one took back"`
	Size        int               `json:"size,omitempty" doc:"Number of events of the operation; on the leading event of an operation with more than one"`
	Counts      map[string]int    `json:"counts,omitempty" doc:"Records that the operation created, deleted or restored, by object; where size is"`
	Context     EventContext      `json:"context"`
}

// AgencyEvent is an event of one of several logs.
type AgencyEvent struct {
	Event
	Account EventAccount `json:"account" doc:"The account whose log it stands in"`
}

// EventAccount is an account beside its event.
type EventAccount struct {
	ID   audit.AccountID `json:"id"`
	Name string          `json:"name"`
}

// EventDetail is an event with what led to it and what it caused.
type EventDetail struct {
	Event
	Proof       eventProof `json:"proof"`
	Causes      []Event    `json:"causes" doc:"What led to it: its own cause first, then that one's, up to the first event, at most 32; of who reads only their own, up to the first that they may not see"`
	Caused      []Event    `json:"caused" doc:"The events that this one caused, newest first, at most 100"`
	CausedCount int        `json:"caused_count" doc:"How many it caused; q=cause:ID lists them all"`
}

// EventRestore says whether an event can be taken back.
type EventRestore struct {
	State string         `json:"state" enum:"available,restored,expired,none"`
	Until *string        `json:"until" format:"date-time"`
	By    *audit.EventID `json:"by" doc:"The event that took this one back, by a restore or an undo; null when none did"`
	Undo  string         `json:"undo,omitempty" enum:"available,restored,none" doc:"Whether the fields that it changed can be put back; of a single event only"`
	Why   string         `json:"why,omitempty" doc:"Why they cannot, in a sentence; where undo is none"`
}

// EventActor is who did it. Name and email are as they were.
type EventActor struct {
	Type       audit.ActorType `json:"type" enum:"user,api_key,workflow,integration,customer,system,unattributed"`
	ID         *string         `json:"id"`
	Name       string          `json:"name"`
	Email      *string         `json:"email"`
	OnBehalfOf onBehalfOf      `json:"on_behalf_of"`
}

// EventPrincipal is the person somebody acted as.
type EventPrincipal struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// EventRef points at a record, with the name that it had.
type EventRef struct {
	Object    string         `json:"object"`
	ID        audit.RecordID `json:"id"`
	Name      string         `json:"name"`
	Version   int64          `json:"version,omitempty" doc:"After the event, or before a deletion"`
	CreatedAt string         `json:"created_at,omitempty" format:"date-time" doc:"On created, deleted and restored events"`
}

// EventChange is one field, before and after.
type EventChange struct {
	Field      string    `json:"field"`
	Label      string    `json:"label"`
	Before     any       `json:"before"`
	After      any       `json:"after"`
	BeforeText string    `json:"before_text,omitempty" doc:"As a person reads it, where the value does not say it itself"`
	AfterText  string    `json:"after_text,omitempty"`
	Secret     bool      `json:"secret,omitempty" doc:"The values never entered the log"`
	Record     *EventRef `json:"record,omitempty" doc:"When the change is of another record than the event's"`
}

// EventContext is from where it came.
type EventContext struct {
	IP        *string `json:"ip"`
	UserAgent *string `json:"user_agent"`
	Session   *string `json:"session" doc:"Of the session or the key"`
	Request   *string `json:"request"`
}
