package sheet

import (
	"errors"
	"strconv"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// Header is the first line of the CSV form without its line end. CONTRACT: the names and their order stay.
const Header = "Timestamp,User,Event type,Description,Record,Module,Action,Outcome,Record type,Record ID,User ID," +
	"User type,On behalf of,Channel,IP address,User agent,Changes,Event ID,Operation ID,Cause ID,Sequence"

// TimeLayout is the form of a timestamp. It always has the offset as a number: all rows look the same, and a program
// needs one rule.
const TimeLayout = "2006-01-02T15:04:05.000000-07:00"

var errDamaged = errors.New("sheet: a stored event is damaged")

// CSV writes the spreadsheet form. It reads the stored bytes in place and allocates nothing for an event.
type CSV struct {
	loc *time.Location
	row csvRow
	// The visitors of audit.Scan, bound once: a new closure for each event would be an allocation.
	onEvent, onActor, onBehalf, onRecord, onContext func(key, value []byte)
	text                                            []byte // a string without its escapes
}

// csvRow is the raw JSON values of one event; they point into its body. nil is an empty cell.
type csvRow struct {
	occurredAt, typ, description, module, action, outcome, channel []byte
	changes, id, operation, cause                                  []byte
	user, userID, userType, onBehalfOf                             []byte
	record, recordType, recordID                                   []byte
	ip, userAgent                                                  []byte
	err                                                            error
}

// NewCSV returns an encoder that writes times in the zone loc.
func NewCSV(loc *time.Location) *CSV {
	c := &CSV{loc: loc}
	c.onEvent, c.onActor, c.onBehalf, c.onRecord, c.onContext = c.event, c.actor, c.behalf, c.record, c.context
	return c
}

// Begin appends the header.
func (c *CSV) Begin(dst []byte) []byte { return append(dst, Header+"\r\n"...) }

// Append appends one row.
func (c *CSV) Append(dst []byte, s audit.Stored) ([]byte, error) {
	c.row = csvRow{}
	if err := audit.Scan(s.Body, c.onEvent); err != nil {
		return dst, err
	}
	r := &c.row
	if r.err != nil {
		return dst, r.err
	}
	dst, err := c.appendTime(dst, r.occurredAt)
	if err != nil {
		return dst, err
	}
	for _, raw := range [...][]byte{r.user, r.typ, r.description, r.record, r.module, r.action, r.outcome, r.recordType,
		r.recordID, r.userID, r.userType, r.onBehalfOf, r.channel, r.ip, r.userAgent} {
		dst = c.appendText(append(dst, ','), raw)
	}
	dst = appendQuoted(append(dst, ','), r.changes)
	for _, raw := range [...][]byte{r.id, r.operation, r.cause} {
		dst = c.appendText(append(dst, ','), raw)
	}
	dst = append(dst, ',')
	if s.Seq > 0 {
		dst = strconv.AppendInt(dst, s.Seq, 10)
	}
	return append(dst, "\r\n"...), nil
}

func (c *CSV) event(key, value []byte) {
	r := &c.row
	switch string(key) {
	case "id":
		r.id = value
	case "occurred_at":
		r.occurredAt = value
	case "actor":
		c.into(value, c.onActor)
	case "channel":
		r.channel = value
	case "module":
		r.module = value
	case "type":
		r.typ = value
	case "action":
		r.action = value
	case "outcome":
		r.outcome = value
	case "record":
		c.into(value, c.onRecord)
	case "description":
		r.description = value
	case "changes":
		r.changes = value
	case "operation":
		r.operation = value
	case "cause":
		r.cause = value
	case "context":
		c.into(value, c.onContext)
	}
}

// into walks over an object inside the event; null is none.
func (c *CSV) into(value []byte, visit func(key, value []byte)) {
	if len(value) == 0 || value[0] != '{' {
		return
	}
	if err := audit.Scan(value, visit); err != nil {
		c.row.err = err
	}
}

func (c *CSV) actor(key, value []byte) {
	switch string(key) {
	case "type":
		c.row.userType = value
	case "id":
		c.row.userID = value
	case "name":
		c.row.user = value
	case "on_behalf_of":
		c.into(value, c.onBehalf)
	}
}

func (c *CSV) behalf(key, value []byte) {
	if string(key) == "name" {
		c.row.onBehalfOf = value
	}
}

func (c *CSV) record(key, value []byte) {
	switch string(key) {
	case "object":
		c.row.recordType = value
	case "id":
		c.row.recordID = value
	case "name":
		c.row.record = value
	}
}

func (c *CSV) context(key, value []byte) {
	switch string(key) {
	case "ip":
		c.row.ip = value
	case "user_agent":
		c.row.userAgent = value
	}
}

// appendText appends the cell of a raw JSON string.
func (c *CSV) appendText(dst, raw []byte) []byte {
	if len(raw) < 2 || raw[0] != '"' {
		return dst
	}
	inner := raw[1 : len(raw)-1]
	if text, escaped := unescape(c.text[:0], inner); escaped {
		c.text, inner = text, text
	}
	return AppendCell(dst, inner)
}

// appendTime appends the instant of a raw JSON string of audit.TimeLayout in the encoder's zone.
func (c *CSV) appendTime(dst, raw []byte) ([]byte, error) {
	t, ok := instant(raw)
	if !ok {
		return dst, errDamaged
	}
	t = t.In(c.loc)
	if _, offset := t.Zone(); offset%60 != 0 {
		t = t.UTC() // local mean time, before about 1900: RFC 3339 has no seconds in an offset
	}
	return t.AppendFormat(dst, TimeLayout), nil
}

// instant reads a quoted time of audit.TimeLayout; time.Parse would cost as much as the rest of the row.
func instant(raw []byte) (time.Time, bool) {
	if len(raw) != len(audit.TimeLayout)+2 {
		return time.Time{}, false
	}
	b := raw[1 : len(raw)-1]
	for i := range b {
		if p := audit.TimeLayout[i]; p >= '0' && p <= '9' {
			if b[i] < '0' || b[i] > '9' {
				return time.Time{}, false
			}
		} else if b[i] != p {
			return time.Time{}, false
		}
	}
	n := func(from, to int) (v int) {
		for _, d := range b[from:to] {
			v = v*10 + int(d-'0')
		}
		return v
	}
	return time.Date(n(0, 4), time.Month(n(5, 7)), n(8, 10), n(11, 13), n(14, 16), n(17, 19), n(20, 26)*1000, time.UTC), true
}
