package crm

import (
	"context"
	"fmt"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// Engine is the write door and the way to read records.
type Engine struct {
	store    Store
	base     *Schema // the built-in objects
	schemas  schemas
	recorder *audit.Recorder
	follow   map[string]Consequence // not changed after the wiring
	zone     ZoneOf                 // nil for UTC; not changed after the wiring
}

// ZoneOf is the time zone of an account, in which the log words times.
type ZoneOf func(ctx context.Context, account audit.AccountID) (*time.Location, error)

// WordTimes lets the log word times in the zone of each account; without, it words them in UTC. It belongs to the wiring:
// before the engine is used.
func (e *Engine) WordTimes(zone ZoneOf) { e.zone = zone }

// Written is a write that was done.
type Written struct {
	Before *Record       // nil when the record was made or came back
	After  *Record       // nil when it was deleted
	Event  audit.EventID // the first event that says so
}

// Consequence is what must happen together with a write to an object beyond its records (the sessions of somebody who
// is deactivated end). It runs in the transaction of the write; an error gives the whole operation up.
type Consequence func(ctx context.Context, op *Operation, w Written) error

// Follow lets c follow every write to the object. It belongs to the wiring: before the engine is used.
func (e *Engine) Follow(object string, c Consequence) { e.follow[object] = c }

// NewEngine returns an engine whose events are made by recorder; base is the built-in objects.
func NewEngine(store Store, base *Schema, recorder *audit.Recorder) *Engine {
	return &Engine{store: store, base: base, schemas: schemas{held: map[audit.AccountID]heldSchema{}}, recorder: recorder, follow: map[string]Consequence{}}
}

// Do runs fn in one transaction as one operation of the caller. When fn returns an error, nothing of it stays. The
// operation must not be used after fn returned.
func (e *Engine) Do(ctx context.Context, caller audit.Caller, fn func(*Operation) error) error {
	changed := false
	err := e.store.WriteRecords(ctx, caller.Account, func(tx Tx) error {
		return e.In(ctx, tx, caller, func(op *Operation) error {
			err := fn(op)
			changed = op.redefined
			return err
		})
	})
	if changed {
		e.SchemaChanged(caller.Account)
	}
	return err
}

// In runs fn as one operation inside a transaction that somebody else opened: what they do beside it commits with it.
func (e *Engine) In(ctx context.Context, tx Tx, caller audit.Caller, fn func(*Operation) error) error {
	schema, err := e.SchemaIn(ctx, tx, caller.Account)
	if err != nil {
		return err
	}
	op := e.begin(tx, schema, caller)
	if err := fn(op); err != nil {
		return err
	}
	return op.close(ctx)
}

// begin is an operation at its start.
func (e *Engine) begin(tx Tx, schema *Schema, caller audit.Caller) *Operation {
	return &Operation{engine: e, tx: tx, schema: schema, caller: caller, log: e.recorder.Begin(tx, caller.Origin),
		known: map[audit.RecordID]*audit.Ref{}, owners: map[audit.RecordID][]audit.Ref{}, gone: map[audit.RecordID]*audit.Ref{}}
}

// Joined is a transaction that was opened for something else, as the end of a job, and in which records can be written too:
// both commit, or neither. Records must be asked for before the transaction writes anything.
type Joined interface {
	Records(ctx context.Context) (Tx, error)
}

// Join runs fn as one operation inside tx, which must be Joined: every transaction of a store that keeps records is. So what
// a job does and that it is done are one, and a job that runs again after a crash never does it twice.
func (e *Engine) Join(ctx context.Context, tx any, caller audit.Caller, fn func(*Operation) error) error {
	joined, ok := tx.(Joined)
	if !ok {
		return fmt.Errorf("crm: no records can be written in a %T", tx)
	}
	records, err := joined.Records(ctx)
	if err != nil {
		return err
	}
	return e.In(ctx, records, caller, fn)
}

// Create makes a record.
func (e *Engine) Create(ctx context.Context, caller audit.Caller, object string, in Input) (*Record, error) {
	var rec *Record
	err := e.Do(ctx, caller, func(op *Operation) (err error) {
		rec, err = op.Create(ctx, object, in)
		return err
	})
	return rec, err
}

// Update changes the given fields of a record. version is the one the caller saw, 0 for any; errs.Stale when the
// record has another by now. An update that changes nothing writes no event and gives no new version.
func (e *Engine) Update(ctx context.Context, caller audit.Caller, object string, id audit.RecordID, in Input, version int64) (*Record, error) {
	var rec *Record
	err := e.Do(ctx, caller, func(op *Operation) (err error) {
		rec, err = op.Update(ctx, object, id, in, version)
		return err
	})
	return rec, err
}

// Deletion is what a deletion did.
type Deletion struct {
	Operation audit.OperationID
	Counts    map[string]int // deleted records by object
}

// Delete deletes a record with all that belongs to it.
func (e *Engine) Delete(ctx context.Context, caller audit.Caller, object string, id audit.RecordID) (Deletion, error) {
	var d Deletion
	err := e.Do(ctx, caller, func(op *Operation) (err error) {
		d.Operation = op.ID()
		d.Counts, err = op.Delete(ctx, object, id)
		return err
	})
	return d, err
}

// MaxBatch is how many records one batch may name.
const MaxBatch = 10_000

// Batch is several writes to one object.
type Batch struct {
	Create []Input
	Update []BatchUpdate
	Delete []audit.RecordID
}

// BatchUpdate is one update of a batch.
type BatchUpdate struct {
	ID     audit.RecordID
	Fields Input
}

// BatchResult is what a batch did.
type BatchResult struct {
	Operation audit.OperationID
	Created   []*Record
	Updated   []*Record
	Deleted   map[string]int
}

// Batch does all writes in one operation, or none. A mistake is named by its place: "create[3].email".
func (e *Engine) Batch(ctx context.Context, caller audit.Caller, object string, b Batch) (BatchResult, error) {
	var res BatchResult
	if n := len(b.Create) + len(b.Update) + len(b.Delete); n == 0 || n > MaxBatch {
		return res, errs.New(errs.Invalid, "batch_size", "The batch has %s writes; it needs 1 to %s.", audit.Thousands(n), audit.Thousands(MaxBatch)).
			WithFix("Split it into several batches.")
	}
	err := e.Do(ctx, caller, func(op *Operation) error {
		res = BatchResult{Operation: op.ID(), Deleted: map[string]int{}}
		for i, in := range b.Create {
			rec, err := op.Create(ctx, object, in)
			if err != nil {
				return at("create", i, err)
			}
			res.Created = append(res.Created, rec)
		}
		for i, u := range b.Update {
			rec, err := op.Update(ctx, object, u.ID, u.Fields, 0)
			if err != nil {
				return at("update", i, err)
			}
			res.Updated = append(res.Updated, rec)
		}
		counts, err := op.DeleteAll(ctx, object, b.Delete)
		res.Deleted = counts
		return err
	})
	return res, err
}

// at adds the place in a batch to an error.
func at(list string, i int, err error) error {
	e := *errs.Of(err)
	place := fmt.Sprintf("%s[%d]", list, i)
	e.Detail = place + ": " + e.Detail
	fields := make([]errs.Field, len(e.Fields))
	for n, f := range e.Fields {
		f.Field = place + "." + f.Field
		fields[n] = f
	}
	e.Fields = fields
	return &e
}

// Record returns a record. errs.NotFound when the account has none of this id or the caller may not see it, errs.Gone
// when it was deleted.
func (e *Engine) Record(ctx context.Context, caller audit.Caller, object string, id audit.RecordID) (*Record, error) {
	s := e.Schema(caller.Account)
	o, err := s.readable(caller, object)
	if err != nil {
		return nil, err
	}
	var rec *Record
	err = e.store.ReadRecords(ctx, caller.Account, func(v View) error {
		rec, err = s.visible(ctx, v, caller, o, id)
		return err
	})
	return rec, err
}

func (s *Schema) readable(caller audit.Caller, object string) (*Object, error) {
	o, err := s.Object(object)
	if err != nil {
		return nil, err
	}
	if !caller.May(audit.RecordsRead) {
		return nil, errs.MissingPermission(string(audit.RecordsRead), "see "+o.Word().Many)
	}
	return o, nil
}

// visible returns the record if the caller may see it.
func (s *Schema) visible(ctx context.Context, v View, caller audit.Caller, o *Object, id audit.RecordID) (*Record, error) {
	rows, err := v.Rows(ctx, o.Key, []audit.RecordID{id})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, absent(ctx, v, o, id, caller)
	}
	rec := &rows[0].Record
	if seen, err := s.sees(ctx, v, caller, o, rec); err != nil {
		return nil, err
	} else if !seen {
		return nil, notFound(o)
	}
	return rec, nil
}

