package ledger

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a SHA-256 hash of a leaf or of an inner node.
type Hash = tlog.Hash

// MaxSize is the most leaves a ledger can have. A statement about a larger one is refused before anything is computed
// from it, so that the arithmetic on sizes and indexes cannot overflow.
const MaxSize int64 = 1 << 56

// The errors of the tree. What is returned wraps one of them and says more.
var (
	// ErrDamaged says that tiles and head do not belong together: one of them was changed, or lost. A retry does not
	// help.
	ErrDamaged = errors.New("the ledger is damaged")
	// ErrRange says that the caller asked for what the tree does not have: an index or a size outside it, or indexes
	// out of order.
	ErrRange = errors.New("not in the ledger")
	// ErrProof says that a proof does not prove what it was given for.
	ErrProof = errors.New("the proof does not hold")
)

// Head is the state of a ledger: all its leaves in one hash (RFC 6962, section 2.1).
type Head struct {
	Size int64 // number of leaves, 0 to MaxSize
	Root Hash
}

// Empty is the head of a ledger without leaves. Its root is the hash of nothing, not the zero Hash.
var Empty = Head{Root: sha256.Sum256(nil)}

// LeafHash is SHA-256(0x00 || leaf). The byte in front keeps a leaf from being passed off as an inner node, which has
// 0x01 there.
func LeafHash(leaf []byte) Hash { return tlog.RecordHash(leaf) }

// valid reports what is wrong with a head in itself, "" for nothing.
func (h Head) valid() string {
	switch {
	case h.Size < 0 || h.Size > MaxSize:
		return fmt.Sprintf("%d is not the size of a ledger", h.Size)
	case h.Size == 0 && h.Root != Empty.Root:
		return "the root of an empty ledger must be the hash of nothing"
	}
	return ""
}

// stored checks a head that came from where the tiles are.
func (h Head) stored() error {
	if wrong := h.valid(); wrong != "" {
		return fmt.Errorf("%w: its head: %s", ErrDamaged, wrong)
	}
	return nil
}

// claimed checks a head that a proof is checked against.
func (h Head) claimed() error {
	if wrong := h.valid(); wrong != "" {
		return fmt.Errorf("%w: %s", ErrProof, wrong)
	}
	return nil
}
