package crm

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// Operation is one act through the write door: one or many writes in one transaction, with their events. It is not
// safe for concurrent use, and a failed write leaves it fit only to be given up: return the error from the function
// that Do runs. Two exceptions: errs.Invalid and unique values that are taken are found before anything is written,
// so an import may go on with the next row.
type Operation struct {
	engine *Engine
	tx     Tx
	schema *Schema
	caller audit.Caller
	log    *audit.Operation
	// known remembers records that references were checked against, so that thousands of rows do not look up the
	// same pipeline. gone are the records that this operation deleted and that something could point at: what follows
	// from their deletion still names them.
	known map[audit.RecordID]*audit.Ref
	// owners are what the known and the gone ones belong to, without names.
	owners map[audit.RecordID][]audit.Ref
	gone   map[audit.RecordID]*audit.Ref
	moves  []move
	// redefined is set when the operation changed a definition.
	redefined bool
	// zone is that of the account, nil until a time is worded.
	zone *time.Location
	// same holds references that count as unchanged when they go from the key to the value; see SameFor.
	same map[audit.RecordID]audit.RecordID
}

// knownMost bounds Operation.known.
const knownMost = 20_000

// ID is the operation's id.
func (op *Operation) ID() audit.OperationID { return op.log.ID() }

// Log is the operation's events, for those who add some of their own (an import's or a restore's leading event).
func (op *Operation) Log() *audit.Operation { return op.log }

// Tx is the operation's transaction, for a Consequence.
func (op *Operation) Tx() Tx { return op.tx }

// written lets the object's consequences follow.
func (op *Operation) written(ctx context.Context, o *Object, w Written) error {
	for _, then := range []Consequence{o.Then, op.engine.follow[o.Key]} {
		if then == nil {
			continue
		}
		if err := then(ctx, op, w); err != nil {
			return err
		}
	}
	return nil
}

// Caller is who acts.
func (op *Operation) Caller() audit.Caller { return op.caller }

// close writes what is left to write.
func (op *Operation) close(ctx context.Context) error {
	if err := op.recordMoves(ctx); err != nil {
		return err
	}
	return op.log.Close(ctx)
}

// writable returns the object if the caller may write it.
func (op *Operation) writable(object string) (*Object, error) {
	o, err := op.schema.Object(object)
	if err != nil {
		return nil, err
	}
	return o, op.schema.mayWrite(op.caller, o)
}

// MayWrite is the error of a caller who may not write records of o. Who sees only what is assigned to them writes
// nothing that belongs to nobody: others' records stand in it.
func (e *Engine) MayWrite(caller audit.Caller, o *Object) error {
	return e.Schema(caller.Account).mayWrite(caller, o)
}

func (s *Schema) mayWrite(caller audit.Caller, o *Object) error {
	need := o.WriteWith
	if need == "" {
		need = audit.RecordsWrite
	}
	if !caller.May(need) {
		return errs.MissingPermission(string(need), "change "+o.Word().Many)
	}
	if caller.OnlyAssigned() && o.WriteWith == "" && s.assigned(caller, o) == nil {
		return notTheirs("change " + o.Word().Many)
	}
	return nil
}

// notTheirs refuses what somebody who sees only their own records would do to those of others.
func notTheirs(what string) error {
	e := errs.New(errs.Forbidden, "forbidden", "Who sees only the records assigned to them cannot %s.", what)
	e.Permission = "records of others"
	return e.WithFix("Ask somebody who sees all records to do it.")
}

// refersTo reports whether the caller may point at a record: it must be there, and they must see it.
func (op *Operation) refersTo(ctx context.Context, object string, id audit.RecordID) (bool, error) {
	o, err := op.schema.Object(object)
	if err != nil {
		return false, err
	}
	if op.schema.assigned(op.caller, o) == nil {
		ref, err := op.lookup(ctx, object, id)
		return ref != nil, err
	}
	rows, err := op.tx.Rows(ctx, object, []audit.RecordID{id})
	if err != nil || len(rows) == 0 {
		return false, err
	}
	return op.schema.sees(ctx, op.tx, op.caller, o, &rows[0].Record)
}

// Create makes a record; cause is "" but for what follows from another event.
func (op *Operation) Create(ctx context.Context, object string, in Input) (*Record, error) {
	return op.CreateBecause(ctx, object, in, "")
}

