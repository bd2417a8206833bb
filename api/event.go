package api

import (
	"encoding/json"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/restore"
	"github.com/backtrail/backtrail/workspace"
)

// event is an event on its way out: the bytes that were stored, behind what is known about it now.
type event struct {
	audit.Stored
	state restore.State
	until time.Time
	undo  restore.State // whether its fields can be put back; "" where that is not said
	why   string        // why not
}

// events puts beside each stored event whether it can be restored.
func (a *API) events(account auth.Account, stored []audit.Stored) ([]event, error) {
	window := workspace.RestoreWindow(account)
	out := make([]event, len(stored))
	for i, s := range stored {
		e, err := s.Event()
		if err != nil {
			return nil, err
		}
		out[i].Stored = s
		out[i].state, out[i].until = a.Restore.StateOf(e, s.UndoneBy, window)
	}
	return out, nil
}

// appendHead appends what is known now, up to where the stored members go on; more may be put behind it.
func (e event) appendHead(b []byte) []byte {
	b = strconv.AppendInt(append(b, `{"seq":`...), e.Seq, 10)
	b = audit.AppendString(append(b, `,"restore":{"state":`...), string(e.state))
	b = append(b, `,"until":`...)
	if e.until.IsZero() {
		b = append(b, "null"...)
	} else {
		b = audit.AppendString(b, timeText(e.until))
	}
	b = append(b, `,"by":`...)
	if e.UndoneBy == "" {
		b = append(b, "null"...)
	} else {
		b = audit.AppendString(b, string(e.UndoneBy))
	}
	if e.undo != "" {
		b = audit.AppendString(append(b, `,"undo":`...), string(e.undo))
	}
	if e.why != "" {
		b = audit.AppendString(append(b, `,"why":`...), e.why)
	}
	return append(b, "},"...)
}

func (e event) appendJSON(b []byte) []byte { return append(e.appendHead(b), e.Body[1:]...) }

// Schema implements huma.SchemaProvider.
func (event) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[Event](), true, "Event")
}

// eventPage is a page of the log.
type eventPage struct {
	Events     []event `json:"events"`
	NextCursor *string `json:"next_cursor" doc:"For the next page; null at the end"`
}

func (p eventPage) appendJSON(b []byte) []byte { return appendPage(b, p.Events, p.NextCursor) }

func appendPage[E appender](b []byte, events []E, next *string) []byte {
	b = appendEvents(append(b, `{"events":`...), events)
	b = append(b, `,"next_cursor":`...)
	if next == nil {
		return append(b, "null}"...)
	}
	return append(audit.AppendString(b, *next), '}')
}

func appendEvents[E appender](b []byte, events []E) []byte {
	b = append(b, '[')
	for i, e := range events {
		if i > 0 {
			b = append(b, ',')
		}
		b = e.appendJSON(b)
	}
	return append(b, ']')
}

// singleEvent is an event with what led to it and what it caused.
type singleEvent struct {
	event
	proof       *EventProof // nil for null
	causes      []event
	caused      []event
	causedCount int
}

func (e singleEvent) appendJSON(b []byte) []byte {
	proof, err := json.Marshal(e.proof)
	if err != nil {
		panic("api: proof: " + err.Error()) // texts and numbers
	}
	b = append(append(e.appendHead(b), `"proof":`...), proof...)
	b = appendEvents(append(b, `,"causes":`...), e.causes)
	b = appendEvents(append(b, `,"caused":`...), e.caused)
	b = strconv.AppendInt(append(b, `,"caused_count":`...), int64(e.causedCount), 10)
	return append(append(b, ','), e.Body[1:]...)
}

// Schema implements huma.SchemaProvider.
func (singleEvent) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[EventDetail](), true, "EventDetail")
}
