package alerts

import (
	"cmp"
	"slices"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// maxKept is how many entries an alert remembers that have not made it fire, and for how many people and addresses it is quiet;
// of more the oldest are forgotten.
const maxKept = 2000

// Counts are the entries that may yet come to a number, and for whom the alert is quiet.
type Counts struct {
	Newest time.Time            `json:"newest,omitzero"`
	Recent map[string][]Seen    `json:"recent,omitempty"` // by key, by time
	Quiet  map[string]time.Time `json:"quiet,omitempty"`  // when it fired
}

// Seen is an entry and the time at which it counts.
type Seen struct {
	At    time.Time     `json:"at"`
	Event audit.EventID `json:"event"`
}

// seenOf is an event as it counts: an application may claim any time, but none after it was recorded.
func seenOf(e *audit.Event) Seen {
	at := e.OccurredAt
	if e.RecordedAt.Before(at) {
		at = e.RecordedAt
	}
	return Seen{at, e.ID}
}

// keysOf are those under which an event is counted, with how they are called.
func (c Condition) keysOf(e *audit.Event) (keys, names []string) {
	if c.Per == PerPerson || c.Per == PersonOrAddress {
		id := cmp.Or(string(e.Actor.ID), e.Actor.Name)
		keys, names = append(keys, "person "+string(e.Actor.Type)+" "+id), append(names, e.Actor.Name)
	}
	if (c.Per == PerAddress || c.Per == PersonOrAddress) && e.Context.IP != "" {
		network := audit.Network(e.Context.IP)
		keys, names = append(keys, "address "+network), append(names, network)
	}
	if c.Per == Together {
		return []string{""}, []string{""}
	}
	return keys, names
}

// counted is what came of counting an event.
type counted struct {
	run   []Seen    // the entries by which the alert fires, nil when it does not
	by    string    // for whom
	quiet time.Time // until when the alert is quiet for them, when the entry belongs to what fired already; zero otherwise
}

// add counts an event. It looks at what belongs to the keys of the event alone: alerts count while nobody else can write. trim looks
// at all, once for many events.
func (n *Counts) add(c Condition, e *audit.Event) counted {
	s := seenOf(e)
	keys, names := c.keysOf(e)
	window := c.window()
	if s.At.After(n.Newest) {
		n.Newest = s.At
	}
	for i, key := range keys {
		if at, ok := n.Quiet[key]; ok && n.recent(at, window) && s.At.Sub(at).Abs() < window {
			return counted{by: names[i], quiet: at.Add(window)}
		}
	}
	for i, key := range keys {
		list := n.insert(key, s, window)
		if run := within(list, s, c.Count, window); run != nil {
			run = slices.Clone(run)
			n.quiet(keys, run[len(run)-1].At, window)
			return counted{run: run, by: names[i]}
		}
	}
	return counted{}
}

// recent reports whether a time is less than two windows behind the newest: an entry that comes late by a window still finds its
// neighbours. What lies further back is forgotten.
func (n *Counts) recent(at time.Time, window time.Duration) bool {
	return at.After(n.Newest.Add(-2 * window))
}

// insert puts an entry among those of a key and returns them.
func (n *Counts) insert(key string, s Seen, window time.Duration) []Seen {
	if n.Recent == nil {
		n.Recent = map[string][]Seen{}
	}
	list := n.Recent[key]
	at, there := slices.BinarySearchFunc(list, s, func(a, b Seen) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Event, b.Event)) })
	if !there {
		n.Recent[key] = slices.Insert(list, at, s)
	}
	n.keep(key, func(s Seen) bool { return n.recent(s.At, window) })
	return n.Recent[key]
}

// within finds as many neighbours as asked for, s among them, of which the first and the last are less than a window apart.
func within(list []Seen, s Seen, count int, window time.Duration) []Seen {
	at := slices.IndexFunc(list, func(o Seen) bool { return o.Event == s.Event })
	if at < 0 {
		return nil
	}
	for from := max(0, at-count+1); from <= at && from+count <= len(list); from++ {
		if run := list[from : from+count]; run[count-1].At.Sub(run[0].At) < window {
			return run
		}
	}
	return nil
}

// quiet lets nothing fire for the keys around a time, and forgets what was counted there.
func (n *Counts) quiet(keys []string, at time.Time, window time.Duration) {
	if n.Quiet == nil {
		n.Quiet = map[string]time.Time{}
	}
	for _, key := range keys {
		n.Quiet[key] = at
		n.keep(key, func(s Seen) bool { return s.At.Sub(at).Abs() >= window })
	}
}

func (n *Counts) keep(key string, which func(Seen) bool) {
	left := slices.DeleteFunc(n.Recent[key], func(s Seen) bool { return !which(s) })
	if len(left) == 0 {
		delete(n.Recent, key)
		return
	}
	n.Recent[key] = left
}

// trim forgets what is not recent, and of more than maxKept entries and quiet keys the oldest.
func (n *Counts) trim(window time.Duration) {
	type place struct {
		key string
		at  time.Time
	}
	var kept, quiet []place
	for key := range n.Recent {
		n.keep(key, func(s Seen) bool { return n.recent(s.At, window) })
		for _, s := range n.Recent[key] {
			kept = append(kept, place{key, s.At})
		}
	}
	for key, at := range n.Quiet {
		if n.recent(at, window) {
			quiet = append(quiet, place{key, at})
		} else {
			delete(n.Quiet, key)
		}
	}
	tooMany := func(places []place) []place {
		slices.SortFunc(places, func(a, b place) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.key, b.key)) })
		return places[:max(0, len(places)-maxKept)]
	}
	for _, p := range tooMany(kept) {
		if n.Recent[p.key] = n.Recent[p.key][1:]; len(n.Recent[p.key]) == 0 {
			delete(n.Recent, p.key)
		}
	}
	for _, p := range tooMany(quiet) {
		delete(n.Quiet, p.key)
	}
}
