package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/store"
)

// bySeq reads the whole ledger of an account in its order and checks that it is dense.
func bySeq(t *testing.T, db *store.DB, account audit.AccountID) []audit.EventID {
	t.Helper()
	all := pages(t, db, account, audit.Query{Limit: 500})
	slices.SortFunc(all, func(a, b audit.Stored) int { return int(a.Seq - b.Seq) })
	for i, s := range all {
		if s.Seq != int64(i+1) {
			t.Fatalf("place %d of the ledger has seq %d", i+1, s.Seq)
		}
	}
	return eventIDs(t, all)
}

func idsOf(lists ...[]*audit.Event) []audit.EventID {
	out := []audit.EventID{}
	for _, events := range lists {
		for _, e := range events {
			out = append(out, e.ID)
		}
	}
	return out
}

// testOrderOfTheLog commits operations whose ids lie between each other: the one that commits first comes first.
func testOrderOfTheLog(t *testing.T, db *store.DB) {
	var a, b []*audit.Event
	for range 30 {
		a = append(a, happening(acme, start))
		b = append(b, happening(acme, start))
	}
	for _, op := range [][]*audit.Event{a, b} {
		for _, e := range op {
			e.Operation = audit.OperationID(op[0].ID)
		}
		op[0].Size = len(op)
	}
	write(t, db, acme, b)
	seal(t, db)
	late := operation(acme, start.Add(-time.Hour), 1) // a claim of an earlier time changes nothing about its place
	write(t, db, acme, late, a)
	seal(t, db)
	seal(t, db)
	if diff := cmp.Diff(idsOf(b, late, a), bySeq(t, db, acme)); diff != "" {
		t.Error(diff)
	}
}

// testSeveralAccounts appends to three logs in one transaction, as a login does.
func testSeveralAccounts(t *testing.T, db *store.DB) {
	accounts := []audit.AccountID{acme, other, "third"}
	for range 3 {
		if err := db.WriteAuth(t.Context(), func(tx auth.Tx) error {
			var events []*audit.Event
			for range 5 {
				for _, a := range accounts {
					events = append(events, happening(a, start))
				}
			}
			return tx.AppendEvents(t.Context(), encoded(events))
		}); err != nil {
			t.Fatal(err)
		}
	}
	seal(t, db)
	for _, a := range accounts {
		if got := len(bySeq(t, db, a)); got != 15 {
			t.Errorf("account %s has %d events", a, got)
		}
	}
	err := db.WriteRecords(t.Context(), acme, func(tx crm.Tx) error {
		return tx.AppendEvents(t.Context(), encoded([]*audit.Event{happening(other, start)}))
	})
	if err == nil {
		t.Error("a transaction of one account wrote into another one's log")
	}
}

func testTakenIDs(t *testing.T, db *store.DB) {
	e := operation(acme, start, 1)
	write(t, db, acme, e)
	again := func() error {
		return db.WriteRecords(t.Context(), acme, func(tx crm.Tx) error { return tx.AppendEvents(t.Context(), encoded(e)) })
	}
	if err := again(); !errs.Is(err, errs.Conflict) || errs.Code(err) != "id_taken" {
		t.Errorf("while it is pending: %v", err)
	}
	seal(t, db)
	if err := again(); !errs.Is(err, errs.Conflict) || errs.Code(err) != "id_taken" {
		t.Errorf("when it is sealed: %v", err)
	}
	seal(t, db)
	if got := len(bySeq(t, db, acme)); got != 1 {
		t.Errorf("%d events", got)
	}
}

// everyPlane has characters of all 17 planes, and those that databases and JSON stumble over.
func everyPlane() string {
	var b strings.Builder
	b.WriteString("\x00\x01\x1f \"\\/\u007f\u0085\u2028\u2029\ufeff\ufffd\uffff%_' é e\u0301 עברית ")
	for plane := rune(0); plane <= 16; plane++ {
		for _, low := range []rune{0x0100, 0x1234, 0xd7ff, 0xe000, 0xfffd, 0xfffe, 0xffff} {
			b.WriteRune(plane<<16 | low)
		}
	}
	return b.String()
}

