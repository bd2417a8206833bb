package evidence_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/evidence"
	"github.com/backtrail/backtrail/ledger"
)

const account = audit.AccountID("00000000-0000-7000-8000-00000000000a")

func eventID(n int) audit.EventID {
	return audit.EventID(fmt.Sprintf("00000000-0000-7000-8000-%012d", n))
}

var start = time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)

// sample is event number n, as plain events are; every fifth is of another type.
func sample(n int) *audit.Event {
	at := start.Add(time.Duration(n) * time.Minute)
	e := &audit.Event{
		ID: eventID(n), Account: account, OccurredAt: at, RecordedAt: at,
		Actor:   audit.Actor{Type: audit.User, ID: audit.ActorID(eventID(900 + n%3)), Name: "Ana Silva", Email: "ana@example.com"},
		Channel: audit.Web, Module: "opportunities", Type: "opportunity.stage_changed", Action: audit.Updated, Outcome: audit.Success,
		Record:      &audit.Ref{Object: "opportunity", ID: audit.RecordID(eventID(1000 + n)), Name: "Acme renewal", Version: 3},
		Related:     []audit.Ref{{Object: "pipeline", ID: audit.RecordID(eventID(7)), Name: "Sales"}},
		Description: fmt.Sprintf("Moved \"Acme renewal\" from Qualified to Won,\r\nfor the %dth time", n),
		Changes: []audit.Change{{Field: "stage", Label: "Stage", Before: audit.String("a1"), After: audit.String("=a2"),
			BeforeText: "Qualified", AfterText: "Won"}},
		Operation: audit.OperationID(eventID(n)),
		Context:   audit.Context{IP: "203.0.113.9", UserAgent: "Mozilla/5.0 (X11; Linux x86_64)", Session: "s-secret", Request: "r-secret"},
	}
	if n%5 == 0 {
		e.Type, e.Action, e.Description = "opportunity.deleted", audit.Deleted, "=Deleted \"Acme renewal\""
	}
	return e
}

// book is a log in memory with its ledger.
type book struct {
	account audit.AccountID
	events  []*audit.Event
	salts   []audit.Salt
	tiles   map[ledger.TileID]ledger.Tile
	head    ledger.Head
	key     *ledger.Key
	filter  audit.Filter
	params  url.Values
	most    int // events in an answer of Sealed; 0 for as many as asked
}

func newBook(t testing.TB, events ...*audit.Event) *book {
	t.Helper()
	key, err := ledger.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	b := &book{account: account, key: key, head: ledger.Empty, tiles: map[ledger.TileID]ledger.Tile{}}
	b.add(t, events...)
	return b
}

// samples is a book of n samples.
func samples(t testing.TB, n int) *book {
	t.Helper()
	events := make([]*audit.Event, n)
	for i := range events {
		events[i] = sample(i + 1)
	}
	return newBook(t, events...)
}

func (b *book) add(t testing.TB, events ...*audit.Event) {
	t.Helper()
	var leaves []ledger.Hash
	for _, e := range events {
		salt := audit.Salt{1: byte(len(b.events)), 2: byte(len(b.events) >> 8), 15: 7}
		leaf, err := audit.AppendLeaf(nil, e.AppendCanonical(nil), salt)
		if err != nil {
			t.Fatal(err)
		}
		b.events, b.salts, leaves = append(b.events, e), append(b.salts, salt), append(leaves, ledger.LeafHash(leaf))
	}
	head, tiles, err := ledger.Append(t.Context(), b, b.head, leaves)
	if err != nil {
		t.Fatal(err)
	}
	b.head = head
	for _, tile := range tiles {
		b.tiles[tile.TileID] = tile
	}
}

func (b *book) Tiles(_ context.Context, ids []ledger.TileID) ([]ledger.Tile, error) {
	var out []ledger.Tile
	for _, id := range ids {
		tile, ok := b.tiles[id]
		if !ok {
			return nil, ledger.MissingTile(id)
		}
		out = append(out, tile)
	}
	return out, nil
}

