package api

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// RecordPath names a record in the address.
type RecordPath struct {
	ObjectPath
	ID audit.RecordID `path:"id" doc:"Id of the record"`
}

// recordList is the parameters of a list of records.
type recordList struct {
	ObjectPath
	Paging
	Q    string `query:"q" doc:"Words that the name or a short text must hold; quotation marks keep words together" maxLength:"500"`
	Sort string `query:"sort" doc:"name, created_at, updated_at or the key of a field; a minus in front turns it around" default:"-created_at"`

	params url.Values
}

// Resolve implements huma.Resolver.
func (l *recordList) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	l.params = u.Query()
	return nil
}

// scope is what a cursor of this list is bound to.
func (l *recordList) scope() []string {
	params := url.Values{}
	for name, values := range l.params {
		if name != "cursor" && name != "limit" {
			params[name] = values
		}
	}
	return []string{"records", l.Object, params.Encode()}
}

// RecordPage is a page of records.
type RecordPage struct {
	Records    []Record `json:"records"`
	NextCursor *string  `json:"next_cursor" doc:"For the next page; null at the end"`
}

type recordPageAnswer struct{ Body RecordPage }

func (a *API) listRecords(ctx context.Context, in *recordList) (*recordPageAnswer, error) {
	caller := callerOf(ctx)
	o, err := a.schema(ctx).Object(in.Object)
	if err != nil {
		return nil, err
	}
	q, err := in.query(o)
	if err != nil {
		return nil, err
	}
	var after crm.Position
	if err := readCursor(in.Cursor, &after, caller.Account, in.scope()...); err != nil {
		return nil, err
	}
	if in.Cursor != "" {
		q.After = &after
	}
	recs, next, err := a.Engine.Find(ctx, caller, q)
	if err != nil {
		return nil, err
	}
	out := &recordPageAnswer{RecordPage{Records: recordsOf(o, recs)}}
	if next != nil {
		out.Body.NextCursor = cursorOf(next, caller.Account, in.scope()...)
	}
	return out, nil
}

// query reads the parameters; every wrong one is named.
func (l *recordList) query(o *crm.Object) (crm.Query, error) {
	q := crm.Query{Object: o, Limit: l.Limit}
	var wrong []errs.Field
	fail := func(field, code, format string, args ...any) {
		wrong = append(wrong, errs.Field{Field: field, Code: code, Detail: fmt.Sprintf(format, args...)})
	}
	if !utf8.ValidString(l.Q) || strings.ContainsRune(l.Q, 0) {
		fail("q", "invalid_text", "The search text holds characters that cannot be searched for.")
	}
	if q.Words = audit.SplitWords(strings.ToLower(l.Q)); len(q.Words) > maxListWords {
		fail("q", "too_many_words", "The search text has more than %d words.", maxListWords)
	}
	if q.Sort, q.Desc = strings.CutPrefix(l.Sort, "-"); !sortable(o, q.Sort) {
		fail("sort", "invalid_sort", "%s cannot be sorted by %s.", o.LabelPlural, audit.Quote(strings.ToValidUTF8(q.Sort, "\uFFFD")))
	}
	ranges, mistakes := l.ranges(o)
	q.Where, wrong = append(q.Where, ranges...), append(wrong, mistakes...)
	for name, values := range l.params {
		key, ok := strings.CutPrefix(name, "filter[")
		if !ok {
			continue
		}
		f, ok := o.Field(strings.TrimSuffix(key, "]"))
		if !ok || f.Type == crm.Secret || f.Type == crm.Rows {
			fail(strings.ToValidUTF8(name, "\uFFFD"), "unknown_field", "%s cannot be filtered by %s.", o.LabelPlural,
				audit.Quote(strings.ToValidUTF8(strings.TrimSuffix(key, "]"), "\uFFFD")))
			continue
		}
		if len(values) > maxListValues {
			fail(name, "too_many_values", "%s is given %d times; the limit is %d.", name, len(values), maxListValues)
			continue
		}
		c := crm.Condition{Field: f}
		for _, v := range values {
			value, err := filterValue(f, v)
			if err != nil {
				fail(name, errs.Code(err), "%s", errs.Of(err).Detail)
			}
			c.Values = append(c.Values, value)
		}
		q.Where = append(q.Where, c)
	}
	return q, errs.InvalidFields(wrong)
}

