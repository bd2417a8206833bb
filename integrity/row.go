package integrity

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/ledger"
)

// seen is what a look at a row found.
type seen struct {
	seq       int64
	id        audit.EventID
	leaf      ledger.Hash
	sound     bool   // leaf is the hash of what the row holds; else no leaf can be made of it
	wrong     string // why not
	column    string // what its columns say otherwise than the event, "" for nothing
	unread    error  // why the row could not be read
	operation audit.OperationID
	size      int64 // of the operation, when the event leads it
	bytes     int
}

// looker looks at rows, for one goroutine.
type looker struct {
	account audit.AccountID
	build   audit.LeafBuilder
	leaf    []byte
	said    said
	text    []byte
}

// look makes the leaf of a row and compares its columns. LeafBuilder takes the canonical form of an event and nothing
// else, so a body with a leaf is strictly canonical.
func (l *looker) look(r *Row) seen {
	s := seen{seq: r.Seq, id: r.Columns.ID, operation: audit.OperationID(r.Columns.Operation), bytes: len(r.Body)}
	var salt audit.Salt
	if len(r.Salt) != len(salt) {
		s.wrong = fmt.Sprintf("its salt has %d bytes, not %d", len(r.Salt), len(salt))
		return s
	}
	copy(salt[:], r.Salt)
	var err error
	if l.leaf, err = l.build.Append(l.leaf[:0], r.Body, salt); err != nil {
		s.wrong = "it has not the form of an event"
		return s
	}
	s.leaf, s.sound = ledger.LeafHash(l.leaf), true
	l.said.read(r.Body)
	s.column = l.compare(&r.Columns)
	if string(l.said.operation) != r.Columns.Operation {
		s.operation = audit.OperationID(l.said.operation)
	}
	s.size = l.said.size
	return s
}

// said is what a body says of what stands in columns, and of its account. It points into the body.
type said struct {
	account, id, occurred, recorded, actor, kind, module, action, outcome, channel, object, record, operation, cause, undoOf []byte
	size                                                                                                                     int64
}

// read reads a canonical body. It is not the parser by which the store makes the columns: a mistake in that one is not
// repeated here.
func (s *said) read(body []byte) {
	*s = said{}
	audit.Scan(body, func(key, raw []byte) { // fails for no canonical body
		switch string(key) {
		case "account":
			s.account = audit.ScanString(raw)
		case "id":
			s.id = audit.ScanString(raw)
		case "occurred_at":
			s.occurred = audit.ScanString(raw)
		case "recorded_at":
			s.recorded = audit.ScanString(raw)
		case "actor":
			s.actor = member(raw, "id")
		case "type":
			s.kind = audit.ScanString(raw)
		case "module":
			s.module = audit.ScanString(raw)
		case "action":
			s.action = audit.ScanString(raw)
		case "outcome":
			s.outcome = audit.ScanString(raw)
		case "channel":
			s.channel = audit.ScanString(raw)
		case "record":
			s.object, s.record = member(raw, "object"), member(raw, "id")
		case "operation":
			s.operation = audit.ScanString(raw)
		case "cause":
			s.cause = audit.ScanString(raw)
		case "undo_of":
			s.undoOf = audit.ScanString(raw)
		case "size":
			s.size, _ = strconv.ParseInt(string(raw), 10, 64)
		}
	})
}

// member is a text in an object, nil when there is none, or null instead of the object.
func member(object []byte, name string) (text []byte) {
	if len(object) > 0 && object[0] == '{' {
		audit.Scan(object, func(key, raw []byte) {
			if string(key) == name {
				text = audit.ScanString(raw)
			}
		})
	}
	return text
}

// compare says which columns disagree with what the body said last, and whether it is of another account.
func (l *looker) compare(c *Columns) string {
	s := &l.said
	var wrong []string
	if string(s.account) != string(l.account) {
		wrong = append(wrong, fmt.Sprintf("it is an event of account %s", audit.Quote(string(s.account))))
	}
	differs := func(name, column string, body []byte) {
		if column != string(body) {
			wrong = append(wrong, fmt.Sprintf("the column %s says %s, the event %s", name, audit.Quote(column), audit.Quote(string(body))))
		}
	}
	at := func(name string, column int64, body []byte) {
		l.text = time.UnixMicro(column).UTC().AppendFormat(l.text[:0], audit.TimeLayout)
		if !bytes.Equal(l.text, body) {
			differs(name, string(l.text), body)
		}
	}
	differs("id", string(c.ID), s.id)
	at("occurred_at", c.OccurredAt, s.occurred)
	at("recorded_at", c.RecordedAt, s.recorded)
	differs("actor", c.Actor, s.actor)
	differs("type", c.Type, s.kind)
	differs("module", c.Module, s.module)
	differs("action", c.Action, s.action)
	differs("outcome", c.Outcome, s.outcome)
	differs("channel", c.Channel, s.channel)
	differs("object", c.Object, s.object)
	differs("record_id", c.RecordID, s.record)
	differs("operation", c.Operation, s.operation)
	differs("cause", c.Cause, s.cause)
	differs("undo_of", c.UndoOf, s.undoOf)
	return strings.Join(wrong, "; ")
}