func testUnicode(t *testing.T, db *store.DB) {
	text := everyPlane()
	e := happening(acme, start, func(e *audit.Event) {
		e.Description, e.Record.Name, e.Actor.Name = text, text, text
		e.Changes = []audit.Change{{Field: "name", Label: text, Before: audit.String(text), After: audit.List([]string{text, text})}}
	})
	want := string(e.AppendCanonical(nil))
	write(t, db, acme, []*audit.Event{e})
	for _, state := range []string{"pending", "sealed"} {
		got, err := db.Event(t.Context(), acme, e.ID)
		if err != nil || string(got.Body) != want {
			t.Errorf("%s: the bytes differ (%v)", state, err)
		}
		for _, r := range text {
			if r <= ' ' {
				continue // white space parts the words
			}
			f := audit.Filter{Where: audit.Text{Words: []string{string(r)}}}
			if p := page(t, db, acme, audit.Query{Filter: f, Limit: 5}); (len(p.Events) == 1) != f.Match(e) {
				t.Errorf("%s: searching for %U gives %d events", state, r, len(p.Events))
			}
		}
		seal(t, db)
	}
	plain := strings.ReplaceAll(text, "\x00", "") // the engine refuses NUL in fields
	r := row("contact", numbered(1), plain)
	r.Search = strings.ToLower(plain)
	r.Keys = []crm.UniqueKey{{Object: "contact", Field: "name", Value: plain}}
	records(t, db, acme, func(ctx context.Context, tx crm.Tx) error { return tx.Insert(ctx, []crm.Row{r}) })
	view(t, db, acme, func(ctx context.Context, v crm.View) error {
		rows, err := v.Rows(ctx, "contact", []audit.RecordID{numbered(1)})
		if diff := cmp.Diff([]crm.Row{r}, rows); diff != "" {
			t.Error(diff)
		}
		return err
	})
}

// testPaging reads events of one and the same time, some of them pending, in pages of every size.
func testPaging(t *testing.T, db *store.DB) {
	var want []*audit.Event
	for i := range 23 {
		e := happening(acme, start.Add(time.Duration(i/12)*time.Second))
		want = append(want, e)
		write(t, db, acme, []*audit.Event{e})
		if i == 9 || i == 15 {
			seal(t, db)
		}
	}
	slices.Reverse(want)
	for limit := 1; limit <= 25; limit++ {
		if diff := cmp.Diff(idsOf(want), eventIDs(t, pages(t, db, acme, audit.Query{Limit: limit}))); diff != "" {
			t.Fatalf("pages of %d: %s", limit, diff)
		}
	}
	// A page that ends with the last event is the last one.
	if p := page(t, db, acme, audit.Query{Limit: 23}); !p.Next.IsZero() {
		t.Error("there is a page behind the last event")
	}
	// What happens between two pages neither repeats nor hides anything.
	first := page(t, db, acme, audit.Query{Limit: 5})
	write(t, db, acme, operation(acme, start.Add(time.Hour), 3))
	seal(t, db)
	rest := pages(t, db, acme, audit.Query{Limit: 5, After: first.Next})
	if diff := cmp.Diff(idsOf(want), eventIDs(t, append(first.Events, rest...))); diff != "" {
		t.Error(diff)
	}
}

