package api

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
)

// Record is a record with every field of its object, in the object's order.
type Record struct {
	Object    string         `json:"object" example:"contact"`
	ID        audit.RecordID `json:"id"`
	Name      string         `json:"name" doc:"Made from the object's title fields"`
	Version   int64          `json:"version" doc:"One more with each change; the ETag of the record"`
	CreatedAt string         `json:"created_at" format:"date-time"`
	UpdatedAt string         `json:"updated_at" format:"date-time"`
	Fields    fieldValues    `json:"fields" doc:"The values by the key of the field; null where there is none. Money, decimals and dates are strings, a reference is an id."`

	of *crm.Object
}

// fieldValues are the values of a record. A field without value has none here and is null outside.
type fieldValues map[string]any

func recordOf(o *crm.Object, r *crm.Record) Record {
	fields := make(fieldValues, len(r.Fields))
	for key, v := range r.Fields {
		fields[key] = v
	}
	return Record{r.Object, r.ID, r.Name, r.Version, timeText(r.CreatedAt), timeText(r.UpdatedAt), fields, o}
}

func (r Record) appendJSON(b []byte) []byte {
	b = audit.AppendString(append(b, `{"object":`...), r.Object)
	b = audit.AppendString(append(b, `,"id":`...), string(r.ID))
	b = audit.AppendString(append(b, `,"name":`...), r.Name)
	b = strconv.AppendInt(append(b, `,"version":`...), r.Version, 10)
	b = audit.AppendString(append(b, `,"created_at":`...), r.CreatedAt)
	b = audit.AppendString(append(b, `,"updated_at":`...), r.UpdatedAt)
	b = append(b, `,"fields":{`...)
	for i := range r.of.Fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(audit.AppendString(b, r.of.Fields[i].Key), ':')
		if v, ok := r.Fields[r.of.Fields[i].Key].(audit.Value); ok && v != audit.None {
			b = append(b, v...)
		} else {
			b = append(b, "null"...)
		}
	}
	return append(b, "}}"...)
}

// MarshalJSON is for answers that hold records among other things.
func (r Record) MarshalJSON() ([]byte, error) { return r.appendJSON(nil), nil }

func recordsOf(o *crm.Object, recs []*crm.Record) []Record {
	out := make([]Record, len(recs))
	for i, r := range recs {
		out[i] = recordOf(o, r)
	}
	return out
}

// recordAnswer is one record with its version as ETag.
type recordAnswer struct {
	ETag string `header:"ETag" doc:"The version in quotation marks, for If-Match"`
	Body Record
}

func answerRecord(o *crm.Object, r *crm.Record) *recordAnswer {
	return &recordAnswer{strconv.Quote(strconv.FormatInt(r.Version, 10)), recordOf(o, r)}
}

// RecordInput is the fields of a record from outside. The engine checks them by the object's own definition.
type RecordInput struct {
	Fields inputFields `json:"fields" doc:"The values by the key of the field; null empties one" example:"{\"first_name\":\"Ana\",\"email\":\"ana@example.com\"}"`
}

type inputFields map[string]json.RawMessage

// timeText is a time as every answer has it.
func timeText(t time.Time) string { return t.UTC().Format(audit.TimeLayout) }

// nullable gives nil for the zero value.
func nullable[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func nullableTime(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := timeText(t)
	return &s
}

// RecordRef names a record.
type RecordRef struct {
	Object string         `json:"object"`
	ID     audit.RecordID `json:"id"`
	Name   string         `json:"name"`
}
