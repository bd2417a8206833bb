package storetest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/store"
)

func pick[T any](r *rand.Rand, items ...T) T { return items[r.IntN(len(items))] }

var (
	someRecords = []audit.RecordID{"", numbered(1), numbered(2), numbered(3)}
	someTypes   = []audit.Type{"contact.created", "contact.deleted", "contacts.created", "opportunity.deleted", "Contact.created", "deleted", "a.b.deleted"}
	someWords   = []string{"Acme", "ACME renewal", "жук", "Won", "1200.00", "100%", "İzmir"}
)

// randomLog makes operations of events that differ in everything a filter asks for, many of them at the same moments.
func randomLog(r *rand.Rand, account audit.AccountID) [][]*audit.Event {
	change := func(e *audit.Event) {
		e.Actor.ID = pick(r, audit.ActorID("ana"), "bob", "")
		e.Actor.Name = map[audit.ActorID]string{"ana": "Ana Silva", "bob": "Bob"}[e.Actor.ID]
		e.Type, e.Module = pick(r, someTypes...), pick(r, "contacts", "opportunities")
		e.Action, e.Outcome = pick(r, audit.Actions...), pick(r, audit.Outcomes...)
		e.Channel, e.Cause = pick(r, audit.Channels...), pick(r, "", audit.EventID(numbered(9)))
		if id := pick(r, someRecords...); id == "" {
			e.Record = nil
		} else {
			e.Record = &audit.Ref{Object: pick(r, "contact", "opportunity"), ID: id, Name: pick(r, someWords...)}
		}
		e.Description = pick(r, someWords...)
		e.Context.IP = pick(r, "", "10.0.0.1", "10.200.0.1", "2001:db8::1", "nowhere")
		if e.Related = nil; r.IntN(2) == 0 {
			e.Related = []audit.Ref{{Object: "contact", ID: pick(r, someRecords[1:]...), Name: "Acme"}}
		}
		e.Changes = []audit.Change{{Field: pick(r, "stage", "close_date"), Label: "Stage", Before: audit.String(pick(r, someWords...)), After: audit.String("x")}}
	}
	var lists [][]*audit.Event
	for range 60 {
		at := start.Add(time.Duration(r.IntN(20)) * 7 * time.Minute)
		lists = append(lists, operation(account, at, pick(r, 1, 1, 1, 2, 5, 40, 150), change))
	}
	return lists
}

func randomExpr(r *rand.Rand, depth int, operations []string) audit.Expr {
	values := func(all ...string) []string {
		out := []string{}
		for range pick(r, 0, 1, 1, 2, 3) {
			out = append(out, pick(r, all...))
		}
		return out
	}
	parts := func() (out []audit.Expr) {
		for range r.IntN(4) {
			out = append(out, randomExpr(r, depth-1, operations))
		}
		return out
	}
	n := 20
	if depth > 0 {
		n = 27
	}
	switch r.IntN(n) {
	case 0:
		return is(audit.ByUser, values("ana", "bob", "nobody")...)
	case 1:
		return is(audit.ByType, values("contact.*", "*.deleted", "*", "*.*", "contact.created", "b.*", "x.y", "*.b.deleted")...)
	case 2:
		return is(audit.ByAction, values(texts(audit.Actions)...)...)
	case 3:
		return is(audit.ByModule, values("contacts", "opportunities", "none")...)
	case 4:
		return is(audit.ByObject, values("contact", "opportunity", "")...)
	case 5:
		return is(audit.ByRecord, values(texts(someRecords)...)...)
	case 6:
		return is(audit.ByOperation, values(append(operations, "none")...)...)
	case 7:
		return is(audit.ByOutcome, values(texts(audit.Outcomes)...)...)
	case 8:
		return is(audit.ByChannel, values(texts(audit.Channels)...)...)
	case 9:
		return is(audit.ByCause, values("", string(numbered(9)))...)
	case 10:
		return audit.Text{Words: values("acme", "ЖУК", "won", "1200", "%", "renewal", "izmir", "ana", "\"", "stage")}
	case 11:
		return audit.Text{Words: values("acm", "won", "1200.00"), Phrases: values("acme renewal", "renewal acme", "Acm", "ana silva")}
	case 12:
		return is(audit.ByUserName, values("ana", "SILVA", "bob", "nobody", "acme")...)
	case 13:
		return is(audit.ByRecordName, values("acme", "acme renew", "жук", "silva")...)
	case 14:
		return audit.Changed{is(audit.ByField, values("stage", "value")...), is(pick(r, audit.ByBefore, audit.ByAfter), values("won", "x", "acme ren")...)}
	case 15:
		from := start.Add(time.Duration(r.IntN(20)) * 7 * time.Minute)
		return audit.At{From: pick(r, time.Time{}, from), To: pick(r, time.Time{}, from.Add(20*time.Minute+pick(r, 0, time.Nanosecond)))}
	case 16:
		return is(audit.ByIP, values("10.0.0.1", "10.0.0.0/9", "10.128.0.0/9", "2001:db8::/32", "::ffff:10.0.0.0/104")...)
	case 17:
		return is(audit.ByEvent, values(append(operations, "none")...)...)
	case 18:
		return is(audit.ByAbout, values(texts(someRecords)...)...)
	case 19:
		return is(audit.ByFieldKey, values("stage", "close_date", "none")...)
	case 20, 21, 22:
		return audit.All(parts())
	case 23, 24, 25:
		return audit.Any(parts())
	}
	return audit.Not{Expr: randomExpr(r, depth-1, operations)}
}