func testOperation(t *testing.T, db *store.DB) {
	op := operation(acme, start, 25)
	stranger := operation(acme, start, 1)
	write(t, db, acme, op, stranger)
	check := func(state string) {
		for _, limit := range []int{1, 7, 25, 100} {
			var got []audit.EventID
			after := audit.EventID("")
			for {
				events, err := db.Operation(t.Context(), acme, audit.OperationID(op[0].ID), after, limit)
				if err != nil {
					t.Fatal(err)
				}
				if len(events) == 0 {
					break
				}
				got = append(got, eventIDs(t, events)...)
				after = got[len(got)-1]
			}
			if diff := cmp.Diff(idsOf(op), got); diff != "" {
				t.Fatalf("%s, %d at once: %s", state, limit, diff)
			}
		}
		f := audit.Filter{Where: audit.All{is(audit.ByOperation, string(op[0].ID))}}
		if got := pages(t, db, acme, audit.Query{Filter: f, Limit: 10}); len(got) != len(op) {
			t.Errorf("%s: the filter finds %d events", state, len(got))
		}
	}
	check("pending")
	for range 4 {
		if _, err := db.SealBatch(t.Context(), acme, 6); err != nil {
			t.Fatal(err)
		}
		check("partly sealed")
	}
	seal(t, db)
	check("sealed")
	for _, id := range []audit.EventID{op[3].ID, "no such operation"} { // a part is no operation
		if _, err := db.Operation(t.Context(), acme, audit.OperationID(id), "", 10); !errs.Is(err, errs.NotFound) {
			t.Errorf("operation %s: %v", id, err)
		}
	}
}

// testLargeOperation steps over the parts of large operations between which others' events of the same moment lie.
func testLargeOperation(t *testing.T, db *store.DB) {
	const n = 900
	var a, b, singles []*audit.Event
	for i := range n {
		a = append(a, happening(acme, start))
		b = append(b, happening(acme, start))
		if i%300 == 150 {
			singles = append(singles, happening(acme, start))
		}
	}
	for _, op := range [][]*audit.Event{a, b} {
		for _, e := range op {
			e.Operation = audit.OperationID(op[0].ID)
		}
		op[0].Size = n
	}
	before := operation(acme, start.Add(-time.Second), 1)
	write(t, db, acme, before, a, b)
	for _, e := range singles {
		write(t, db, acme, []*audit.Event{e})
	}
	want := []*audit.Event{singles[2], singles[1], singles[0], b[0], a[0], before[0]}
	for _, steps := range []int{0, 500, 1000, 5000} {
		if steps > 0 {
			if _, err := db.SealBatch(t.Context(), acme, steps); err != nil {
				t.Fatal(err)
			}
		}
		for _, limit := range []int{1, 2, 50} {
			got := eventIDs(t, pages(t, db, acme, audit.Query{Collapse: true, Limit: limit}))
			if diff := cmp.Diff(idsOf(want), got); diff != "" {
				t.Fatalf("%d more sealed, pages of %d: %s", steps, limit, diff)
			}
		}
	}
	// Where the leading event does not pass the filter, the parts are shown.
	part := a[5].Record.ID
	got := eventIDs(t, pages(t, db, acme, audit.Query{Collapse: true, Limit: 5, Filter: audit.Filter{Where: is(audit.ByRecord, string(part))}}))
	if diff := cmp.Diff([]audit.EventID{a[5].ID}, got); diff != "" {
		t.Error(diff)
	}
}

// testWords searches for words whose capitals only some databases know.
func testWords(t *testing.T, db *store.DB) {
	names := []string{"Жук", "İSTANBUL", "\u212Aelvin", "STRAẞE", "100%_sure", `back\slash "quoted"`, "line\nbreak", "ΣΊΣΥΦΟΣ", "plain kitchen"}
	var events []*audit.Event
	for _, name := range names {
		e := happening(acme, start, func(e *audit.Event) { e.Record.Name = name })
		events = append(events, e)
		write(t, db, acme, []*audit.Event{e})
	}
	seal(t, db)
	for _, word := range []string{"жук", "ЖУК", "istanbul", "i", "k", "kelvin", "straße", "ß", "%_", "_", `k\s`, `"quoted"`, "line\nbreak", "σίσυφοσ", "kitchen", "updated", "contact.updated", "nothing"} {
		f := audit.Filter{Where: audit.Text{Words: []string{word}}}
		var want []audit.EventID
		for _, e := range slices.Backward(events) {
			if f.Match(e) {
				want = append(want, e.ID)
			}
		}
		got := eventIDs(t, pages(t, db, acme, audit.Query{Filter: f, Limit: 3}))
		if fmt.Sprint(want) != fmt.Sprint(got) {
			t.Errorf("%q finds %d events, want %d", word, len(got), len(want))
		}
	}
}

