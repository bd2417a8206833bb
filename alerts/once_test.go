package alerts_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/backtrail/backtrail/alerts"
	"github.com/backtrail/backtrail/jobs"
)

// died is the panic of a server that a test lets die.
type died struct{}

// survive runs a server until it dies or is done, and reports whether it died. In the middle of a delivery the runner makes a failed
// attempt of it, which is tried again.
func (w *world) survive() (dead bool) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(died); !ok {
				panic(r)
			}
			dead = true
		}
	}()
	w.run()
	return false
}

// onceWorld has an alert that tells at once, by mail and webhook, one by the number, and one by the day; and what they tell of.
func onceWorld(t *testing.T) *world {
	w := newWorld(t)
	hook := func(in *alerts.NewAlert) { in.Webhook = "https://hooks.example.com/x" }
	w.alert("Each", "type=contact.deleted", every, hook)
	w.alert("Three", "type=contact.deleted", times(3, 5))
	w.alert("Daily", "type=contact.created", every, func(in *alerts.NewAlert) { in.Digest = "18:00" })
	for _, name := range []string{"Ana", "Bo", "Cy", "Di"} {
		w.remove(name)
	}
	return w
}

// whole lets everything that is due by the clock follow.
func (w *world) whole(s *alerts.Service, r *jobs.Runner) {
	w.runOn(s, r)
	w.pass(2 * time.Minute)
	w.runOn(s, r)
	w.pass(24 * time.Hour)
	w.runOn(s, r)
}

const onceFired = `The alert "Daily" fired: 4 entries
The alert "Each" fired: 4 entries
The alert "Three" fired: 4 entries (3 entries within 5 minutes)`

const onceMails = `olga@example.com: Alert Daily: fired 1 time
olga@example.com: Alert Each: 4 entries
olga@example.com: Alert Three: 4 entries`

func sortedLines(s string) string {
	return strings.Join(slices.Sorted(strings.SplitSeq(s, "\n")), "\n")
}

// A server may die at every point: what fires fires once, and is told.
func TestOnceAcrossDeaths(t *testing.T) {
	calm := onceWorld(t)
	var points []string
	var mu sync.Mutex
	calm.alerts.At(func(point string) {
		mu.Lock()
		defer mu.Unlock()
		points = append(points, point)
	})
	calm.whole(calm.alerts, calm.runner)
	calm.want("undisturbed, fired", sortedLines(calm.said("audit.alert_fired")), onceFired)
	calm.want("mail", calm.out.subjects(), onceMails)
	kinds := slices.Compact(slices.Sorted(slices.Values(points)))
	if len(kinds) != 9 {
		t.Fatalf("the points are %q", kinds)
	}
	for _, kind := range kinds {
		for _, last := range []bool{false, true} {
			t.Run(fmt.Sprint(kind, " ", last), func(t *testing.T) {
				w := onceWorld(t)
				n, at := 0, 1
				if last {
					at = len(slices.DeleteFunc(slices.Clone(points), func(p string) bool { return p != kind }))
				}
				var mu sync.Mutex
				w.alerts.At(func(point string) {
					mu.Lock()
					defer mu.Unlock()
					if point == kind {
						if n++; n == at {
							panic(died{})
						}
					}
				})
				w.dies(kind)
				_, next, runner := w.server()
				w.pass(2 * time.Second) // the lease of a job
				w.whole(next, runner)
				w.want("fired", sortedLines(w.said("audit.alert_fired")), onceFired)
				again := 0
				if kind == "deliver: sent" {
					again = 1 // nobody can know whether it arrived; it has the same id
				}
				ids := map[string]bool{}
				for _, l := range w.out.mails {
					ids[l.MessageID] = true
				}
				for _, c := range w.out.calls {
					ids[c.header["webhook-id"]] = true
				}
				if sent := len(w.out.mails) + len(w.out.calls); sent != 4+again || len(ids) != 4 {
					t.Errorf("%d messages were sent, of %d ids", sent, len(ids))
				}
			})
		}
	}
}

// dies runs the first server up to its death.
func (w *world) dies(kind string) {
	w.t.Helper()
	for _, pass := range []time.Duration{2 * time.Minute, 24 * time.Hour, 0} {
		if w.survive() {
			return
		}
		w.pass(pass)
	}
	if kind != "deliver: sent" { // the runner has taken that for a failed attempt
		w.t.Fatal("it did not die")
	}
}

// Several servers follow one log at once.
func TestSeveralServers(t *testing.T) {
	w := onceWorld(t)
	servers := []*alerts.Service{w.alerts}
	for range 2 {
		_, s, _ := w.server()
		servers = append(servers, s)
	}
	for range 4 {
		if err := w.db.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for _, s := range servers {
			wg.Go(func() {
				if err := s.CatchUp(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		w.deliver(w.runner)
		w.pass(12 * time.Hour)
	}
	w.want("fired", sortedLines(w.said("audit.alert_fired")), onceFired)
	w.want("mail", w.out.subjects(), onceMails)
	if len(w.out.calls) != 1 {
		t.Errorf("the webhook was called %d times", len(w.out.calls))
	}
}
