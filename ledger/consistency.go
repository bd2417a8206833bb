package ledger

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Consistency proves to somebody who has the head and an older one, of oldSize leaves, that the ledger has only grown in
// between (RFC 6962, section 2.1.2). The proof is empty when there is nothing to prove: the old ledger was empty, or has
// the size of the new one. The error wraps ErrRange for an oldSize that the ledger never had, ErrDamaged when the tiles
// do not give the head's root.
func Consistency(ctx context.Context, r TileReader, head Head, oldSize int64) (tlog.TreeProof, error) {
	if err := head.stored(); err != nil {
		return nil, err
	}
	if oldSize < 0 || oldSize > head.Size {
		return nil, fmt.Errorf("%w: an older size of %d, it has %d leaves", ErrRange, oldSize, head.Size)
	}
	if oldSize == 0 || oldSize == head.Size {
		_, err := readEdge(ctx, r, head)
		return nil, err
	}
	var p tlog.TreeProof
	err := readHashes(ctx, r, head, func(hashes tlog.HashReader) (err error) {
		p, err = tlog.ProveTree(head.Size, oldSize, hashes)
		return err
	})
	return p, err
}

// CheckConsistency reports whether p proves that the ledger with newHead begins with all leaves of the one with oldHead,
// in the same order. If not, the error wraps ErrProof.
func CheckConsistency(p tlog.TreeProof, newHead, oldHead Head) error {
	if err := newHead.claimed(); err != nil {
		return err
	}
	if err := oldHead.claimed(); err != nil {
		return err
	}
	var holds bool
	switch {
	case oldHead.Size > newHead.Size:
		return fmt.Errorf("%w: the older head has %d leaves, the newer %d", ErrProof, oldHead.Size, newHead.Size)
	case oldHead.Size == 0: // every ledger begins with the empty one
		holds = len(p) == 0
	default:
		holds = tlog.CheckTree(p, newHead.Size, newHead.Root, oldHead.Size, oldHead.Root) == nil
	}
	if !holds {
		return fmt.Errorf("%w: it does not lead from the root %v of %d leaves to the root %v of %d leaves", ErrProof, oldHead.Root, oldHead.Size, newHead.Root, newHead.Size)
	}
	return nil
}

// RootAt returns the root that the ledger had when it had size leaves. The error wraps ErrRange for a size that it never
// had, ErrDamaged when the tiles do not give the head's root.
func RootAt(ctx context.Context, r TileReader, head Head, size int64) (Hash, error) {
	if err := head.stored(); err != nil {
		return Hash{}, err
	}
	if size < 0 || size > head.Size {
		return Hash{}, fmt.Errorf("%w: a size of %d, it has %d leaves", ErrRange, size, head.Size)
	}
	if size == 0 || size == head.Size {
		if _, err := readEdge(ctx, r, head); err != nil {
			return Hash{}, err
		}
		if size == 0 {
			return Empty.Root, nil
		}
		return head.Root, nil
	}
	var root Hash
	err := readHashes(ctx, r, head, func(hashes tlog.HashReader) (err error) {
		root, err = tlog.TreeHash(size, hashes)
		return err
	})
	return root, err
}