// ranges reads from[FIELD] and before[FIELD].
func (l *recordList) ranges(o *crm.Object) (where []crm.Condition, wrong []errs.Field) {
	bounds := map[string]*crm.Condition{}
	for name, values := range l.params {
		word, key, ok := strings.Cut(strings.TrimSuffix(name, "]"), "[")
		if !ok || word != "from" && word != "before" {
			continue
		}
		name, key := strings.ToValidUTF8(name, "\uFFFD"), strings.ToValidUTF8(key, "\uFFFD")
		f, ok := o.Field(key)
		if !ok || f.Type != crm.Date && f.Type != crm.DateTime && f.Type != crm.Number && f.Type != crm.Money {
			wrong = append(wrong, errs.Field{Field: name, Code: "unknown_field", Detail: fmt.Sprintf("%s cannot be asked for by a range of %s; it is for dates, times and numbers.", o.LabelPlural, audit.Quote(key))})
			continue
		}
		value, err := filterValue(f, values[0])
		if err == nil && (len(values) > 1 || value == "") {
			err = errs.New(errs.Invalid, "invalid_range", "%s needs one value.", name)
		}
		if err != nil {
			wrong = append(wrong, errs.Field{Field: name, Code: errs.Code(err), Detail: errs.Of(err).Detail})
			continue
		}
		if bounds[key] == nil {
			bounds[key] = &crm.Condition{Field: f}
		}
		if word == "from" {
			bounds[key].From = value
		} else {
			bounds[key].Before = value
		}
	}
	for _, c := range bounds {
		where = append(where, *c)
	}
	return where, wrong
}

// A list is searched for so many words, and filtered by so many values of a field.
const (
	maxListWords  = 20
	maxListValues = 100
)

func sortable(o *crm.Object, key string) bool {
	switch key {
	case "name", "created_at", "updated_at":
		return true
	}
	f, ok := o.Field(key)
	return ok && f.Type != crm.Secret && f.Type != crm.Rows && f.Type != crm.Tags
}

// filterValue brings a value to filter by into the form in which records have it.
func filterValue(f *crm.Field, s string) (string, error) {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return "", errs.New(errs.Invalid, "invalid_character", "%s holds characters that no value has.", f.Label)
	}
	if f.Type == crm.Tags {
		return strings.Join(strings.Fields(s), " "), nil
	}
	v, err := f.Value(f.TextInput(s))
	return v.Text(), err
}

func (a *API) createRecord(ctx context.Context, in *struct {
	ObjectPath
	Body RecordInput
}) (*recordAnswer, error) {
	o, err := a.schema(ctx).Object(in.Object)
	if err != nil {
		return nil, err
	}
	rec, err := a.Engine.Create(ctx, callerOf(ctx), in.Object, crm.Input(in.Body.Fields))
	if err != nil {
		return nil, err
	}
	return answerRecord(o, rec), nil
}

func (a *API) getRecord(ctx context.Context, in *struct {
	RecordPath
	AsOf string `query:"as_of" doc:"A time, or a date in the account's time zone: the record as it was then. It needs audit.read; 404 before the record was made, 410 while it was deleted." example:"2026-03-01T09:30:00Z"`
}) (*recordAnswer, error) {
	o, err := a.schema(ctx).Object(in.Object)
	if err != nil {
		return nil, err
	}
	var rec *crm.Record
	if in.AsOf == "" {
		rec, err = a.Engine.Record(ctx, callerOf(ctx), in.Object, in.ID)
	} else {
		rec, err = a.recordAsOf(ctx, o, in.ID, in.AsOf)
	}
	if err != nil {
		return nil, err
	}
	return answerRecord(o, rec), nil
}

func (a *API) updateRecord(ctx context.Context, in *struct {
	RecordPath
	IfMatch string `header:"If-Match" doc:"The version that the caller saw; 412 when the record has another by now"`
	Body    RecordInput
}) (*recordAnswer, error) {
	o, err := a.schema(ctx).Object(in.Object)
	if err != nil {
		return nil, err
	}
	version, err := versionOf(in.IfMatch)
	if err != nil {
		return nil, err
	}
	rec, err := a.Engine.Update(ctx, callerOf(ctx), in.Object, in.ID, crm.Input(in.Body.Fields), version)
	if err != nil {
		return nil, err
	}
	return answerRecord(o, rec), nil
}

// versionOf reads If-Match: a version, bare or as an ETag; 0 for none and for any.
func versionOf(ifMatch string) (int64, error) {
	s := strings.TrimSpace(ifMatch)
	if s == "" || s == "*" {
		return 0, nil
	}
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil || v < 1 {
		return 0, errs.InvalidField("If-Match", "invalid_version", `The header If-Match must be a version such as "3", not %s.`, audit.Quote(strings.ToValidUTF8(ifMatch, "\uFFFD")))
	}
	return v, nil
}

// Deleted is what a deletion did.
type Deleted struct {
	Operation audit.OperationID `json:"operation"`
	Deleted   map[string]int    `json:"deleted" doc:"The number of deleted records by object" example:"{\"pipeline\":1,\"stage\":5,\"opportunity\":412}"`
}

type deletedAnswer struct{ Body Deleted }

func (a *API) deleteRecord(ctx context.Context, in *RecordPath) (*deletedAnswer, error) {
	d, err := a.Engine.Delete(ctx, callerOf(ctx), in.Object, in.ID)
	return &deletedAnswer{Deleted{d.Operation, d.Counts}}, err
}
