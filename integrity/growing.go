package integrity

import (
	"bytes"
	"context"

	"github.com/backtrail/backtrail/ledger"
)

const (
	tileWidth = 256 // hashes in a full tile, see package ledger
	hashSize  = len(ledger.Hash{})
	// leavesAtOnce is how many leaves are held until they are put into the tree.
	leavesAtOnce = 4096
)

// growing is the tree of the leaves that were added to it. It holds its right edge alone.
type growing struct {
	head   ledger.Head
	edge   map[ledger.TileID]ledger.Tile
	leaves []ledger.Hash // that were added and are not in the tree yet
	marks  []int64       // sizes of which the root is wanted, ascending
	roots  map[int64]ledger.Hash
	// tile gets each tile that is full; may be nil.
	tile func(ledger.Tile)
}

func newGrowing(marks []int64, tile func(ledger.Tile)) *growing {
	if tile == nil {
		tile = func(ledger.Tile) {}
	}
	return &growing{head: ledger.Empty, edge: map[ledger.TileID]ledger.Tile{}, marks: marks,
		roots: map[int64]ledger.Hash{0: ledger.Empty.Root}, tile: tile}
}

func (g *growing) add(leaf ledger.Hash) error {
	g.leaves = append(g.leaves, leaf)
	size := g.head.Size + int64(len(g.leaves))
	for len(g.marks) > 0 && g.marks[0] < size {
		g.marks = g.marks[1:]
	}
	if len(g.leaves) < leavesAtOnce && (len(g.marks) == 0 || g.marks[0] != size) {
		return nil
	}
	return g.flush()
}

// flush puts into the tree what was added.
func (g *growing) flush() error {
	head, tiles, err := ledger.Append(context.Background(), g, g.head, g.leaves)
	if err != nil {
		return err
	}
	g.head, g.leaves = head, g.leaves[:0]
	g.roots[head.Size] = head.Root
	for _, t := range tiles {
		if t.Width() < tileWidth {
			g.edge[t.TileID] = t
			continue
		}
		delete(g.edge, t.TileID)
		g.tile(t)
	}
	return nil
}

// had reports whether h was a head of the tree while it grew; its size must have been marked.
func (g *growing) had(h ledger.Head) bool {
	root, ok := g.roots[h.Size]
	return ok && root == h.Root
}

// close gives the tiles that are not full to tile as well.
func (g *growing) close() error {
	if err := g.flush(); err != nil {
		return err
	}
	for _, id := range openTiles(g.head.Size) {
		g.tile(g.edge[id])
	}
	return nil
}

// Tiles implements ledger.TileReader.
func (g *growing) Tiles(_ context.Context, ids []ledger.TileID) ([]ledger.Tile, error) {
	tiles := make([]ledger.Tile, len(ids))
	for i, id := range ids {
		t, ok := g.edge[id]
		if !ok {
			return nil, ledger.MissingTile(id)
		}
		tiles[i] = t
	}
	return tiles, nil
}

// matched compares the tiles of a growing tree with those that are stored, as both come in.
type matched struct {
	grown  map[ledger.TileID][]byte // not yet compared
	failed bool                     // one was not the same
}

func (m *matched) add(t ledger.Tile) {
	if !m.failed {
		m.grown[t.TileID] = t.Hashes
	}
}

func (m *matched) compare(stored []ledger.Tile) {
	for _, t := range stored {
		if grown, ok := m.grown[t.TileID]; !ok || !bytes.Equal(grown, t.Hashes) {
			m.fail()
			return
		}
		delete(m.grown, t.TileID)
	}
}

func (m *matched) fail() {
	m.failed = true
	clear(m.grown)
}
