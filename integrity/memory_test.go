package integrity_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/ledger"
)

const (
	acme  audit.AccountID = "01890000-0000-7000-8000-00000000000a"
	other audit.AccountID = "01890000-0000-7000-8000-00000000000b"
)

var start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// memory is a ledger without a database, which a test can edit as it likes.
type memory struct {
	account audit.AccountID
	key     *ledger.Key
	rows    []integrity.Row
	waiting []integrity.Row
	tiles   map[ledger.TileID][]byte
	signed  integrity.Signed

	unreadable map[int64]bool // by seq
	torn       map[ledger.TileID]bool
}

var _ integrity.Source = (*memory)(nil)

// newMemory makes a sealed ledger of n events.
func newMemory(t testing.TB, n int) *memory {
	t.Helper()
	key, err := ledger.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	m := &memory{account: acme, key: key, unreadable: map[int64]bool{}, torn: map[ledger.TileID]bool{}}
	for i := range n {
		m.rows = append(m.rows, rowOf(eventOf(m.account, i)))
	}
	m.renumber()
	m.seal(t)
	return m
}

// eventOf is the i-th event of a ledger; three of ten belong to one operation.
func eventOf(account audit.AccountID, i int) *audit.Event {
	at := start.Add(time.Duration(i) * time.Second)
	e := &audit.Event{ID: eventID(i), Account: account, OccurredAt: at, RecordedAt: at,
		Actor: audit.Actor{Type: audit.User, ID: "ana", Name: "Ana Silva"}, Channel: audit.Web, Module: "contacts",
		Type: "contact.updated", Action: audit.Updated, Outcome: audit.Success,
		Record:      &audit.Ref{Object: "contact", ID: "01890000-0000-7000-8000-00000000cccc", Name: "Rita"},
		Description: fmt.Sprintf("Updated contact number %d", i), Operation: audit.OperationID(eventID(i))}
	switch i % 10 {
	case 3:
		e.Size = 3
	case 4, 5:
		e.Operation = audit.OperationID(eventID(i - i%10 + 3))
		e.Cause = audit.EventID(e.Operation)
	}
	return e
}

func eventID(i int) audit.EventID {
	return audit.EventID(fmt.Sprintf("01890000-0000-7000-8001-%012d", i))
}

// rowOf is an event as the store keeps it.
func rowOf(e *audit.Event) integrity.Row {
	salt := audit.NewSalt()
	c := integrity.Columns{ID: e.ID, OccurredAt: e.OccurredAt.UnixMicro(), RecordedAt: e.RecordedAt.UnixMicro(),
		Actor: string(e.Actor.ID), Type: string(e.Type), Module: e.Module, Action: string(e.Action), Outcome: string(e.Outcome),
		Channel: string(e.Channel), Operation: string(e.Operation), Cause: string(e.Cause), UndoOf: string(e.UndoOf)}
	if e.Record != nil {
		c.Object, c.RecordID = e.Record.Object, string(e.Record.ID)
	}
	return integrity.Row{Columns: c, Body: e.AppendCanonical(nil), Salt: salt[:]}
}

// renumber gives the rows the places 1, 2, 3, ...
func (m *memory) renumber() {
	for i := range m.rows {
		m.rows[i].Seq = int64(i + 1)
	}
}

func (m *memory) leaves(t testing.TB) []ledger.Hash {
	var leaves []ledger.Hash
	for _, r := range m.rows {
		leaf, err := audit.AppendLeaf(nil, r.Body, audit.Salt(r.Salt))
		if err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, ledger.LeafHash(leaf))
	}
	return leaves
}

// build makes the tiles of the rows as they are and returns the head.
func (m *memory) build(t testing.TB) ledger.Head {
	t.Helper()
	head, tiles, err := ledger.Append(t.Context(), m, ledger.Empty, m.leaves(t))
	if err != nil {
		t.Fatal(err)
	}
	m.tiles = map[ledger.TileID][]byte{}
	for _, tile := range tiles {
		m.tiles[tile.TileID] = tile.Hashes
	}
	return head
}

// seal makes tiles and signed head of the rows as they are.
func (m *memory) seal(t testing.TB) {
	t.Helper()
	m.signed = integrity.Signed{Head: m.build(t)}
	if m.signed.Size > 0 {
		m.signed.Checkpoint, m.signed.By = m.sign(t, m.key, m.signed.Head), m.key.Public()
	}
}

func (m *memory) sign(t testing.TB, key *ledger.Key, h ledger.Head) []byte {
	t.Helper()
	text, err := key.Sign(ledger.Origin(string(m.account)), h)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (m *memory) verifier(t testing.TB) string {
	t.Helper()
	vkey, err := m.key.Verifier(ledger.Origin(string(m.account)))
	if err != nil {
		t.Fatal(err)
	}
	return vkey
}

func (m *memory) check(t testing.TB, checkpoints ...[]byte) integrity.Report {
	t.Helper()
	r, err := integrity.Check(t.Context(), m, integrity.Options{Account: m.account, Verifier: m.verifier(t), Checkpoints: checkpoints})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (m *memory) Signed(context.Context) (integrity.Signed, error) { return m.signed, nil }

func (m *memory) Tiles(_ context.Context, ids []ledger.TileID) ([]ledger.Tile, error) {
	var out []ledger.Tile
	for _, id := range ids {
		if m.torn[id] {
			return nil, errTorn
		}
		hashes, ok := m.tiles[id]
		if !ok {
			return nil, ledger.MissingTile(id)
		}
		out = append(out, ledger.Tile{TileID: id, Hashes: hashes})
	}
	return out, nil
}

var errTorn = fmt.Errorf("database disk image is malformed")

func (m *memory) Rows(_ context.Context, after int64, limit int) (out []integrity.Row, err error) {
	for _, r := range m.rows {
		if r.Seq > after && len(out) < limit {
			if m.unreadable[r.Seq] {
				return nil, errTorn
			}
			out = append(out, r)
		}
	}
	return out, nil
}

func (m *memory) Row(_ context.Context, seq int64) (integrity.Row, error) {
	for _, r := range m.rows {
		if r.Seq == seq {
			if m.unreadable[seq] {
				return integrity.Row{}, errTorn
			}
			return r, nil
		}
	}
	return integrity.Row{}, errs.New(errs.NotFound, "not_found", "There is no such place in the ledger.")
}

func (m *memory) Backlog(context.Context) (events, since int64, err error) {
	for _, r := range m.waiting {
		if since == 0 || r.Columns.RecordedAt < since {
			since = r.Columns.RecordedAt
		}
	}
	return int64(len(m.waiting)), since, nil
}

func (m *memory) Waiting(_ context.Context, after audit.EventID, limit int) (out []integrity.Row, err error) {
	for _, r := range m.waiting {
		if r.Columns.ID > after && len(out) < limit {
			out = append(out, r)
		}
	}
	return out, nil
}
