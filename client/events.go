package client

import (
	"context"
	"iter"
	"net/url"
	"time"
)

// Event is one fact about one record or session.
type Event struct {
	ID          string         `json:"id"`
	Seq         int64          `json:"seq"` // its place in the ledger; 0 while it waits for it
	Account     string         `json:"account"`
	OccurredAt  time.Time      `json:"occurred_at"`
	RecordedAt  time.Time      `json:"recorded_at"`
	Actor       Actor          `json:"actor"`
	Channel     string         `json:"channel"`
	Module      string         `json:"module"`
	Type        string         `json:"type"`
	Action      string         `json:"action"`
	Outcome     string         `json:"outcome"`
	Record      *Ref           `json:"record"`
	Related     []Ref          `json:"related"`
	Description string         `json:"description"`
	Changes     []Change       `json:"changes"`
	Operation   string         `json:"operation"`
	Cause       string         `json:"cause"`
	UndoOf      string         `json:"undo_of"`
	Size        int            `json:"size"`   // events of the operation, on its leading event
	Counts      map[string]int `json:"counts"` // records of the operation by object, on its leading event
	Context     Context        `json:"context"`
	Restore     Restorable     `json:"restore"`
}

// EventDetail is an event with what led to it and what it caused.
type EventDetail struct {
	Event
	Proof       *Place  `json:"proof"`        // nil while the event waits for it
	Causes      []Event `json:"causes"`       // its cause, that one's cause, up to the first, at most 32
	Caused      []Event `json:"caused"`       // newest first, at most 100
	CausedCount int     `json:"caused_count"` // all of them
}

// Actor is who did it, as they were then.
type Actor struct {
	Type       string `json:"type"`
	ID         string `json:"id"`
	Name       string `json:"name"`
	Email      string `json:"email"`
	OnBehalfOf *struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"on_behalf_of"`
}

// Ref points at a record, with the name that it had.
type Ref struct {
	Object  string `json:"object"`
	ID      string `json:"id"`
	Name    string `json:"name"`
	Version int64  `json:"version"`
}

// Change is one field, before and after; nil is no value.
type Change struct {
	Field      string `json:"field"`
	Label      string `json:"label"`
	Before     any    `json:"before"`
	After      any    `json:"after"`
	BeforeText string `json:"before_text"` // as a person reads it
	AfterText  string `json:"after_text"`
	Secret     bool   `json:"secret"` // the values never entered the log
}

// Context is from where it came.
type Context struct {
	IP        string `json:"ip"`
	UserAgent string `json:"user_agent"`
	Session   string `json:"session"`
	Request   string `json:"request"`
}

// Restorable says whether an event can be taken back.
type Restorable struct {
	State string     `json:"state"` // available, restored, expired or none
	Until *time.Time `json:"until"`
	By    string     `json:"by"`   // the event that took it back; "" when none did
	Undo  string     `json:"undo"` // of a single event: available, restored or none
	Why   string     `json:"why"`  // why it cannot be undone
}

// Filter narrows the log: any of the values of one field, all of the fields.
type Filter struct {
	From, To  string // times, or dates in the account's time zone; To is exclusive
	User      []string
	Type      []string // or patterns: opportunity.*, *.deleted
	Action    []string
	Module    []string
	Object    []string
	Record    []string
	About     []string // ids of records: with what belongs to them
	Field     []string // keys of fields that changed
	Operation []string
	Outcome   []string
	Channel   []string
	Text      []string // words
}

func (f Filter) values() url.Values {
	v := url.Values{}
	for name, values := range map[string][]string{"user": f.User, "type": f.Type, "action": f.Action, "module": f.Module, "object": f.Object,
		"record": f.Record, "about": f.About, "field": f.Field, "operation": f.Operation, "outcome": f.Outcome, "channel": f.Channel, "q": f.Text} {
		if len(values) > 0 {
			v[name] = values
		}
	}
	if f.From != "" {
		v.Set("from", f.From)
	}
	if f.To != "" {
		v.Set("to", f.To)
	}
	return v
}

func (c *Client) eventPage(ctx context.Context, query url.Values, path ...string) (Page[Event], error) {
	return pageOf[Event](ctx, c, "events", query, path...)
}

// EventPage returns a page of the log, newest first. invalid_cursor when the cursor is of another filter.
func (c *Client) EventPage(ctx context.Context, f Filter, p Paging) (Page[Event], error) {
	return c.eventPage(ctx, p.into(f.values()), "audit", "events")
}

// Events walks over the log, newest first.
func (c *Client) Events(ctx context.Context, f Filter) iter.Seq2[Event, error] {
	return each(ctx, func(ctx context.Context, p Paging) (Page[Event], error) { return c.EventPage(ctx, f, p) })
}

// Event returns one event.
func (c *Client) Event(ctx context.Context, id string) (EventDetail, error) {
	var e EventDetail
	err := c.get(ctx, nil, &e, "audit", "events", id)
	return e, err
}

// Count is one value of a facet.
type Count struct {
	Key   string `json:"key"`
	Label string `json:"label"`
	Count int    `json:"count"`
}

// Facets are the events of a filter, counted.
type Facets struct {
	Modules []Count `json:"modules"`
	Types   []Count `json:"types"`
	Actions []Count `json:"actions"`
	Users   []Count `json:"users"`
	// By what became of them, and by which way they came in.
	Outcomes []Count `json:"outcomes"`
	Channels []Count `json:"channels"`
}

// Facets counts the events that pass a filter.
func (c *Client) Facets(ctx context.Context, f Filter) (Facets, error) {
	var out Facets
	err := c.get(ctx, f.values(), &out, "audit", "facets")
	return out, err
}

// Histogram is the events of a filter over time, the oldest bucket first.
type Histogram struct {
	Interval string   `json:"interval"`
	Buckets  []Bucket `json:"buckets"`
}

// Bucket is the events of one stretch of time.
type Bucket struct {
	Start    time.Time      `json:"start"`
	Total    int            `json:"total"`
	ByAction map[string]int `json:"by_action"`
}

// Histogram counts the events that pass a filter over time; interval is auto, minute, hour, day, week or month.
func (c *Client) Histogram(ctx context.Context, f Filter, interval string) (Histogram, error) {
	v := f.values()
	v.Set("interval", interval)
	var out Histogram
	err := c.get(ctx, v, &out, "audit", "histogram")
	return out, err
}
