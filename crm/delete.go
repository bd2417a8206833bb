package crm

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// deleteChunk is how many records a deletion holds in memory; of the others it knows just the ids.
const deleteChunk = 500

// Delete deletes a record with all that belongs to it, and returns how many records of each object went.
func (op *Operation) Delete(ctx context.Context, object string, id audit.RecordID) (map[string]int, error) {
	return op.DeleteAll(ctx, object, []audit.RecordID{id})
}

// DeleteAll deletes records with all that belongs to them. References to what goes are cleared, or the deletion is
// refused, as their fields say; every consequence is an event whose cause is the deletion it follows from.
func (op *Operation) DeleteAll(ctx context.Context, object string, ids []audit.RecordID) (map[string]int, error) {
	if len(ids) == 0 {
		return map[string]int{}, nil
	}
	o, err := op.writable(object)
	if err != nil {
		return nil, err
	}
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	for _, id := range ids {
		if _, err := op.schema.visible(ctx, op.tx, op.caller, o, id); err != nil {
			return nil, err
		}
	}
	return op.remove(ctx, o, ids, "")
}

// remove deletes records that were checked, as a consequence of cause.
func (op *Operation) remove(ctx context.Context, o *Object, ids []audit.RecordID, cause audit.EventID) (map[string]int, error) {
	r := op.newRemoval(o, ids)
	r.cause = cause
	return r.counts, r.run(ctx)
}

func (op *Operation) newRemoval(o *Object, ids []audit.RecordID) *removal {
	r := op.schema.newRemoval(op.tx, op.caller, o, ids)
	r.op = op
	return r
}

// newRemoval marks records for deletion; without an operation it only finds out what would follow.
func (s *Schema) newRemoval(v View, caller audit.Caller, o *Object, ids []audit.RecordID) *removal {
	r := &removal{view: v, caller: caller, schema: s, marked: make(map[audit.RecordID]audit.RecordID, len(ids)), events: map[audit.RecordID]audit.EventID{},
		counts: map[string]int{}, groups: []removalGroup{{o, ids}}, done: func() {}}
	for _, id := range ids {
		r.marked[id] = ""
	}
	return r
}

// removal is a deletion under way.
type removal struct {
	op     *Operation // nil for a preview
	view   View
	caller audit.Caller
	schema *Schema
	// marked holds every record that goes, with the record that takes it along, "" for those that were asked for.
	marked map[audit.RecordID]audit.RecordID
	groups []removalGroup // parents before what they take along
	// events are the deletions of the records that something can point at.
	events  map[audit.RecordID]audit.EventID
	cleared []clearedLink
	counts  map[string]int
	// cause is the event that those which were asked for follow from, and also what their events say beside their fields.
	cause audit.EventID
	also  []audit.Change
	done  func() // is called after each that was asked for
}

