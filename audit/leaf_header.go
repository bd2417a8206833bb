package audit

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"
)

var errNotHeader = errors.New("audit: this is not the header of an event")

// Header is the public part of an event, which its leaf says in clear: when, what kind of thing, by and to which id. No
// names, no values.
type Header struct {
	ID         EventID
	Account    AccountID
	OccurredAt time.Time
	RecordedAt time.Time
	ActorType  ActorType
	// Actor and OnBehalfOf are "" when there is none, and also when the id has not the form of ours: that of an outside
	// application may be an email address, so it is a value among the others.
	Actor      ActorID
	OnBehalfOf ActorID
	Channel    Channel
	Module     string
	Type       Type
	Action     Action
	Outcome    Outcome
	// Record is nil when the event is about none. Its ID is "" when it has not the form of ours; its Name is always "".
	Record    *Ref
	Operation OperationID
	Cause     EventID
	UndoOf    EventID
	Size      int
	Counts    map[string]int
}

// ParseHeader reads a header of a leaf. It takes the one form of each header only.
func ParseHeader(b []byte) (Header, error) {
	var h Header
	p := parser{}
	form := int64(0)
	p.object(b, func(key, value []byte) {
		switch string(key) {
		case "v":
			form = p.number(value)
		case "id":
			h.ID = EventID(p.text(value))
		case "account":
			h.Account = AccountID(p.text(value))
		case "occurred_at":
			h.OccurredAt = p.time(value)
		case "recorded_at":
			h.RecordedAt = p.time(value)
		case "actor":
			h.actor(&p, value)
		case "channel":
			h.Channel = Channel(p.text(value))
		case "module":
			h.Module = p.text(value)
		case "type":
			h.Type = Type(p.text(value))
		case "action":
			h.Action = Action(p.text(value))
		case "outcome":
			h.Outcome = Outcome(p.text(value))
		case "record":
			h.Record = p.ref(value)
		case "operation":
			h.Operation = OperationID(p.text(value))
		case "cause":
			h.Cause = EventID(p.text(value))
		case "undo_of":
			h.UndoOf = EventID(p.text(value))
		case "size":
			h.Size = int(p.number(value))
		case "counts":
			h.Counts = map[string]int{}
			p.object(value, func(k, n []byte) { h.Counts[p.key(k)] = int(p.number(n)) })
		}
	})
	if p.err != nil || form != formVersion || !h.ownIDs() || !bytes.Equal(h.append(nil), b) {
		return Header{}, errNotHeader
	}
	return h, nil
}

func (h *Header) actor(p *parser, b []byte) {
	p.object(b, func(key, value []byte) {
		switch string(key) {
		case "type":
			h.ActorType = ActorType(p.text(value))
		case "id":
			h.Actor = ActorID(p.text(value))
		case "on_behalf_of":
			h.OnBehalfOf = ActorID(p.text(value))
		}
	})
}

func (h *Header) ownIDs() bool {
	return (h.Actor == "" || ValidID(h.Actor)) && (h.OnBehalfOf == "" || ValidID(h.OnBehalfOf)) &&
		(h.Record == nil || h.Record.ID == "" || ValidID(h.Record.ID))
}

// append writes the header as it stands in the leaf.
func (h *Header) append(b []byte) []byte {
	b = appendText(b, `{"v":1,"id":`, string(h.ID))
	b = appendText(b, `,"account":`, string(h.Account))
	b = appendTime(b, `,"occurred_at":`, h.OccurredAt)
	b = appendTime(b, `,"recorded_at":`, h.RecordedAt)
	b = appendText(b, `,"actor":{"type":`, string(h.ActorType))
	b = appendNullable(b, `,"id":`, string(h.Actor))
	b = appendNullable(b, `,"on_behalf_of":`, string(h.OnBehalfOf))
	b = appendText(b, `},"channel":`, string(h.Channel))
	b = appendText(b, `,"module":`, h.Module)
	b = appendText(b, `,"type":`, string(h.Type))
	b = appendText(b, `,"action":`, string(h.Action))
	b = appendText(b, `,"outcome":`, string(h.Outcome))
	if h.Record == nil {
		b = append(b, `,"record":null`...)
	} else {
		b = appendText(b, `,"record":{"object":`, h.Record.Object)
		b = appendNullable(b, `,"id":`, string(h.Record.ID))
		if h.Record.Version > 0 {
			b = append(b, `,"version":`...)
			b = strconv.AppendInt(b, h.Record.Version, 10)
		}
		if !h.Record.CreatedAt.IsZero() {
			b = appendTime(b, `,"created_at":`, h.Record.CreatedAt)
		}
		b = append(b, '}')
	}
	b = appendText(b, `,"operation":`, string(h.Operation))
	b = appendNullable(b, `,"cause":`, string(h.Cause))
	b = appendNullable(b, `,"undo_of":`, string(h.UndoOf))
	if h.Size > 0 {
		b = append(b, `,"size":`...)
		b = strconv.AppendInt(b, int64(h.Size), 10)
	}
	for i, k := range slices.Sorted(maps.Keys(h.Counts)) {
		if i == 0 {
			b = append(b, `,"counts":{`...)
		} else {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(AppendString(b, k), ':'), int64(h.Counts[k]), 10)
	}
	if len(h.Counts) > 0 {
		b = append(b, '}')
	}
	return append(b, '}')
}

// Event is what the header says, as an event. What it does not say is empty.
func (h Header) Event() *Event {
	e := &Event{ID: h.ID, Account: h.Account, OccurredAt: h.OccurredAt, RecordedAt: h.RecordedAt,
		Actor: Actor{Type: h.ActorType, ID: h.Actor}, Channel: h.Channel, Module: h.Module, Type: h.Type, Action: h.Action,
		Outcome: h.Outcome, Record: h.Record, Operation: h.Operation, Cause: h.Cause, UndoOf: h.UndoOf,
		Size: h.Size, Counts: h.Counts}
	if h.OnBehalfOf != "" {
		e.Actor.OnBehalfOf = &OnBehalfOf{ID: h.OnBehalfOf}
	}
	return e
}
