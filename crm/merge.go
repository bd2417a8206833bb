package crm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
)

// Side says which of two values stays when two records become one.
type Side string

// The sides.
const (
	WinnerSide Side = "winner"
	LoserSide  Side = "loser"
	BothSides  Side = "both" // of a set of words: all of them
)

// Merge asks to make one record of two: the loser's links and the chosen values go to the winner, and the loser goes.
type Merge struct {
	Winner, Loser audit.RecordID
	// Fields says for fields that differ which value stays. Left out, the winner's does, the loser's where the winner has
	// none, and of sets of words both.
	Fields map[string]Side
	// Token is that of the plan which the caller saw, "" to take what is there.
	Token string
}

// MergeField is a field in which the two differ.
type MergeField struct {
	Field         *Field
	Winner, Loser audit.Value
	Side          Side
	Result        audit.Value
}

// Sides are the choices for the field.
func (f MergeField) Sides() []Side {
	if f.Field.Type == Tags {
		return []Side{BothSides, WinnerSide, LoserSide}
	}
	return []Side{WinnerSide, LoserSide}
}

// MergeMove is how many references of one field go from the loser to the winner.
type MergeMove struct {
	Object *Object
	Field  *Field
	Count  int
}

// MergePlan is what a merge would do or, with Operation, what it did.
type MergePlan struct {
	Winner, Loser *Record // the winner as it is after a merge that was done
	Fields        []MergeField
	Moves         []MergeMove
	Token         string
	Operation     audit.OperationID // also the id of the event that says so
	links         []mergeLinks
}

// mergeLinks are the records that point at the loser by one field.
type mergeLinks struct {
	Referrer
	ids []audit.RecordID
}

// mergedVerb is what the event of a merge is called.
const mergedVerb = "merged"

// mergedInto is the change by which the events of a merge say which record the loser became. No field has this key:
// the dot.
const mergedInto = "merged.into"

// MergedIntoKey is the name under which the error about a record that was merged away carries the *audit.Ref of the one
// that it became.
const MergedIntoKey = "merged_into"

// MergedInto is the record into which the record of a deletion was merged, nil for a deletion that is no merge.
func (o *Object) MergedInto(e *audit.Event) *audit.Ref {
	if !o.Merges {
		return nil
	}
	for _, c := range e.Changes {
		if c.Field == mergedInto && c.After != audit.None {
			return &audit.Ref{Object: o.Key, ID: audit.RecordID(c.After.Text()), Name: c.AfterText}
		}
	}
	return nil
}

// MergeOf reports whether e leads a merge, and which record was merged away.
func (o *Object) MergeOf(e *audit.Event) (loser *audit.Ref, ok bool) {
	if !o.Merges || e.Type != o.Type(mergedVerb) || len(e.Changes) == 0 || e.Changes[0].Record == nil {
		return nil, false
	}
	return e.Changes[0].Record, true
}

// PreviewMerge makes the plan of a merge. errs.NotFound or errs.Gone when one of the two is not there, errs.Invalid for
// one with itself, a field that is not there, or a side that it does not have.
func (e *Engine) PreviewMerge(ctx context.Context, caller audit.Caller, object string, m Merge) (*MergePlan, error) {
	var p *MergePlan
	s := e.Schema(caller.Account)
	err := e.store.ReadRecords(ctx, caller.Account, func(v View) (err error) {
		p, err = s.planMerge(ctx, v, caller, object, m)
		return err
	})
	return p, err
}

// Merge makes one record of two; its errors are those of PreviewMerge, and errs.Conflict plan_stale when Token is that of
// another plan than the one there would be now.
func (e *Engine) Merge(ctx context.Context, caller audit.Caller, object string, m Merge) (*MergePlan, error) {
	var p *MergePlan
	err := e.Do(ctx, caller, func(op *Operation) (err error) {
		p, err = op.merge(ctx, object, m)
		return err
	})
	return p, err
}

