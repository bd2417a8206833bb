package ledger_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/backtrail/backtrail/ledger"
)

// drawSet draws a set of the indexes below size: a few, most, a stretch, or any.
func drawSet(t *rapid.T, size int64) []int64 {
	from := rapid.Int64Range(0, size).Draw(t, "from")
	to := rapid.Int64Range(from, size).Draw(t, "to")
	share := rapid.SampledFrom([]int{1, 10, 50, 90, 99, 100}).Draw(t, "share")
	x := rapid.Uint64().Draw(t, "seed")
	var indexes []int64
	for i := from; i < to; i++ {
		x = x*6364136223846793005 + 1442695040888963407
		if int(x>>33%100) < share {
			indexes = append(indexes, i)
		}
	}
	return indexes
}

func pick(indexes []int64) []ledger.Hash {
	var hashes []ledger.Hash
	for _, i := range indexes {
		hashes = append(hashes, leaf(i))
	}
	return hashes
}

func TestBatch(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		stored := rapid.Int64Range(0, 700).Draw(rt, "stored")
		size := rapid.Int64Range(0, stored).Draw(rt, "size")
		indexes := drawSet(rt, size)
		b := bookOf(t, stored)
		leaves := leavesOf(0, size)
		head := ledger.Head{Size: size, Root: rfcRoot(leaves)}

		rest, err := ledger.BatchProof(t.Context(), b, head, indexes)
		if err != nil {
			rt.Fatal(err)
		}
		known := make([]bool, size)
		for _, i := range indexes {
			known[i] = true
		}
		if diff := cmp.Diff(rfcBatch(leaves, known), rest); diff != "" {
			rt.Fatalf("%v of %d:\n%s", indexes, size, diff)
		}
		root, err := ledger.BatchRoot(size, indexes, pick(indexes), rest)
		if err != nil || root != head.Root {
			rt.Fatalf("%v of %d: %v, %v", indexes, size, root, err)
		}
	})
}

// A proof of more hashes than one read takes, with leaves that come and go.
func TestBatchOverManyReads(t *testing.T) {
	const size = 70_001
	b := bookOf(t, size)
	var indexes []int64
	known := make([]bool, size)
	for i := int64(0); i < size; i += 3 + i/1000%7 {
		indexes = append(indexes, i)
		known[i] = true
	}
	rest, err := ledger.BatchProof(t.Context(), b, b.head, indexes)
	if err != nil {
		t.Fatal(err)
	}
	if want := rfcBatch(leavesOf(0, size), known); len(want) < 10_000 || !slices.Equal(want, rest) {
		t.Errorf("%d hashes, not those of the definition (%d)", len(rest), len(want))
	}
	root, err := ledger.BatchRoot(size, indexes, pick(indexes), rest)
	if err != nil || root != b.head.Root {
		t.Errorf("%v, %v", root, err)
	}
}

func TestForgedBatch(t *testing.T) {
	const size = 300
	b := bookOf(t, size)
	indexes := []int64{0, 7, 8, 9, 255, 256, 299}
	leaves := pick(indexes)
	rest, err := ledger.BatchProof(t.Context(), b, b.head, indexes)
	if err != nil {
		t.Fatal(err)
	}
	for name, forged := range forgeries(rest) {
		if root, err := ledger.BatchRoot(size, indexes, leaves, forged); err == nil && root == b.head.Root {
			t.Errorf("proof, %s: it holds", name)
		}
	}
	for name, forged := range forgeries(leaves) {
		if root, err := ledger.BatchRoot(size, indexes, forged, rest); err == nil && root == b.head.Root {
			t.Errorf("leaves, %s: it holds", name)
		}
	}
	for i := range indexes {
		for to := range int64(size) {
			other := append([]int64(nil), indexes...)
			if other[i] = to; to == indexes[i] {
				continue
			}
			if root, err := ledger.BatchRoot(size, other, leaves, rest); err == nil && root == b.head.Root {
				t.Errorf("leaf %d as %d: it holds", indexes[i], to)
			}
		}
	}
}

