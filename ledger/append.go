package ledger

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Append adds leaves at the end of the ledger with this head. It returns the new head, and every tile that is new or
// has become wider, whole: by level, and left to right in a level. The caller stores the tiles and the head in one
// transaction, the head by compare-and-swap against the old one; until then nothing has happened.
//
// It reads only the tiles of the right edge, at most one a level, and checks that they give the head's root: else the
// error wraps ErrDamaged and names them. It wraps ErrRange when the ledger would outgrow MaxSize.
func Append(ctx context.Context, r TileReader, head Head, leaves []Hash) (Head, []Tile, error) {
	e, err := readEdge(ctx, r, head)
	if err != nil {
		return Head{}, nil, err
	}
	if int64(len(leaves)) > MaxSize-head.Size {
		return Head{}, nil, fmt.Errorf("%w: it would have more than %d leaves", ErrRange, MaxSize)
	}
	if len(leaves) == 0 {
		return head, nil, nil
	}
	tiles := make([]Tile, 0, len(leaves)/tileWidth+tileLevels)
	for level, hashes := 0, leaves; len(hashes) > 0; level++ {
		next := TileID{level, head.Size >> (tileHeight * (level + 1))}
		tiles, hashes = e.extend(next, hashes, tiles)
	}
	return Head{head.Size + int64(len(leaves)), e.root()}, tiles, nil
}

// extend adds hashes to a level of the edge, whose open tile is next. It appends the tiles that come of it to tiles, and
// returns the hashes of those that became full: they go to the level above.
func (e *edge) extend(next TileID, hashes []Hash, tiles []Tile) (_ []Tile, full []Hash) {
	open := e[next.Level]
	if n := (len(open)/tlog.HashSize + len(hashes)) / tileWidth; n > 0 {
		full = make([]Hash, 0, n)
	}
	for len(hashes) > 0 {
		n := min(len(hashes), tileWidth-len(open)/tlog.HashSize)
		// Always into new memory: the old hashes belong to the reader.
		grown := make([]byte, len(open), len(open)+n*tlog.HashSize)
		copy(grown, open)
		for _, h := range hashes[:n] {
			grown = append(grown, h[:]...)
		}
		tiles = append(tiles, Tile{next, grown})
		hashes, open = hashes[n:], grown
		if len(grown) == tileWidth*tlog.HashSize {
			full = append(full, subtree(grown))
			next.N++
			open = nil
		}
	}
	e[next.Level] = open
	return tiles, full
}
