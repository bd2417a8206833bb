package demo_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/internal/replay"
)

var update = flag.Bool("update", false, "write testdata/questions.txt anew")

const questionsFile = "testdata/questions.txt"

// TestQuestions asks the questions of the table about the demo's account. Their answers are those of Match on every event,
// and those that the table says: how many, and the newest of them. Run it with -update when the demo's life changes.
func TestQuestions(t *testing.T) {
	t.Parallel()
	db := original.Copy(t) // which sets lived
	l := lifeIn(t, db, lived, noon)
	if err := l.db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	events := replay.Check(t, l.db, l.account)
	slices.SortFunc(events, func(a, b *audit.Event) int {
		if c := b.OccurredAt.Compare(a.OccurredAt); c != 0 {
			return c
		}
		return strings.Compare(string(b.ID), string(a.ID))
	})
	table, err := os.ReadFile(questionsFile)
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Europe/Lisbon")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	asked := 0
	for line := range strings.Lines(string(table)) {
		question, want, ok := strings.Cut(strings.TrimSpace(line), " | ")
		if strings.HasPrefix(line, "#") || !ok {
			out.WriteString(line)
			continue
		}
		asked++
		x, err := audit.ParseQuery(question, l.w.Catalog, zone)
		if err != nil {
			t.Errorf("%s: %v", question, err)
			continue
		}
		f := audit.Filter{Where: x}
		var slow []*audit.Event
		for _, e := range events {
			if f.Match(e) {
				slow = append(slow, e)
			}
		}
		n, first := 0, "nothing"
		q := audit.Query{Filter: f, Limit: 500}
		for more := true; more; more = !q.After.IsZero() {
			page, err := l.db.Events(t.Context(), l.account, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range page.Events {
				e, err := s.Event()
				if err != nil {
					t.Fatal(err)
				}
				if n == 0 {
					first = e.Description
				}
				if n >= len(slow) || slow[n].ID != e.ID {
					t.Fatalf("%s: the answers differ at %d from those of looking at every event: %s", question, n, e.Description)
				}
				n++
			}
			q.After = page.Next
		}
		if n != len(slow) {
			t.Errorf("%s finds %d, want %d", question, n, len(slow))
		}
		got := fmt.Sprintf("%d | %s", n, first)
		if got != want && !*update {
			t.Errorf("%s: %s, want %s", question, got, want)
		}
		fmt.Fprintf(&out, "%s | %s\n", question, got)
	}
	if asked < 100 {
		t.Errorf("the table has %d questions", asked)
	}
	if *update {
		if err := os.WriteFile(questionsFile, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
