package importer

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
)

// Limits of one import.
const (
	MaxFile = 50 << 20 // bytes
	MaxRows = 200_000
)

// ServiceOptions are what a Service needs; all are required.
type ServiceOptions struct {
	Engine   *crm.Engine
	Recorder *audit.Recorder
	Runner   *jobs.Runner // NewService gives it the handler; its store's transactions are crm.Joined
	// Zone is the account's time zone, for times that do not say theirs.
	Zone func(ctx context.Context, account audit.AccountID) (*time.Location, error)
	// Renew is who asked for a job with what they may do when it runs; it refuses who has no access any more.
	Renew func(ctx context.Context, c audit.Caller) (audit.Caller, error)
}

// Service imports files into records, for people and programs. Every method asks for the permission that writing the
// object needs and is errs.Forbidden without; every one is safe for concurrent use.
//
// An import is one operation in one transaction. The rows that are good are all imported, or, when the process dies or
// something else than a row is wrong, none; the others are reported and change nothing.
type Service struct{ ServiceOptions }

// NewService returns a service and gives its handler to the runner; before Runner.Run.
func NewService(o ServiceOptions) *Service {
	s := &Service{o}
	o.Runner.Handle(Kind, jobs.Handler{Run: s.run})
	return s
}

// writable returns the object if the caller may write it.
func (s *Service) writable(c audit.Caller, object string) (*crm.Object, error) {
	o, err := s.Engine.Schema(c.Account).Object(object)
	if err != nil {
		return nil, err
	}
	return o, mayWrite(c, o)
}

func mayWrite(c audit.Caller, o *crm.Object) error {
	need := o.WriteWith
	if need == "" {
		need = audit.RecordsWrite
	}
	if !c.May(need) {
		return errs.MissingPermission(string(need), "import "+o.Word().Many)
	}
	return nil
}

// checkSize refuses a file that is too large.
func checkSize(file io.Seeker) error {
	size, err := file.Seek(0, io.SeekEnd)
	if err == nil && size > MaxFile {
		err = errs.New(errs.TooLarge, "file_too_large", "The file has more than %d MiB.", MaxFile>>20).WithFix("Split it into several files, each with the header.")
	}
	return err
}

// openWithin opens a file within the limits.
func openWithin(file io.ReadSeeker, o Options) (*File, error) {
	if err := checkSize(file); err != nil {
		return nil, err
	}
	f, err := Open(file, o)
	if err != nil {
		return nil, err
	}
	if f.Count > MaxRows {
		return nil, errs.New(errs.TooLarge, "too_many_rows", "The file has %s rows; the limit is %s.", audit.Thousands(f.Count), audit.Thousands(MaxRows)).
			WithFix("Split it into several files, each with the header.")
	}
	return f, nil
}

// takes reports whether a column can be imported into f. Lists of rows do not fit a cell, and a secret has no place in a
// file.
func takes(f *crm.Field) bool { return f.Type != crm.Rows && f.Type != crm.Secret && !f.Computed }

// fieldsFor are the fields that columns are guessed for.
func fieldsFor(o *crm.Object) []Field {
	var fields []Field
	for i := range o.Fields {
		if f := &o.Fields[i]; takes(f) {
			fields = append(fields, Field{Key: f.Key, Label: f.Label, Type: string(f.Type)})
		}
	}
	return fields
}

// wellKnown is the confidence from which on a guess is taken without asking: a name that the field is known by, on this
// object (Known) or on any (a little less).
const wellKnown = Known - 5

// only returns the only record of an object, nil when there are none or several.
func only(records []*crm.Record) *crm.Record {
	if len(records) != 1 {
		return nil
	}
	return records[0]
}

// scopeOf is the reference of o that says among which records the titles of f's target are unique: an opportunity's
// pipeline for its stage. nil when they are unique, or not, in the account.
func scopeOf(schema *crm.Schema, o *crm.Object, f *crm.Field) *crm.Field {
	within := withinOf(schema, f.Object)
	if within == nil {
		return nil
	}
	i := slices.IndexFunc(o.Fields, func(g crm.Field) bool { return g.Type == crm.RefType && g.Object == within.Object })
	if i < 0 {
		return nil
	}
	return &o.Fields[i]
}

// withinOf is the reference field of an object among whose records its titles are unique, nil for none.
func withinOf(schema *crm.Schema, object string) *crm.Field {
	target, err := schema.Object(object)
	if err != nil {
		return nil
	}
	title, ok := target.Field(target.Title[0][0])
	if !ok || title.UniqueWithin == "" {
		return nil
	}
	within, _ := target.Field(title.UniqueWithin)
	return within
}
