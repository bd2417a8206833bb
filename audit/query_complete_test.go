package audit

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// listed is a Log of a few events, newest first.
type listed struct {
	Log
	all  []*Event
	asks int
	slow bool
}

func (l *listed) Events(ctx context.Context, account AccountID, q Query) (Page, error) {
	l.asks++
	if l.slow {
		<-ctx.Done()
		return Page{}, ctx.Err()
	}
	var page Page
	for _, e := range l.all {
		if !q.Filter.Match(e) {
			continue
		}
		if len(page.Events) == q.Limit {
			page.Next = Position{e.OccurredAt, e.ID}
			break
		}
		page.Events = append(page.Events, Stored{Body: e.AppendCanonical(nil)})
	}
	return page, nil
}

func TestComplete(t *testing.T) {
	const bob, ray = "01890000-0000-7000-8000-0000000000b0", "01890000-0000-7000-8000-0000000000c0"
	log := &listed{}
	for range 150 { // who did everything of late
		e := won()
		e.Actor = Actor{Type: User, ID: bob, Name: "Bob Ray", Email: "bob@demo.test"}
		log.all = append(log.all, e)
	}
	e := won()
	e.Actor = Actor{Type: User, ID: ray, Name: "Ray Ban"}
	e.Record = &Ref{Object: "contact", ID: "7", Name: `The "Best", Ltd`}
	log.all = append(log.all, e, won())
	c := Completer{log, "a", testCatalog, []Choice{{"contact", "Contact"}, {"opportunity", "Opportunity"}}, time.Date(2026, 3, 31, 23, 0, 0, 0, time.UTC)}
	for _, tt := range []struct{ marked, want string }{ // | is where one types, [] what is replaced
		{"[a|]", "action: after: at:"},
		{"acme [Us|er:]ana", "user:"},
		{"-[ou|]", "outcome:"}, {"([b|])", "before:"}, {"x -([f|]", "field:"},
		{"[|]", ""}, {"zzz [|]", ""}, {"[xyz|]", ""},
		{`["us|]`, ""}, {`"a" [us|]`, "user:"},
		{"action:[|]", "created updated deleted restored accessed executed"},
		{"action:[d|eleted] acme", "deleted"},
		{"action:created,[u|]", "updated"},
		{"outcome:[|]", "success denied failed"}, {"(channel:[a|])", "api attach"},
		{"module:[opp|]", "opportunities"}, {"object:[c|]", "contact"},
		{"type:[contact|]", "contact.created contact.updated contact.*"},
		{"type:[*.d|]", "*.deleted pipeline.deleted stage.deleted"}, {"type:[stage|]", "stage.deleted opportunity.stage_changed *.stage_changed"},
		{"user:[r|]", `"Bob Ray" "Ray Ban"`}, {"user:[|]", `"Bob Ray" "Ray Ban" "Ána Silva"`}, {`user:["ray b|an"] x`, `"Ray Ban"`}, {"user:[sil|]", `"Ána Silva"`},
		{"record:[be|]", `"The  Best , Ltd"`}, {"record:[acme|]", `"Acme Inc renewal"`},
		{"field:[|]", `Stage Value "API token"`}, {"field:[to|]", `"API token"`},
		{"żółć user:[SIL|]", `"Ána Silva"`},
		{"before:[|]", "Qualified 1200.00"}, {"before:[qua|]", "Qualified"}, {"after:[|]", "Won 1500.00"}, {"after:[1200|]", ""}, {"after:[w|]", "Won"},
		{"ip:[|]", "10.1.2.3"}, {"ip:[10.1.|]", "10.1.2.3"}, {"ip:[1.2|]", ""},
		{"at:[|]", "2026-03-31 2026-03-30 2026-03-25.. 2026-03-02.. 2026-03 2026-02 2025-12..2026-02 2026"}, {"at:[2025|]", "2025-12..2026-02"}, {"at:[last|]", "2026-03-25.. 2026-03-02.. 2026-02"},
		{"usr:[a|]", ""}, {"http://x[|]", ""},
	} {
		q := strings.NewReplacer("[", "", "]", "", "|", "").Replace(tt.marked)
		before, after, _ := strings.Cut(strings.NewReplacer("[", "", "]", "").Replace(tt.marked), "|")
		if q != before+after {
			t.Fatal(tt.marked)
		}
		got, err := c.Complete(t.Context(), q, len([]rune(before)))
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, s := range got.Suggestions {
			texts = append(texts, s.Text)
		}
		if strings.Join(texts, " ") != tt.want {
			t.Errorf("%s: %s, want %s", tt.marked, strings.Join(texts, " "), tt.want)
		}
		marked := []rune(strings.NewReplacer("|", "").Replace(tt.marked))
		if start, end := slices.Index(marked, '['), slices.Index(marked, ']')-1; tt.want != "" && (got.Start != start || got.End != end) {
			t.Errorf("%s: %d to %d, want %d to %d", tt.marked, got.Start, got.End, start, end)
		}
	}
	if got, err := c.Complete(t.Context(), "action:d", 999); err != nil || len(got.Suggestions) != 1 {
		t.Errorf("behind the end: %+v, %v", got, err)
	}
	if got, err := c.Complete(t.Context(), "a\xff", 1); err != nil || got.Suggestions != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestCompleteIsBounded(t *testing.T) {
	log := &listed{slow: true}
	c := Completer{log, "a", testCatalog, nil, time.Time{}}
	if got, err := c.Complete(t.Context(), "user:a", 6); err != nil || len(got.Suggestions) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Complete(gone, "user:a", 6); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	busy := &listed{}
	for i := range 2000 {
		e := won()
		e.Actor.ID, e.Actor.Name, e.OccurredAt = someID, "Ana", e.OccurredAt.Add(-time.Duration(i)*time.Second)
		busy.all = append(busy.all, e)
	}
	c.Log = busy
	if got, err := c.Complete(t.Context(), "user:", 5); err != nil || len(got.Suggestions) != 1 || busy.asks > completeRounds {
		t.Errorf("%+v after %d asks, %v", got, busy.asks, err)
	}
}

func FuzzComplete(f *testing.F) {
	f.Add(`user:"a b" -(type:x,`, 9)
	f.Add("ż:\"", 2)
	c := Completer{&listed{}, "a", testCatalog, nil, time.Time{}}
	f.Fuzz(func(t *testing.T, q string, at int) {
		got, err := c.Complete(t.Context(), q, at)
		if n := len([]rune(q)); err != nil || got.Start < 0 || got.Start > got.End || got.End > n {
			t.Fatalf("%q at %d: %+v, %v", q, at, got, err)
		}
	})
}
