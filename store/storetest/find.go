package storetest

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/store"
)

var deal = &crm.Object{Key: "deal", Label: "Deal", LabelPlural: "Deals", Fields: []crm.Field{
	{Key: "name", Type: crm.Text}, {Key: "value", Type: crm.Money}, {Key: "score", Type: crm.Number}, {Key: "due", Type: crm.Date},
	{Key: "seen", Type: crm.DateTime}, {Key: "won", Type: crm.Boolean}, {Key: "status", Type: crm.Select}, {Key: "tags", Type: crm.Tags},
	{Key: "stage", Type: crm.RefType, Object: "stage"}, {Key: "owner", Type: crm.RefType, Object: "staff"},
}}

// randomDeals makes deals with many equal and missing values, and the stages and people that they point at.
func randomDeals(t *testing.T, db *store.DB, r *rand.Rand, account audit.AccountID, n int) []crm.Row {
	var rows, beside []crm.Row
	for i, name := range []string{"Won", "alpha", "Beta"} {
		stage := row("stage", numbered(500+i), name)
		stage.Links = []crm.Link{{Field: "owner", Target: numbered(600 + i)}}
		beside = append(beside, stage)
	}
	values := map[string][]audit.Value{
		"value":  {"", `"10.00"`, `"9.50"`, `"-3.25"`, `"100.00"`, `"0.00"`},
		"score":  {"", `"10"`, `"9.5"`, `"9.50"`, `"-3"`},
		"due":    {"", `"2026-03-01"`, `"2025-12-31"`},
		"seen":   {"", `"2026-03-01T09:30:00.000000Z"`, `"2026-03-01T09:30:00.000001Z"`},
		"won":    {"", "true", "false"},
		"status": {"", `"open"`, `"lost"`},
		"tags":   {"", `["a"]`, `["a","b"]`, `["a b","\"q\""]`},
		"stage":  {"", audit.String(string(numbered(500))), audit.String(string(numbered(501))), audit.String(string(numbered(502)))},
		"owner":  {"", audit.String(string(numbered(600))), audit.String(string(numbered(601)))},
	}
	for i := range n {
		d := row("deal", numbered(i), pick(r, "acme", "Acme", "Beta 100%", "beta_x", `c\d`, "Ärger", "жук"))
		d.CreatedAt = start.Add(time.Duration(r.IntN(3)) * time.Hour)
		d.UpdatedAt = d.CreatedAt.Add(time.Duration(r.IntN(2)) * time.Hour)
		d.Search = strings.ToLower(d.Name) + "\n" + fmt.Sprint(i%7)
		for key, all := range values {
			if v := pick(r, all...); v != audit.None {
				d.Fields[key] = v
				if key == "stage" || key == "owner" {
					d.Links = append(d.Links, crm.Link{Field: key, Target: audit.RecordID(v.Text())})
				}
			}
		}
		rows = append(rows, d)
	}
	r.Shuffle(n, func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	records(t, db, account, func(ctx context.Context, tx crm.Tx) error { return tx.Insert(ctx, append(beside, rows...)) })
	return rows
}

// testRandomQueries compares Find and Tally with the definitions.
func testRandomQueries(t *testing.T, db *store.DB) {
	r := rand.New(rand.NewPCG(3, 4))
	rows := randomDeals(t, db, r, acme, 150)
	randomDeals(t, db, r, other, 20)
	sorts := []string{"name", "created_at", "updated_at", ""}
	for _, f := range deal.Fields {
		sorts = append(sorts, f.Key)
	}
	rounds := 200
	if testing.Short() {
		rounds = 50
	}
	for i := range rounds {
		q := crm.Query{Object: deal, Sort: pick(r, sorts...), Desc: r.IntN(2) == 0, Limit: pick(r, 1, 4, 50, 200)}
		for range r.IntN(3) {
			q.Words = append(q.Words, pick(r, "acme", "beta", "100%", "_", `\`, "ärger", "жук", "3", "x"))
		}
		for range r.IntN(3) {
			f := pick(r, &deal.Fields[1], &deal.Fields[5], &deal.Fields[6], &deal.Fields[7], &deal.Fields[8], &deal.Fields[9])
			c := crm.Condition{Field: f}
			for range 1 + r.IntN(2) {
				c.Values = append(c.Values, pick(r, "", "10.00", "true", "false", "open", "a", "b", `"q"`, string(numbered(500)), string(numbered(600))))
			}
			q.Where = append(q.Where, c)
		}
		if r.IntN(4) == 0 {
			q.Where = append(q.Where, randomRange(r))
		}
		switch r.IntN(6) {
		case 0:
			q.Assigned = &crm.Assigned{To: numbered(600), Field: "owner"}
		case 1:
			q.Assigned = &crm.Assigned{To: pick(r, numbered(600), numbered(602)), Field: "owner", Via: "stage"}
		}
		want := wanted(rows, q)
		got := findAll(t, db, acme, q)
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("round %d, %+v: %s", i, q, diff)
		}
		checkTally(t, db, rows, q, pick(r, "stage", "won", "status", "name", ""))
	}
}

// randomRange asks for what lies between two of the values that deals have, at least or below one of them, or for nothing.
func randomRange(r *rand.Rand) crm.Condition {
	i := 1 + r.IntN(4) // value, score, due, seen
	values := [][]string{{"", "-3.25", "9.50", "10.00", "100.00"}, {"", "-3", "9.5", "10"}, {"", "2025-12-31", "2026-03-01"},
		{"", "2026-03-01T09:30:00.000000Z", "2026-03-01T09:30:00.000001Z"}}[i-1]
	return crm.Condition{Field: &deal.Fields[i], From: pick(r, values...), Before: pick(r, values[1:]...)}
}

func findAll(t *testing.T, db *store.DB, account audit.AccountID, q crm.Query) []audit.RecordID {
	t.Helper()
	got := []audit.RecordID{}
	view(t, db, account, func(ctx context.Context, v crm.View) error {
		for {
			found, next, err := v.Find(ctx, q)
			if err != nil {
				return err
			}
			for _, rec := range found {
				got = append(got, rec.ID)
			}
			if next == nil {
				return nil
			}
			if len(found) != q.Limit {
				return fmt.Errorf("a page of %d has %d records and a next one", q.Limit, len(found))
			}
			q.After = next
		}
	})
	return got
}

// wanted is what Find must give, by the definitions alone.
func wanted(rows []crm.Row, q crm.Query) []audit.RecordID {
	var pass []crm.Row
	for _, r := range rows {
		if passes(r, q) {
			pass = append(pass, r)
		}
	}
	slices.SortFunc(pass, func(a, b crm.Row) int {
		ka, kb := sortKey(a, q.Sort), sortKey(b, q.Sort)
		if (ka == nil) != (kb == nil) { // without a value is last, whatever the direction
			if ka == nil {
				return 1
			}
			return -1
		}
		order := cmp.Compare(a.ID, b.ID)
		if ka != nil {
			order = cmp.Or(compareKeys(ka, kb), order)
		}
		if q.Desc {
			return -order
		}
		return order
	})
	out := []audit.RecordID{}
	for _, r := range pass {
		out = append(out, r.ID)
	}
	return out
}

func compareKeys(a, b any) int {
	if x, ok := a.(*big.Rat); ok {
		return x.Cmp(b.(*big.Rat))
	}
	return cmp.Compare(a.(string), b.(string))
}

func sortKey(r crm.Row, by string) any {
	switch by {
	case "", "name":
		return strings.ToLower(r.Name)
	case "created_at":
		return r.CreatedAt.Format(audit.TimeLayout)
	case "updated_at":
		return r.UpdatedAt.Format(audit.TimeLayout)
	}
	v := r.Fields[by]
	if v == audit.None {
		return nil
	}
	switch by {
	case "value", "score":
		n, _ := new(big.Rat).SetString(v.Text())
		return n
	case "stage":
		return map[audit.RecordID]string{numbered(500): "won", numbered(501): "alpha", numbered(502): "beta"}[audit.RecordID(v.Text())]
	case "owner":
		return nil // there are no such people: they have no name to sort by
	}
	return strings.ToLower(v.Text())
}

func passes(r crm.Row, q crm.Query) bool {
	for _, w := range q.Words {
		if !strings.Contains(r.Search, w) {
			return false
		}
	}
	for _, c := range q.Where {
		v := r.Fields[c.Field.Key]
		if c.Before != "" {
			if !inRange(sortKey(r, c.Field.Key), c) {
				return false
			}
			continue
		}
		if !slices.ContainsFunc(c.Values, func(want string) bool {
			if want == "" || v == audit.None {
				return want == "" && v == audit.None
			}
			return v.Text() == want || slices.Contains(v.Strings(), want)
		}) {
			return false
		}
	}
	if a := q.Assigned; a != nil {
		if a.Via != "" { // stage 500+n belongs to 600+n
			return r.Fields[a.Via] == audit.String(strings.Replace(string(a.To), "06", "05", 1))
		}
		return r.Fields[a.Field] == audit.String(string(a.To))
	}
	return true
}

func inRange(key any, c crm.Condition) bool {
	if key == nil {
		return false
	}
	bound := func(s string) any {
		if _, ok := key.(*big.Rat); ok {
			n, _ := new(big.Rat).SetString(s)
			return n
		}
		return strings.ToLower(s)
	}
	return (c.From == "" || compareKeys(key, bound(c.From)) >= 0) && compareKeys(key, bound(c.Before)) < 0
}

func checkTally(t *testing.T, db *store.DB, rows []crm.Row, q crm.Query, by string) {
	t.Helper()
	counts, cents := map[string]int{}, map[string]int64{}
	for _, r := range rows {
		if !passes(r, q) {
			continue
		}
		key := ""
		if by != "" {
			key = r.Fields[by].Text()
		}
		counts[key]++
		if v := r.Fields["value"]; v != audit.None {
			n, _ := new(big.Rat).SetString(v.Text())
			cents[key] += new(big.Rat).Mul(n, big.NewRat(100, 1)).Num().Int64()
		}
	}
	var want []crm.Group
	for key, n := range counts {
		want = append(want, crm.Group{Key: key, Count: n, Sum: big.NewRat(cents[key], 100).FloatString(2)})
	}
	slices.SortFunc(want, func(a, b crm.Group) int { return cmp.Compare(a.Key, b.Key) })
	view(t, db, acme, func(ctx context.Context, v crm.View) error {
		got, err := v.Tally(ctx, q, by, "value")
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("tally by %q of %+v: %s", by, q, diff)
		}
		return err
	})
}

func testSorting(t *testing.T, db *store.DB) {
	var rows []crm.Row
	for i, v := range []string{"9007199254740993.01", "9007199254740993.02", "2.00", "-10.00", "-9.00"} {
		r := row("deal", numbered(i), fmt.Sprint(i))
		r.Fields["value"] = audit.String(v)
		rows = append(rows, r)
	}
	records(t, db, acme, func(ctx context.Context, tx crm.Tx) error { return tx.Insert(ctx, rows) })
	want := []audit.RecordID{numbered(3), numbered(4), numbered(2), numbered(0), numbered(1)}
	if diff := gocmp.Diff(want, findAll(t, db, acme, crm.Query{Object: deal, Sort: "value", Limit: 2})); diff != "" {
		t.Error(diff)
	}
	for _, q := range []crm.Query{
		{Object: deal, Sort: "nothing", Limit: 1},
		{Object: deal, Sort: "created_at", Limit: 1, After: &crm.Position{Value: "yesterday", ID: numbered(1)}},
		{Object: deal, Sort: "value", Limit: 1, After: &crm.Position{Value: "much", ID: numbered(1)}},
	} {
		err := db.ReadRecords(t.Context(), acme, func(v crm.View) error {
			_, _, err := v.Find(t.Context(), q)
			return err
		})
		if !errs.Is(err, errs.Invalid) {
			t.Errorf("sorted by %s behind %+v: %v", q.Sort, q.After, err)
		}
	}
}

// testTally adds up what a float would round.
func testTally(t *testing.T, db *store.DB) {
	var rows []crm.Row
	for i := range 30 {
		r := row("deal", numbered(i), "x")
		r.Fields["value"] = audit.String([]string{"90071992547409.93", "0.01", "-0.10"}[i%3])
		rows = append(rows, r)
	}
	records(t, db, acme, func(ctx context.Context, tx crm.Tx) error { return tx.Insert(ctx, rows) })
	view(t, db, acme, func(ctx context.Context, v crm.View) error {
		got, err := v.Tally(ctx, crm.Query{Object: deal}, "", "value")
		if diff := gocmp.Diff([]crm.Group{{Count: 30, Sum: "900719925474098.40"}}, got); diff != "" {
			t.Error(diff)
		}
		return err
	})
	view(t, db, acme, func(ctx context.Context, v crm.View) error {
		got, err := v.Tally(ctx, crm.Query{Object: deal, Words: []string{"nothing like this"}}, "stage", "")
		if len(got) != 0 {
			t.Errorf("groups of nothing: %v", got)
		}
		return err
	})
}

// testEdges has numbers at the edges of what machines count with, and amounts that come to more than 64 bits.
func testEdges(t *testing.T, db *store.DB) {
	ascending := []string{"-999999999999999999999999999999", "-9223372036854775809", "-9223372036854775808", "-0.000000000000000000000000000001", "0",
		"0.000000000000000000000000000001", "9007199254740993", "9223372036854775807", "18446744073709551616", "999999999999999999999999999999"}
	const largest = "999999999999999.99"
	var rows []crm.Row
	var want []audit.RecordID
	for i, n := range ascending {
		r := row("deal", numbered(i), "x")
		r.Fields["score"], r.Fields["value"] = audit.String(n), audit.String(largest)
		rows, want = append(rows, r), append(want, r.ID)
	}
	for i := range 200 { // 10^17 cents each
		r := row("deal", numbered(1000+i), "y")
		r.Fields["value"] = audit.String(largest)
		rows = append(rows, r)
	}
	records(t, db, acme, func(ctx context.Context, tx crm.Tx) error { return tx.Insert(ctx, rows) })
	if diff := gocmp.Diff(want, findAll(t, db, acme, crm.Query{Object: deal, Sort: "score", Words: []string{"x"}, Limit: 1})); diff != "" {
		t.Error(diff)
	}
	slices.Reverse(want)
	if diff := gocmp.Diff(want, findAll(t, db, acme, crm.Query{Object: deal, Sort: "score", Words: []string{"x"}, Desc: true, Limit: 3})); diff != "" {
		t.Error(diff)
	}
	for _, n := range ascending {
		if found := findAll(t, db, acme, crm.Query{Object: deal, Where: []crm.Condition{{Field: &deal.Fields[2], Values: []string{n}}}, Limit: 5}); len(found) != 1 {
			t.Errorf("%s is found %d times", n, len(found))
		}
	}
	view(t, db, acme, func(ctx context.Context, v crm.View) error {
		got, err := v.Tally(ctx, crm.Query{Object: deal}, "", "value")
		if diff := gocmp.Diff([]crm.Group{{Count: 210, Sum: "209999999999999997.90"}}, got); diff != "" {
			t.Error(diff)
		}
		return err
	})
}