func texts[T ~string](items []T) []string {
	out := make([]string, len(items))
	for i, v := range items {
		out[i] = string(v)
	}
	return out
}

// passing is what Events must give, by the definitions alone.
func passing(events []*audit.Event, q audit.Query) []*audit.Event {
	leads := map[audit.OperationID]bool{}
	for _, e := range events {
		if e.Leads() && q.Filter.Match(e) {
			leads[e.Operation] = true
		}
	}
	var out []*audit.Event
	for _, e := range events {
		if q.Filter.Match(e) && !(q.Collapse && !e.Leads() && leads[e.Operation]) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b *audit.Event) int {
		return cmp.Or(b.OccurredAt.Compare(a.OccurredAt), cmp.Compare(b.ID, a.ID))
	})
	return out
}

// testRandomFilters compares pages, facets and histograms with the definitions, on a log of which a part is pending.
func testRandomFilters(t *testing.T, db *store.DB) {
	r := rand.New(rand.NewPCG(1, 2))
	lists := randomLog(r, acme)
	half := len(lists) * 2 / 3
	write(t, db, acme, lists[:half]...)
	for {
		n, err := db.SealBatch(t.Context(), acme, 100)
		if err != nil {
			t.Fatal(err)
		}
		if n < 100 || r.IntN(12) == 0 {
			break
		}
	}
	write(t, db, acme, lists[half:]...)
	write(t, db, other, randomLog(r, other)...)
	events := slices.Concat(lists...)
	var operations []string
	for _, op := range lists[:5] {
		operations = append(operations, string(op[0].ID))
	}
	rounds := 60
	if testing.Short() {
		rounds = 10
	}
	for i := range rounds {
		q := audit.Query{Collapse: r.IntN(2) == 0, Limit: pick(r, 1, 3, 20, 500)}
		if i > 0 {
			q.Filter.Where = randomExpr(r, 3, operations)
		}
		if r.IntN(3) == 0 {
			q.Filter.From = start.Add(time.Duration(r.IntN(10)) * 7 * time.Minute)
		}
		if r.IntN(3) == 0 {
			q.Filter.To = start.Add(time.Duration(r.IntN(20))*7*time.Minute + pick(r, 0, time.Microsecond, time.Nanosecond))
		}
		want := passing(events, q)
		if q.Limit < 10 && len(want) > 60 {
			q.Limit = 100
		}
		if diff := gocmp.Diff(idsOf(want), eventIDs(t, pages(t, db, acme, q))); diff != "" {
			t.Fatalf("round %d, %#v: %s", i, q, diff)
		}
		checkCounts(t, db, q.Filter, passing(events, audit.Query{Filter: q.Filter}))
		if t.Failed() {
			t.Fatalf("round %d, %#v", i, q.Filter)
		}
	}
}

func checkCounts(t *testing.T, db *store.DB, f audit.Filter, events []*audit.Event) {
	t.Helper()
	facets, err := db.Facets(t.Context(), acme, f, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{}
	for _, e := range events {
		want["module "+e.Module]++
		want["type "+string(e.Type)]++
		want["action "+string(e.Action)]++
		want["outcome "+string(e.Outcome)]++
		want["channel "+string(e.Channel)]++
		if e.Actor.ID != "" {
			want["user "+string(e.Actor.ID)+" "+e.Actor.Name]++
		}
	}
	got := map[string]int{}
	for name, counts := range map[string][]audit.Count{"module ": facets.Modules, "type ": facets.Types, "action ": facets.Actions,
		"user ": facets.Users, "outcome ": facets.Outcomes, "channel ": facets.Channels} {
		for i, c := range counts {
			if i > 0 && counts[i-1].Count < c.Count {
				t.Errorf("%s: not in the order of the numbers", name)
			}
			if name == "user " {
				c.Key += " " + c.Label
			}
			got[name+c.Key] = c.Count
		}
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error("facets: " + diff)
	}
	if facets.Total != len(events) || facets.Partial {
		t.Errorf("facets of %d events count %d, partial %t", len(events), facets.Total, facets.Partial)
	}
	// Few of the newest: no more than there are, and it says so when some are left.
	const most = 10
	few, err := db.Facets(t.Context(), acme, f, most)
	if err != nil {
		t.Fatal(err)
	}
	if few.Partial && (few.Total == 0 || few.Total > most || len(events) < few.Total) || !few.Partial && few.Total != len(events) {
		t.Errorf("of %d events at most %d are counted: %d, partial %t", len(events), most, few.Total, few.Partial)
	}
	for i, c := range few.Modules {
		if c.Count > few.Total || i > 0 && few.Modules[i-1].Count < c.Count {
			t.Errorf("modules of few: %+v", few.Modules)
		}
	}
	h, err := db.Histogram(t.Context(), acme, f, audit.Hour, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	perHour, total := map[string]int{}, 0
	for _, e := range events {
		perHour[fmt.Sprint(e.OccurredAt.Truncate(time.Hour), e.Action)]++
	}
	for i, b := range h.Buckets {
		if i > 0 && b.Start.Sub(h.Buckets[i-1].Start) != time.Hour {
			t.Error("an hour is left out")
		}
		sum := 0
		for a, n := range b.ByAction {
			sum += n
			if perHour[fmt.Sprint(b.Start.UTC(), a)] != n {
				t.Errorf("%s %s: %d", b.Start, a, n)
			}
		}
		if sum != b.Total {
			t.Errorf("%s: total %d, parts %d", b.Start, b.Total, sum)
		}
		total += b.Total
	}
	if total != len(events) {
		t.Errorf("the histogram has %d events, want %d", total, len(events))
	}
}
