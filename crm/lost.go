package crm

import (
	"context"
	"slices"

	"github.com/backtrail/backtrail/audit"
)

// LostSecret is a secret field whose values a deletion would lose for good: what is restored comes back without them, for no event
// holds them.
type LostSecret struct {
	Object  *Object
	Field   *Field
	Records int
}

// LostSecrets counts the secrets that the deletion of a selection would lose, with those of what goes along. Its errors are those of
// PreviewBulk.
func (e *Engine) LostSecrets(ctx context.Context, caller audit.Caller, sel Selection) ([]LostSecret, error) {
	s := e.Schema(caller.Account)
	o, err := s.Object(sel.Object)
	if err != nil || !s.mayLoseSecrets(o) {
		return nil, err
	}
	var lost []LostSecret
	err = e.store.ReadRecords(ctx, caller.Account, func(v View) error {
		list, err := s.choose(ctx, v, caller, o, sel)
		if err != nil {
			return err
		}
		r := s.newRemoval(v, caller, o, idsOf(list))
		if err := r.spread(ctx); err != nil {
			return err
		}
		for _, g := range r.groups {
			if lost, err = countSecrets(ctx, v, g, lost); err != nil {
				return err
			}
		}
		return nil
	})
	return lost, err
}

// mayLoseSecrets reports whether an object, or what goes along with its records, has a secret field. Most have none, and are not
// looked through.
func (s *Schema) mayLoseSecrets(o *Object) bool {
	reached := []*Object{o}
	for i := 0; i < len(reached); i++ {
		if slices.ContainsFunc(reached[i].Fields, func(f Field) bool { return f.Type == Secret }) {
			return true
		}
		for _, from := range s.referrersOf(reached[i].Key, Cascade) {
			if !slices.Contains(reached, from.Object) {
				reached = append(reached, from.Object)
			}
		}
	}
	return false
}

// countSecrets adds the secrets that records of a group have.
func countSecrets(ctx context.Context, v View, g removalGroup, lost []LostSecret) ([]LostSecret, error) {
	for i := range g.object.Fields {
		f := &g.object.Fields[i]
		if f.Type != Secret {
			continue
		}
		n := 0
		for some := range slices.Chunk(g.ids, deleteChunk) {
			rows, err := v.Rows(ctx, g.object.Key, some)
			if err != nil {
				return nil, err
			}
			for _, row := range rows {
				if row.Fields[f.Key] != audit.None {
					n++
				}
			}
		}
		at := slices.IndexFunc(lost, func(l LostSecret) bool { return l.Object == g.object && l.Field == f })
		switch {
		case n == 0:
		case at >= 0:
			lost[at].Records += n
		default:
			lost = append(lost, LostSecret{g.object, f, n})
		}
	}
	return lost, nil
}
