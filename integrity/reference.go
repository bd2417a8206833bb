package integrity

import (
	"bytes"

	"github.com/backtrail/backtrail/ledger"
)

// believe finds the leaves that the ledger must have had: those that give the root of a head. It takes the events if they
// do, whatever the tree says; else those of the tree, tile by tile mended with what the events say. It reports which
// head it went by, and whether its root came out. If none does, the leaves are what the tree has.
func (t *trace) believe(heads []ledger.Head) (ledger.Head, bool) {
	most := t.rows
	if n := len(t.stored[0]); n > 0 {
		most = max(most, int64((n-1)*tileWidth+len(t.stored[0][n-1])/hashSize))
	}
	for _, h := range heads {
		if h.Size < 1 || h.Size > most {
			continue
		}
		if t.tree.had(h) {
			t.want = t.here[:h.Size]
			return h, true
		}
		for _, edge := range []bool{false, true} {
			t.want = t.compose(h.Size, edge)
			if rootOf(t.want) == h.Root {
				return h, true
			}
		}
	}
	size := min(heads[0].Size, most)
	if size < 1 {
		size = most
	}
	t.want = t.compose(size, false)
	return heads[0], false
}

// compose puts the leaves of a ledger of a size together. edge takes the last tile, for which no other vouches, from the
// events.
func (t *trace) compose(size int64, edge bool) []ledger.Hash {
	out := make([]ledger.Hash, size)
	for from := int64(0); from < size; from += tileWidth {
		to := min(from+tileWidth, size)
		events := t.events(from, to)
		hashes := t.choose(from/tileWidth, int(to-from), events)
		if edge && to == size && events != nil {
			hashes = events
		}
		for i := range to - from {
			if hashes != nil {
				out[from+i] = ledger.Hash(hashes[int(i)*hashSize:])
			} else if from+i < t.rows {
				out[from+i] = t.here[from+i]
			}
		}
	}
	return out
}

// choose takes the stored tile or the events at its places: what the level above vouches for, and else the tile. It is
// nil when both are incomplete.
func (t *trace) choose(n int64, width int, events []byte) []byte {
	var tile []byte
	if n < int64(len(t.stored[0])) && len(t.stored[0][n]) >= width*hashSize {
		tile = t.stored[0][n][:width*hashSize]
	}
	switch {
	case tile == nil:
		return events
	case width == tileWidth && events != nil && !t.vouched(n, tile) && t.vouched(n, events):
		return events
	}
	return tile
}

// vouched reports whether the tile above has the root of these hashes of a full tile.
func (t *trace) vouched(n int64, hashes []byte) bool {
	above, at := n/tileWidth, int(n%tileWidth)*hashSize
	if above >= int64(len(t.stored[1])) || len(t.stored[1][above]) < at+hashSize {
		return false
	}
	leaves := make([]ledger.Hash, tileWidth)
	for i := range leaves {
		leaves[i] = ledger.Hash(hashes[i*hashSize:])
	}
	root := rootOf(leaves)
	return bytes.Equal(root[:], t.stored[1][above][at:at+hashSize])
}

// events are the leaves of the rows at places from (counted from 0) to to-1, nil unless there is one at each.
func (t *trace) events(from, to int64) []byte {
	if to > t.rows {
		return nil
	}
	var out []byte
	for _, h := range t.here[from:to] {
		if h == (ledger.Hash{}) {
			return nil
		}
		out = append(out, h[:]...)
	}
	return out
}

func rootOf(leaves []ledger.Hash) ledger.Hash {
	g := newGrowing(nil, nil)
	g.leaves = leaves
	if g.flush() != nil { // it knows its own edge
		return ledger.Hash{}
	}
	return g.head.Root
}
