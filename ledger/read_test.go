package ledger_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/backtrail/backtrail/ledger"
)

// All proofs of a random ledger are those of the RFC, by its present head and by an older one, for which the stored
// tiles are too wide.
func TestProofs(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		stored := rapid.Int64Range(1, 700).Draw(rt, "stored")
		size := rapid.Int64Range(1, stored).Draw(rt, "size")
		index := rapid.Int64Range(0, size-1).Draw(rt, "index")
		old := rapid.Int64Range(0, size).Draw(rt, "old")
		b := bookOf(t, stored)
		leaves := leavesOf(0, size)
		head := ledger.Head{Size: size, Root: rfcRoot(leaves)}

		path, err := ledger.Inclusion(t.Context(), b, head, index)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(rfcPath(int(index), leaves), []ledger.Hash(path), nilIsEmpty); diff != "" {
			rt.Fatalf("leaf %d of %d:\n%s", index, size, diff)
		}
		if err := ledger.CheckInclusion(path, head, index, leaves[index]); err != nil {
			rt.Fatal(err)
		}

		growth, err := ledger.Consistency(t.Context(), b, head, old)
		if err != nil {
			rt.Fatal(err)
		}
		if old > 0 {
			if diff := cmp.Diff(rfcProof(int(old), leaves, true), []ledger.Hash(growth), nilIsEmpty); diff != "" {
				rt.Fatalf("%d to %d:\n%s", old, size, diff)
			}
		}
		root, err := ledger.RootAt(t.Context(), b, head, old)
		if err != nil || root != rfcRoot(leaves[:old]) {
			rt.Fatalf("root at %d: %v, %v", old, root, err)
		}
		if err := ledger.CheckConsistency(growth, head, ledger.Head{Size: old, Root: root}); err != nil {
			rt.Fatal(err)
		}
	})
}

func TestProofsAcrossTiles(t *testing.T) {
	b := bookOf(t, 65537)
	leaves := leavesOf(0, 65537)
	for _, size := range []int64{1, 2, 255, 256, 257, 65535, 65536, 65537} {
		head := ledger.Head{Size: size, Root: rfcRoot(leaves[:size])}
		for _, index := range []int64{0, 1, 254, 255, 256, 65279, 65535, 65536} {
			if index >= size {
				continue
			}
			p, err := ledger.Inclusion(t.Context(), b, head, index)
			if err != nil {
				t.Fatal(err)
			}
			if err := ledger.CheckInclusion(p, head, index, leaves[index]); err != nil {
				t.Errorf("leaf %d of %d: %v", index, size, err)
			}
		}
		full := b.head
		p, err := ledger.Consistency(t.Context(), b, full, size)
		if err != nil {
			t.Fatal(err)
		}
		if err := ledger.CheckConsistency(p, full, head); err != nil {
			t.Errorf("%d to %d: %v", size, full.Size, err)
		}
	}
}

func TestProofsOfLargeLedgers(t *testing.T) {
	s := newSame()
	for _, size := range []int64{1<<24 + 1, 1<<40 - 1, ledger.MaxSize} {
		head := s.head(size)
		for _, index := range []int64{0, size / 3, size - 1} {
			p, err := ledger.Inclusion(t.Context(), s, head, index)
			if err != nil {
				t.Fatal(err)
			}
			if err := ledger.CheckInclusion(p, head, index, leaf(0)); err != nil {
				t.Errorf("leaf %d of %d: %v", index, size, err)
			}
			growth, err := ledger.Consistency(t.Context(), s, head, index)
			if err != nil {
				t.Fatal(err)
			}
			if err := ledger.CheckConsistency(growth, head, s.head(index)); err != nil {
				t.Errorf("%d to %d: %v", index, size, err)
			}
			rest, err := ledger.BatchProof(t.Context(), s, head, []int64{index})
			if err != nil {
				t.Fatal(err)
			}
			if root, err := ledger.BatchRoot(size, []int64{index}, []ledger.Hash{leaf(0)}, rest); err != nil || root != head.Root {
				t.Errorf("batch of %d in %d: %v, %v", index, size, root, err)
			}
		}
	}
}

