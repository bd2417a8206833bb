package importer

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// plan is a request that was checked, with its file open.
type plan struct {
	Request
	caller audit.Caller // its channel is audit.Import
	schema *crm.Schema
	object *crm.Object
	file   *File
	cells  []column          // what is read before any record is looked at
	refs   []column          // references
	scopes []*crm.Field      // see scopeOf
	given  map[string]bool   // the fields that the file or the defaults give
	match  *crm.Field        // of MatchOn, nil for none
	fixed  map[string]string // Defaults without the blank ones
	word   audit.Word
}

// column is one field of the rows and where its text comes from.
type column struct {
	field *crm.Field
	// index is the cell; -1 when there is none and every row gets the default.
	index int
	text  string // the default, "" for none
	read  reader
	scope *crm.Field // of a reference: see scopeOf
}

// source names a column for a person.
func (p *plan) source(c column) string {
	if c.index < 0 {
		return "defaults"
	}
	return p.file.Columns[c.index].Name
}

// plan checks a request against its file.
func (s *Service) plan(ctx context.Context, c audit.Caller, r Request, file io.ReadSeeker) (*plan, error) {
	o, err := s.writable(c, r.Object)
	if err != nil {
		return nil, err
	}
	c.Channel = audit.Import
	p := &plan{Request: r, caller: c, schema: s.Engine.Schema(c.Account), object: o, word: o.Word(), given: map[string]bool{}, fixed: map[string]string{}}
	if p.DateFormat, err = ParseDateFormat(string(r.DateFormat)); err != nil {
		return nil, err
	}
	if p.Region, err = ParseRegion(r.Region); err != nil {
		return nil, err
	}
	if err := p.checkCreateMissing(); err != nil {
		return nil, err
	}
	if p.file, err = openWithin(file, r.Options); err != nil {
		return nil, err
	}
	mapped, err := p.mapped()
	if err != nil {
		return nil, err
	}
	if err := s.nameScopes(ctx, p, mapped); err != nil {
		return nil, err
	}
	if err := p.checkDefaults(mapped); err != nil {
		return nil, err
	}
	zone, err := s.Zone(ctx, c.Account)
	if err != nil {
		return nil, err
	}
	if err := p.addColumns(mapped, zone, s.Recorder.Now().In(zone).Year()); err != nil {
		return nil, err
	}
	if err := p.checkMatch(); err != nil {
		return nil, err
	}
	return p, s.checkRequired(ctx, p)
}

func (p *plan) checkCreateMissing() error {
	for _, key := range p.CreateMissing {
		o, err := p.schema.Object(key)
		if err != nil {
			return errs.InvalidField("create_missing", "unknown_object", "There is no object %s.", audit.Quote(key)).WithFix("Name objects that columns refer to, such as company.")
		}
		if err := mayWrite(p.caller, o); err != nil {
			return err
		}
	}
	return nil
}

// mapped gives the column's index for each field.
func (p *plan) mapped() (map[string]int, error) {
	mapping := p.Mapping
	if mapping == nil {
		mapping = map[string]string{}
		for _, g := range GuessMapping(p.object.Key, p.file.Names(), fieldsFor(p.object)) {
			if g.Confidence >= wellKnown {
				mapping[g.Header] = g.Field
			}
		}
	}
	out, wrong := map[string]int{}, []errs.Field(nil)
	refuse := func(code, format string, args ...any) {
		wrong = append(wrong, errs.Field{Field: "mapping", Code: code, Detail: fmt.Sprintf(format, args...)})
	}
	for _, header := range slices.Sorted(maps.Keys(mapping)) {
		key := mapping[header]
		i, ok := p.file.Column(header)
		if !ok {
			refuse("unknown_column", "The file has no column %s; it has %s.", audit.Quote(header), listed(p.file.Names()))
			continue
		}
		if key == "" {
			continue
		}
		f, ok := p.object.Field(key)
		switch other, twice := out[key]; {
		case !ok:
			refuse("unknown_field", "%s have no field %s.", p.object.LabelPlural, audit.Quote(key))
		case !takes(f):
			refuse("not_importable", "%s cannot be filled from a file.", f.Label)
		case twice:
			refuse("field_taken", "The columns %s and %s both go to %s; choose one.", audit.Quote(p.file.Columns[other].Name), audit.Quote(header), f.Label)
		default:
			out[key] = i
		}
	}
	if len(out) == 0 && len(wrong) == 0 {
		return nil, errs.InvalidField("mapping", "nothing_mapped", "No column goes to a field of %s.", p.word.Many).
			WithFix("Map at least one of the columns %s to a field.", listed(p.file.Names()))
	}
	return out, errs.InvalidFields(wrong)
}

