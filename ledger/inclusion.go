package ledger

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Inclusion proves to somebody who has the head that the leaf with this index (from 0) is in it: the audit path of
// RFC 6962, section 2.1.1, from the leaf's neighbour up. It is empty in a ledger of one leaf. The error wraps ErrRange
// for an index that is not in the ledger, ErrDamaged when the tiles do not give the head's root.
func Inclusion(ctx context.Context, r TileReader, head Head, index int64) (tlog.RecordProof, error) {
	if err := head.stored(); err != nil {
		return nil, err
	}
	if index < 0 || index >= head.Size {
		return nil, fmt.Errorf("%w: index %d of %d leaves", ErrRange, index, head.Size)
	}
	if head.Size == 1 {
		// The path is empty and tlog would read nothing, but a tile that is wrong must be noticed here too.
		if _, err := readEdge(ctx, r, head); err != nil {
			return nil, err
		}
	}
	var p tlog.RecordProof
	err := readHashes(ctx, r, head, func(hashes tlog.HashReader) (err error) {
		p, err = tlog.ProveRecord(head.Size, index, hashes)
		return err
	})
	return p, err
}

// CheckInclusion reports whether p proves that the leaf with this index and hash is in the ledger with this head. If not,
// the error wraps ErrProof.
func CheckInclusion(p tlog.RecordProof, head Head, index int64, leafHash Hash) error {
	if err := head.claimed(); err != nil {
		return err
	}
	if index < 0 || index >= head.Size {
		return fmt.Errorf("%w: index %d of %d leaves", ErrProof, index, head.Size)
	}
	if tlog.CheckRecord(p, head.Size, head.Root, index, leafHash) != nil {
		return fmt.Errorf("%w: it does not lead from this leaf at index %d to the root %v of %d leaves", ErrProof, index, head.Root, head.Size)
	}
	return nil
}