func TestOutOfRange(t *testing.T) {
	const far = int64(1) << 62
	for _, size := range []int64{0, 1, 2, 700} {
		b := bookOf(t, size)
		for _, index := range []int64{-far - far, -far, -1, size, size + 1, far} {
			t.Run(fmt.Sprintf("%d of %d", index, size), func(t *testing.T) {
				if p, err := ledger.Inclusion(t.Context(), b, b.head, index); p != nil || !errors.Is(err, ledger.ErrRange) {
					t.Errorf("Inclusion: %v", err)
				}
				if p, err := ledger.BatchProof(t.Context(), b, b.head, []int64{index}); p != nil || !errors.Is(err, ledger.ErrRange) {
					t.Errorf("BatchProof: %v", err)
				}
				if err := ledger.CheckInclusion(nil, b.head, index, leaf(0)); !errors.Is(err, ledger.ErrProof) {
					t.Errorf("CheckInclusion: %v", err)
				}
				if index == size {
					return // as an older size it is in range
				}
				if p, err := ledger.Consistency(t.Context(), b, b.head, index); p != nil || !errors.Is(err, ledger.ErrRange) {
					t.Errorf("Consistency: %v", err)
				}
				if root, err := ledger.RootAt(t.Context(), b, b.head, index); root != (ledger.Hash{}) || !errors.Is(err, ledger.ErrRange) {
					t.Errorf("RootAt: %v", err)
				}
				if err := ledger.CheckConsistency(nil, b.head, ledger.Head{Size: index}); !errors.Is(err, ledger.ErrProof) {
					t.Errorf("CheckConsistency: %v", err)
				}
				if err := ledger.CheckConsistency(nil, ledger.Head{Size: index}, b.head); !errors.Is(err, ledger.ErrProof) && size > 0 { // every ledger begins with the empty one
					t.Errorf("CheckConsistency to it: %v", err)
				}
				if err := ledger.CheckInclusion(nil, ledger.Head{Size: index}, 0, leaf(0)); !errors.Is(err, ledger.ErrProof) {
					t.Errorf("CheckInclusion in it: %v", err)
				}
			})
		}
	}
}

// A proof stops to hold with any change of it, or of what it is for.
func TestForgedProofs(t *testing.T) {
	const size, index, old = 700, 300, 513
	b := bookOf(t, size)
	path, err1 := ledger.Inclusion(t.Context(), b, b.head, index)
	growth, err2 := ledger.Consistency(t.Context(), b, b.head, old)
	root, err3 := ledger.RootAt(t.Context(), b, b.head, old)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	oldHead := ledger.Head{Size: old, Root: root}
	bad := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, ledger.ErrProof) {
			t.Errorf("%s: %v", what, err)
		}
	}
	included := func(p []ledger.Hash) error {
		return ledger.CheckInclusion(p, b.head, index, leaf(index))
	}
	grown := func(p []ledger.Hash) error { return ledger.CheckConsistency(p, b.head, oldHead) }
	if err := errors.Join(included(path), grown(growth)); err != nil {
		t.Fatal(err)
	}
	for name, forged := range forgeries(path) {
		bad("path, "+name, included(forged))
	}
	for name, forged := range forgeries(growth) {
		bad("growth, "+name, grown(forged))
	}
	for i := range int64(size) {
		if i != index {
			bad(fmt.Sprint("as leaf ", i), ledger.CheckInclusion(path, b.head, i, leaf(index)))
			bad(fmt.Sprint("for leaf ", i), ledger.CheckInclusion(path, b.head, index, leaf(i)))
		}
		// By the shape of the two trees a path may fit a few other sizes, as RFC 6962 has it: the size is signed with
		// the root, so nobody gets to choose it.
		if i != old {
			bad(fmt.Sprint("from size ", i), ledger.CheckConsistency(growth, b.head, ledger.Head{Size: i, Root: rfcRoot(leavesOf(0, i))}))
		}
	}
	for bit := range 256 {
		flip := func(h ledger.Head) ledger.Head { h.Root[bit/8] ^= 1 << (bit % 8); return h }
		bad("root", ledger.CheckInclusion(path, flip(b.head), index, leaf(index)))
		bad("new root", ledger.CheckConsistency(growth, flip(b.head), oldHead))
		bad("old root", ledger.CheckConsistency(growth, b.head, flip(oldHead)))
		bad("equal sizes", ledger.CheckConsistency(nil, b.head, flip(b.head)))
	}
	bad("backwards", ledger.CheckConsistency(growth, oldHead, b.head))
	bad("equal sizes, with hashes", ledger.CheckConsistency(growth, b.head, b.head))
	bad("from nothing, with hashes", ledger.CheckConsistency(growth, b.head, ledger.Empty))
	bad("from nothing with a root", ledger.CheckConsistency(nil, b.head, ledger.Head{Root: root}))
	for _, same := range []ledger.Head{b.head, ledger.Empty} {
		if err := ledger.CheckConsistency(tlog.TreeProof{}, same, same); err != nil {
			t.Errorf("a head with itself: %v", err)
		}
	}
	if err := ledger.CheckConsistency(nil, b.head, ledger.Empty); err != nil {
		t.Errorf("from nothing: %v", err)
	}
}

