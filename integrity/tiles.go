package integrity

import (
	"bytes"
	"context"
	"fmt"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/ledger"
)

// checkTiles compares every stored tile with the tree that the ledger must have had, and keeps that tree's roots.
func (t *trace) checkTiles(ctx context.Context) error {
	var failed error
	g := newGrowing(t.sizes(), func(tile ledger.Tile) {
		var stored []byte
		if tile.Level >= len(t.stored) {
			var err error
			if stored, err = t.readTile(ctx, tile.TileID); err != nil && failed == nil {
				failed = ctx.Err()
			}
		} else if tile.N < int64(len(t.stored[tile.Level])) {
			stored = t.stored[tile.Level][tile.N]
		}
		if wrong := mistake(tile, stored); wrong != "" && !t.unread[tile.TileID] {
			t.found.add(Finding{Kind: Tree, Detail: fmt.Sprintf("The tile %v of the tree is not what the signed root demands: %s.", tile.TileID, wrong)})
		}
	})
	for _, leaf := range t.want {
		if err := g.add(leaf); err != nil {
			return err
		}
	}
	if err := g.close(); err != nil {
		return err
	}
	t.roots = g.roots
	return failed
}

// mistake says what is wrong with a stored tile, "" for nothing.
func mistake(tile ledger.Tile, stored []byte) string {
	if stored == nil {
		return "it is not there"
	}
	for i := range tile.Width() {
		at := i * hashSize
		if at+hashSize > len(stored) {
			return fmt.Sprintf("it has %d bytes instead of %d", len(stored), len(tile.Hashes))
		}
		if bytes.Equal(tile.Hashes[at:at+hashSize], stored[at:at+hashSize]) {
			continue
		}
		n := tile.N*tileWidth + int64(i) // of the hash in its level
		if tile.Level == 0 {
			return fmt.Sprintf("the hash of the event at place %d is another one", n+1)
		}
		each := int64(1) << (8 * tile.Level)
		return fmt.Sprintf("the hash over the events at places %d to %d is another one", n*each+1, (n+1)*each)
	}
	if len(stored) > len(tile.Hashes) {
		return "it has hashes behind the end of the ledger"
	}
	return ""
}

// events says a number of events in words.
func events(n int64) string {
	if n == 1 {
		return "1 event"
	}
	return audit.Thousands(int(n)) + " events"
}
