package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/backtrail/backtrail/errs"
)

// Limits of what enters the log.
const (
	MaxValue     = 64 << 10 // bytes of one value; a longer one keeps its head, its size and its hash
	KeptOfValue  = 1 << 10  // bytes that stay of such a value
	MaxEvent     = 1 << 20  // bytes of one event; a larger one is refused
	maxUserAgent = 512      // bytes
	flushAt      = 500      // events that an operation holds in memory
)

// Recorder is the only maker of events. It dates them, names them, describes them, and keeps out what must not enter.
type Recorder struct {
	clock   Clock
	ids     *IDSource
	catalog *Catalog
}

// NewRecorder returns a recorder; clock and ids are the log's sources of time and identity.
func NewRecorder(clock Clock, ids *IDSource, catalog *Catalog) *Recorder {
	return &Recorder{clock: clock, ids: ids, catalog: catalog}
}

// Now is the recorder's time.
func (r *Recorder) Now() time.Time { return Instant(r.clock()) }

// NewID gives an id for a record, dated by the recorder's clock.
func (r *Recorder) NewID() RecordID { return RecordID(r.ids.Next()) }

// Catalog is what the recorder may write.
func (r *Recorder) Catalog() *Catalog { return r.catalog }

// Encoded is an event with its canonical bytes.
type Encoded struct {
	*Event
	Body []byte
}

// Appender takes events into the log as part of a transaction: they are there when it commits, and not otherwise.
// It keeps no reference to the events.
type Appender interface {
	AppendEvents(ctx context.Context, events []Encoded) error
}

// Word is an object's label inside a sentence.
type Word struct{ One, Many string }

// Draft is what the writer of an event says; the recorder adds the rest.
type Draft struct {
	Type    Type
	Outcome Outcome // Success when empty
	Record  *Ref
	Word    Word // of the record's object
	Related []Ref
	Changes []Change
	Note    string // for the template's {note}
	Cause   EventID
	UndoOf  EventID
}

// Operation collects the events of one act. It is not safe for concurrent use.
type Operation struct {
	recorder *Recorder
	to       Appender
	origin   Origin
	id       OperationID
	now      time.Time
	lead     *Draft
	buffer   []Encoded
	size     int
	counts   map[string]int
	words    map[string]Word
	// follows holds the deleted and restored events that go back to the leading one by cause.
	follows map[EventID]bool
	taken   map[string]int
	order   []string // the objects in taken as they came
}

// Begin starts an operation whose events go to to.
func (r *Recorder) Begin(to Appender, origin Origin) *Operation {
	origin.Context.UserAgent = cut(strings.ToValidUTF8(origin.Context.UserAgent, "\uFFFD"), maxUserAgent)
	return &Operation{recorder: r, to: to, origin: origin, id: OperationID(r.ids.Next()), now: r.Now(),
		counts: map[string]int{}, words: map[string]Word{}, follows: map[EventID]bool{}, taken: map[string]int{}}
}

// ID is the operation's id.
func (op *Operation) ID() OperationID { return op.id }

// Now is the one time of everything in the operation.
func (op *Operation) Now() time.Time { return op.now }

// Origin is who acts.
func (op *Operation) Origin() Origin { return op.origin }

// Size is the number of events so far.
func (op *Operation) Size() int { return op.size }

// Lead is the draft of the leading event, nil before the first Record. It may be amended until Close.
func (op *Operation) Lead() *Draft { return op.lead }

// Record adds an event and returns its id. The first one is the leading event.
func (op *Operation) Record(ctx context.Context, d Draft) (EventID, error) {
	op.size++
	if op.lead == nil {
		op.lead = &d
		op.count(EventID(op.id), d)
		return EventID(op.id), nil
	}
	id := EventID(op.recorder.ids.Next())
	op.count(id, d)
	if err := op.add(ctx, id, d); err != nil {
		return "", err
	}
	return id, nil
}

func (op *Operation) count(id EventID, d Draft) {
	row, _ := op.recorder.catalog.Type(d.Type)
	leads := string(id) == string(op.id)
	if leads || op.follows[d.Cause] {
		op.follows[id] = true
	}
	if d.Record == nil || !slices.Contains([]Action{Created, Deleted, Restored}, row.Action) {
		return
	}
	op.words[d.Record.Object] = d.Word
	op.counts[d.Record.Object]++
	if !leads && op.follows[id] && !(op.lead.Record != nil && op.lead.Record.ID == d.Record.ID) {
		if op.taken[d.Record.Object]++; op.taken[d.Record.Object] == 1 {
			op.order = append(op.order, d.Record.Object)
		}
	}
}