// forgeries are all lists of hashes that differ from p in one bit, one hash, or one place.
func forgeries(p []ledger.Hash) map[string][]ledger.Hash {
	all := map[string][]ledger.Hash{
		"one more in front": append([]ledger.Hash{p[0]}, p...),
		"one more":          append(p[:len(p):len(p)], p[0]),
		"none":              nil,
	}
	for i := range p {
		all[fmt.Sprint("without ", i)] = append(p[:i:i], p[i+1:]...)
		if i > 0 && p[i] != p[i-1] {
			swapped := append([]ledger.Hash(nil), p...)
			swapped[i-1], swapped[i] = swapped[i], swapped[i-1]
			all[fmt.Sprint("swapped before ", i)] = swapped
		}
		for bit := range 256 {
			flipped := append([]ledger.Hash(nil), p...)
			flipped[i][bit/8] ^= 1 << (bit % 8)
			all[fmt.Sprintf("bit %d of %d", bit, i)] = flipped
		}
	}
	return all
}

// Every hash of every tile is checked before it goes into a proof: the leaf's own tile, those above, and the edge.
func TestDamagedTiles(t *testing.T) {
	const size = 66_000
	good := bookOf(t, size)
	for id, hashes := range good.tiles {
		if id.Level == 0 && id.N%37 != 0 && id.N != 257 {
			continue // a sample of the lowest
		}
		index := id.N * 256
		for range id.Level {
			index *= 256
		}
		for name, damage := range map[string]func(*book){
			"first bit": func(b *book) { b.tiles[id][0] ^= 0x80 },
			"a bit":     func(b *book) { b.tiles[id][len(hashes)/2] ^= 4 },
			"last bit":  func(b *book) { b.tiles[id][len(hashes)-1] ^= 1 },
			"missing":   func(b *book) { delete(b.tiles, id) },
			"narrower":  func(b *book) { b.tiles[id] = b.tiles[id][32:] },
			"exchanged": func(b *book) { b.tiles[id] = b.tiles[ledger.TileID{N: 5}] },
			"rotated":   func(b *book) { copy(b.tiles[id], append(hashes[32:len(hashes):len(hashes)], hashes[:32]...)) },
		} {
			if name == "rotated" && len(hashes) == 32 {
				continue // to itself
			}
			b := good.clone()
			damage(b)
			_, err1 := ledger.Inclusion(t.Context(), b, b.head, index)
			_, err2 := ledger.BatchProof(t.Context(), b, b.head, []int64{index})
			_, err3 := ledger.Consistency(t.Context(), b, b.head, index+1)
			_, err4 := ledger.RootAt(t.Context(), b, b.head, index+1)
			for _, err := range []error{err1, err2, err3, err4} {
				if !errors.Is(err, ledger.ErrDamaged) {
					t.Errorf("tile %v, %s: %v", id, name, err)
				}
			}
		}
	}
}

// In a ledger of one leaf no proof needs a hash. Its one tile is checked all the same.
func TestDamagedTileOfOne(t *testing.T) {
	b := bookOf(t, 1)
	b.tiles[ledger.TileID{}][9] ^= 1
	_, err1 := ledger.Inclusion(t.Context(), b, b.head, 0)
	_, err2 := ledger.Consistency(t.Context(), b, b.head, 1)
	_, err3 := ledger.RootAt(t.Context(), b, b.head, 0)
	_, err4 := ledger.BatchProof(t.Context(), b, b.head, []int64{0})
	for _, err := range []error{err1, err2, err3, err4} {
		if !errors.Is(err, ledger.ErrDamaged) {
			t.Error(err)
		}
	}
}