func TestBatchRootRefuses(t *testing.T) {
	h := leaf(0)
	hashes := func(n int) []ledger.Hash { return make([]ledger.Hash, n) }
	for name, test := range map[string]struct {
		size         int64
		indexes      []int64
		leaves, rest []ledger.Hash
	}{
		"too few":                   {8, []int64{1}, hashes(1), hashes(2)},
		"too many":                  {8, []int64{1}, hashes(1), hashes(4)},
		"too many for all":          {2, []int64{0, 1}, hashes(2), hashes(1)},
		"none for none":             {8, nil, nil, nil},
		"two for none":              {8, nil, nil, hashes(2)},
		"some for nothing":          {0, nil, nil, hashes(1)},
		"a leaf in nothing":         {0, []int64{0}, hashes(1), nil},
		"descending":                {8, []int64{3, 1}, hashes(2), hashes(9)},
		"twice":                     {8, []int64{3, 3}, hashes(2), hashes(9)},
		"negative index":            {8, []int64{-1}, hashes(1), hashes(3)},
		"foreign index":             {8, []int64{8}, hashes(1), hashes(3)},
		"absurd index":              {8, []int64{1<<63 - 1}, hashes(1), hashes(3)},
		"negative size":             {-1, nil, nil, nil},
		"most negative size":        {-1 << 63, nil, nil, hashes(1)},
		"absurd size":               {1<<63 - 1, []int64{0}, hashes(1), hashes(63)},
		"size just over":            {ledger.MaxSize + 1, nil, nil, hashes(1)},
		"largest size, few hashes":  {ledger.MaxSize, []int64{0, ledger.MaxSize - 1}, hashes(2), hashes(9)},
		"fewer leaves than indexes": {8, []int64{1, 2}, hashes(1), hashes(3)},
		"more leaves than indexes":  {8, []int64{1}, []ledger.Hash{h, h}, hashes(3)},
	} {
		t.Run(name, func(t *testing.T) {
			if root, err := ledger.BatchRoot(test.size, test.indexes, test.leaves, test.rest); !errors.Is(err, ledger.ErrProof) || root != (ledger.Hash{}) {
				t.Errorf("%v, %v", root, err)
			}
		})
	}
}

func TestBatchEdges(t *testing.T) {
	one := bookOf(t, 1)
	for _, test := range []struct {
		b       *book
		indexes []int64
		want    []ledger.Hash
	}{
		{newBook(), nil, nil},
		{one, nil, []ledger.Hash{one.head.Root}},
		{one, []int64{0}, nil},
	} {
		rest, err := ledger.BatchProof(t.Context(), test.b, test.b.head, test.indexes)
		if err != nil || !cmp.Equal(rest, test.want) {
			t.Errorf("%v of %d: %v, %v", test.indexes, test.b.head.Size, rest, err)
		}
		root, err := ledger.BatchRoot(test.b.head.Size, test.indexes, pick(test.indexes), rest)
		if err != nil || root != test.b.head.Root {
			t.Errorf("%v of %d: root %v, %v", test.indexes, test.b.head.Size, root, err)
		}
	}
	b := bookOf(t, 10)
	for _, indexes := range [][]int64{{3, 3}, {4, 3}} {
		if _, err := ledger.BatchProof(t.Context(), b, b.head, indexes); !errors.Is(err, ledger.ErrRange) {
			t.Errorf("%v: %v", indexes, err)
		}
	}
}

