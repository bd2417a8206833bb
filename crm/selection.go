package crm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// SelectionObject is the object of the record of an event that stands for many records which were chosen together.
const SelectionObject = "selection"

// Limits of one change of a selection: how many records it may cover, and how many tags times records.
const (
	MaxSelection     = 50_000
	MaxSelectionTags = 100_000
)

// The verbs of the leading events.
const (
	bulkUpdated = "bulk_updated"
	bulkDeleted = "bulk_deleted"
)

// Selection chooses records of one object: those of the IDs, or all that the Query finds (of which the object, the words
// and the conditions count).
type Selection struct {
	Object string
	IDs    []audit.RecordID
	Query  *Query // nil for the IDs
}

// BulkChange is what is done to every record of a selection. It either deletes, or sets fields, adds and removes tags.
type BulkChange struct {
	Delete     bool     `json:"delete,omitempty"`
	Set        Input    `json:"set,omitempty"`
	AddTags    []string `json:"add_tags,omitempty"`
	RemoveTags []string `json:"remove_tags,omitempty"`
	// Token is that of the plan which the caller saw, "" to take what is there.
	Token string `json:"token,omitempty"`
}

// BulkPlan is what a change of a selection would do.
type BulkPlan struct {
	Object *Object
	Count  int
	Names  []string // of the first few
	// Token stands for what was selected: which records they are and, for a deletion, in which version each is.
	Token string
	// Of a deletion: what goes along, what loses a reference, and why it is refused ("" when it is not).
	Taken   map[string]int
	Cleared map[string]int
	Refused string
}

// BulkResult is what a change of a selection did.
type BulkResult struct {
	Operation audit.OperationID `json:"operation"` // "" when every record was already as asked; then nothing was written
	Selected  int               `json:"selected"`
	Changed   int               `json:"changed"`
	Unchanged int               `json:"unchanged"` // were already as asked
	Deleted   map[string]int    `json:"deleted"`   // by object, with what went along
}

// chosen is a record of a selection.
type chosen struct {
	id      audit.RecordID
	version int64
	name    string
}

// choose reads a selection in the order of the ids. The first record of the IDs that is not there, or not the caller's to
// see, is the error; it names it.
func (s *Schema) choose(ctx context.Context, v View, caller audit.Caller, o *Object, sel Selection) ([]chosen, error) {
	var out []chosen
	if sel.Query != nil {
		q := *sel.Query
		q.Object, q.Sort, q.Desc, q.After, q.Limit, q.Assigned = o, "created_at", false, nil, 5000, s.assigned(caller, o)
		for {
			recs, next, err := v.Find(ctx, q)
			if err != nil {
				return nil, err
			}
			for _, r := range recs {
				out = append(out, chosen{r.ID, r.Version, r.Name})
			}
			if len(out) > MaxSelection {
				return nil, tooMany(o)
			}
			if q.After = next; next == nil {
				break
			}
		}
	} else {
		ids := slices.Clone(sel.IDs)
		slices.Sort(ids)
		ids = slices.Compact(ids)
		if len(ids) > MaxSelection {
			return nil, tooMany(o)
		}
		for some := range slices.Chunk(ids, deleteChunk) {
			rows, err := v.Rows(ctx, o.Key, some)
			if err != nil {
				return nil, err
			}
			found := map[audit.RecordID]*Record{}
			for i := range rows {
				found[rows[i].ID] = &rows[i].Record
			}
			for _, id := range some {
				rec := found[id]
				if rec == nil {
					return nil, absent(ctx, v, o, id, caller)
				}
				if seen, err := s.sees(ctx, v, caller, o, rec); err != nil || !seen {
					return nil, errors.Join(err, onlyIf(!seen, notFound(o)))
				}
				out = append(out, chosen{id, rec.Version, rec.Name})
			}
		}
	}
	if len(out) == 0 {
		return nil, errs.New(errs.Invalid, "nothing_selected", "No %s is selected.", o.Word().One).WithFix("Select some first, or take another filter.")
	}
	slices.SortFunc(out, func(a, b chosen) int { return compareText(a.id, b.id) })
	return out, nil
}