func (op *Operation) add(ctx context.Context, id EventID, d Draft) error {
	e, err := op.event(id, d)
	if err != nil {
		return err
	}
	if string(id) == string(op.id) && op.size > 1 {
		e.Size, e.Counts = op.size, op.counts
	}
	body := e.AppendCanonical(nil)
	if len(body) > MaxEvent {
		return errs.New(errs.TooLarge, "event_too_large", "The change makes an entry of %d bytes in the audit log; the limit is %d.", len(body), MaxEvent).
			WithFix("Change fewer or smaller fields at once.")
	}
	op.buffer = append(op.buffer, Encoded{e, body})
	if len(op.buffer) >= flushAt {
		return op.flush(ctx)
	}
	return nil
}

func (op *Operation) flush(ctx context.Context) error {
	if len(op.buffer) == 0 {
		return nil
	}
	err := op.to.AppendEvents(ctx, op.buffer)
	clear(op.buffer)
	op.buffer = op.buffer[:0]
	return err
}

// Close writes the leading event and whatever is still held. An operation without events writes nothing.
func (op *Operation) Close(ctx context.Context) error {
	if op.lead == nil {
		return nil
	}
	if err := op.add(ctx, EventID(op.id), *op.lead); err != nil {
		return err
	}
	return op.flush(ctx)
}

func (op *Operation) event(id EventID, d Draft) (*Event, error) {
	row, ok := op.recorder.catalog.Type(d.Type)
	if !ok {
		return nil, errs.New(errs.Internal, "unknown_event_type", "The event type %s is not in the catalog.", d.Type)
	}
	e := &Event{
		ID: id, Account: op.origin.Account, OccurredAt: op.now, RecordedAt: op.now,
		Actor: op.origin.Actor, Channel: op.origin.Channel, Module: row.Module, Type: d.Type, Action: row.Action,
		Outcome: d.Outcome, Record: d.Record, Related: d.Related, Changes: make([]Change, len(d.Changes)),
		Operation: op.id, Cause: d.Cause, UndoOf: d.UndoOf, Context: op.origin.Context,
	}
	if e.Outcome == "" {
		e.Outcome = Success
	}
	if e.Cause == "" {
		e.Cause = op.origin.Cause
	}
	for i, c := range d.Changes {
		e.Changes[i] = admit(c)
		// An event without a leaf would stop the account's ledger for good.
		if !c.Before.Valid() || !c.After.Valid() {
			return nil, errs.New(errs.Internal, "invalid_value", "A value of the field %s is not in its canonical form.", c.Field)
		}
	}
	w := wording{object: d.Word.One, note: d.Note}
	if string(id) == string(op.id) {
		w.taken = op.takenText()
	}
	e.Description = describe(row.Template, e, w)
	return e, nil
}

// takenText says what the leading event's deletion or restoration took along.
func (op *Operation) takenText() string {
	if len(op.order) == 0 {
		return ""
	}
	objects := slices.Clone(op.order)
	slices.SortStableFunc(objects, func(a, b string) int { return op.taken[a] - op.taken[b] }) // stages before opportunities
	items := make([]string, len(objects))
	for i, object := range objects {
		items[i] = op.words[object].Count(op.taken[object])
	}
	return " with " + joinAnd(items)
}

// Count says a number of records in words: "1 stage", "12,400 opportunities".
func (w Word) Count(n int) string {
	if n == 1 {
		return "1 " + w.One
	}
	return Thousands(n) + " " + w.Many
}

// Thousands writes n with commas.
func Thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// admit lets a change into the log: without values when the field is secret, with the head of a value that is too long.
func admit(c Change) Change {
	if c.Secret {
		c.Before, c.After, c.BeforeText, c.AfterText = None, None, "", ""
		return c
	}
	c.Before, c.After = limit(c.Before), limit(c.After)
	c.BeforeText, c.AfterText = cut(c.BeforeText, KeptOfValue), cut(c.AfterText, KeptOfValue)
	return c
}

// limit replaces a value over MaxValue by {"cut":true,"bytes":N,"sha256":HEX,"head":TEXT}.
func limit(v Value) Value {
	if len(v) <= MaxValue {
		return v
	}
	text := v.Text()
	if len(text) <= MaxValue {
		return v
	}
	sum := sha256.Sum256([]byte(text))
	b := append([]byte(`{"cut":true,"bytes":`), strconv.Itoa(len(text))...)
	b = append(b, `,"sha256":"`...)
	b = hex.AppendEncode(b, sum[:])
	b = AppendString(append(b, `","head":`...), cut(text, KeptOfValue))
	return Value(append(b, '}'))
}

// cut keeps the first n bytes of s, whole characters only.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// One records a single event as an operation of its own.
func (r *Recorder) One(ctx context.Context, to Appender, origin Origin, d Draft) (EventID, error) {
	op := r.Begin(to, origin)
	id, err := op.Record(ctx, d)
	if err != nil {
		return "", err
	}
	return id, op.Close(ctx)
}
