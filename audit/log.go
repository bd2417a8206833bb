package audit

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/backtrail/backtrail/errs"
)

// Log reads an account's events: those that wait for the sealer and those that are sealed, as one. Every method
// takes the account and sees nothing else. All are safe for concurrent use.
type Log interface {
	// Events returns events newest first by (OccurredAt, ID), at most q.Limit; the page's Next is "" at the end.
	Events(ctx context.Context, account AccountID, q Query) (Page, error)
	// Event returns one event; errs.NotFound when the account has none of this id.
	Event(ctx context.Context, account AccountID, id EventID) (Stored, error)
	// Operation returns the events of an operation in their order, the leading one first, those behind after ("" for
	// the start), at most limit.
	Operation(ctx context.Context, account AccountID, id OperationID, after EventID, limit int) ([]Stored, error)
	// Facets counts the events that pass the filter by what they have. With most above 0 it counts the newest alone, at
	// most so many; a tenth of them where the filter asks for what only the whole of an event tells.
	Facets(ctx context.Context, account AccountID, f Filter, most int) (Facets, error)
	// Histogram counts them by time; the buckets start at the days, hours, ... of the time zone loc.
	Histogram(ctx context.Context, account AccountID, f Filter, interval Interval, loc *time.Location) (Histogram, error)
}

// NoEvent is the error of a log that has no event of this id.
func NoEvent(id EventID) error {
	return errs.New(errs.NotFound, "not_found", "There is no event %s.", id)
}

// NoOperation is the error of a log that has no operation of this id.
func NoOperation(id OperationID) error {
	return errs.New(errs.NotFound, "not_found", "There is no operation %s.", id)
}

// Query asks for a page of the log.
type Query struct {
	Filter Filter
	// Collapse leaves out the events that follow in an operation whose leading event passes the filter too.
	Collapse bool
	After    Position // the zero Position starts at the newest
	Limit    int
}

// Position is a place in the order of the log.
type Position struct {
	OccurredAt time.Time
	ID         EventID
}

// IsZero reports whether p is no place at all.
func (p Position) IsZero() bool { return p.ID == "" }

// Page is a stretch of the log.
type Page struct {
	Events []Stored
	Next   Position // where the next page starts; zero at the end
}

// Count is one value of a facet with the number of its events.
type Count struct {
	Key, Label string
	Count      int
}

// Facets are the counts of a filter's events.
type Facets struct {
	Modules, Types, Actions, Users, Outcomes, Channels []Count
	// Total is how many events were counted, and Partial tells that it stopped there: older ones may pass too.
	Total   int
	Partial bool
}

// Interval is the width of a histogram's buckets.
type Interval string

// The intervals; Auto chooses one that gives a readable number of buckets.
const (
	Auto   Interval = "auto"
	Minute Interval = "minute"
	Hour   Interval = "hour"
	Day    Interval = "day"
	Week   Interval = "week" // from Monday
	Month  Interval = "month"
)

// Intervals lists them.
var Intervals = []Interval{Auto, Minute, Hour, Day, Week, Month}

// Bucket is the events of one stretch of time.
type Bucket struct {
	Start    time.Time
	Total    int
	ByAction map[Action]int
}

// Histogram is a filter's events over time, oldest bucket first; empty buckets between the first and last are there.
type Histogram struct {
	Interval Interval
	Buckets  []Bucket
	End      time.Time // of the last bucket; zero without buckets
}

// cursorForm is what a cursor holds. The account and the filter are in it as a hash, so that a cursor that was taken
// elsewhere is refused instead of showing something surprising. It guards nothing: the query carries the account.
type cursorForm struct {
	Scope string `json:"s"`
	Time  int64  `json:"t"`
	ID    string `json:"i"`
}

func cursorScope(account AccountID, f Filter) string {
	sum := sha256.Sum256([]byte(string(account) + "\x00" + f.Fingerprint()))
	return hex.EncodeToString(sum[:8])
}

// Cursor writes the place p in the results of f as an opaque text, "" for the zero Position.
func Cursor(account AccountID, f Filter, p Position) string {
	if p.IsZero() {
		return ""
	}
	b, err := json.Marshal(cursorForm{cursorScope(account, f), p.OccurredAt.UnixMicro(), string(p.ID)})
	if err != nil {
		panic("audit: cursor: " + err.Error()) // two strings and a number
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParseCursor reads what Cursor wrote for the same account and filter; anything else is errs.Invalid.
func ParseCursor(account AccountID, f Filter, s string) (Position, error) {
	if s == "" {
		return Position{}, nil
	}
	var c cursorForm
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil || !ValidID(c.ID) || c.Scope != cursorScope(account, f) {
		e := errs.InvalidField("cursor", "invalid_cursor", "The cursor does not belong to this list.")
		return Position{}, e.WithFix("Ask for the first page again without a cursor, with the same filter for all pages.")
	}
	return Position{time.UnixMicro(c.Time).UTC(), EventID(c.ID)}, nil
}