func notFound(o *Object) *errs.Error {
	return errs.New(errs.NotFound, "not_found", "There is no such %s.", o.Word().One)
}

// absent tells a deleted record from one that never was. Who sees only what is assigned to them learns nothing of the
// others, not even that they were deleted.
func absent(ctx context.Context, v View, o *Object, id audit.RecordID, caller audit.Caller) error {
	if caller.OnlyAssigned() || !audit.ValidID(id) {
		return notFound(o)
	}
	stored, err := v.Deletion(ctx, id)
	if errs.Is(err, errs.NotFound) {
		return notFound(o)
	}
	if err != nil {
		return err
	}
	ev, err := stored.Event()
	if err != nil {
		return err
	}
	if ev.Record == nil || ev.Record.Object != o.Key {
		return notFound(o)
	}
	if into := o.MergedInto(ev); into != nil {
		gone := errs.New(errs.Gone, "deleted", "The %s %s was merged into %s on %s.", o.Word().One, audit.Quote(ev.Record.Name), audit.Quote(into.Name), ev.OccurredAt.Format("2 January 2006")).
			WithFix("Use %s (%s). Who may restore can part the two again from Settings > Audit Logs (event %s).", audit.Quote(into.Name), into.ID, ev.Cause)
		gone.Extra = map[string]any{MergedIntoKey: into}
		return gone
	}
	return errs.New(errs.Gone, "deleted", "The %s %s was deleted on %s.", o.Word().One, audit.Quote(ev.Record.Name), ev.OccurredAt.Format("2 January 2006")).
		WithFix("Who may restore can bring it back from Settings > Audit Logs (event %s).", ev.ID)
}

