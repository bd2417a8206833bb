package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/backtrail/backtrail/ledger"
)

func TestAppendRandomBatches(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := newBook()
		var leaves []ledger.Hash
		for _, n := range rapid.SliceOfN(rapid.OneOf(rapid.IntRange(0, 3), rapid.IntRange(0, 300)), 1, 6).Draw(rt, "batches") {
			more := leavesOf(int64(len(leaves)), int64(len(leaves)+n))
			leaves = append(leaves, more...)
			b.append(t, more)
			check(rt, b, leaves)
		}
	})
}

func TestAppendAcrossTiles(t *testing.T) {
	for _, sizes := range [][]int64{
		{255, 256, 257},
		{256, 512, 513},
		{65535, 65536, 65537},
		{65000, 66000},
		{1, 65536},
	} {
		t.Run(fmt.Sprint(sizes), func(t *testing.T) {
			b := newBook()
			for _, size := range sizes {
				old := b.head.Size
				more := leavesOf(old, size)
				head, tiles, err := ledger.Append(t.Context(), b, b.head, more)
				if err != nil {
					t.Fatal(err)
				}
				var got, want []tlog.Tile
				for _, tile := range tiles {
					got = append(got, tlog.Tile{H: 8, L: tile.Level, N: tile.N, W: tile.Width()})
				}
				want = tlog.NewTiles(8, old, size)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("tiles from %d to %d (-want +got):\n%s", old, size, diff)
				}
				b.append(t, more)
				if head != b.head {
					t.Errorf("two heads for one thing: %v, %v", head, b.head)
				}
			}
			check(t, b, leavesOf(0, sizes[len(sizes)-1]))
		})
	}
}

// same is a ledger of any size whose leaves are all one, so that each level of tiles consists of one hash.
type same struct{ levels [64]ledger.Hash } // the roots over 2^i leaves

func newSame() *same {
	s := &same{}
	s.levels[0] = leaf(0)
	for i := range s.levels[1:] {
		s.levels[i+1] = rfcNode(s.levels[i], s.levels[i])
	}
	return s
}

func (s *same) Tiles(_ context.Context, ids []ledger.TileID) ([]ledger.Tile, error) {
	var tiles []ledger.Tile
	for _, id := range ids {
		h := s.levels[8*id.Level]
		tiles = append(tiles, ledger.Tile{TileID: id, Hashes: []byte(strings.Repeat(string(h[:]), 256))})
	}
	return tiles, nil
}

func (s *same) head(size int64) ledger.Head {
	root, any := ledger.Empty.Root, false
	for i := range 63 {
		if size>>i&1 == 0 {
			continue
		}
		if any {
			root = rfcNode(s.levels[i], root)
		} else {
			root, any = s.levels[i], true
		}
	}
	return ledger.Head{Size: size, Root: root}
}

func TestAppendToLargeLedgers(t *testing.T) {
	s := newSame()
	three := []ledger.Hash{leaf(0), leaf(0), leaf(0)}
	for _, size := range []int64{1<<24 - 1, 1<<24 - 3, 1 << 32, 1<<40 - 2, 1<<48 + 255, ledger.MaxSize - 3} {
		head, _, err := ledger.Append(t.Context(), s, s.head(size), three)
		if err != nil || head != s.head(size+3) {
			t.Errorf("%d leaves and three: %v, %v; want %v", size, head, err, s.head(size+3))
		}
	}
	if _, _, err := ledger.Append(t.Context(), s, s.head(ledger.MaxSize-2), three); !errors.Is(err, ledger.ErrRange) {
		t.Errorf("over the largest size: %v", err)
	}
}

func TestAppendReadsTheEdgeAlone(t *testing.T) {
	b := bookOf(t, 70_000)
	b.reads = 0
	b.append(t, leavesOf(70_000, 70_010))
	if b.reads != 3 {
		t.Errorf("read %d tiles, the edge has 3", b.reads)
	}
}

