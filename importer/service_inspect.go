package importer

import (
	"context"
	"io"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// Inspection is what a file looks like, for the person who maps its columns.
type Inspection struct {
	Object    string
	Encoding  Encoding
	Delimiter rune
	Rows      int
	Columns   []InspectedColumn
	Warnings  []Warning
	// Missing are the required fields that no column is guessed for and that nothing else fills.
	Missing []Field
}

// InspectedColumn is one column, with the guess of its field.
type InspectedColumn struct {
	Name       string
	Samples    []string
	Filled     int    // rows with a value
	Field      string // the guess, "" for none
	Confidence Confidence
	// Taken says that the guess is good enough to be taken without asking; see Request.Mapping.
	Taken bool
	// Dates says how many of its values are dates, and DateFormat how they are read. DateProblem, when it is not "", says why
	// that is open, and what to do.
	Dates       int
	DateFormat  DateFormat
	DateProblem string
	// Numbers says how many of its values are numbers, NumberStyle how they are read, and NumberSure whether the column
	// itself shows it.
	Numbers     int
	NumberStyle NumberStyle
	NumberSure  bool
}

// Inspect reads the file once and guesses what its columns are. Its errors are those of Open, errs.TooLarge, and
// errs.NotFound for an unknown object.
func (s *Service) Inspect(ctx context.Context, c audit.Caller, object string, file io.ReadSeeker, options Options) (Inspection, error) {
	o, err := s.writable(c, object)
	if err != nil {
		return Inspection{}, err
	}
	f, err := openWithin(file, options)
	if err != nil {
		return Inspection{}, err
	}
	in := Inspection{Object: object, Encoding: f.Encoding, Delimiter: f.Delimiter, Rows: f.Count, Warnings: f.Warnings}
	given := map[string]bool{}
	for i, g := range GuessMapping(object, f.Names(), fieldsFor(o)) {
		col := &f.Columns[i]
		ic := InspectedColumn{Name: col.Name, Samples: col.Samples, Filled: col.Filled, Field: g.Field, Confidence: g.Confidence,
			Taken: g.Field != "" && g.Confidence >= wellKnown, Dates: col.Dates.Dates, Numbers: col.Numbers.Numbers}
		if ic.DateFormat, err = f.DateFormat(i, DateAuto); err != nil {
			ic.DateProblem = sentence(err)
		}
		ic.NumberStyle, ic.NumberSure = f.NumberStyle(i)
		given[g.Field] = true
		in.Columns = append(in.Columns, ic)
	}
	in.Missing, err = s.missing(ctx, c, o, given)
	return in, err
}

// missing lists the required fields of o that are neither given nor filled by a rule.
func (s *Service) missing(ctx context.Context, c audit.Caller, o *crm.Object, given map[string]bool) ([]Field, error) {
	var out []Field
	for i := range o.Fields {
		f := &o.Fields[i]
		if !f.Required || f.Computed || f.Default != "" || given[f.Key] || named(o, f) {
			continue
		}
		if s.scopes(c, o, f) {
			target, err := s.Engine.Schema(c.Account).Object(f.Object)
			if err != nil {
				return nil, err
			}
			found, _, err := s.Engine.Find(ctx, c, crm.Query{Object: target, Sort: "name", Limit: 2})
			if err != nil && !errs.Is(err, errs.Forbidden) {
				return nil, err
			}
			if only(found) != nil {
				continue
			}
		}
		out = append(out, Field{Key: f.Key, Label: f.Label, Type: string(f.Type)})
	}
	return out, nil
}

// scopes reports whether f is the reference within which another reference of o is looked up (an opportunity's pipeline).
func (s *Service) scopes(c audit.Caller, o *crm.Object, f *crm.Field) bool {
	schema := s.Engine.Schema(c.Account)
	for i := range o.Fields {
		if g := &o.Fields[i]; g.Type == crm.RefType && scopeOf(schema, o, g) == f {
			return true
		}
	}
	return false
}
