package ledger

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	tileLevels = 56/tileHeight + 1 // of a ledger of MaxSize
)

// TileID is the place of a tile, by the coordinates of C2SP tlog-tiles.
type TileID struct {
	Level int   // 0 holds the hashes of leaves; each hash of level L stands for 2^(8L) leaves
	N     int64 // from 0, left to right in its level
}

// String is level/n, as in errors.
func (id TileID) String() string { return fmt.Sprintf("%d/%d", id.Level, id.N) }

// Tile is up to 256 neighbouring hashes of one level: numbers 256*N to 256*N+Width()-1. Only subtrees that are complete
// have their hash in a tile, so a tile grows to the right and no hash in it ever changes.
type Tile struct {
	TileID
	Hashes []byte // 1 to 256 hashes of 32 bytes, one after the other
}

// Width is the number of hashes in the tile.
func (t Tile) Width() int { return len(t.Hashes) / tlog.HashSize }

// TileReader reads stored tiles of one ledger.
type TileReader interface {
	// Tiles returns the tiles with these ids, in the order of the ids, one for each. The ids are all different; there
	// are up to a few thousand of them, so an implementation may have to split its query.
	//
	// A tile comes as it is stored. It may be wider than the caller needs, because the ledger has grown since the head
	// that the caller reads by: callers cut it. A tile that is not there, or is there with another form than Tile
	// allows, is an error: MissingTile makes the first, which wraps ErrDamaged. Any other error says that the tiles
	// could not be read, and comes back to the caller of this package as it is.
	//
	// Whether the hashes are right is not the reader's concern: everything in this package checks them against a head.
	// The reader must not change Hashes after it returned them, and neither does the caller. One call is made at a
	// time.
	Tiles(ctx context.Context, ids []TileID) ([]Tile, error)
}

// MissingTile is the error of a TileReader that does not find a tile.
func MissingTile(id TileID) error {
	return fmt.Errorf("%w: tile %v is not there", ErrDamaged, id)
}

// readTiles reads tiles and cuts each to the width that the caller's head needs.
func readTiles(ctx context.Context, r TileReader, ids []TileID, widths []int) ([][]byte, error) {
	tiles, err := r.Tiles(ctx, ids)
	if err != nil {
		return nil, err
	}
	if len(tiles) != len(ids) {
		return nil, fmt.Errorf("ledger: asked for %d tiles, got %d", len(ids), len(tiles))
	}
	cut := make([][]byte, len(tiles))
	for i, t := range tiles {
		if t.TileID != ids[i] {
			return nil, fmt.Errorf("ledger: asked for tile %v, got %v", ids[i], t.TileID)
		}
		if len(t.Hashes)%tlog.HashSize != 0 || t.Width() > tileWidth {
			return nil, fmt.Errorf("%w: tile %v has %d bytes", ErrDamaged, t.TileID, len(t.Hashes))
		}
		if t.Width() < widths[i] {
			return nil, fmt.Errorf("%w: tile %v has %d hashes, the head needs %d", ErrDamaged, t.TileID, t.Width(), widths[i])
		}
		cut[i] = t.Hashes[:widths[i]*tlog.HashSize]
	}
	return cut, nil
}