func onlyIf(is bool, err error) error {
	if is {
		return err
	}
	return nil
}

func tooMany(o *Object) error {
	return errs.New(errs.TooLarge, "selection_too_large", "More than %s are selected; that is the limit of one change.", o.Word().Count(MaxSelection)).
		WithFix("Narrow the selection with a filter, and change the rest afterwards.")
}

// token stands for a selection; versions for one whose records must not have changed.
func token(list []chosen, versions bool) string {
	sum := sha256.New()
	for _, c := range list {
		if versions {
			fmt.Fprintln(sum, c.id, c.version)
		} else {
			fmt.Fprintln(sum, c.id)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// bulkFields checks a change before any record is touched.
func (o *Object) bulkFields(ch BulkChange, count int) (map[string]audit.Value, error) {
	if ch.Delete {
		if len(ch.Set) > 0 || len(ch.AddTags) > 0 || len(ch.RemoveTags) > 0 {
			return nil, errs.New(errs.Invalid, "delete_or_change", "Records are either deleted or changed.").WithFix("Leave one of the two out.")
		}
		return nil, nil
	}
	if len(ch.Set) == 0 && len(ch.AddTags) == 0 && len(ch.RemoveTags) == 0 {
		return nil, errs.New(errs.Invalid, "nothing_to_do", "There is nothing to change.").WithFix("Choose a field, or a tag.")
	}
	fields, _, err := o.normalizeInput(ch.Set)
	if err != nil {
		return nil, err
	}
	var mistakes []errs.Field
	for i := range o.Fields {
		f := &o.Fields[i]
		v, given := fields[f.Key]
		switch {
		case !given:
		case f.Type == Secret: // emptying one, too: a record's own update alone takes the stored value along
			mistakes = append(mistakes, errs.Field{Field: f.Key, Code: "secret", Detail: f.Label + " is secret: it is set for one record at a time."})
		case f.Required && v == audit.None:
			mistakes = append(mistakes, errs.Field{Field: f.Key, Code: "required", Detail: f.Label + " must be given."})
		case f.Unique && v != audit.None && count > 1:
			mistakes = append(mistakes, errs.Field{Field: f.Key, Code: "unique", Detail: fmt.Sprintf("%s must be different for each %s: it cannot be set for %s.", f.Label, o.Word().One, o.Word().Count(count))})
		}
	}
	if err := errs.InvalidFields(mistakes); err != nil {
		return nil, err
	}
	if len(ch.AddTags)+len(ch.RemoveTags) > 0 {
		return fields, o.bulkTags(ch, count)
	}
	return fields, nil
}

// bulkTags checks tags that are added and removed.
func (o *Object) bulkTags(ch BulkChange, count int) error {
	f, ok := o.Field("tags")
	switch {
	case !ok || f.Type != Tags:
		return errs.New(errs.NotPossible, "no_tags", "%s have no tags.", o.LabelPlural)
	case ch.Set["tags"] != nil:
		return errs.InvalidField("tags", "set_and_added", "Tags are either set, or added and removed.")
	}
	for _, tag := range slices.Concat(ch.AddTags, ch.RemoveTags) {
		if _, err := f.Value([]byte(audit.List([]string{tag}))); err != nil {
			return err
		}
		if slices.Contains(ch.AddTags, tag) && slices.Contains(ch.RemoveTags, tag) {
			return errs.InvalidField("tags", "added_and_removed", "The tag %s cannot be both added and removed.", audit.Quote(tag))
		}
	}
	if n := count * (len(ch.AddTags) + len(ch.RemoveTags)); n > MaxSelectionTags {
		return errs.New(errs.TooLarge, "too_many_tags", "This would change %s tags; the limit of one change is %s.", audit.Thousands(n), audit.Thousands(MaxSelectionTags)).
			WithFix("Add fewer tags at once, or narrow the selection.")
	}
	return nil
}

// bulkObject is the object of a selection that the caller may change.
func (s *Schema) bulkObject(caller audit.Caller, object string) (*Object, error) {
	o, err := s.readable(caller, object) // how many a filter finds says what the records hold
	if err != nil {
		return nil, err
	}
	if o.Single {
		return nil, errs.New(errs.NotPossible, "only_one", "The account has exactly one %s.", o.Word().One).WithFix("Change it by itself.")
	}
	return o, s.mayWrite(caller, o)
}

// PreviewSelection counts a selection, whatever shall be done to it; its errors are those of PreviewBulk.
func (e *Engine) PreviewSelection(ctx context.Context, caller audit.Caller, sel Selection) (*BulkPlan, error) {
	return e.planBulk(ctx, caller, sel, nil)
}

// PreviewBulk makes the plan of a change of a selection. errs.Invalid for a change that can be of no record, errs.TooLarge
// for too many, errs.NotFound or errs.Gone for a record that is not there.
func (e *Engine) PreviewBulk(ctx context.Context, caller audit.Caller, sel Selection, ch BulkChange) (*BulkPlan, error) {
	return e.planBulk(ctx, caller, sel, &ch)
}

func (e *Engine) planBulk(ctx context.Context, caller audit.Caller, sel Selection, ch *BulkChange) (*BulkPlan, error) {
	s := e.Schema(caller.Account)
	o, err := s.bulkObject(caller, sel.Object)
	if err != nil {
		return nil, err
	}
	p := &BulkPlan{Object: o, Taken: map[string]int{}, Cleared: map[string]int{}}
	err = e.store.ReadRecords(ctx, caller.Account, func(v View) error {
		list, err := s.choose(ctx, v, caller, o, sel)
		if err != nil {
			return err
		}
		p.Count = len(list)
		for _, c := range list[:min(len(list), namesShown)] {
			p.Names = append(p.Names, c.name)
		}
		if ch == nil {
			return nil
		}
		if _, err := o.bulkFields(*ch, len(list)); err != nil {
			return err
		}
		p.Token = token(list, ch.Delete)
		if !ch.Delete {
			return nil
		}
		r := s.newRemoval(v, caller, o, idsOf(list))
		if err := r.spread(ctx); err != nil {
			return err
		}
		if err := r.checkSeen(ctx); errs.Is(err, errs.Forbidden) {
			p.Refused = errs.Of(err).Detail
			return nil
		} else if err != nil {
			return err
		}
		if err := r.findCleared(ctx); err != nil {
			return err
		}
		for _, g := range r.groups[1:] {
			p.Taken[g.object.Key] += len(g.ids)
		}
		if err := r.countCleared(ctx, p.Cleared); err != nil {
			return err
		}
		if err := r.refuse(ctx); errs.Is(err, errs.Conflict) {
			p.Refused = errs.Of(err).Detail
		} else if err != nil {
			return err
		}
		return nil
	})
	return p, err
}

// Check refuses a plan that is not the one which the caller saw; seen is "" for any.
func (p *BulkPlan) Check(seen string) error {
	if seen == "" || seen == p.Token {
		return nil
	}
	return errs.New(errs.Conflict, "selection_changed", "The selection is another by now: it has %s.", p.Object.Word().Count(p.Count)).
		WithFix("Somebody added, changed or deleted records since you looked. Look at the selection again and confirm it.")
}

// namesShown is how many records a plan names.
const namesShown = 5

func idsOf(list []chosen) []audit.RecordID {
	ids := make([]audit.RecordID, len(list))
	for i, c := range list {
		ids[i] = c.id
	}
	return ids
}

// Bulk changes or deletes every record of a selection in one operation, or none: an error names the record that stands in
// the way. errs.Conflict selection_changed when Token is that of another selection than the one there is now.
func (e *Engine) Bulk(ctx context.Context, caller audit.Caller, sel Selection, ch BulkChange) (BulkResult, error) {
	var res BulkResult
	err := e.Do(ctx, caller, func(op *Operation) (err error) {
		res, err = op.Bulk(ctx, sel, ch, func() {})
		return err
	})
	if errors.Is(err, ErrUnchanged) {
		err = nil
	}
	return res, err
}

// ErrUnchanged gives an operation up in which every record was already as asked: the result is good, and there is
// nothing to keep.
var ErrUnchanged = errors.New("crm: every record is already as asked")

// Bulk is Engine.Bulk inside an operation that has done nothing yet; done is called after each record. ErrUnchanged when there
// is nothing to keep.
func (op *Operation) Bulk(ctx context.Context, sel Selection, ch BulkChange, done func()) (BulkResult, error) {
	res := BulkResult{Deleted: map[string]int{}}
	o, err := op.schema.bulkObject(op.caller, sel.Object)
	if err != nil {
		return res, err
	}
	list, err := op.schema.choose(ctx, op.tx, op.caller, o, sel)
	if err != nil {
		return res, err
	}
	if err := (&BulkPlan{Object: o, Count: len(list), Token: token(list, ch.Delete)}).Check(ch.Token); err != nil {
		return res, err
	}
	fields, err := o.bulkFields(ch, len(list))
	if err != nil {
		return res, err
	}
	res.Selected = len(list)
	how := audit.Change{Field: "selection", Label: "Selected", After: audit.String(op.selectionText(ctx, o, sel, len(list)))}
	says := bulkUpdated
	if ch.Delete {
		says = bulkDeleted
	}
	lead, err := op.log.Record(ctx, audit.Draft{Type: o.Type(says), Word: o.Word(), Changes: []audit.Change{how},
		Record: &audit.Ref{Object: SelectionObject, ID: audit.RecordID(op.ID()), Name: o.Word().Count(len(list))}})
	if err != nil {
		return res, err
	}
	draft := op.log.Lead()
	if ch.Delete {
		if err := op.bulkDelete(ctx, o, list, lead, done, &res); err != nil {
			return res, err
		}
		delete(res.Deleted, "")
		draft.Note = "Deleted " + o.Word().Count(len(list)) + alongText(op.schema, o, res.Deleted)
	} else {
		if err := op.bulkUpdate(ctx, o, list, ch, fields, lead, done, &res); err != nil {
			return res, err
		}
		if res.Changed == 0 {
			return res, ErrUnchanged
		}
		told, note, err := op.bulkText(ctx, o, ch, fields)
		if err != nil {
			return res, err
		}
		draft.Changes = append(draft.Changes, told...)
		draft.Note = fmt.Sprintf(note, o.Word().Count(res.Changed))
		if res.Unchanged > 0 {
			draft.Note += " (" + audit.Thousands(res.Unchanged) + verb(res.Unchanged, " was", " were") + " so already)"
		}
	}
	draft.Record.Name = o.Word().Count(max(res.Changed, res.Deleted[o.Key]))
	res.Operation = op.ID()
	return res, nil
}

func (op *Operation) bulkDelete(ctx context.Context, o *Object, list []chosen, lead audit.EventID, done func(), res *BulkResult) error {
	r := op.newRemoval(o, idsOf(list))
	r.cause, r.done = lead, done
	if err := r.run(ctx); err != nil {
		return err
	}
	res.Deleted = r.counts
	res.Changed = len(list)
	return nil
}

func (op *Operation) bulkUpdate(ctx context.Context, o *Object, list []chosen, ch BulkChange, fields map[string]audit.Value, lead audit.EventID, done func(), res *BulkResult) error {
	tags := len(ch.AddTags)+len(ch.RemoveTags) > 0
	for ids := range slices.Chunk(idsOf(list), deleteChunk) {
		rows, err := op.tx.Rows(ctx, o.Key, ids)
		if err != nil {
			return err
		}
		slices.SortFunc(rows, func(a, b Row) int { return compareText(a.ID, b.ID) })
		for i := range rows {
			if err := ctx.Err(); err != nil {
				return err
			}
			rec := &rows[i].Record
			to := fields
			if tags {
				to = maps.Clone(fields)
				items := minus(slices.Concat(rec.Fields["tags"].Strings(), ch.AddTags), ch.RemoveTags)
				f, _ := o.Field("tags")
				if to["tags"], err = f.Value([]byte(listOrNull(items))); err != nil {
					return named(o, rec, err)
				}
			}
			after, err := op.update(ctx, o, rec, to, nil, link{cause: lead})
			if err != nil {
				return named(o, rec, err)
			}
			if after.Version == rec.Version {
				res.Unchanged++
			} else {
				res.Changed++
			}
			done()
		}
	}
	return nil
}

func listOrNull(items []string) string {
	if len(items) == 0 {
		return "null"
	}
	return string(audit.List(audit.SortedSet(items)))
}

// bulkText says what was changed: as changes of the leading event, and as a sentence with a place for whose.
func (op *Operation) bulkText(ctx context.Context, o *Object, ch BulkChange, fields map[string]audit.Value) ([]audit.Change, string, error) {
	var changes []audit.Change
	var labels, parts []string
	var only audit.Change
	for i := range o.Fields {
		f := &o.Fields[i]
		v, ok := fields[f.Key]
		if !ok {
			continue
		}
		text, err := op.text(ctx, f, &Record{Fields: fields}, v)
		if err != nil {
			return nil, "", err
		}
		only = audit.Change{Field: "set." + f.Key, Label: f.Label, After: v, AfterText: text}
		if v == audit.None {
			only.AfterText = "nothing"
		}
		changes = append(changes, only)
		labels = append(labels, f.Label)
	}
	switch {
	case len(labels) == 1:
		parts = append(parts, "set "+labels[0]+" to "+strings.Trim(audit.Quote(only.AfterShown()), `"`)+" for %s")
	case len(labels) > 1:
		parts = append(parts, "changed "+joinWords(labels)+" of %s")
	}
	if len(ch.AddTags) > 0 {
		changes = append(changes, audit.Change{Field: "tags.added", Label: "Tags added", After: audit.List(audit.SortedSet(ch.AddTags))})
		parts = append(parts, "added the "+tagWords(ch.AddTags)+" to %s")
	}
	if len(ch.RemoveTags) > 0 {
		changes = append(changes, audit.Change{Field: "tags.removed", Label: "Tags removed", After: audit.List(audit.SortedSet(ch.RemoveTags))})
		parts = append(parts, "removed the "+tagWords(ch.RemoveTags)+" from %s")
	}
	for i := range parts {
		parts[i] = strings.ReplaceAll(strings.ReplaceAll(parts[i], "%s", "\x00"), "%", "%%")
		whose := "%s"
		if i > 0 {
			whose = "them"
		}
		parts[i] = strings.ReplaceAll(parts[i], "\x00", whose)
	}
	text := joinWords(parts)
	return changes, strings.ToUpper(text[:1]) + text[1:], nil
}

func tagWords(tags []string) string {
	quoted := make([]string, len(tags))
	for i, tag := range tags {
		quoted[i] = audit.Quote(tag)
	}
	if len(tags) == 1 {
		return "tag " + quoted[0]
	}
	return "tags " + joinWords(quoted)
}

func joinWords(items []string) string {
	if len(items) == 1 {
		return items[0]
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}

// alongText is " with 3 notes and 2 tasks": what a deletion took along.
func alongText(s *Schema, o *Object, counts map[string]int) string {
	var items []string
	for _, other := range s.objects {
		if n := counts[other.Key]; n > 0 && other != o {
			items = append(items, other.Word().Count(n))
		}
	}
	if len(items) == 0 {
		return ""
	}
	return " with " + joinWords(items)
}

// selectionText says how records were chosen: "412 ids", or the filter in words.
func (op *Operation) selectionText(ctx context.Context, o *Object, sel Selection, count int) string {
	if sel.Query == nil {
		return o.Word().Count(count) + ", one by one"
	}
	var parts []string
	if len(sel.Query.Words) > 0 {
		parts = append(parts, "words: "+strings.Join(sel.Query.Words, " "))
	}
	for _, c := range sel.Query.Where {
		var values []string
		for _, v := range c.Values {
			text, err := op.text(ctx, c.Field, &Record{Fields: map[string]audit.Value{}}, audit.String(v))
			switch {
			case v == "":
				text = "none"
			case err != nil || text == "":
				text = v
			}
			values = append(values, text)
		}
		parts = append(parts, c.Field.Label+": "+strings.Join(values, " or "))
	}
	if len(parts) == 0 {
		return "all " + o.Word().Many
	}
	return "all " + o.Word().Many + " with " + strings.Join(parts, "; ")
}
