package storetest

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/agency"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/store"
)

// testAgency reads three logs as one, page by page, and holds that against all their events put in order: with equal times,
// the same id in several accounts, operations, and a part of each log not sealed.
func testAgency(t *testing.T, db *store.DB) {
	accounts := []audit.AccountID{acme, other, "01890000-0000-7000-8000-00000000000c", "01890000-0000-7000-8000-00000000000d"} // nothing happens in the last
	rng := rand.New(rand.NewPCG(9, 9))
	var all []*audit.Event
	add := func(account audit.AccountID, events []*audit.Event) {
		write(t, db, account, events)
		all = append(all, events...)
	}
	for i := range 40 {
		at := start.Add(time.Duration(rng.IntN(8)) * time.Second)
		account := accounts[min(rng.IntN(5), 2)] // the third has most
		action := audit.Actions[rng.IntN(2)]
		add(account, operation(account, at, 1+2*rng.IntN(2), func(e *audit.Event) { e.Action = action }))
		if i == 25 {
			seal(t, db)
		}
	}
	for _, account := range accounts[:3] { // the same event, as far as its place goes, in each
		add(account, operation(account, start.Add(4*time.Second), 1, func(e *audit.Event) {
			e.ID, e.Operation = audit.EventID(numbered(7)), audit.OperationID(numbered(7))
		}))
	}
	add(other, operation("01890000-0000-7000-8000-00000000000b", start.Add(time.Minute), 1)) // the newest of all

	place := func(account audit.AccountID, id audit.EventID) string { return string(id) + " in " + string(account) }
	for name, q := range map[string]agency.Query{
		"all": {}, "collapsed": {Collapse: true},
		"filtered":  {Filter: audit.Filter{From: start.Add(2 * time.Second), To: start.Add(6 * time.Second), Where: is(audit.ByAction, "created")}},
		"one place": {Filter: audit.Filter{Where: audit.Text{Words: []string{"acme"}}}},
	} {
		for _, asked := range [][]audit.AccountID{accounts, {accounts[2], acme}, {other}} {
			var want []string
			slices.SortFunc(all, func(a, b *audit.Event) int {
				if c := b.OccurredAt.Compare(a.OccurredAt); c != 0 {
					return c
				}
				if c := strings.Compare(string(b.ID), string(a.ID)); c != 0 {
					return c
				}
				return strings.Compare(string(a.Account), string(b.Account))
			})
			for _, e := range all {
				if slices.Contains(asked, e.Account) && q.Filter.Match(e) && (!q.Collapse || e.Leads()) {
					want = append(want, place(e.Account, e.ID))
				}
			}
			for _, limit := range []int{2, 7, 500} {
				var got []string
				q.After, q.Limit = agency.Position{}, limit
				for {
					page, err := agency.Read(t.Context(), db, asked, q)
					if err != nil {
						t.Fatal(err)
					}
					for _, e := range page.Events {
						parsed, err := e.Event()
						if err != nil || parsed.Account != e.Account {
							t.Fatalf("an event of %s is said to be of %s: %v", parsed.Account, e.Account, err)
						}
						got = append(got, place(e.Account, parsed.ID))
					}
					if page.Next.IsZero() {
						break
					}
					if len(page.Events) != limit {
						t.Fatalf("a page of %d that is not the last has %d", limit, len(page.Events))
					}
					q.After = page.Next
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s, %d accounts, pages of %d:\n%s", name, len(asked), limit, diff)
				}
			}
		}
	}
	if page, err := agency.Read(t.Context(), db, nil, agency.Query{Limit: 5}); err != nil || len(page.Events) != 0 || !page.Next.IsZero() {
		t.Errorf("no logs at all are %+v, %v", page, err)
	}
}
