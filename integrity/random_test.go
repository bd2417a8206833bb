package integrity_test

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/ledger"
)

// TestAnyTampering changes anything that the database keeps of a log, at random. Nothing of it goes unnoticed.
func TestAnyTampering(t *testing.T) {
	whole := newMemory(t, 300)
	whole.waiting = []integrity.Row{rowOf(eventOf(acme, 300)), rowOf(eventOf(acme, 301))}
	if r := whole.check(t); !r.OK() {
		t.Fatalf("before: %v", r.Findings)
	}
	rapid.Check(t, func(rt *rapid.T) {
		m := *whole
		m.rows, m.waiting, m.tiles = slices.Clone(whole.rows), slices.Clone(whole.waiting), maps.Clone(whole.tiles)
		m.signed.Checkpoint = bytes.Clone(whole.signed.Checkpoint)
		for range rapid.IntRange(1, 3).Draw(rt, "edits") {
			m.tamper(rt)
		}
		if m.same(whole) { // one edit took the other back
			return
		}
		if r := m.check(t); r.OK() {
			rt.Fatal("it is found right")
		}
	})
}

// another changes one byte of a text.
func another(rt *rapid.T, b []byte) []byte {
	b = bytes.Clone(b)
	b[rapid.IntRange(0, len(b)-1).Draw(rt, "byte")] ^= byte(rapid.IntRange(1, 255).Draw(rt, "bits"))
	return b
}

func (m *memory) tamper(rt *rapid.T) {
	i := rapid.IntRange(0, len(m.rows)-1).Draw(rt, "row")
	r := &m.rows[i]
	switch rapid.SampledFrom([]string{"body", "salt", "column", "seq", "remove", "copy", "swap", "renumber", "tile", "lose tile", "size", "root", "checkpoint", "waiting"}).Draw(rt, "edit") {
	case "body":
		r.Body = another(rt, r.Body)
	case "salt":
		r.Salt = another(rt, r.Salt)
	case "column":
		for _, c := range []*string{&r.Columns.Actor, &r.Columns.Type, &r.Columns.Outcome, &r.Columns.RecordID, &r.Columns.Operation, &r.Columns.UndoOf} {
			if rapid.Bool().Draw(rt, "this column") {
				*c += "x"
			}
		}
		r.Columns.RecordedAt += rapid.Int64Range(-2, 2).Draw(rt, "time")
	case "seq":
		r.Seq = rapid.Int64().Draw(rt, "seq")
	case "remove":
		m.remove(i)
	case "copy":
		m.rows = slices.Insert(m.rows, rapid.IntRange(0, len(m.rows)).Draw(rt, "to"), *r)
	case "swap":
		m.swap(i, rapid.IntRange(0, len(m.rows)-1).Draw(rt, "with"))
	case "renumber":
		m.renumber()
	case "tile":
		id := ledger.TileID{Level: rapid.IntRange(0, 1).Draw(rt, "level")}
		if len(m.tiles[id]) > 0 {
			m.tiles[id] = another(rt, m.tiles[id])
		}
	case "lose tile":
		delete(m.tiles, ledger.TileID{N: rapid.Int64Range(0, 1).Draw(rt, "tile")})
	case "size":
		m.signed.Size = rapid.Int64().Draw(rt, "size")
	case "root":
		m.signed.Root = ledger.Hash(another(rt, m.signed.Root[:]))
	case "checkpoint":
		m.signed.Checkpoint = another(rt, m.signed.Checkpoint)
	case "waiting":
		w := &m.waiting[rapid.IntRange(0, 1).Draw(rt, "waiting")]
		w.Columns.Type += "x"
	}
	slices.SortStableFunc(m.rows, func(a, b integrity.Row) int { return cmp.Compare(a.Seq, b.Seq) })
}

func (m *memory) same(o *memory) bool {
	rows := func(a, b integrity.Row) bool {
		return a.Seq == b.Seq && a.Columns == b.Columns && bytes.Equal(a.Body, b.Body) && bytes.Equal(a.Salt, b.Salt)
	}
	return slices.EqualFunc(m.rows, o.rows, rows) && slices.EqualFunc(m.waiting, o.waiting, rows) && maps.EqualFunc(m.tiles, o.tiles, bytes.Equal) &&
		m.signed.Head == o.signed.Head && bytes.Equal(m.signed.Checkpoint, o.signed.Checkpoint)
}
