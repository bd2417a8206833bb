package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// ParseEvent reads the canonical form. A restore or a search reads thousands at once, so it does not go through
// reflection: that takes twice as long.
func ParseEvent(body []byte) (*Event, error) {
	e := &Event{}
	p := parser{}
	form := int64(0)
	p.object(body, func(key, value []byte) {
		switch string(key) {
		case "v":
			form = p.number(value)
		case "id":
			e.ID = EventID(p.text(value))
		case "account":
			e.Account = AccountID(p.text(value))
		case "occurred_at":
			e.OccurredAt = p.time(value)
		case "recorded_at":
			e.RecordedAt = p.time(value)
		case "actor":
			e.Actor = p.actor(value)
		case "channel":
			e.Channel = Channel(p.text(value))
		case "module":
			e.Module = p.text(value)
		case "type":
			e.Type = Type(p.text(value))
		case "action":
			e.Action = Action(p.text(value))
		case "outcome":
			e.Outcome = Outcome(p.text(value))
		case "record":
			e.Record = p.ref(value)
		case "related":
			p.list(value, func(item []byte) {
				if r := p.ref(item); r != nil {
					e.Related = append(e.Related, *r)
				}
			})
		case "description":
			e.Description = p.text(value)
		case "changes":
			p.list(value, func(item []byte) { e.Changes = append(e.Changes, p.change(item)) })
		case "operation":
			e.Operation = OperationID(p.text(value))
		case "cause":
			e.Cause = EventID(p.text(value))
		case "undo_of":
			e.UndoOf = EventID(p.text(value))
		case "size":
			e.Size = int(p.number(value))
		case "counts":
			e.Counts = map[string]int{}
			p.object(value, func(k, n []byte) { e.Counts[p.key(k)] = int(p.number(n)) })
		case "context":
			e.Context = p.context(value)
		}
	})
	if p.err != nil {
		return nil, fmt.Errorf("audit: the stored event cannot be read: %w", p.err)
	}
	if form != formVersion {
		return nil, fmt.Errorf("audit: the stored event has form %d, this program knows form %d", form, formVersion)
	}
	return e, nil
}

// parser reads raw values that Scan gave, and keeps the first mistake.
type parser struct{ err error }

func (p *parser) fail() {
	if p.err == nil {
		p.err = errNotCanonical
	}
}

func isNull(b []byte) bool { return string(b) == "null" }

func (p *parser) object(b []byte, visit func(key, value []byte)) {
	if isNull(b) {
		return
	}
	if Scan(b, visit) != nil {
		p.fail()
	}
}

func (p *parser) list(b []byte, visit func(item []byte)) {
	if isNull(b) {
		return
	}
	if len(b) < 2 || b[0] != '[' {
		p.fail()
		return
	}
	for i := 1; b[i] != ']'; {
		if b[i] == ',' {
			i++
		}
		end := skipValue(b, i)
		if end <= i || end >= len(b) {
			p.fail()
			return
		}
		visit(b[i:end])
		i = end
	}
}

func (p *parser) text(b []byte) string {
	if isNull(b) {
		return ""
	}
	if len(b) < 2 || b[0] != '"' {
		p.fail()
		return ""
	}
	if bytes.IndexByte(b, '\\') < 0 {
		return string(b[1 : len(b)-1])
	}
	var s string
	if json.Unmarshal(b, &s) != nil {
		p.fail()
	}
	return s
}

// key is the text of a member's name, which Scan gives without its quotation marks.
func (p *parser) key(k []byte) string {
	return p.text(append(append([]byte{'"'}, k...), '"'))
}

func (p *parser) number(b []byte) int64 {
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		p.fail()
	}
	return n
}

func (p *parser) time(b []byte) time.Time {
	t, err := time.Parse(time.RFC3339Nano, p.text(b))
	if err != nil {
		p.fail()
	}
	return t
}

// value keeps the text as it is, with memory of its own: b is the whole event.
func (p *parser) value(b []byte) Value {
	if isNull(b) {
		return None
	}
	if !json.Valid(b) {
		p.fail()
	}
	return Value(b)
}

func (p *parser) actor(b []byte) (a Actor) {
	p.object(b, func(key, value []byte) {
		switch string(key) {
		case "type":
			a.Type = ActorType(p.text(value))
		case "id":
			a.ID = ActorID(p.text(value))
		case "name":
			a.Name = p.text(value)
		case "email":
			a.Email = p.text(value)
		case "on_behalf_of":
			if isNull(value) {
				return
			}
			a.OnBehalfOf = &OnBehalfOf{}
			p.object(value, func(key, value []byte) {
				switch string(key) {
				case "id":
					a.OnBehalfOf.ID = ActorID(p.text(value))
				case "name":
					a.OnBehalfOf.Name = p.text(value)
				}
			})
		}
	})
	return a
}

func (p *parser) ref(b []byte) *Ref {
	if isNull(b) {
		return nil
	}
	r := &Ref{}
	p.object(b, func(key, value []byte) {
		switch string(key) {
		case "object":
			r.Object = p.text(value)
		case "id":
			r.ID = RecordID(p.text(value))
		case "name":
			r.Name = p.text(value)
		case "version":
			r.Version = p.number(value)
		case "created_at":
			r.CreatedAt = p.time(value)
		}
	})
	return r
}

func (p *parser) change(b []byte) (c Change) {
	p.object(b, func(key, value []byte) {
		switch string(key) {
		case "field":
			c.Field = p.text(value)
		case "label":
			c.Label = p.text(value)
		case "before":
			c.Before = p.value(value)
		case "after":
			c.After = p.value(value)
		case "before_text":
			c.BeforeText = p.text(value)
		case "after_text":
			c.AfterText = p.text(value)
		case "secret":
			c.Secret = string(value) == "true"
		case "record":
			c.Record = p.ref(value)
		}
	})
	return c
}

func (p *parser) context(b []byte) (c Context) {
	p.object(b, func(key, value []byte) {
		switch string(key) {
		case "ip":
			c.IP = p.text(value)
		case "user_agent":
			c.UserAgent = p.text(value)
		case "session":
			c.Session = p.text(value)
		case "request":
			c.Request = p.text(value)
		}
	})
	return c
}
