package audit

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// TimeLayout is the form of every time in an event: RFC 3339, UTC, microseconds.
const TimeLayout = "2006-01-02T15:04:05.000000Z"

// Instant cuts t to what is stored: microseconds, UTC.
func Instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// formVersion is the version of the canonical form, its first key.
const formVersion = 1

// AppendCanonical appends the canonical bytes of e. ParseEvent of them gives e again, and these bytes again.
func (e *Event) AppendCanonical(b []byte) []byte {
	b = append(b, `{"v":`...)
	b = strconv.AppendInt(b, formVersion, 10)
	b = appendText(b, `,"id":`, string(e.ID))
	b = appendText(b, `,"account":`, string(e.Account))
	b = appendTime(b, `,"occurred_at":`, e.OccurredAt)
	b = appendTime(b, `,"recorded_at":`, e.RecordedAt)
	b = append(b, `,"actor":`...)
	b = appendActor(b, e.Actor)
	b = appendText(b, `,"channel":`, string(e.Channel))
	b = appendText(b, `,"module":`, e.Module)
	b = appendText(b, `,"type":`, string(e.Type))
	b = appendText(b, `,"action":`, string(e.Action))
	b = appendText(b, `,"outcome":`, string(e.Outcome))
	b = append(b, `,"record":`...)
	if e.Record == nil {
		b = append(b, "null"...)
	} else {
		b = appendRef(b, *e.Record)
	}
	b = append(b, `,"related":[`...)
	for i, r := range e.Related {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendRef(b, r)
	}
	b = append(b, ']')
	b = appendText(b, `,"description":`, e.Description)
	b = append(b, `,"changes":[`...)
	for i, c := range e.Changes {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendChange(b, c)
	}
	b = append(b, ']')
	b = appendText(b, `,"operation":`, string(e.Operation))
	b = appendNullable(b, `,"cause":`, string(e.Cause))
	b = appendNullable(b, `,"undo_of":`, string(e.UndoOf))
	if e.Size > 0 {
		b = append(b, `,"size":`...)
		b = strconv.AppendInt(b, int64(e.Size), 10)
	}
	if len(e.Counts) > 0 {
		b = append(b, `,"counts":{`...)
		for i, k := range slices.Sorted(maps.Keys(e.Counts)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = AppendString(b, k)
			b = append(b, ':')
			b = strconv.AppendInt(b, int64(e.Counts[k]), 10)
		}
		b = append(b, '}')
	}
	b = append(b, `,"context":{`...)
	b = appendNullable(b, `"ip":`, e.Context.IP)
	b = appendNullable(b, `,"user_agent":`, e.Context.UserAgent)
	b = appendNullable(b, `,"session":`, e.Context.Session)
	b = appendNullable(b, `,"request":`, e.Context.Request)
	return append(b, `}}`...)
}

func appendText(b []byte, key, s string) []byte { return AppendString(append(b, key...), s) }

func appendNullable(b []byte, key, s string) []byte {
	if s == "" {
		return append(append(b, key...), "null"...)
	}
	return appendText(b, key, s)
}

func appendTime(b []byte, key string, t time.Time) []byte {
	b = append(append(b, key...), '"')
	b = t.UTC().AppendFormat(b, TimeLayout)
	return append(b, '"')
}

func appendValue(b []byte, key string, v Value) []byte {
	b = append(b, key...)
	if v == None {
		return append(b, "null"...)
	}
	return append(b, v...)
}

func appendActor(b []byte, a Actor) []byte {
	b = appendText(b, `{"type":`, string(a.Type))
	b = appendNullable(b, `,"id":`, string(a.ID))
	b = appendText(b, `,"name":`, a.Name)
	b = appendNullable(b, `,"email":`, a.Email)
	if a.OnBehalfOf == nil {
		return append(b, `,"on_behalf_of":null}`...)
	}
	b = appendText(b, `,"on_behalf_of":{"id":`, string(a.OnBehalfOf.ID))
	b = appendText(b, `,"name":`, a.OnBehalfOf.Name)
	return append(b, `}}`...)
}

func appendRef(b []byte, r Ref) []byte {
	b = appendText(b, `{"object":`, r.Object)
	b = appendText(b, `,"id":`, string(r.ID))
	b = appendText(b, `,"name":`, r.Name)
	if r.Version > 0 {
		b = append(b, `,"version":`...)
		b = strconv.AppendInt(b, r.Version, 10)
	}
	if !r.CreatedAt.IsZero() {
		b = appendTime(b, `,"created_at":`, r.CreatedAt)
	}
	return append(b, '}')
}

func appendChange(b []byte, c Change) []byte {
	b = appendText(b, `{"field":`, c.Field)
	b = appendText(b, `,"label":`, c.Label)
	b = appendValue(b, `,"before":`, c.Before)
	b = appendValue(b, `,"after":`, c.After)
	if c.BeforeText != "" {
		b = appendText(b, `,"before_text":`, c.BeforeText)
	}
	if c.AfterText != "" {
		b = appendText(b, `,"after_text":`, c.AfterText)
	}
	if c.Secret {
		b = append(b, `,"secret":true`...)
	}
	if c.Record != nil {
		b = appendRef(append(b, `,"record":`...), *c.Record)
	}
	return append(b, '}')
}