// listed names at most ten columns.
func listed(names []string) string {
	const most = 10
	var quoted []string
	for _, n := range names[:min(len(names), most)] {
		quoted = append(quoted, audit.Quote(n))
	}
	s := strings.Join(quoted, ", ")
	if more := len(names) - most; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}

func (p *plan) checkDefaults(mapped map[string]int) error {
	var wrong []errs.Field
	for _, key := range slices.Sorted(maps.Keys(p.Defaults)) {
		f, ok := p.object.Field(key)
		switch {
		case !ok:
			wrong = append(wrong, errs.Field{Field: "defaults", Code: "unknown_field", Detail: fmt.Sprintf("%s have no field %s.", p.object.LabelPlural, audit.Quote(key))})
		case !takes(f):
			wrong = append(wrong, errs.Field{Field: "defaults", Code: "not_importable", Detail: f.Label + " cannot be filled by an import."})
		case Clean(p.Defaults[key]) != "":
			p.fixed[key] = p.Defaults[key]
		}
	}
	for i := range p.object.Fields {
		key := p.object.Fields[i].Key
		_, inFile := mapped[key]
		_, fixed := p.fixed[key]
		p.given[key] = inFile || fixed
	}
	return errs.InvalidFields(wrong)
}

// addColumns makes the readers of the given fields, in the order of the object's fields.
func (p *plan) addColumns(mapped map[string]int, zone *time.Location, year int) error {
	for i := range p.object.Fields {
		f := &p.object.Fields[i]
		if !p.given[f.Key] {
			continue
		}
		c := column{field: f, index: -1, text: p.fixed[f.Key]}
		if at, ok := mapped[f.Key]; ok {
			c.index = at
		}
		if f.Type == crm.RefType {
			if c.scope = scopeOf(p.schema, p.object, f); c.scope != nil && !slices.Contains(p.scopes, c.scope) {
				p.scopes = append(p.scopes, c.scope)
			}
			p.refs = append(p.refs, c)
			continue
		}
		var err error
		if c.read, err = p.reader(c, zone, year); err != nil {
			return err
		}
		if c.text != "" {
			if _, err := c.read(c.text); err != nil {
				return inDefaults(f, err)
			}
		}
		p.cells = append(p.cells, c)
	}
	return nil
}

// inDefaults is an error of a default.
func inDefaults(f *crm.Field, err error) error {
	if !errs.Is(err, errs.Invalid) {
		return err
	}
	return errs.InvalidField("defaults", errs.Code(err), "%s", labelled(f, err))
}

// checkMatch finds the field of MatchOn.
func (p *plan) checkMatch() error {
	if p.MatchOn == "" {
		return nil
	}
	f, ok := p.object.Field(p.MatchOn)
	if !ok {
		return errs.InvalidField("match_on", "unknown_field", "There is no field %s on a %s.", audit.Quote(p.MatchOn), p.word.One)
	}
	switch f.Type {
	case crm.Text, crm.Email, crm.Phone, crm.URL, crm.Number, crm.Date, crm.DateTime:
	default:
		return errs.InvalidField("match_on", "not_matchable", "Records cannot be found by %s.", f.Label).WithFix("Use a field with a short text, such as email or name.")
	}
	if !p.given[f.Key] {
		return errs.InvalidField("match_on", "not_mapped", "Rows cannot be matched on %s: no column goes to it.", f.Label).WithFix("Map a column to %s, or match on another field.", f.Key)
	}
	p.match = f
	return nil
}

// checkRequired refuses a file that has nothing for a required field, unless its rows may all be updates. A pipeline that
// is the only one is filled in.
func (s *Service) checkRequired(ctx context.Context, p *plan) error {
	missing, err := s.missing(ctx, p.caller, p.object, p.given)
	if err != nil || p.match != nil {
		return err
	}
	var wrong []errs.Field
	for _, f := range missing {
		name, detail := "mapping", fmt.Sprintf("%s need a value for %s, and no column goes to it.", p.object.LabelPlural, f.Label)
		if field, _ := p.object.Field(f.Key); s.scopes(p.caller, p.object, field) {
			name = f.Key
			detail += " There is not exactly one that could be taken."
		}
		wrong = append(wrong, errs.Field{Field: name, Code: "required", Detail: detail})
	}
	if len(wrong) == 0 {
		return nil
	}
	e := errs.Of(errs.InvalidFields(wrong))
	return e.WithFix("Map a column to %s, or give all rows the same value (defaults: {%q: %q}).", missing[0].Label, missing[0].Key, "…")
}