// CreateBecause makes a record as a consequence of the event cause.
func (op *Operation) CreateBecause(ctx context.Context, object string, in Input, cause audit.EventID) (*Record, error) {
	o, err := op.writable(object)
	if err != nil {
		return nil, err
	}
	row, err := op.newRow(ctx, o, in)
	if err != nil {
		return nil, err
	}
	rec := row.Record
	if err := op.check(ctx, o, nil, &row); err != nil {
		return nil, err
	}
	changes, err := op.changes(ctx, o, nil, &rec)
	if err != nil {
		return nil, err
	}
	if err := op.tx.Insert(ctx, []Row{row}); err != nil {
		return nil, err
	}
	op.remember(&rec)
	event, err := op.recordBirth(ctx, o, &rec, changes, cause)
	if err != nil {
		return nil, err
	}
	return &rec, op.written(ctx, o, Written{After: &rec, Event: event})
}

// newRow is the row of a record that is about to be made.
func (op *Operation) newRow(ctx context.Context, o *Object, in Input) (Row, error) {
	fields, secrets, err := o.normalizeInput(in)
	if err != nil {
		return Row{}, err
	}
	for i := range o.Fields {
		f := &o.Fields[i]
		if _, given := in[f.Key]; !given && f.Default != "" {
			fields[f.Key], _ = f.normalize(f.TextInput(f.Default))
		}
	}
	if a := op.schema.assigned(op.caller, o); a != nil && a.Via == "" && fields[a.Field] == audit.None {
		fields[a.Field] = audit.String(string(a.To)) // what one makes stays visible to oneself
	}
	now := op.log.Now()
	rec := Record{Object: o.Key, ID: op.engine.recorder.NewID(), Version: 1, CreatedAt: now, UpdatedAt: now, Fields: withoutNone(fields)}
	if err := op.fill(ctx, o, nil, &rec); err != nil {
		return Row{}, err
	}
	row := o.row(rec)
	row.Secrets = secrets
	return row, nil
}

// Update changes the given fields; see Engine.Update.
func (op *Operation) Update(ctx context.Context, object string, id audit.RecordID, in Input, version int64) (*Record, error) {
	return op.UpdateBecause(ctx, object, id, in, version, "", "")
}

// UpdateBecause changes the given fields as a consequence of the event cause, and, when undoOf is given, to take that
// event back.
func (op *Operation) UpdateBecause(ctx context.Context, object string, id audit.RecordID, in Input, version int64, cause, undoOf audit.EventID) (*Record, error) {
	o, err := op.writable(object)
	if err != nil {
		return nil, err
	}
	rec, err := op.schema.visible(ctx, op.tx, op.caller, o, id)
	if err != nil {
		return nil, err
	}
	if version != 0 && version != rec.Version {
		return nil, errs.New(errs.Stale, "version_conflict", "Somebody changed this %s in the meantime: it has version %d, you saw version %d.", o.Word().One, rec.Version, version).
			WithFix("Read it again, look at what changed, and repeat your change on version %d.", rec.Version)
	}
	fields, secrets, err := o.normalizeInput(in)
	if err != nil {
		return nil, err
	}
	return op.update(ctx, o, rec, fields, secrets, link{cause: cause, undoOf: undoOf})
}

// link ties an event to others.
type link struct{ cause, undoOf audit.EventID }

// update writes the record with fields laid over its own.
func (op *Operation) update(ctx context.Context, o *Object, before *Record, fields map[string]audit.Value, secrets map[string]string, l link) (*Record, error) {
	merged := maps.Clone(before.Fields)
	maps.Copy(merged, fields)
	after := *before
	after.Fields = withoutNone(merged)
	if err := op.fill(ctx, o, before, &after); err != nil {
		return nil, err
	}
	if maps.Equal(before.Fields, after.Fields) && len(secrets) == 0 {
		return before, nil
	}
	after.Version++
	after.UpdatedAt = op.log.Now()
	was, row := o.row(*before), o.row(after)
	row.Secrets = secrets
	if err := op.check(ctx, o, &was, &row); err != nil {
		return nil, err
	}
	changes, err := op.changes(ctx, o, before, &after)
	if err != nil {
		return nil, err
	}
	changes = append(changes, secretChanges(o, secrets)...)
	if len(changes) == 0 {
		return nil, fmt.Errorf("crm: the %s %s would change without an event", o.Key, after.ID)
	}
	if err := op.tx.Update(ctx, was, row); err != nil {
		return nil, err
	}
	op.remember(&after)
	event, err := op.recordUpdate(ctx, o, &after, changes, l)
	if err != nil {
		return nil, err
	}
	return &after, op.written(ctx, o, Written{Before: before, After: &after, Event: event})
}

