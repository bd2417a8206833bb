package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/backtrail/backtrail/audit"
)

// Facets implements audit.Log. The labels are the keys, but for users: theirs is the name in their latest event.
// Actors without an id are not counted among the users; a filter cannot ask for them. What waits for the sealer counts as newer
// than all that is sealed.
func (db *DB) Facets(ctx context.Context, account audit.AccountID, f audit.Filter, most int) (out audit.Facets, err error) {
	err = db.read(ctx, of(account), func(c conn) error {
		s, err := newScan(ctx, c, account, f)
		if err != nil {
			return err
		}
		t := newTally()
		if s.exact {
			err = t.count(ctx, s, most)
		} else {
			t.most = (most + bodyCost - 1) / bodyCost
			err = s.each(ctx, t.most == 0, t.add)
		}
		out = t.facets()
		return err
	})
	return out, err
}

// bodyCost is how many events the database counts in the time in which we read one.
const bodyCost = 10

// each calls visit with every event that passes, newest first, until it has enough; all tells that it never will.
func (s *scan) each(ctx context.Context, all bool, visit func(*audit.Event) (enough bool)) error {
	if err := s.search(ctx, all); err != nil {
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
			if visit(e) {
				return nil
			}
		}
		if !more {
			return nil
		}
	}
}

// tally is the counts in the making.
type tally struct {
	modules, types, actions, users, outcomes, channels map[string]int
	names                                              map[string]string
	total                                              int
	most                                               int // 0 for all
	partial                                            bool
}

func newTally() *tally {
	return &tally{modules: map[string]int{}, types: map[string]int{}, actions: map[string]int{}, users: map[string]int{},
		outcomes: map[string]int{}, channels: map[string]int{}, names: map[string]string{}}
}

func (t *tally) addGroup(g group) {
	t.total += g.n
	t.modules[g.module] += g.n
	t.types[g.kind] += g.n
	t.actions[g.action] += g.n
	t.outcomes[g.outcome] += g.n
	t.channels[g.channel] += g.n
	if g.actor != "" {
		t.users[g.actor] += g.n
	}
}

// add counts an event, and reports whether it was the last one; they come newest first.
func (t *tally) add(e *audit.Event) (enough bool) {
	t.addGroup(group{module: e.Module, kind: string(e.Type), action: string(e.Action), actor: string(e.Actor.ID),
		outcome: string(e.Outcome), channel: string(e.Channel), n: 1})
	if _, known := t.names[string(e.Actor.ID)]; !known {
		t.names[string(e.Actor.ID)] = e.Actor.Name
	}
	t.partial = t.most > 0 && t.total >= t.most
	return t.partial
}

// group is a row of count: how many events have the same properties, and the last of them.
type group struct {
	module, kind, action, actor, outcome, channel string
	n                                             int
	latest                                        string
}

const groupColumns = "module, type, action, actor, outcome, channel"

// count lets the database count, the newest alone when most is above 0, and then reads the latest event of each user for the
// name.
func (t *tally) count(ctx context.Context, s *scan, most int) error {
	latest := map[string]audit.EventID{}
	// The ids go up with the time; which of two of one moment is the later one does not matter for a name.
	for _, table := range []string{"pending", "events"} {
		if s.none || t.partial {
			break
		}
		var f fragment
		if most == 0 {
			f.put("SELECT "+groupColumns+", count(*), max(id) FROM ", s.countable(table), " GROUP BY "+groupColumns)
		} else {
			f.put("SELECT "+groupColumns+", count(*), max(id) FROM (SELECT "+groupColumns+", id FROM ", s.countable(table), newest+") AS counted GROUP BY "+groupColumns)
			f.args = append(f.args, most-t.total)
		}
		groups, err := all(ctx, s.c, func(r row) (g group, err error) {
			return g, r.Scan(&g.module, &g.kind, &g.action, &g.actor, &g.outcome, &g.channel, &g.n, &g.latest)
		}, f.numbered(), f.args...)
		if err != nil {
			return err
		}
		for _, g := range groups {
			t.addGroup(g)
			if g.actor != "" {
				latest[g.actor] = max(latest[g.actor], audit.EventID(g.latest))
			}
		}
		t.partial = most > 0 && t.total >= most
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
		Actions: counts(t.actions, nil), Users: counts(t.users, t.names), Outcomes: counts(t.outcomes, nil),
		Channels: counts(t.channels, nil), Total: t.total, Partial: t.partial}
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
