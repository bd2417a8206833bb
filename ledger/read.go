package ledger

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// readHashes gives do the hashes of the ledger with this head, which must not be empty. tlog.TileHashReader checks every
// tile against the head's root before a hash of it is used.
func readHashes(ctx context.Context, r TileReader, head Head, do func(tlog.HashReader) error) error {
	tr := &tlogTiles{ctx: ctx, r: r}
	err := do(tlog.TileHashReader(tlog.Tree{N: head.Size, Hash: head.Root}, tr))
	if err == nil {
		return nil
	}
	if tr.err != nil {
		return tr.err
	}
	// What was asked for is in the tree and the tiles could be read, so they do not give the root. tlog does not say
	// which one is wrong, and where the root is made of several, nobody can.
	return fmt.Errorf("%w: a tile of %s does not belong under the root %v of %d leaves", ErrDamaged, some(tr.ids), head.Root, head.Size)
}

// tlogTiles is a TileReader as tlog wants it, for one call.
type tlogTiles struct {
	ctx context.Context
	r   TileReader
	ids []TileID // of the last read
	err error    // of the reader, which tlog would mix with its own
}

var _ tlog.TileReader = (*tlogTiles)(nil)

func (t *tlogTiles) Height() int { return tileHeight }

func (t *tlogTiles) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	t.ids = make([]TileID, len(tiles))
	widths := make([]int, len(tiles))
	for i, tile := range tiles {
		t.ids[i], widths[i] = TileID{tile.L, tile.N}, tile.W
	}
	var hashes [][]byte
	hashes, t.err = readTiles(t.ctx, t.r, t.ids, widths)
	return hashes, t.err
}

// SaveTiles does nothing: the tiles came from where they are kept.
func (t *tlogTiles) SaveTiles([]tlog.Tile, [][]byte) {}

// some names the first of many ids.
func some(ids []TileID) string {
	const most = 16
	if len(ids) <= most {
		return fmt.Sprint(ids)
	}
	return fmt.Sprintf("%v and %d more", ids[:most], len(ids)-most)
}