// secretChanges says that secrets changed, without saying from what to what.
func secretChanges(o *Object, secrets map[string]string) []audit.Change {
	var changes []audit.Change
	for i := range o.Fields {
		f := &o.Fields[i]
		if _, ok := secrets[f.Key]; ok {
			changes = append(changes, audit.Change{Field: f.Key, Label: f.Label, Secret: true})
		}
	}
	return changes
}

// Restoration is a deleted record as it comes back.
type Restoration struct {
	Object    string
	ID        audit.RecordID
	Version   int64 // it had when it was deleted
	CreatedAt time.Time
	Fields    map[string]audit.Value
	UndoOf    audit.EventID // its deletion
	Cause     audit.EventID
}

// Restore brings a deleted record back with its id, its fields and the time of its creation. References to records
// that are restored later in the same operation are for the caller to have checked; all else is checked as in Create, but
// for secrets that are required: the log does not hold them.
func (op *Operation) Restore(ctx context.Context, r Restoration, coming func(audit.RecordID) bool) (*Record, error) {
	o, err := op.schema.Object(r.Object)
	if err != nil {
		return nil, err
	}
	if err := op.schema.mayTakeBack(op.caller, o); err != nil {
		return nil, err
	}
	rec := Record{Object: r.Object, ID: r.ID, Version: r.Version + 1, CreatedAt: r.CreatedAt, UpdatedAt: op.log.Now(), Fields: withoutNone(r.Fields)}
	if err := op.fill(ctx, o, nil, &rec); err != nil {
		return nil, err
	}
	row := o.row(rec)
	if err := op.checkRow(ctx, o, nil, &row, checking{coming: coming, back: true}); err != nil {
		return nil, err
	}
	changes, err := op.changes(ctx, o, nil, &rec)
	if err != nil {
		return nil, err
	}
	if err := op.tx.Insert(ctx, []Row{row}); err != nil {
		return nil, err
	}
	op.remember(&rec)
	event, err := op.record(ctx, o, o.Verb(audit.Restored), &rec, rec.refWithCreation(), changes, link{cause: r.Cause, undoOf: r.UndoOf})
	if err != nil {
		return nil, err
	}
	return &rec, op.written(ctx, o, Written{After: &rec, Event: event})
}

// mayTakeBack asks for the permission of an object that has one of its own (staff): who may restore records may not
// thereby give anybody rights. Nor may they set a workflow going, which changes records in their place.
func (s *Schema) mayTakeBack(caller audit.Caller, o *Object) error {
	if o.Acts && !caller.May(audit.RecordsWrite) {
		return errs.MissingPermission(string(audit.RecordsWrite), "restore "+o.Word().Many+" or undo their changes: they change records by themselves")
	}
	if o.WriteWith == "" {
		return nil
	}
	return s.mayWrite(caller, o)
}

// MayTakeBack is the error of a caller who may restore, but no records of this object, or no definitions. An object that is not
// there is for the plan to name.
func (s *Schema) MayTakeBack(caller audit.Caller, object string) error {
	if _, ok := DefinitionWord(object); ok {
		return MayDefine(caller)
	}
	o, err := s.Object(object)
	if err != nil {
		return nil
	}
	return s.mayTakeBack(caller, o)
}

// SetFields puts values that the log holds back into a record, checked as in Update, as a consequence of cause and to
// take the event undoOf back. Who may restore may do it, but for objects with a permission of their own and those that act.
func (op *Operation) SetFields(ctx context.Context, object string, id audit.RecordID, fields map[string]audit.Value, cause, undoOf audit.EventID) (*Record, error) {
	o, err := op.schema.Object(object)
	if err != nil {
		return nil, err
	}
	if err := op.schema.mayTakeBack(op.caller, o); err != nil {
		return nil, err
	}
	rows, err := op.tx.Rows(ctx, object, []audit.RecordID{id})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, notFound(o)
	}
	return op.update(ctx, o, &rows[0].Record, fields, nil, link{cause: cause, undoOf: undoOf})
}

