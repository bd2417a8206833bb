package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Fields are values by the key of the field. Texts, decimals, dates and references are strings, tags are lists of
// strings, yes or no is a bool; nil empties a field.
type Fields map[string]any

// Record is a record with every field of its object, nil for those without value.
type Record struct {
	Object    string    `json:"object"`
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	Fields    Fields    `json:"fields"`
}

// Text is a field's value when it is a string, "" otherwise.
func (r Record) Text(field string) string {
	s, _ := r.Fields[field].(string)
	return s
}

// Query narrows and orders a list of records.
type Query struct {
	Words string // that the name or a short text must hold
	// Where are the values by the key of the field: any of them; "" asks for records without one.
	Where map[string][]string
	// From and Before are bounds of dates, times and numbers by the key of the field: from From on, and before Before.
	From, Before map[string]string
	Sort         string // name, created_at, updated_at or a field; a minus in front turns it around
}

func (q Query) values() url.Values {
	v := url.Values{}
	if q.Words != "" {
		v.Set("q", q.Words)
	}
	if q.Sort != "" {
		v.Set("sort", q.Sort)
	}
	for field, values := range q.Where {
		v["filter["+field+"]"] = values
	}
	for field, value := range q.From {
		v.Set("from["+field+"]", value)
	}
	for field, value := range q.Before {
		v.Set("before["+field+"]", value)
	}
	return v
}

// RecordPage returns a page of records.
func (c *Client) RecordPage(ctx context.Context, object string, q Query, p Paging) (Page[Record], error) {
	return pageOf[Record](ctx, c, "records", p.into(q.values()), "records", object)
}

// Records walks over all records that a query finds.
func (c *Client) Records(ctx context.Context, object string, q Query) iter.Seq2[Record, error] {
	return each(ctx, func(ctx context.Context, p Paging) (Page[Record], error) { return c.RecordPage(ctx, object, q, p) })
}

// Create makes a record.
func (c *Client) Create(ctx context.Context, object string, fields Fields) (Record, error) {
	var r Record
	err := c.post(ctx, map[string]any{"fields": fields}, &r, "records", object)
	return r, err
}

// Record returns a record. Status 404 when there is none, code deleted when it was deleted.
func (c *Client) Record(ctx context.Context, object, id string) (Record, error) {
	var r Record
	err := c.get(ctx, nil, &r, "records", object, id)
	return r, err
}

// RecordAsOf returns a record as it was at a time. Status 404 before it was made, code deleted while it was deleted.
func (c *Client) RecordAsOf(ctx context.Context, object, id string, at time.Time) (Record, error) {
	var r Record
	err := c.get(ctx, url.Values{"as_of": {at.UTC().Format(time.RFC3339Nano)}}, &r, "records", object, id)
	return r, err
}

// Update changes the given fields. version is the one that the caller saw, 0 for any; version_conflict when the record
// has another by now.
func (c *Client) Update(ctx context.Context, object, id string, fields Fields, version int64) (Record, error) {
	r := request{method: http.MethodPatch, path: []string{"records", object, id}, body: map[string]any{"fields": fields}, header: http.Header{}}
	if version != 0 {
		r.header.Set("If-Match", strconv.Quote(strconv.FormatInt(version, 10)))
	}
	var rec Record
	err := c.call(ctx, r, &rec)
	return rec, err
}

// Deleted is what a deletion did.
type Deleted struct {
	Operation string         `json:"operation"`
	Deleted   map[string]int `json:"deleted"` // by object
}

// Delete deletes a record with all that belongs to it. still_referenced when something needs it.
func (c *Client) Delete(ctx context.Context, object, id string) (Deleted, error) {
	var d Deleted
	err := c.call(ctx, request{method: http.MethodDelete, path: []string{"records", object, id}}, &d)
	return d, err
}

// Batch is up to 10,000 writes to one object.
type Batch struct {
	Create []BatchCreate `json:"create,omitempty"`
	Update []BatchUpdate `json:"update,omitempty"`
	Delete []string      `json:"delete,omitempty"`
}

// BatchCreate makes a record.
type BatchCreate struct {
	Fields Fields `json:"fields"`
}

// BatchUpdate changes a record.
type BatchUpdate struct {
	ID     string `json:"id"`
	Fields Fields `json:"fields"`
}

// BatchResult is what a batch did.
type BatchResult struct {
	Operation string         `json:"operation"`
	Created   []Record       `json:"created"`
	Updated   []Record       `json:"updated"`
	Deleted   map[string]int `json:"deleted"`
}

// Batch does all writes in one operation, or none. Mistakes are named by place: "create[3].email".
func (c *Client) Batch(ctx context.Context, object string, b Batch) (BatchResult, error) {
	var out BatchResult
	err := c.post(ctx, b, &out, "records", object, "batch")
	return out, err
}

// HistoryFilter says which events of a record's history there shall be; the zero value is all of its own.
type HistoryFilter struct {
	Related bool     // with those of what belongs to the record
	Field   []string // keys of fields of which one changed
}

func (f HistoryFilter) values() url.Values {
	v := url.Values{}
	if f.Related {
		v.Set("related", "true")
	}
	if len(f.Field) > 0 {
		v["field"] = f.Field
	}
	return v
}

// HistoryPage returns a page of a record's events, newest first.
func (c *Client) HistoryPage(ctx context.Context, object, id string, f HistoryFilter, p Paging) (Page[Event], error) {
	return c.eventPage(ctx, p.into(f.values()), "records", object, id, "history")
}

// History walks over a record's events, newest first.
func (c *Client) History(ctx context.Context, object, id string, f HistoryFilter) iter.Seq2[Event, error] {
	return each(ctx, func(ctx context.Context, p Paging) (Page[Event], error) { return c.HistoryPage(ctx, object, id, f, p) })
}

// boolText is a flag in a form.
func boolText(b bool) string { return strconv.FormatBool(b) }

// Conflicts returns the other appointments of the same person at the same time, by their start.
func (c *Client) Conflicts(ctx context.Context, appointment string) ([]Record, error) {
	var body struct{ Conflicts []Record }
	err := c.get(ctx, nil, &body, "appointments", appointment, "conflicts")
	return body.Conflicts, err
}