func testUndone(t *testing.T, db *store.DB) {
	deleted, restored := operation(acme, start, 3), operation(acme, start.Add(time.Hour), 1)
	write(t, db, acme, deleted)
	seal(t, db)
	write(t, db, acme, restored)
	by := restored[0].ID
	records(t, db, acme, func(ctx context.Context, tx crm.Tx) error {
		return tx.(*store.Tx).MarkUndone(ctx, idsOf(deleted[:2]), by)
	})
	for _, e := range deleted {
		s, err := db.Event(t.Context(), acme, e.ID)
		want := by
		if e == deleted[2] {
			want = ""
		}
		if err != nil || s.UndoneBy != want {
			t.Errorf("undone by %q, want %q (%v)", s.UndoneBy, want, err)
		}
	}
	for _, s := range pages(t, db, acme, audit.Query{Limit: 10}) {
		if e, err := s.Event(); err != nil || (s.UndoneBy == by) != (e.ID == deleted[0].ID || e.ID == deleted[1].ID) {
			t.Errorf("a page says that %s was undone by %q (%v)", e.ID, s.UndoneBy, err)
		}
	}
	view(t, db, acme, func(ctx context.Context, v crm.View) error {
		got, err := v.(*store.View).UndoneEvents(ctx, idsOf(deleted, restored))
		if diff := cmp.Diff(map[audit.EventID]audit.EventID{deleted[0].ID: by, deleted[1].ID: by}, got); diff != "" {
			t.Error(diff)
		}
		return err
	})
	err := db.WriteRecords(t.Context(), acme, func(tx crm.Tx) error {
		return tx.(*store.Tx).MarkUndone(t.Context(), idsOf(deleted[1:]), by)
	})
	if !errs.Is(err, errs.Conflict) || errs.Code(err) != "already_restored" {
		t.Errorf("taken back twice: %v", err)
	}
	if s, err := db.Event(t.Context(), acme, deleted[2].ID); err != nil || s.UndoneBy != "" {
		t.Errorf("the refused one left a mark: %q %v", s.UndoneBy, err)
	}
}

func testDeletion(t *testing.T, db *store.DB) {
	id := newID()
	of := func(a audit.Action, o audit.Outcome) func(*audit.Event) {
		return func(e *audit.Event) { e.Record.ID, e.Action, e.Outcome = id, a, o }
	}
	last := func() (got audit.EventID) {
		view(t, db, acme, func(ctx context.Context, v crm.View) error {
			s, err := v.Deletion(ctx, id)
			if err == nil {
				got = eventIDs(t, []audit.Stored{s})[0]
			} else if errs.Is(err, errs.NotFound) {
				err = nil
			}
			return err
		})
		return got
	}
	var want audit.EventID
	for i, step := range []func(*audit.Event){of(audit.Created, audit.Success), of(audit.Deleted, audit.Denied), of(audit.Deleted, audit.Success),
		of(audit.Restored, audit.Success), of(audit.Deleted, audit.Success), of(audit.Updated, audit.Success)} {
		e := operation(acme, start.Add(-time.Duration(i)*time.Hour), 1, step) // times are claims, the ledger's order counts
		write(t, db, acme, e)
		if e[0].Action == audit.Deleted && e[0].Outcome == audit.Success {
			want = e[0].ID
		}
		if got := last(); got != want {
			t.Errorf("after step %d: %q, want %q", i, got, want)
		}
		if i == 2 || i == 4 {
			seal(t, db)
			if got := last(); got != want {
				t.Errorf("sealed after step %d: %q, want %q", i, got, want)
			}
		}
	}
}
