package ledger_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"testing"

	"github.com/backtrail/backtrail/ledger"
)

// book is a ledger as a store keeps it.
type book struct {
	head  ledger.Head
	tiles map[ledger.TileID][]byte
	reads int // tiles read
}

var _ ledger.TileReader = (*book)(nil)

func newBook() *book { return &book{head: ledger.Empty, tiles: map[ledger.TileID][]byte{}} }

func (b *book) Tiles(ctx context.Context, ids []ledger.TileID) ([]ledger.Tile, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b.reads += len(ids)
	tiles := make([]ledger.Tile, len(ids))
	for i, id := range ids {
		hashes, ok := b.tiles[id]
		if !ok {
			return nil, ledger.MissingTile(id)
		}
		tiles[i] = ledger.Tile{TileID: id, Hashes: hashes}
	}
	return tiles, nil
}

// append appends and stores. It checks that Append left the old tiles alone, and wrote nothing that was there.
func (b *book) append(t testing.TB, leaves []ledger.Hash) {
	t.Helper()
	old := map[ledger.TileID]string{}
	for id, hashes := range b.tiles {
		old[id] = string(hashes)
	}
	head, tiles, err := ledger.Append(t.Context(), b, b.head, leaves)
	if err != nil {
		t.Fatal(err)
	}
	for id, hashes := range b.tiles {
		if old[id] != string(hashes) {
			t.Fatalf("Append changed tile %v under the reader's hands", id)
		}
	}
	b.head = head
	for _, tile := range tiles {
		if was := old[tile.TileID]; len(tile.Hashes) <= len(was) || !bytes.HasPrefix(tile.Hashes, []byte(was)) {
			t.Fatalf("tile %v went from %d to %d bytes, or lost its beginning", tile.TileID, len(was), len(tile.Hashes))
		}
		b.tiles[tile.TileID] = tile.Hashes
	}
}

// clone is a copy to be damaged.
func (b *book) clone() *book {
	c := &book{head: b.head, tiles: maps.Clone(b.tiles)}
	for id, hashes := range c.tiles {
		c.tiles[id] = bytes.Clone(hashes)
	}
	return c
}

// bookOf is the ledger of leaf(0) to leaf(n-1).
func bookOf(t testing.TB, n int64) *book {
	t.Helper()
	b := newBook()
	b.append(t, leavesOf(0, n))
	return b
}

// leaf is the hash of a made-up leaf.
func leaf(i int64) ledger.Hash {
	return ledger.LeafHash(binary.BigEndian.AppendUint64(nil, uint64(i)))
}

func leavesOf(lo, hi int64) []ledger.Hash {
	leaves := make([]ledger.Hash, 0, hi-lo)
	for i := lo; i < hi; i++ {
		leaves = append(leaves, leaf(i))
	}
	return leaves
}

// What follows is RFC 6962 word for word, without a thought of speed: the judge of the property tests.

func rfcNode(left, right ledger.Hash) ledger.Hash {
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

// rfcSplit is k, the largest power of two smaller than n.
func rfcSplit(n int) int {
	k := 1
	for 2*k < n {
		k *= 2
	}
	return k
}

// rfcRoot is MTH of section 2.1.
func rfcRoot(d []ledger.Hash) ledger.Hash {
	switch len(d) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return d[0]
	}
	k := rfcSplit(len(d))
	return rfcNode(rfcRoot(d[:k]), rfcRoot(d[k:]))
}

// rfcPath is PATH of section 2.1.1.
func rfcPath(m int, d []ledger.Hash) []ledger.Hash {
	if len(d) == 1 {
		return nil
	}
	k := rfcSplit(len(d))
	if m < k {
		return append(rfcPath(m, d[:k]), rfcRoot(d[k:]))
	}
	return append(rfcPath(m-k, d[k:]), rfcRoot(d[:k]))
}

// rfcProof is SUBPROOF of section 2.1.2.
func rfcProof(m int, d []ledger.Hash, whole bool) []ledger.Hash {
	if m == len(d) {
		if whole {
			return nil
		}
		return []ledger.Hash{rfcRoot(d)}
	}
	k := rfcSplit(len(d))
	if m <= k {
		return append(rfcProof(m, d[:k], whole), rfcRoot(d[k:]))
	}
	return append(rfcProof(m-k, d[k:], false), rfcRoot(d[:k]))
}

// rfcBatch is visit of the package doc. known says which of the leaves are in the set.
func rfcBatch(d []ledger.Hash, known []bool) []ledger.Hash {
	switch {
	case len(d) == 0:
		return nil
	case !contains(known):
		return []ledger.Hash{rfcRoot(d)}
	case len(d) == 1:
		return nil
	}
	k := rfcSplit(len(d))
	return append(rfcBatch(d[:k], known[:k]), rfcBatch(d[k:], known[k:])...)
}

func contains(known []bool) bool {
	for _, k := range known {
		if k {
			return true
		}
	}
	return false
}

// rfcTiles are all the tiles of a ledger.
func rfcTiles(leaves []ledger.Hash) map[ledger.TileID][]byte {
	tiles := map[ledger.TileID][]byte{}
	for level, span := 0, 1; span <= len(leaves); level, span = level+1, span*256 {
		for i := 0; i < len(leaves)/span; i++ {
			h := rfcRoot(leaves[i*span : (i+1)*span])
			id := ledger.TileID{Level: level, N: int64(i / 256)}
			tiles[id] = append(tiles[id], h[:]...)
		}
	}
	return tiles
}

// check holds a ledger against the judge: its root, and every byte of every tile.
func check(t interface {
	Helper()
	Fatalf(string, ...any)
}, b *book, leaves []ledger.Hash) {
	t.Helper()
	if want := (ledger.Head{Size: int64(len(leaves)), Root: rfcRoot(leaves)}); b.head != want {
		t.Fatalf("head %v, want %v", b.head, want)
	}
	want := rfcTiles(leaves)
	if len(b.tiles) != len(want) {
		t.Fatalf("%d tiles of %d leaves, want %d", len(b.tiles), len(leaves), len(want))
	}
	for id, hashes := range want { // cmp.Diff would take seconds for them
		if !bytes.Equal(b.tiles[id], hashes) {
			t.Fatalf("tile %v of %d leaves:\n%x\nwant\n%x", id, len(leaves), b.tiles[id], hashes)
		}
	}
}