func (s *Schema) planMerge(ctx context.Context, v View, caller audit.Caller, object string, m Merge) (*MergePlan, error) {
	o, err := s.readable(caller, object) // the plan shows both records
	if err != nil {
		return nil, err
	}
	if !o.Merges {
		return nil, errs.New(errs.NotPossible, "not_mergeable", "%s cannot be merged.", o.LabelPlural)
	}
	if err := s.mayWrite(caller, o); err != nil {
		return nil, err
	}
	if m.Winner == m.Loser {
		return nil, errs.InvalidField("loser", "same_record", "A %s cannot be merged with itself.", o.Word().One).WithFix("Choose another %s.", o.Word().One)
	}
	p := &MergePlan{}
	if p.Winner, err = s.visible(ctx, v, caller, o, m.Winner); err != nil {
		return nil, err
	}
	if p.Loser, err = s.visible(ctx, v, caller, o, m.Loser); err != nil {
		return nil, err
	}
	if p.Fields, err = o.mergeFields(p.Winner, p.Loser, m.Fields); err != nil {
		return nil, err
	}
	token := sha256.New()
	fmt.Fprintln(token, p.Winner.ID, p.Winner.Version, p.Loser.ID, p.Loser.Version)
	for _, from := range s.referrers[o.Key] {
		links := mergeLinks{Referrer: from}
		err := incoming(ctx, v, []audit.RecordID{m.Loser}, from, func(in Incoming) {
			if in.ID != m.Loser {
				links.ids = append(links.ids, in.ID)
			}
		})
		if err != nil {
			return nil, err
		}
		if len(links.ids) == 0 {
			continue
		}
		if n, err := s.countSeen(ctx, v, caller, from.Object, links.ids); err != nil {
			return nil, err
		} else if n < len(links.ids) {
			return nil, notTheirs("merge these: it changes " + from.Object.Word().Many + " of others")
		}
		p.links = append(p.links, links)
		fmt.Fprintln(token, from.Object.Key, from.Field.Key, links.ids)
		p.Moves = append(p.Moves, MergeMove{from.Object, from.Field, len(links.ids)})
	}
	p.Token = hex.EncodeToString(token.Sum(nil)[:16])
	return p, nil
}

// mergeFields are the fields in which the two differ, each with what stays of it.
func (o *Object) mergeFields(winner, loser *Record, given map[string]Side) ([]MergeField, error) {
	var mistakes []errs.Field
	for key, side := range given {
		f, ok := o.Field(key)
		switch {
		case !ok || f.Computed || f.Type == Secret:
			mistakes = append(mistakes, errs.Field{Field: "fields." + key, Code: "unknown_field", Detail: fmt.Sprintf("There is no field %s to choose a value of.", audit.Quote(key))})
		case !slices.Contains(MergeField{Field: f}.Sides(), side):
			mistakes = append(mistakes, errs.Field{Field: "fields." + key, Code: "invalid_choice", Detail: fmt.Sprintf("%s can be that of %v, not %s.", f.Label, MergeField{Field: f}.Sides(), audit.Quote(string(side)))})
		}
	}
	slices.SortFunc(mistakes, func(a, b errs.Field) int { return compareText(a.Field, b.Field) })
	if err := errs.InvalidFields(mistakes); err != nil {
		return nil, err
	}
	var out []MergeField
	for i := range o.Fields {
		f := &o.Fields[i]
		m := MergeField{Field: f, Winner: winner.Fields[f.Key], Loser: loser.Fields[f.Key], Side: given[f.Key]}
		if f.Type == RefType { // the two become one, which does not point at itself
			m.Winner, m.Loser = unless(m.Winner, loser.ID), unless(unless(m.Loser, winner.ID), loser.ID)
		}
		if f.Computed || f.Type == Secret || m.Winner == m.Loser {
			continue
		}
		if m.Side == "" {
			m.Side = m.byItself()
		}
		out = append(out, m.resolved())
	}
	return out, nil
}

// unless is a reference, none when it is to the record id.
func unless(ref audit.Value, id audit.RecordID) audit.Value {
	if ref.Text() == string(id) {
		return audit.None
	}
	return ref
}

// byItself is the side that stays when nobody chose.
func (m MergeField) byItself() Side {
	switch {
	case m.Field.Type == Tags:
		return BothSides
	case m.Winner == audit.None:
		return LoserSide
	}
	return WinnerSide
}

func (m MergeField) resolved() MergeField {
	switch m.Side {
	case LoserSide:
		m.Result = m.Loser
	case BothSides:
		m.Result = audit.List(audit.SortedSet(slices.Concat(m.Winner.Strings(), m.Loser.Strings())))
	default:
		m.Result = m.Winner
	}
	return m
}

// merge carries a merge out: the links go over, then the loser goes, then the winner takes the values, for one may be
// unique. All of it is caused by the leading event, which holds the loser's whole record.
func (op *Operation) merge(ctx context.Context, object string, m Merge) (*MergePlan, error) {
	p, err := op.schema.planMerge(ctx, op.tx, op.caller, object, m)
	if err != nil {
		return nil, err
	}
	if m.Token != "" && m.Token != p.Token {
		return nil, errs.New(errs.Conflict, "plan_stale", "Something changed since the preview was made.").WithFix("Look at the new preview and confirm again.")
	}
	o := op.schema.byKey[object]
	lead, err := op.recordMerge(ctx, o, p)
	if err != nil {
		return nil, err
	}
	op.SameFor(p.Loser.ID, p.Winner.ID)
	if err := op.moveLinks(ctx, p, lead); err != nil {
		return nil, err
	}
	gone := op.newRemoval(o, []audit.RecordID{p.Loser.ID})
	gone.cause, gone.also = lead, []audit.Change{into(p.Winner, nil)}
	if err := gone.run(ctx); err != nil {
		return nil, err
	}
	rows, err := op.tx.Rows(ctx, o.Key, []audit.RecordID{p.Winner.ID}) // what followed may have changed it
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	fields := map[string]audit.Value{}
	for _, f := range p.Fields {
		fields[f.Field.Key] = f.Result
	}
	if p.Winner, err = op.update(ctx, o, &rows[0].Record, fields, nil, link{cause: lead}); err != nil {
		return nil, err
	}
	p.Operation = op.ID()
	return p, nil
}