// Expect makes the name of a record known that a later Restore of this operation brings back, for the texts of the
// records before it.
func (op *Operation) Expect(ref *audit.Ref) { op.gone[ref.ID] = ref }

// Referable reports whether references can point at records of this object.
func (s *Schema) Referable(object string) bool { return len(s.referrers[object]) > 0 }

func withoutNone(fields map[string]audit.Value) map[string]audit.Value {
	maps.DeleteFunc(fields, func(_ string, v audit.Value) bool { return v == audit.None })
	return fields
}

// remember keeps a record's name for the references to it.
func (op *Operation) remember(rec *Record) {
	delete(op.gone, rec.ID)
	if len(op.known) >= knownMost {
		for id := range op.known {
			delete(op.owners, id)
		}
		clear(op.known)
	}
	op.known[rec.ID] = rec.Ref()
	op.noteOwners(rec)
}

// noteOwners remembers what a record belongs to: what it cannot be without.
func (op *Operation) noteOwners(rec *Record) {
	delete(op.owners, rec.ID)
	o := op.schema.byKey[rec.Object]
	if o == nil {
		return
	}
	for i := range o.Fields {
		f := &o.Fields[i]
		if v := rec.Fields[f.Key]; f.Type == RefType && f.Required && f.Key != o.Assignee && v != audit.None {
			op.owners[rec.ID] = append(op.owners[rec.ID], audit.Ref{Object: f.Object, ID: audit.RecordID(v.Text())})
		}
	}
}

// lookup returns the record that a reference points at, nil when there is none.
func (op *Operation) lookup(ctx context.Context, object string, id audit.RecordID) (*audit.Ref, error) {
	if ref := op.known[id]; ref != nil && ref.Object == object {
		return ref, nil
	}
	rows, err := op.tx.Rows(ctx, object, []audit.RecordID{id})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	op.remember(&rows[0].Record)
	return op.known[id], nil
}

// named is lookup for texts: it knows what the operation itself deleted, too.
func (op *Operation) named(ctx context.Context, object string, id audit.RecordID) (*audit.Ref, error) {
	if ref := op.gone[id]; ref != nil {
		return ref, nil
	}
	return op.lookup(ctx, object, id)
}

// check validates a row that is about to be written: what is required, what is referred to, what must be unique, and
// the object's own rule. before is nil for a new record.
func (op *Operation) check(ctx context.Context, o *Object, before, after *Row) error {
	return op.checkRow(ctx, o, before, after, checking{coming: func(audit.RecordID) bool { return false }})
}

// checking is what a check must know of the operation around the write.
type checking struct {
	coming func(audit.RecordID) bool // whether a reference is to a record that is made later
	back   bool                      // the record comes back
}

// lacks reports whether a required field without a value is a mistake. No event holds a secret, so a record comes back
// without it, and stays usable until somebody gives it anew.
func (c checking) lacks(f *Field, before *Row) bool {
	return f.Required && (f.Type != Secret || !c.back && (before == nil || before.Fields[f.Key] != audit.None))
}

func (op *Operation) checkRow(ctx context.Context, o *Object, before, after *Row, around checking) error {
	var mistakes []errs.Field
	for i := range o.Fields {
		f := &o.Fields[i]
		v := after.Fields[f.Key]
		if v == audit.None {
			if around.lacks(f, before) {
				mistakes = append(mistakes, errs.Field{Field: f.Key, Code: "required", Detail: f.Label + " must be given."})
			}
			continue
		}
		if f.Type != RefType || before != nil && before.Fields[f.Key] == v || around.coming(audit.RecordID(v.Text())) {
			continue
		}
		there, err := op.refersTo(ctx, f.Object, audit.RecordID(v.Text()))
		if err != nil {
			return err
		}
		if !there {
			target := op.schema.byKey[f.Object]
			mistakes = append(mistakes, errs.Field{Field: f.Key, Code: "missing_reference", Detail: fmt.Sprintf("%s points at a %s that does not exist.", f.Label, target.Word().One)})
		}
	}
	if err := errs.InvalidFields(mistakes); err != nil {
		return err
	}
	if o.Single && before == nil {
		if err := op.checkFirst(ctx, o); err != nil {
			return err
		}
	}
	if o.Check != nil {
		w := &Write{op: op, Object: o, After: &after.Record, coming: around.coming, secrets: after.Secrets}
		if before != nil {
			w.Before = &before.Record
		}
		if err := o.Check(ctx, w); err != nil {
			return err
		}
	}
	return op.checkUnique(ctx, o, before, after)
}