// assigned is how a query of o must be narrowed for the caller, nil for not at all. An object without an assignee
// follows the record it belongs to: the one that it goes with (a note with its contact), or that cannot go while it is
// there (a contact with its invoices). One that belongs to nothing is seen by all. Whom a built-in object belongs to is not
// for its custom fields to say.
func (s *Schema) assigned(caller audit.Caller, o *Object) *Assigned {
	if !caller.OnlyAssigned() {
		return nil
	}
	me := audit.RecordID(caller.Self())
	if o.Assignee != "" {
		return &Assigned{To: me, Field: o.Assignee}
	}
	for i := range o.Fields {
		f := &o.Fields[i]
		if f.Type != RefType || f.OnDelete == Clear || f.Custom() && !o.Custom {
			continue
		}
		if parent := s.byKey[f.Object]; parent.Assignee != "" {
			return &Assigned{To: me, Field: parent.Assignee, Via: f.Key}
		}
	}
	return nil
}

func assignedTo(ctx context.Context, v View, o *Object, rec *Record, a *Assigned) (bool, error) {
	if a.Via == "" {
		return rec.Fields[a.Field].Text() == string(a.To), nil
	}
	via, _ := o.Field(a.Via)
	rows, err := v.Rows(ctx, via.Object, []audit.RecordID{audit.RecordID(rec.Fields[a.Via].Text())})
	if err != nil || len(rows) == 0 {
		return false, err
	}
	return rows[0].Fields[a.Field].Text() == string(a.To), nil
}

// Find returns the caller's page of records.
func (e *Engine) Find(ctx context.Context, caller audit.Caller, q Query) ([]*Record, *Position, error) {
	s := e.Schema(caller.Account)
	o, err := s.readable(caller, q.Object.Key)
	if err != nil {
		return nil, nil, err
	}
	q.Assigned = s.assigned(caller, o)
	var recs []*Record
	var next *Position
	err = e.store.ReadRecords(ctx, caller.Account, func(v View) (err error) {
		recs, next, err = v.Find(ctx, q)
		return err
	})
	return recs, next, err
}

// Tally counts the caller's records by a field.
func (e *Engine) Tally(ctx context.Context, caller audit.Caller, q Query, by, sum string) ([]Group, error) {
	s := e.Schema(caller.Account)
	o, err := s.readable(caller, q.Object.Key)
	if err != nil {
		return nil, err
	}
	q.Assigned = s.assigned(caller, o)
	var groups []Group
	err = e.store.ReadRecords(ctx, caller.Account, func(v View) (err error) {
		groups, err = v.Tally(ctx, q, by, sum)
		return err
	})
	return groups, err
}

// Names returns the names of records by their ids; those that are gone, or that the caller may not see, are missing. It
// is what lists show for references.
func (e *Engine) Names(ctx context.Context, caller audit.Caller, object string, ids []audit.RecordID) (map[audit.RecordID]string, error) {
	s := e.Schema(caller.Account)
	o, err := s.Object(object)
	if err != nil {
		return nil, err
	}
	names := make(map[audit.RecordID]string, len(ids))
	if !caller.May(audit.RecordsRead) {
		return names, nil
	}
	err = e.store.ReadRecords(ctx, caller.Account, func(v View) error {
		rows, err := v.Rows(ctx, object, ids)
		if err != nil {
			return err
		}
		for _, r := range rows {
			seen, err := s.sees(ctx, v, caller, o, &r.Record)
			if err != nil {
				return err
			}
			if seen {
				names[r.ID] = r.Name
			}
		}
		return nil
	})
	return names, err
}

// sees reports whether the caller may see a record that is there.
func (s *Schema) sees(ctx context.Context, v View, caller audit.Caller, o *Object, rec *Record) (bool, error) {
	a := s.assigned(caller, o)
	if a == nil {
		return true, nil
	}
	return assignedTo(ctx, v, o, rec, a)
}