// The errors of whoever gives or takes the hashes come back as they are, and stay.
func TestBatchStreamErrors(t *testing.T) {
	b := bookOf(t, 10)
	broken := errors.New("broken pipe")

	p := ledger.NewBatchProver(b, b.head, func(ledger.Hash) error { return broken })
	if err := p.Add(t.Context(), 4); err != nil {
		t.Error(err)
	}
	if err := p.Close(t.Context()); err != broken {
		t.Error(err)
	}
	if err := p.Add(t.Context(), 5); err != broken {
		t.Error(err)
	}

	h := ledger.NewBatchHasher(10, func() (ledger.Hash, error) { return ledger.Hash{}, broken })
	if err := h.Add(4, leaf(4)); err != broken {
		t.Error(err)
	}
	if _, err := h.Root(); err != broken {
		t.Error(err)
	}

	// At the end, too, where io.EOF would be right.
	h = ledger.NewBatchHasher(1, func() (ledger.Hash, error) { return ledger.Hash{}, broken })
	if err := h.Add(0, leaf(0)); err != nil {
		t.Error(err)
	}
	if _, err := h.Root(); err != broken {
		t.Error(err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p = ledger.NewBatchProver(b, b.head, func(ledger.Hash) error { return nil })
	if err := p.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// What is finished stays finished.
func TestBatchAfterTheEnd(t *testing.T) {
	b := bookOf(t, 10)
	var rest []ledger.Hash
	p := ledger.NewBatchProver(b, b.head, func(h ledger.Hash) error { rest = append(rest, h); return nil })
	if err := errors.Join(p.Add(t.Context(), 4), p.Close(t.Context()), p.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	if err := p.Add(t.Context(), 9); !errors.Is(err, ledger.ErrRange) {
		t.Errorf("a leaf for a closed prover: %v", err)
	}
	h := ledger.NewBatchHasher(10, func() (ledger.Hash, error) {
		if len(rest) == 0 {
			return ledger.Hash{}, io.EOF
		}
		first := rest[0]
		rest = rest[1:]
		return first, nil
	})
	if err := h.Add(4, leaf(4)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if root, err := h.Root(); err != nil || root != b.head.Root {
			t.Errorf("root %v, %v", root, err)
		}
	}
	if err := h.Add(9, leaf(9)); !errors.Is(err, ledger.ErrProof) {
		t.Errorf("a leaf after the root: %v", err)
	}
}

// FuzzBatchRoot reads its input as a size, a number of indexes, the indexes, and hashes for as long as they last.
func FuzzBatchRoot(f *testing.F) {
	input := func(size int64, indexes []int64, hashes int) []byte {
		b := binary.BigEndian.AppendUint64(nil, uint64(size))
		b = append(b, byte(len(indexes)))
		for _, i := range indexes {
			b = binary.BigEndian.AppendUint64(b, uint64(i))
		}
		return append(b, make([]byte, 32*hashes)...)
	}
	f.Add(input(8, []int64{1, 6}, 6))
	f.Add(input(0, nil, 0))
	f.Add(input(1, nil, 1))
	f.Add(input(1<<56, []int64{0, 1<<56 - 1}, 57))
	f.Add(input(-1, []int64{5, 4}, 3))
	f.Fuzz(func(t *testing.T, b []byte) {
		number := func() (n int64) {
			if len(b) >= 8 {
				n, b = int64(binary.BigEndian.Uint64(b)), b[8:]
			}
			return n
		}
		size := number()
		n := 0
		if len(b) > 0 {
			n, b = int(b[0]), b[1:]
		}
		var indexes []int64
		for range n {
			indexes = append(indexes, number())
		}
		var hashes []ledger.Hash
		for ; len(b) >= 32; b = b[32:] {
			hashes = append(hashes, ledger.Hash(b[:32]))
		}
		n = min(n, len(hashes))
		leaves, rest := hashes[:n], hashes[n:]
		root, err := ledger.BatchRoot(size, indexes, leaves, rest)
		if err != nil {
			if !errors.Is(err, ledger.ErrProof) || root != (ledger.Hash{}) {
				t.Fatalf("%v, %v", root, err)
			}
			return
		}
		if want := rfcBatchRoot(0, size, &indexes, &leaves, &rest); root != want || len(indexes)+len(leaves)+len(rest) > 0 {
			t.Fatalf("root %v, want %v; left are %d, %d, %d", root, want, len(indexes), len(leaves), len(rest))
		}
	})
}

// rfcBatchRoot is the check of a batch proof as the package doc describes it. It uses up what it is given.
func rfcBatchRoot(lo, hi int64, indexes *[]int64, leaves, rest *[]ledger.Hash) ledger.Hash {
	next := func(hashes *[]ledger.Hash) ledger.Hash {
		h := (*hashes)[0]
		*hashes = (*hashes)[1:]
		return h
	}
	switch {
	case lo == hi:
		return ledger.Empty.Root
	case len(*indexes) == 0 || (*indexes)[0] >= hi:
		return next(rest)
	case hi-lo == 1:
		*indexes = (*indexes)[1:]
		return next(leaves)
	}
	k := int64(1)
	for 2*k < hi-lo {
		k *= 2
	}
	left := rfcBatchRoot(lo, lo+k, indexes, leaves, rest)
	return rfcNode(left, rfcBatchRoot(lo+k, hi, indexes, leaves, rest))
}

func ExampleBatchRoot() {
	// The auditor has the head of 4 leaves from a checkpoint, and got leaves 1 and 2 with their proof.
	leaves := []ledger.Hash{ledger.LeafHash([]byte("b")), ledger.LeafHash([]byte("c"))}
	proof := []ledger.Hash{ledger.LeafHash([]byte("a")), ledger.LeafHash([]byte("d"))}
	root, err := ledger.BatchRoot(4, []int64{1, 2}, leaves, proof)
	fmt.Println(root, err)
	// Output: MzdqO9Y+mZNwioTd/mworli4NQXdH+1xG9kk7FpiOfA= <nil>
}