func (b *book) Rows(context.Context) iter.Seq2[audit.Stored, error] {
	return func(yield func(audit.Stored, error) bool) {
		newest := slices.SortedFunc(slices.Values(b.events), func(x, y *audit.Event) int {
			if c := y.OccurredAt.Compare(x.OccurredAt); c != 0 {
				return c
			}
			return strings.Compare(string(y.ID), string(x.ID))
		})
		places := map[*audit.Event]int64{}
		for i, e := range b.events {
			places[e] = int64(i + 1)
		}
		for _, e := range newest {
			if b.filter.Match(e) && !yield(audit.Stored{Seq: places[e], Body: e.AppendCanonical(nil)}, nil) {
				return
			}
		}
		// One that waits for the sealer, and one that was sealed behind the checkpoint.
		_ = yield(audit.Stored{Body: []byte(`{}`)}, nil) && yield(audit.Stored{Seq: b.head.Size + 1, Body: []byte(`{}`)}, nil)
	}
}

func (b *book) Sealed(_ context.Context, first int64, limit int) ([]evidence.Sealed, error) {
	var out []evidence.Sealed
	for i := first - 1; i < int64(len(b.events)) && len(out) < limit && (b.most == 0 || len(out) < b.most); i++ {
		out = append(out, evidence.Sealed{Seq: i + 1, Body: b.events[i].AppendCanonical(nil), Salt: b.salts[i]})
	}
	return out, nil
}

func (b *book) verifier(t testing.TB) string {
	t.Helper()
	v, err := b.key.Verifier(ledger.Origin(string(b.account)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// where sets the filter.
func (b *book) where(t testing.TB, params url.Values) *book {
	t.Helper()
	catalog, err := audit.NewCatalog([]audit.Module{{Key: "opportunities"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	b.params = params
	if b.filter, err = audit.ParseFilter(params, catalog, time.UTC); err != nil {
		t.Fatal(err)
	}
	return b
}

// plan is that of a pack of all that the filter lets through.
func (b *book) plan(t testing.TB) evidence.Plan {
	t.Helper()
	checkpoint, err := b.key.Sign(ledger.Origin(string(b.account)), b.head)
	if err != nil {
		t.Fatal(err)
	}
	lisbon, err := time.LoadLocation("Europe/Lisbon")
	if err != nil {
		t.Fatal(err)
	}
	first := int64(1)
	if from := b.filter.From; !from.IsZero() {
		first = 1 + int64(slices.IndexFunc(append(slices.Clone(b.events), &audit.Event{OccurredAt: from}), func(e *audit.Event) bool {
			return !e.OccurredAt.Before(from) || !e.RecordedAt.Before(from)
		}))
	}
	return evidence.Plan{Account: evidence.Account{ID: b.account, Name: "Acme"}, MadeAt: start, Filter: b.params, Zone: lisbon,
		RequestedBy: evidence.Person{Type: audit.User, ID: "u1", Name: "Olga Owner"},
		First:       first, Checkpoint: checkpoint, Head: b.head, Verifier: b.verifier(t)}
}

// pack makes a pack; change may change the plan.
func (b *book) pack(t testing.TB, change func(*evidence.Plan)) []byte {
	t.Helper()
	p := b.plan(t)
	if change != nil {
		change(&p)
	}
	var out bytes.Buffer
	if _, err := evidence.Write(t.Context(), &out, p, b, func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func complete(p *evidence.Plan) { p.Complete = true }

func check(t testing.TB, pack []byte, o evidence.Options) (evidence.Result, error) {
	t.Helper()
	return evidence.Check(t.Context(), bytes.NewReader(pack), int64(len(pack)), o)
}

// good checks a pack with which nothing is wrong.
func good(t testing.TB, pack []byte, o evidence.Options) evidence.Result {
	t.Helper()
	r, err := check(t, pack, o)
	if err != nil {
		t.Fatal(err)
	}
	if !r.OK() {
		t.Fatalf("findings: %+v", r.Findings)
	}
	return r
}
