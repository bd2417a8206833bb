package crm

import (
	"context"

	"github.com/backtrail/backtrail/audit"
)

// Store keeps the records of all accounts.
type Store interface {
	// WriteRecords runs fn in one transaction of the account. What fn did is durable when it returns nil; when it
	// returns an error, or the process dies, none of it is. fn may be run on its own only: it must not write by
	// another way while it runs, and it may be run again from its start when nothing of the first time stayed.
	WriteRecords(ctx context.Context, account audit.AccountID, fn func(Tx) error) error
	// ReadRecords runs fn on one consistent state of the account.
	ReadRecords(ctx context.Context, account audit.AccountID, fn func(View) error) error
}

// View reads an account's records as of one moment.
type View interface {
	// Rows returns those of the records that exist, in no order.
	Rows(ctx context.Context, object string, ids []audit.RecordID) ([]Row, error)
	// Find returns records in the order that q asks for, and where the next page starts (nil at the end).
	Find(ctx context.Context, q Query) ([]*Record, *Position, error)
	// Tally counts the records that q finds by the value of a field, and adds up the money in another ("" for none).
	// The query's order, place and limit do not matter.
	Tally(ctx context.Context, q Query, by, sum string) ([]Group, error)
	// Holder returns the record that has a unique value, "" for none.
	Holder(ctx context.Context, key UniqueKey) (audit.RecordID, error)
	// Referrers returns the links of field of object that point at one of the targets, ordered by the referring
	// record's id and behind after, at most limit.
	Referrers(ctx context.Context, object, field string, targets []audit.RecordID, after audit.RecordID, limit int) ([]Incoming, error)
	// Deletion returns the last event that deleted this record; errs.NotFound when it was never deleted.
	Deletion(ctx context.Context, id audit.RecordID) (audit.Stored, error)
	DefinitionView
}

// DefinitionView reads what an account's administrators defined.
type DefinitionView interface {
	// SchemaVersion tells whether definitions changed since they were read; "" when there never were any.
	SchemaVersion(ctx context.Context) (SchemaVersion, error)
	// Definitions returns all of the account, in no order.
	Definitions(ctx context.Context) ([]Definition, error)
}

// Tx writes an account's records and events; it sees its own writes.
type Tx interface {
	View
	writer
}

// writer is what of a Tx writes.
type writer interface {
	audit.Appender
	// Insert adds records. errs.Conflict with the code id_taken or unique_taken when one cannot be.
	Insert(ctx context.Context, rows []Row) error
	// Update replaces a record; before is what Rows gave. errs.Conflict unique_taken when it cannot be.
	Update(ctx context.Context, before, after Row) error
	// Delete removes records that Rows gave, with everything kept beside them.
	Delete(ctx context.Context, rows []Row) error
	DefinitionTx
}

// DefinitionTx writes definitions.
type DefinitionTx interface {
	// PutDefinition adds a definition (was 0) or replaces the one of version was; errs.Stale when there is another by now.
	PutDefinition(ctx context.Context, d Definition, was int64) error
	// DeleteDefinition removes the definition of version was; errs.Stale when there is another by now.
	DeleteDefinition(ctx context.Context, object string, was int64) error
	// PutSchemaVersion says that definitions changed.
	PutSchemaVersion(ctx context.Context, v SchemaVersion) error
}

// Incoming is a link that points at a record.
type Incoming struct {
	ID     audit.RecordID // of the referring record
	Target audit.RecordID
}

// Group is the records with one value of a field.
type Group struct {
	Key   string // the value, "" for those without
	Count int
	Sum   string // a decimal, "0.00" where there is nothing to add
}

// Query asks for records of one object.
type Query struct {
	Object *Object
	// Words must all occur in the record's name or its short texts; they are in small letters.
	Words []string
	Where []Condition
	// Sort is a field, or one of "name", "created_at", "updated_at".
	Sort  string
	Desc  bool
	After *Position
	Limit int
	// Assigned narrows to the records that a person is assigned to.
	Assigned *Assigned
}

// Condition asks for records whose field has one of the values; "" asks for those without one.
//
// With From or Before it asks for a range instead: a value from From on and before Before, "" for no bound. Both are in
// the form that records have values in, and compare as the order of a query does. It is for dates, times and numbers.
type Condition struct {
	Field  *Field
	Values []string
	From   string
	Before string
}

// Assigned narrows a query to what is assigned to one person: by the object's own field, or by the one of the record
// that Via points at.
type Assigned struct {
	To    audit.RecordID
	Field string // of the object, or of what Via points at
	Via   string // a reference field, "" for the object's own
}

// Position is a place in the order of a query.
type Position struct {
	Value string
	ID    audit.RecordID
}