func (op *Operation) checkUnique(ctx context.Context, o *Object, before, after *Row) error {
	for _, key := range after.Keys {
		if before != nil && slices.Contains(before.Keys, key) {
			continue
		}
		holder, err := op.tx.Holder(ctx, key)
		if err != nil {
			return err
		}
		if holder != "" && holder != after.ID {
			f, _ := o.Field(key.Field)
			return uniqueTaken(o, f, after.Fields[key.Field])
		}
	}
	return nil
}

func uniqueTaken(o *Object, f *Field, v audit.Value) error {
	where := ""
	if f.UniqueWithin != "" {
		if parent, ok := o.Field(f.UniqueWithin); ok {
			where = " in this " + parent.Label
		}
	}
	detail := fmt.Sprintf("Another %s%s has the %s %s.", o.Word().One, where, f.Label, audit.Quote(v.Text()))
	e := errs.New(errs.Conflict, "unique_taken", "%s", detail).WithFix("Choose another value, or change the other %s.", o.Word().One)
	e.Fields = []errs.Field{{Field: f.Key, Code: "unique_taken", Detail: detail}}
	return e
}

// Check is an object's own rule. It sees a write before it happens and returns the error that refuses it.
type Check func(ctx context.Context, w *Write) error

// Write is one write as a Check sees it.
type Write struct {
	op      *Operation
	coming  func(audit.RecordID) bool
	Object  *Object
	Before  *Record           // nil when the record is made or comes back
	After   *Record           // nil when it is deleted
	secrets map[string]string // that it sets
}

// Caller is who writes.
func (w *Write) Caller() audit.Caller { return w.op.caller }

// Schema is the objects of the account.
func (w *Write) Schema() *Schema { return w.op.schema }

// Changed reports whether a field is changed by the write.
func (w *Write) Changed(field string) bool {
	var before, after audit.Value
	if w.Before != nil {
		before = w.Before.Fields[field]
	}
	if w.After != nil {
		after = w.After.Fields[field]
	}
	return before != after && !w.follows(field, before, after)
}

// GivesSecret reports whether the write comes with the value of a secret field. One that the log puts back never does.
func (w *Write) GivesSecret(field string) bool { return w.secrets[field] != "" }

// follows reports whether a reference goes over from a record to the one that it became.
func (w *Write) follows(field string, before, after audit.Value) bool {
	if len(w.op.same) == 0 || before == audit.None || after == audit.None {
		return false
	}
	f, ok := w.Object.Field(field)
	return ok && f.Type == RefType && string(w.op.same[audit.RecordID(before.Text())]) == after.Text()
}

// Now is the time of the operation, as a DateTime holds it.
func (w *Write) Now() audit.Value { return audit.String(w.op.log.Now().Format(TimeLayout)) }

// Coming reports whether a record is not there yet but is restored by the same operation.
func (w *Write) Coming(id audit.RecordID) bool { return w.coming(id) }

// Record returns a record as it is inside the operation, nil when there is none.
func (w *Write) Record(ctx context.Context, object string, id audit.RecordID) (*Record, error) {
	rows, err := w.op.tx.Rows(ctx, object, []audit.RecordID{id})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0].Record, nil
}

// Find returns the first records of a query as they are inside the operation.
func (w *Write) Find(ctx context.Context, q Query) ([]*Record, error) {
	recs, _, err := w.op.tx.Find(ctx, q)
	return recs, err
}

// Tally counts and adds up the records of a query as they are inside the operation.
func (w *Write) Tally(ctx context.Context, q Query, by, sum string) ([]Group, error) {
	return w.op.tx.Tally(ctx, q, by, sum)
}

// Taken reports whether a record has the value in a unique field of the object.
func (w *Write) Taken(ctx context.Context, field, value string) (bool, error) {
	f, _ := w.Object.Field(field)
	key, _ := w.Object.UniqueKeyOf(f, map[string]audit.Value{field: audit.String(value)})
	holder, err := w.op.tx.Holder(ctx, key)
	return holder != "", err
}
