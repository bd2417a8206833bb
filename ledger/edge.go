package ledger

import (
	"context"
	"crypto/sha256"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// edge is the right edge of a tree: for each level, the hashes that are in no full tile. It is all that appending needs
// to know of a tree, and it gives the root.
type edge [tileLevels][]byte

// edgeTiles names the tiles of the right edge of a tree of a size, with the width that this tree needs of each.
func edgeTiles(size int64) (ids []TileID, widths []int) {
	for level := 0; size > 0; level, size = level+1, size>>tileHeight {
		if w := int(size % tileWidth); w > 0 {
			ids = append(ids, TileID{level, size >> tileHeight})
			widths = append(widths, w)
		}
	}
	return ids, widths
}

// readEdge reads the right edge and checks that it gives the head's root.
func readEdge(ctx context.Context, r TileReader, head Head) (edge, error) {
	var e edge
	if err := head.stored(); err != nil {
		return e, err
	}
	if head.Size == 0 {
		return e, nil
	}
	ids, widths := edgeTiles(head.Size)
	tiles, err := readTiles(ctx, r, ids, widths)
	if err != nil {
		return e, err
	}
	for i, id := range ids {
		e[id.Level] = tiles[i]
	}
	if root := e.root(); root != head.Root {
		return e, fmt.Errorf("%w: its last tiles %v give the root %v for its %d leaves, its head says %v", ErrDamaged, ids, root, head.Size, head.Root)
	}
	return e, nil
}

// root folds the complete subtrees of the edge, from the smallest at the right to the largest at the left.
func (e *edge) root() Hash {
	root, any := Empty.Root, false
	for _, hashes := range e {
		for w := len(hashes) / tlog.HashSize; w > 0; w &= w - 1 {
			k := w & -w // leaves (of this level) of the smallest subtree that is left
			h := subtree(hashes[(w-k)*tlog.HashSize : w*tlog.HashSize])
			if any {
				h = tlog.NodeHash(h, root)
			}
			root, any = h, true
		}
	}
	return root
}

// subtree is the root over neighbouring hashes, whose number is a power of two and at most a tile's.
func subtree(hashes []byte) Hash {
	if len(hashes) == tlog.HashSize {
		return Hash(hashes)
	}
	// The scratch is on the stack: sealing hashes a leaf about twice, and this is half of it.
	var scratch [tileWidth / 2 * tlog.HashSize]byte
	var node [1 + 2*tlog.HashSize]byte
	node[0] = 0x01
	for from := hashes; len(from) > tlog.HashSize; {
		n := len(from) / (2 * tlog.HashSize)
		for i := range n {
			copy(node[1:], from[2*i*tlog.HashSize:2*(i+1)*tlog.HashSize])
			h := sha256.Sum256(node[:])
			copy(scratch[i*tlog.HashSize:], h[:])
		}
		from = scratch[:n*tlog.HashSize]
	}
	return Hash(scratch[:tlog.HashSize])
}