// Whatever is done to the edge, Append notices, unless it is nothing.
func TestAppendToDamaged(t *testing.T) {
	const size = 700 // tiles 0/2 with 188 hashes, 1/0 with 2
	good := bookOf(t, size)
	low, high := ledger.TileID{Level: 0, N: 2}, ledger.TileID{Level: 1, N: 0}
	for name, damage := range map[string]func(*book){
		"bit of a leaf":       func(b *book) { b.tiles[low][100*32+7] ^= 1 },
		"last bit":            func(b *book) { b.tiles[low][188*32-1] ^= 1 },
		"bit of a node":       func(b *book) { b.tiles[high][0] ^= 0x80 },
		"hashes swapped":      func(b *book) { copy(b.tiles[low], append(b.tiles[low][32:64:64], b.tiles[low][:32]...)) },
		"tile missing":        func(b *book) { delete(b.tiles, high) },
		"tile empty":          func(b *book) { b.tiles[high] = nil },
		"hash missing":        func(b *book) { b.tiles[low] = b.tiles[low][:187*32] },
		"half a hash missing": func(b *book) { b.tiles[low] = b.tiles[low][:len(b.tiles[low])-16] },
		"tile too wide":       func(b *book) { b.tiles[low] = make([]byte, 257*32) },
		"another tile":        func(b *book) { b.tiles[low] = b.tiles[ledger.TileID{N: 1}] },
		"root":                func(b *book) { b.head.Root[31] ^= 1 },
		"size":                func(b *book) { b.head.Size-- },
		"size zero":           func(b *book) { b.head.Size = 0 },
		"size negative":       func(b *book) { b.head.Size = -1 },
		"size absurd":         func(b *book) { b.head.Size = 1 << 62 },
		"zero head":           func(b *book) { b.head = ledger.Head{} },
	} {
		t.Run(name, func(t *testing.T) {
			b := good.clone()
			damage(b)
			for _, leaves := range [][]ledger.Hash{leavesOf(0, 3), nil} {
				if head, tiles, err := ledger.Append(t.Context(), b, b.head, leaves); !errors.Is(err, ledger.ErrDamaged) || tiles != nil || head != (ledger.Head{}) {
					t.Errorf("%v, %d tiles, %v", head, len(tiles), err)
				}
			}
		})
	}
	t.Run("hashes to the right do nothing", func(t *testing.T) {
		b := good.clone()
		b.tiles[low] = append(b.tiles[low], make([]byte, 3*32)...)
		head, tiles, err := ledger.Append(t.Context(), b, b.head, leavesOf(size, size+1))
		if err != nil || head.Root != rfcRoot(leavesOf(0, size+1)) || tiles[0].Width() != 189 {
			t.Errorf("%v, %v", head, err)
		}
	})
}

func TestReaderErrors(t *testing.T) {
	b := bookOf(t, 700)
	broken := errors.New("no connection")
	for name, test := range map[string]struct {
		r    ledger.TileReader
		want error
	}{
		"error":     {readerFunc(func([]ledger.TileID) ([]ledger.Tile, error) { return nil, broken }), broken},
		"too few":   {readerFunc(func(ids []ledger.TileID) ([]ledger.Tile, error) { return nil, nil }), nil},
		"any order": {readerFunc(func(ids []ledger.TileID) ([]ledger.Tile, error) { return b.Tiles(t.Context(), reversed(ids)) }), nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err1 := ledger.Append(t.Context(), test.r, b.head, leavesOf(0, 1))
			_, err2 := ledger.Inclusion(t.Context(), test.r, b.head, 5)
			for _, err := range []error{err1, err2} {
				if err == nil || test.want != nil && !errors.Is(err, test.want) || errors.Is(err, ledger.ErrDamaged) {
					t.Errorf("%v", err)
				}
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ledger.RootAt(ctx, b, b.head, 5); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

type readerFunc func([]ledger.TileID) ([]ledger.Tile, error)

func (f readerFunc) Tiles(_ context.Context, ids []ledger.TileID) ([]ledger.Tile, error) {
	return f(ids)
}

func reversed(ids []ledger.TileID) []ledger.TileID {
	var back []ledger.TileID
	for _, id := range ids {
		back = append([]ledger.TileID{id}, back...)
	}
	return back
}
