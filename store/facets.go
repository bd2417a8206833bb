package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/backtrail/backtrail/audit"
)

// Facets implements audit.Log. The labels are the keys, but for users: theirs is the name in their latest event.
// Actors without an id are not counted among the users; a filter cannot ask for them.
func (db *DB) Facets(ctx context.Context, account audit.AccountID, f audit.Filter) (out audit.Facets, err error) {
	err = db.read(ctx, of(account), func(c conn) error {
		s, err := newScan(ctx, c, account, f)
		if err != nil {
			return err
		}
		t := newTally()
		if s.exact {
			err = t.count(ctx, s)
		} else {
			err = s.each(ctx, t.add)
		}
		out = t.facets()
		return err
	})
	return out, err
}

// each calls visit with every event that passes, newest first.
func (s *scan) each(ctx context.Context, visit func(*audit.Event)) error {
	if err := s.search(ctx, true); err != nil {
		return err
	}
	for {
		rows, more, err := s.next(ctx, scanChunkMost)
		if err != nil {
			return err
		}
		for i := range rows {
			e, err := rows[i].event()
			if err != nil {
				return err
			}
			visit(e)
		}
		if !more {
			return nil
		}
	}
}

// tally is the counts in the making.
type tally struct {
	modules, types, actions, users map[string]int
	names                          map[string]string
}

func newTally() *tally {
	return &tally{map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}, map[string]string{}}
}

func (t *tally) addCount(module, kind, action, actor string, n int) {
	t.modules[module] += n
	t.types[kind] += n
	t.actions[action] += n
	if actor != "" {
		t.users[actor] += n
	}
}

// add counts an event; they come newest first.
func (t *tally) add(e *audit.Event) {
	t.addCount(e.Module, string(e.Type), string(e.Action), string(e.Actor.ID), 1)
	if _, known := t.names[string(e.Actor.ID)]; !known {
		t.names[string(e.Actor.ID)] = e.Actor.Name
	}
}

// group is a row of count: how many events have the same four properties, and the last of them.
type group struct {
	module, kind, action, actor string
	n                           int
	latest                      string
}

// count lets the database count, and then reads the latest event of each user for the name.
func (t *tally) count(ctx context.Context, s *scan) error {
	latest := map[string]audit.EventID{}
	// The ids go up with the time; which of two of one moment is the later one does not matter for a name.
	for _, from := range []fragment{s.countable("pending"), s.countable("events")} {
		if s.none {
			break
		}
		var f fragment
		f.put("SELECT module, type, action, actor, count(*), max(id) FROM ", from, " GROUP BY module, type, action, actor")
		groups, err := all(ctx, s.c, func(r row) (g group, err error) {
			return g, r.Scan(&g.module, &g.kind, &g.action, &g.actor, &g.n, &g.latest)
		}, f.numbered(), f.args...)
		if err != nil {
			return err
		}
		for _, g := range groups {
			t.addCount(g.module, g.kind, g.action, g.actor, g.n)
			if g.actor != "" {
				latest[g.actor] = max(latest[g.actor], audit.EventID(g.latest))
			}
		}
	}
	var ids []audit.EventID
	for _, id := range latest {
		ids = append(ids, id)
	}
	for chunk := range slices.Chunk(ids, 500) {
		rows, err := readEvents(ctx, s.c, s.account, chunk)
		if err != nil {
			return err
		}
		for _, l := range rows {
			e, err := l.Event()
			if err != nil {
				return err
			}
			t.names[string(e.Actor.ID)] = e.Actor.Name
		}
	}
	return nil
}

// countable is the table with the conditions of the scan, for aggregates in no order.
func (s *scan) countable(table string) fragment {
	f := sqlf(table+" WHERE account = ?", s.account)
	at := "occurred_at"
	if s.narrow.text != "" {
		f.put(" AND ", s.narrow, "")
		at = s.c.words().unplanned(at)
	}
	f.put("", s.span.sql(at), "")
	f.put(" AND (", s.where, ")")
	return f
}

func (t *tally) facets() audit.Facets {
	return audit.Facets{Modules: counts(t.modules, nil), Types: counts(t.types, nil),
		Actions: counts(t.actions, nil), Users: counts(t.users, t.names)}
}

// counts are in the order of their number, the largest first.
func counts(of map[string]int, labels map[string]string) []audit.Count {
	out := []audit.Count{}
	for key, n := range of {
		label := key
		if labels[key] != "" {
			label = labels[key]
		}
		out = append(out, audit.Count{Key: key, Label: label, Count: n})
	}
	slices.SortFunc(out, func(a, b audit.Count) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.Key, b.Key)) })
	return out
}