func (r *removal) run(ctx context.Context) error {
	for _, step := range []func(context.Context) error{r.spread, r.checkSeen, r.refuse, r.findCleared, r.remove, r.clear} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

type removalGroup struct {
	object *Object
	ids    []audit.RecordID
}

// clearedLink is a reference from a record that stays to one that goes.
type clearedLink struct {
	object *Object
	field  *Field
	id     audit.RecordID
	target audit.RecordID
}

// incoming walks over the references of one field to some records.
func incoming(ctx context.Context, v View, ids []audit.RecordID, from Referrer, visit func(Incoming)) error {
	const page = 1000
	for targets := range slices.Chunk(ids, 200) {
		after := audit.RecordID("")
		for {
			found, err := v.Referrers(ctx, from.Object.Key, from.Field.Key, targets, after, page)
			if err != nil {
				return err
			}
			for _, in := range found {
				visit(in)
			}
			if len(found) < page {
				break
			}
			after = found[len(found)-1].ID
		}
	}
	return nil
}

// spread marks what the deletion takes along.
func (r *removal) spread(ctx context.Context) error {
	for i := 0; i < len(r.groups); i++ {
		for _, from := range r.schema.referrersOf(r.groups[i].object.Key, Cascade) {
			next := removalGroup{object: from.Object}
			err := incoming(ctx, r.view, r.groups[i].ids, from, func(in Incoming) {
				if _, ok := r.marked[in.ID]; !ok {
					r.marked[in.ID] = in.Target
					next.ids = append(next.ids, in.ID)
				}
			})
			if err != nil {
				return err
			}
			if len(next.ids) > 0 {
				r.groups = append(r.groups, next)
			}
		}
	}
	return nil
}

// checkSeen refuses to take along what the caller does not see.
func (r *removal) checkSeen(ctx context.Context) error {
	for _, g := range r.groups {
		n, err := r.schema.countSeen(ctx, r.view, r.caller, g.object, g.ids)
		if err != nil {
			return err
		}
		if n < len(g.ids) {
			return notTheirs("delete this: it takes " + g.object.Word().Many + " of others along")
		}
	}
	return nil
}

// countSeen is how many of the records, which are all there, the caller sees.
func (s *Schema) countSeen(ctx context.Context, v View, caller audit.Caller, o *Object, ids []audit.RecordID) (int, error) {
	if s.assigned(caller, o) == nil {
		return len(ids), nil
	}
	n := 0
	for some := range slices.Chunk(ids, deleteChunk) {
		rows, err := v.Rows(ctx, o.Key, some)
		if err != nil {
			return n, err
		}
		for i := range rows {
			seen, err := s.sees(ctx, v, caller, o, &rows[i].Record)
			if err != nil {
				return n, err
			}
			if seen {
				n++
			}
		}
	}
	return n, nil
}

// refuse stops the deletion when a record that stays needs one that goes.
func (r *removal) refuse(ctx context.Context) error {
	for _, g := range r.groups {
		for _, from := range r.schema.referrersOf(g.object.Key, Refuse) {
			needed := map[audit.RecordID][]audit.RecordID{}
			err := incoming(ctx, r.view, g.ids, from, func(in Incoming) {
				if _, ok := r.marked[in.ID]; !ok {
					needed[in.Target] = append(needed[in.Target], in.ID)
				}
			})
			if err != nil {
				return err
			}
			if len(needed) > 0 {
				first := slices.Min(slices.Collect(maps.Keys(needed)))
				which, err := r.which(ctx, g, first)
				if err != nil {
					return err
				}
				n, err := r.schema.countSeen(ctx, r.view, r.caller, from.Object, needed[first])
				if err != nil {
					return err
				}
				if n == 0 {
					return errs.New(errs.Conflict, "still_referenced", "The %s cannot be deleted: %s of others still have it as %s.", which, from.Object.Word().Many, from.Field.Label).
						WithFix("Ask somebody who sees all records to do it.")
				}
				refused := errs.New(errs.Conflict, "still_referenced", "The %s cannot be deleted: %s still %s it as %s.", which, from.Object.Word().Count(n), verb(n, "has", "have"), from.Field.Label)
				if from.Field.Instead != "" {
					return refused.WithFix("%s", from.Field.Instead)
				}
				return refused.WithFix("Give them another %s, or delete them first.", from.Field.Label)
			}
		}
	}
	return nil
}

// which is the word for a record of a group, with its name when there are several and the caller may read it.
func (r *removal) which(ctx context.Context, g removalGroup, id audit.RecordID) (string, error) {
	if len(g.ids) == 1 || !r.caller.May(audit.RecordsRead) {
		return g.object.Word().One, nil
	}
	rows, err := r.view.Rows(ctx, g.object.Key, []audit.RecordID{id})
	if err != nil || len(rows) == 0 {
		return g.object.Word().One, err
	}
	return g.object.Word().One + " " + audit.Quote(rows[0].Name), nil
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// findCleared lists the references that will be emptied.
func (r *removal) findCleared(ctx context.Context) error {
	for _, g := range r.groups {
		for _, from := range r.schema.referrersOf(g.object.Key, Clear) {
			err := incoming(ctx, r.view, g.ids, from, func(in Incoming) {
				if _, ok := r.marked[in.ID]; !ok {
					r.cleared = append(r.cleared, clearedLink{from.Object, from.Field, in.ID, in.Target})
				}
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// countCleared counts the records that lose a reference, by object, of those that the caller sees.
func (r *removal) countCleared(ctx context.Context, counts map[string]int) error {
	ids := map[*Object][]audit.RecordID{}
	for _, c := range r.cleared {
		ids[c.object] = append(ids[c.object], c.id)
	}
	for o, some := range ids {
		slices.Sort(some)
		n, err := r.schema.countSeen(ctx, r.view, r.caller, o, slices.Compact(some))
		if err != nil {
			return err
		}
		if n > 0 {
			counts[o.Key] = n
		}
	}
	return nil
}

// remove deletes the marked records, each with its event.
func (r *removal) remove(ctx context.Context) error {
	for _, g := range r.groups {
		size := deleteChunk
		if g.object.Check != nil {
			size = 1 // the check of each must see that the one before is gone (the last owner)
		}
		for ids := range slices.Chunk(g.ids, size) {
			rows, err := r.op.tx.Rows(ctx, g.object.Key, ids)
			if err != nil {
				return err
			}
			slices.SortFunc(rows, func(a, b Row) int { return compareText(a.ID, b.ID) })
			for i := range rows {
				if err := r.recordDeletion(ctx, g.object, &rows[i].Record); err != nil {
					return r.nameOne(g, &rows[i].Record, err)
				}
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := r.op.tx.Delete(ctx, rows); err != nil {
				return err
			}
			r.counts[g.object.Key] += len(rows)
		}
	}
	return nil
}

// causeOf is the deletion of the record that takes another one along, or what the whole removal follows from.
func (r *removal) causeOf(taker audit.RecordID) audit.EventID {
	if taker == "" {
		return r.cause
	}
	return r.events[taker]
}

// nameOne names the record in an error about one of several.
func (r *removal) nameOne(g removalGroup, rec *Record, err error) error {
	if len(g.ids) == 1 || errs.Is(err, errs.Internal) || strings.Contains(errs.Of(err).Detail, rec.Name) {
		return err
	}
	return named(g.object, rec, err)
}

func (r *removal) recordDeletion(ctx context.Context, o *Object, rec *Record) error {
	if o.Single {
		return errs.New(errs.Conflict, "only_one", "The account has exactly one %s; it cannot be deleted.", o.Word().One).
			WithFix("Change its fields instead.")
	}
	if o.Check != nil {
		if err := o.Check(ctx, &Write{op: r.op, Object: o, Before: rec, coming: func(audit.RecordID) bool { return false }}); err != nil {
			return err
		}
	}
	changes, err := r.op.changes(ctx, o, rec, nil)
	if err != nil {
		return err
	}
	cause := r.causeOf(r.marked[rec.ID])
	if r.marked[rec.ID] == "" {
		changes = append(changes, r.also...)
		r.done()
	}
	id, err := r.op.record(ctx, o, o.Verb(audit.Deleted), rec, rec.refWithCreation(), changes, link{cause: cause})
	if err != nil {
		return err
	}
	if r.op.schema.Referable(o.Key) {
		r.events[rec.ID] = id
		delete(r.op.known, rec.ID)
		r.op.noteOwners(rec)
		r.op.gone[rec.ID] = rec.Ref()
	}
	return r.op.written(ctx, o, Written{Before: rec, Event: id})
}

// clear empties the references that point at what went.
func (r *removal) clear(ctx context.Context) error {
	slices.SortStableFunc(r.cleared, func(a, b clearedLink) int { return compareText(a.id, b.id) })
	for chunk := range slices.Chunk(r.cleared, deleteChunk) {
		for len(chunk) > 0 {
			n := 1
			for n < len(chunk) && chunk[n].id == chunk[0].id {
				n++
			}
			if err := r.clearRecord(ctx, chunk[:n]); err != nil {
				return err
			}
			chunk = chunk[n:]
		}
	}
	return nil
}

func compareText[T ~string](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// clearRecord empties one record's references in one write for each deletion that caused it.
func (r *removal) clearRecord(ctx context.Context, links []clearedLink) error {
	for len(links) > 0 {
		cause := links[0].target
		fields := map[string]audit.Value{}
		var rest []clearedLink
		for _, l := range links {
			if l.target == cause {
				fields[l.field.Key] = audit.None
			} else {
				rest = append(rest, l)
			}
		}
		rows, err := r.op.tx.Rows(ctx, links[0].object.Key, []audit.RecordID{links[0].id})
		if err != nil || len(rows) == 0 {
			return err
		}
		if _, err := r.op.update(ctx, links[0].object, &rows[0].Record, fields, nil, link{cause: r.events[cause]}); err != nil {
			return err
		}
		links = rest
	}
	return nil
}