// into says which record the loser became.
func into(winner *Record, of *audit.Ref) audit.Change {
	return audit.Change{Field: mergedInto, Label: "Merged into", After: audit.String(string(winner.ID)), AfterText: winner.Name, Record: of}
}

// recordMerge writes the leading event. It is about the winner; its changes are the loser's: every value it had, where it
// went, and how many links went along.
func (op *Operation) recordMerge(ctx context.Context, o *Object, p *MergePlan) (audit.EventID, error) {
	loser := p.Loser.Ref()
	changes, err := op.changes(ctx, o, p.Loser, nil)
	if err != nil {
		return "", err
	}
	for i := range changes {
		changes[i].Record = loser
	}
	changes = append(changes, into(p.Winner, loser))
	for _, m := range p.Moves {
		changes = append(changes, audit.Change{Field: "moved." + m.Object.Key + "." + m.Field.Key, Label: m.Object.LabelPlural, Record: loser,
			After: audit.String(fmt.Sprint(m.Count)), AfterText: m.Object.Word().Count(m.Count) + " moved"})
	}
	return op.log.Record(ctx, audit.Draft{Type: o.Type(mergedVerb), Record: p.Winner.Ref(), Word: o.Word(), Related: []audit.Ref{{Object: o.Key, ID: loser.ID, Name: loser.Name}},
		Changes: changes, Note: audit.Quote(loser.Name) + movedText(p.Moves)})
}

// movedText is ", with 3 notes, 2 tasks and 1 invoice", "" for none.
func movedText(moves []MergeMove) string {
	counts, words := map[string]int{}, map[string]audit.Word{}
	var order []string
	for _, m := range moves {
		if counts[m.Object.Key] == 0 {
			order = append(order, m.Object.Key)
		}
		counts[m.Object.Key] += m.Count
		words[m.Object.Key] = m.Object.Word()
	}
	text := ""
	for i, key := range order {
		switch {
		case i == 0:
			text = ", with "
		case i == len(order)-1:
			text += " and "
		default:
			text += ", "
		}
		text += words[key].Count(counts[key])
	}
	return text
}

// moveLinks lets what points at the loser point at the winner. What an object works out (the contact of a payment) comes
// last: it follows from what it is worked out of.
func (op *Operation) moveLinks(ctx context.Context, p *MergePlan, lead audit.EventID) error {
	for _, computed := range []bool{false, true} {
		for _, l := range p.links {
			if l.Field.Computed != computed {
				continue
			}
			for ids := range slices.Chunk(l.ids, deleteChunk) {
				rows, err := op.tx.Rows(ctx, l.Object.Key, ids)
				if err != nil {
					return err
				}
				slices.SortFunc(rows, func(a, b Row) int { return compareText(a.ID, b.ID) })
				for i := range rows {
					to := map[string]audit.Value{l.Field.Key: audit.String(string(p.Winner.ID))}
					if rows[i].ID == p.Winner.ID && !l.Field.Required {
						to[l.Field.Key] = audit.None // it pointed at its own double
					}
					if _, err := op.update(ctx, l.Object, &rows[i].Record, to, nil, link{cause: lead}); err != nil {
						return named(l.Object, &rows[i].Record, err)
					}
				}
			}
		}
	}
	return nil
}

// SameFor lets references go from one record to another as if nothing changed: both are, or were, one. An object's own
// rule that keeps a reference (the contact of an invoice that was sent) lets it pass.
func (op *Operation) SameFor(from, to audit.RecordID) {
	if op.same == nil {
		op.same = map[audit.RecordID]audit.RecordID{}
	}
	op.same[from] = to
}

// named names the record in an error that stands for one of many.
func named(o *Object, rec *Record, err error) error {
	if errs.Is(err, errs.Internal) {
		return err
	}
	e := *errs.Of(err)
	e.Detail = fmt.Sprintf("The %s %s: %s", o.Word().One, audit.Quote(rec.Name), e.Detail)
	return &e
}
