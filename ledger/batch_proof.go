package ledger

import (
	"context"
	"fmt"
	"math/bits"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// BatchProof proves to somebody who has the head that the leaves with these indexes, strictly ascending, are in it: the
// hashes that BatchRoot needs beside them. The package doc says which and in which order. The proof for all leaves is
// empty, the one for none is the root.
//
// The error wraps ErrRange for indexes that are outside the ledger or not ascending, ErrDamaged when the tiles do not
// give the head's root. Where the leaves come as a stream, BatchProver does the same in little memory.
func BatchProof(ctx context.Context, r TileReader, head Head, indexes []int64) ([]Hash, error) {
	var proof []Hash
	p := NewBatchProver(r, head, func(h Hash) error {
		proof = append(proof, h)
		return nil
	})
	for _, index := range indexes {
		if err := p.Add(ctx, index); err != nil {
			return nil, err
		}
	}
	if err := p.Close(ctx); err != nil {
		return nil, err
	}
	return proof, nil
}

// BatchProver makes a batch proof while the leaves go by. It is for one goroutine. After an error there is no proof.
type BatchProver struct {
	r    TileReader
	head Head
	emit func(Hash) error
	walk walk
	// due are the spans whose hash comes next, and nodes the complete subtrees that they consist of: a span has more
	// than one only when it ends at the right edge. They wait for each other, because a read authenticates the edge anew.
	due   []span
	nodes []int64
	err   error
}

// proverNodes is how many hashes a BatchProver reads at a time. Leaves that lie far apart take eight of them a tile, so
// that this is at most about a thousand tiles, 8 MiB.
const proverNodes = 4096

// NewBatchProver makes a prover for the ledger with this head, which gives the hashes of the proof to emit, in their
// order. An error of emit ends the proof and is returned as it is.
func NewBatchProver(r TileReader, head Head, emit func(Hash) error) *BatchProver {
	return &BatchProver{r: r, head: head, emit: emit, walk: newWalk(max(0, min(head.Size, MaxSize))), err: head.stored()}
}

// Add adds a leaf by its index. The errors are those of BatchProof.
func (p *BatchProver) Add(ctx context.Context, index int64) error {
	if p.err == nil && !p.walk.has(index) {
		p.err = fmt.Errorf("%w: index %d of %d leaves, where at least %d was due", ErrRange, index, p.walk.size, p.walk.next)
	}
	if p.err == nil {
		p.err = p.walk.to(index, func(s step) error { return p.pass(ctx, s) })
	}
	return p.err
}

// Close emits what is left of the proof. A BatchProver that is closed takes no more leaves.
func (p *BatchProver) Close(ctx context.Context) error {
	if p.err == nil {
		p.err = p.walk.finish(func(s step) error { return p.pass(ctx, s) })
	}
	if p.err == nil {
		p.err = p.flush(ctx)
	}
	return p.err
}

// pass puts a span that is not entered into the proof.
func (p *BatchProver) pass(ctx context.Context, s step) error {
	if s.join {
		return nil
	}
	p.due = append(p.due, s.span)
	for lo := s.lo; lo < s.hi; {
		level := bits.Len64(uint64(s.hi-lo)) - 1
		p.nodes = append(p.nodes, tlog.StoredHashIndex(level, lo>>level))
		lo += 1 << level
	}
	if len(p.nodes) < proverNodes {
		return nil
	}
	return p.flush(ctx)
}

// flush reads the hashes of the spans that are due and emits them.
func (p *BatchProver) flush(ctx context.Context) error {
	if len(p.due) == 0 {
		// A batch of all leaves needs no hash. It still must not be proved from tiles that are not this head's.
		_, err := readEdge(ctx, p.r, p.head)
		return err
	}
	var hashes []Hash
	err := readHashes(ctx, p.r, p.head, func(hr tlog.HashReader) (err error) {
		hashes, err = hr.ReadHashes(p.nodes)
		return err
	})
	if err != nil {
		return err
	}
	for _, s := range p.due {
		n := bits.OnesCount64(uint64(s.hi - s.lo)) // a complete subtree for each one
		h := hashes[n-1]
		for _, left := range slices.Backward(hashes[:n-1]) {
			h = tlog.NodeHash(left, h)
		}
		hashes = hashes[n:]
		if err := p.emit(h); err != nil {
			return err
		}
	}
	p.due, p.nodes = p.due[:0], p.nodes[:0]
	return nil
}
