package automation_test

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/internal/replay"
	"github.com/backtrail/backtrail/workspace"
)

// died is the panic of a server that a test lets die.
type died struct{}

// survive catches up on a server until it dies or is done, and reports whether it died.
func (w *world) survive(ws *workspace.Workspace) (dead bool) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(died); !ok {
				panic(r)
			}
			dead = true
		}
	}()
	w.runOn(ws)
	return false
}

// onceWorld has two workflows with steps of every kind of writing, one of which fails, and what triggers them.
func onceWorld(t *testing.T) *world {
	w := newWorld(t)
	w.flow("Welcome", "contact.created", "", "add_tag", `{"tag":"new"}`, "create_task", `{"on":"","title":"Call"}`, "call_webhook", `{"url":"https://hooks.example.com/x"}`, "set_field", `{"field":"source","value":"Web"}`)
	w.flow("Broken", "contact.tag_added", "", "create_task", `{"title":"Look"}`, "send_email", `{"template":"`+string(w.create("template", "name", "T", "body", "B").ID)+`"}`)
	w.create("contact", "first_name", "Ana")
	w.create("contact", "first_name", "Bo")
	return w
}

// A server may die at every point between the cursor, the run and the effect: what workflows do is done once.
func TestOnceAcrossDeaths(t *testing.T) {
	calm := onceWorld(t)
	var points []string
	calm.ws.Automation.At(func(point string) { points = append(points, point) })
	calm.run()
	want := calm.did()
	if n := strings.Count(want, "\n"); n < 11 || !strings.Contains(want, `Workflow "Broken" failed: Step 2 (Send an email): "Ana" has no email address.`) {
		t.Fatalf("undisturbed, workflows did\n%s", want)
	}
	kinds := slices.Compact(slices.Sorted(slices.Values(points)))
	if len(kinds) != 15 {
		t.Fatalf("the points are %q", kinds)
	}
	for i, point := range points {
		if last := slices.Index(slices.Collect(backwards(points)), point); slices.Index(points, point) != i && len(points)-1-last != i {
			continue // the first time and the last time that it is reached are enough
		}
		t.Run(fmt.Sprint(i, " ", point), func(t *testing.T) {
			w := onceWorld(t)
			reached := 0
			w.ws.Automation.At(func(string) {
				if reached++; reached == i+1 {
					panic(died{})
				}
			})
			if !w.survive(w.ws) {
				t.Fatal("it did not die")
			}
			calls := w.poster.number()
			w.pass(3 * 60 * 1e9) // the lease of a call that was on its way
			w.runOn(w.server())
			sortedWant, sortedGot := sortedLines(want), sortedLines(w.did())
			if sortedGot != sortedWant {
				t.Errorf("with a death, workflows did\n%s\nwant\n%s", w.did(), want)
			}
			again := 0
			if point == "call: answered" || point == "call: recorded" {
				again = 1 // nobody can know whether it arrived; it has the same id
			}
			if n := w.poster.number(); n != 2+again {
				t.Errorf("the webhook was called %d times, %d before the death", n, calls)
			}
			if ids := slices.Compact(slices.Sorted(slices.Values(w.poster.calls))); len(ids) != 2 {
				t.Errorf("the deliveries are %q", w.poster.calls)
			}
		})
	}
}

func backwards(list []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, s := range slices.Backward(list) {
			if !yield(s) {
				return
			}
		}
	}
}

func sortedLines(s string) string {
	return strings.Join(slices.Sorted(strings.SplitSeq(s, "\n")), "\n")
}

// Several servers follow one log at once.
func TestSeveralServers(t *testing.T) {
	calm := onceWorld(t)
	for i := range 20 {
		calm.create("contact", "first_name", fmt.Sprint("C", i))
	}
	calm.run()
	w := onceWorld(t)
	for i := range 20 {
		w.create("contact", "first_name", fmt.Sprint("C", i))
	}
	servers := []*workspace.Workspace{w.ws, w.server(), w.server()}
	for range 6 {
		if err := w.db.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for _, ws := range servers {
			wg.Go(func() {
				if err := ws.Automation.CatchUp(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	if got, want := sortedLines(w.did()), sortedLines(calm.did()); got != want {
		t.Errorf("together they did\n%s\nwant\n%s", got, want)
	}
	if n := w.poster.number(); n != 22 {
		t.Errorf("the webhook was called %d times", n)
	}
}

// The log of what workflows did replays to the records, as everything does; causes lead back to what a person did.
func TestCauses(t *testing.T) {
	w := onceWorld(t)
	w.run()
	replay.Check(t, w.db, w.account)
	people := map[audit.EventID]bool{}
	for _, e := range w.events("contact.created") {
		people[e.ID] = true
	}
	byID := map[audit.EventID]*audit.Event{}
	for _, e := range w.events("") {
		byID[e.ID] = e
	}
	for _, e := range w.events("") {
		root := e
		for byID[root.Cause] != nil {
			root = byID[root.Cause]
		}
		if !people[root.Cause] {
			t.Errorf("%s goes back to %q", e.Description, root.Cause)
		}
	}
}
