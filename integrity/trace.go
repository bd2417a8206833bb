package integrity

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/backtrail/backtrail/ledger"
)

// trace is the second look, which finds out what happened. It holds the hashes of all rows and leaves.
type trace struct {
	*check
	placed []placed
	here   []ledger.Hash // the leaves of the rows by place, from 0; zero where there is none
	stored [2][][]byte   // the tiles of the levels 0 and 1, nil where there is none
	unread map[ledger.TileID]bool

	// The ledger as it must have been, and its roots at the sizes that are asked for.
	want  []ledger.Hash
	size  int64
	roots map[int64]ledger.Hash
}

func (t *trace) look(ctx context.Context, heads []ledger.Head) error {
	for _, step := range []func(context.Context) error{t.readRows, t.readTiles} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	head, sure := t.believe(heads)
	t.size = int64(len(t.want))
	switch {
	case head == ledger.Empty:
		t.found.add(headless(t.rows))
	case !sure:
		t.found.add(Finding{Kind: Tree, Detail: fmt.Sprintf("The stored hashes do not give the root %s of the head, and neither do the events: hashes were changed, or hashes and events together. What follows compares them with each other.", head.Root)})
	}
	if err := t.checkTiles(ctx); err != nil {
		return err
	}
	if head.Size > t.size {
		t.explain(ctx, difference{Kind: CutOff, From: t.size + 1, To: head.Size, Before: t.size})
	}
	for _, d := range align(t.want, t.placed) {
		t.explain(ctx, d)
	}
	if !t.found.any() { // the two looks do not agree: it changes while it is being read
		t.found.add(Finding{Kind: Tree, Detail: "The events and the tree do not fit each other."})
	}
	return nil
}

// readRows reads all rows again and keeps their hashes.
func (t *trace) readRows(ctx context.Context) error {
	t.placed = make([]placed, 0, t.rows)
	t.here = make([]ledger.Hash, t.rows)
	return scan(ctx, t.src, t.Account, false, func(p *page) error {
		for _, s := range p.seen {
			t.placed = append(t.placed, placed{s.seq, s.leaf, s.sound, s.unread != nil})
			if s.sound && s.seq >= 1 && s.seq <= t.rows {
				t.here[s.seq-1] = s.leaf
			}
		}
		n := int64(len(t.placed))
		t.Progress(t.rows+n, 2*t.rows)
		return nil
	})
}

// readTiles reads the tiles of the lowest two levels, as many as there are.
func (t *trace) readTiles(ctx context.Context) error {
	for level := range t.stored {
		for more := true; more; {
			n := int64(len(t.stored[level]))
			some, err := t.readSome(ctx, level, n)
			if err != nil {
				return err
			}
			t.stored[level] = append(t.stored[level], some...)
			more = n<<(8*(level+1)) < t.rows || slices.ContainsFunc(some, func(tile []byte) bool { return tile != nil })
		}
		for n := len(t.stored[level]); n > 0 && t.stored[level][n-1] == nil; n-- {
			t.stored[level] = t.stored[level][:n-1]
		}
	}
	return nil
}

// readSome reads the next tiles of a level, nil for each that is not there.
func (t *trace) readSome(ctx context.Context, level int, from int64) ([][]byte, error) {
	ids := make([]ledger.TileID, tilesAtOnce)
	for i := range ids {
		ids[i] = ledger.TileID{Level: level, N: from + int64(i)}
	}
	out := make([][]byte, len(ids))
	if tiles, err := t.src.Tiles(ctx, ids); err == nil {
		for i := range tiles {
			out[i] = tiles[i].Hashes
		}
		return out, nil
	}
	unread := 0
	for i, id := range ids {
		var err error
		if out[i], err = t.readTile(ctx, id); err != nil {
			if unread++; unread == len(ids) {
				return nil, err
			}
		}
	}
	return out, nil
}

// readTile reads one tile, nil when it is not there. The error of one that cannot be read is a finding too.
func (t *trace) readTile(ctx context.Context, id ledger.TileID) ([]byte, error) {
	tiles, err := t.src.Tiles(ctx, []ledger.TileID{id})
	switch {
	case err == nil && len(tiles) == 1:
		return tiles[0].Hashes, nil
	case err == nil || errors.Is(err, ledger.ErrDamaged):
		return nil, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	t.unread[id] = true
	t.found.add(Finding{Kind: Unreadable, Detail: fmt.Sprintf("The tile %v of the tree cannot be read: %v.", id, err)})
	return nil, err
}
