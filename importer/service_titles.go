package importer

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
)

// titles finds the records of one object by what people call them. It reads all of their names when it is first asked: a
// name is looked up by its Key, which no index of the database knows. It costs some 150 bytes a record.
type titles struct {
	object *crm.Object
	within *crm.Field // see withinOf
	byKey  map[titleKey][]title
	// asked remembers ids and emails that were looked up.
	asked map[string]*title
	// last is the highest position in each scope, of an object whose records have one.
	last map[audit.RecordID]int
}

// titleKey is a name in the form in which it is looked up, in its scope.
type titleKey struct {
	scope audit.RecordID // the record that titles are unique in, "" for the account
	key   string
}

// title is a record by name.
type title struct {
	id   audit.RecordID
	name string
}

// foldTitle is Key, but for names without a letter or digit.
func foldTitle(name string) string { return cmp.Or(Key(name), strings.ToLower(oneLine(name))) }

// titlesPage is how many records are read at once.
const titlesPage = 10_000

func loadTitles(ctx context.Context, op *crm.Operation, o *crm.Object, within *crm.Field) (*titles, error) {
	t := &titles{object: o, within: within, byKey: map[titleKey][]title{}, asked: map[string]*title{}, last: map[audit.RecordID]int{}}
	q := crm.Query{Object: o, Sort: "name", Limit: titlesPage}
	for {
		found, next, err := op.Find(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, rec := range found {
			t.add(rec)
		}
		if next == nil {
			return t, nil
		}
		q.After = next
	}
}

func (t *titles) scope(rec *crm.Record) audit.RecordID {
	if t.within == nil {
		return ""
	}
	return audit.RecordID(rec.Fields[t.within.Key].Text())
}

// add takes a record in that is there from now on, or that has another name.
func (t *titles) add(rec *crm.Record) {
	entry, scope := title{rec.ID, rec.Name}, t.scope(rec)
	for _, k := range t.keys(rec) {
		t.byKey[k] = append(t.byKey[k], entry)
	}
	if position, err := strconv.ParseFloat(rec.Fields["position"].Text(), 64); err == nil && position < 1e9 {
		t.last[scope] = max(t.last[scope], int(position))
	}
}

// keys are what a record is found under: its scope, and none for references that have no scope.
func (t *titles) keys(rec *crm.Record) []titleKey {
	key := foldTitle(rec.Name)
	if scope := t.scope(rec); scope != "" {
		return []titleKey{{scope, key}, {"", key}}
	}
	return []titleKey{{"", key}}
}

// remove forgets a name that its record no longer has.
func (t *titles) remove(rec *crm.Record) {
	for _, k := range t.keys(rec) {
		t.byKey[k] = slices.DeleteFunc(t.byKey[k], func(e title) bool { return e.id == rec.ID })
	}
}

// find looks up what a cell calls a record in a scope: its id, its email, or its name. nil means that there is none.
// Names that are the same but for case win over those that have the same Key; several are the error ambiguous_reference.
func (t *titles) find(ctx context.Context, op *crm.Operation, scope audit.RecordID, cell string) (*title, error) {
	if audit.ValidID(cell) || strings.Contains(cell, "@") {
		found, err := t.ask(ctx, op, strings.ToLower(cell))
		if found != nil || err != nil {
			return found, err
		}
	}
	candidates := t.byKey[titleKey{scope, foldTitle(cell)}]
	if len(candidates) > 1 {
		var same []title
		for _, c := range candidates {
			if strings.EqualFold(c.name, cell) {
				same = append(same, c)
			}
		}
		if len(same) > 0 {
			candidates = same
		}
	}
	switch len(candidates) {
	case 0:
		return t.meant(scope, cell), nil
	case 1:
		return &candidates[0], nil
	}
	return nil, errs.New(errs.Invalid, "ambiguous_reference", "%d %s are called %s.", len(candidates), t.object.Word().Many, audit.Quote(cell)).
		WithFix("Write the id of the right one into the cell.")
}

// meant is the one stage in its pipeline that means the same end as the cell: "Closed won" for "Won".
func (t *titles) meant(scope audit.RecordID, cell string) *title {
	end := outcome(cell)
	if t.within == nil || end == "" {
		return nil
	}
	var found *title
	for k, entries := range t.byKey {
		if k.scope != scope || len(entries) == 0 || outcome(entries[0].name) != end {
			continue
		}
		if found != nil || len(entries) > 1 {
			return nil
		}
		found = &entries[0]
	}
	return found
}

// ask looks an id or an email up. Another account's id is none, and so is one that the caller may not see.
func (t *titles) ask(ctx context.Context, op *crm.Operation, cell string) (*title, error) {
	if found, ok := t.asked[cell]; ok {
		return found, nil
	}
	id := audit.RecordID(cell)
	if !audit.ValidID(id) {
		id = ""
		for i := range t.object.Fields {
			f := &t.object.Fields[i]
			if f.Type != crm.Email {
				continue
			}
			key, ok := t.object.UniqueKeyOf(f, map[string]audit.Value{f.Key: audit.String(cell)})
			if !ok {
				continue
			}
			var err error
			if id, err = op.Tx().Holder(ctx, key); err != nil {
				return nil, err
			}
		}
		if id == "" {
			return nil, nil // not remembered: the file itself may bring it
		}
	}
	rec, err := op.Record(ctx, t.object.Key, id)
	switch {
	case errs.Is(err, errs.NotFound) || errs.Is(err, errs.Gone):
		t.asked[cell] = nil
		return nil, nil
	case err != nil:
		return nil, err
	}
	t.asked[cell] = &title{rec.ID, rec.Name}
	return t.asked[cell], nil
}
