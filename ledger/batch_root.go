package ledger

import (
	"errors"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/tlog"
)

// BatchRoot computes the root of the ledger of size leaves from some of its leaves, given by their indexes, strictly
// ascending, and their hashes, and from rest, the batch proof of these indexes. Who finds the root of a head that they
// trust knows that each leaf is in that ledger at its index.
//
// Nothing of the input is trusted. Whatever is wrong with it, the error wraps ErrProof; it takes at most
// len(leaves)+len(rest) hashes to find out. Where the leaves come as a stream, BatchHasher does the same in no memory.
func BatchRoot(size int64, indexes []int64, leaves []Hash, rest []Hash) (Hash, error) {
	if len(indexes) != len(leaves) {
		return Hash{}, fmt.Errorf("%w: %d indexes, but %d leaves", ErrProof, len(indexes), len(leaves))
	}
	b := NewBatchHasher(size, func() (Hash, error) {
		if len(rest) == 0 {
			return Hash{}, io.EOF
		}
		h := rest[0]
		rest = rest[1:]
		return h, nil
	})
	for i, index := range indexes {
		if err := b.Add(index, leaves[i]); err != nil {
			return Hash{}, err
		}
	}
	return b.Root()
}

// BatchHasher computes a root as BatchRoot does, while the leaves go by. It is for one goroutine.
type BatchHasher struct {
	rest func() (Hash, error)
	walk walk
	done []Hash // the hashes of the parts that have been visited and not yet joined, at most one for each level
	err  error
}

// NewBatchHasher makes a hasher for a ledger of size leaves. rest gives the hashes of the batch proof one after the
// other and io.EOF after the last; any other error of it ends the work and is returned as it is. A size that no ledger
// has is reported by Add and Root.
func NewBatchHasher(size int64, rest func() (Hash, error)) *BatchHasher {
	b := &BatchHasher{rest: rest}
	if size < 0 || size > MaxSize {
		b.err = fmt.Errorf("%w: %d is not the size of a ledger", ErrProof, size)
		return b
	}
	b.walk = newWalk(size)
	return b
}

// Add adds a leaf. The error wraps ErrProof when index is not above that of the leaf before it, or outside the ledger,
// or the proof has too few hashes. After an error the work has failed: Add and Root return it again.
func (b *BatchHasher) Add(index int64, leaf Hash) error {
	if b.err == nil && !b.walk.has(index) {
		b.err = fmt.Errorf("%w: index %d of %d leaves, where at least %d was due", ErrProof, index, b.walk.size, b.walk.next)
	}
	if b.err == nil {
		b.err = b.walk.to(index, b.visit)
	}
	if b.err == nil {
		b.done = append(b.done, leaf)
	}
	return b.err
}

// Root returns the root once all leaves were added. The error wraps ErrProof when the proof has too few or too many
// hashes.
func (b *BatchHasher) Root() (Hash, error) {
	if b.err == nil {
		b.err = b.walk.finish(b.visit)
	}
	if b.err != nil {
		return Hash{}, b.err
	}
	switch _, err := b.rest(); {
	case err == nil:
		b.err = fmt.Errorf("%w: it has more hashes than these leaves need", ErrProof)
		return Hash{}, b.err
	case !errors.Is(err, io.EOF):
		b.err = err
		return Hash{}, err
	}
	if len(b.done) == 0 {
		return Empty.Root, nil
	}
	return b.done[0], nil
}

func (b *BatchHasher) visit(s step) error {
	if s.join {
		n := len(b.done)
		b.done = append(b.done[:n-2], tlog.NodeHash(b.done[n-2], b.done[n-1]))
		return nil
	}
	h, err := b.rest()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: it has fewer hashes than these leaves need", ErrProof)
	}
	if err != nil {
		return err
	}
	b.done = append(b.done, h)
	return nil
}
