package integrity

import (
	"context"
	"errors"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/ledger"
)

// Place is where an event stands in its account's ledger, as of the newest checkpoint.
type Place struct {
	Seq   int64 // from 1
	Index int64 // of its leaf, from 0
	Size  int64 // of the ledger
	// Leaf is the hash of the leaf that the ledger holds there.
	Leaf ledger.Hash
	// Salt is what the leaf was made of, beside the event.
	Salt []byte
	// Holds says that the event, as it is stored now, makes this leaf: it is the one that was sealed.
	Holds bool

	path       tlog.RecordProof
	checkpoint []byte
}

// Proof is the proof that the leaf is in the ledger, as C2SP tlog-proof has it.
func (p Place) Proof() []byte { return ledger.FormatProof(p.Index, nil, p.path, p.checkpoint) }

// Place returns where the event with this seq, which the caller has read, stands; errs.Conflict not_sealed for 0, which is the seq of one that waits,
// errs.NotFound when the ledger has no such place, errs.Unavailable ledger_damaged when nothing can be proved in it.
func (s *Service) Place(ctx context.Context, c audit.Caller, seq int64) (p Place, err error) {
	if err := c.MayReadLog(); err != nil {
		return p, err
	}
	if seq == 0 {
		return p, errs.New(errs.Conflict, "not_sealed", "The event has no place in the ledger yet.").WithFix("Try again in a second.")
	}
	err = s.Store.ReadLedger(ctx, c.Account, func(src Source) error {
		p, err = placeOf(ctx, src, seq)
		return err
	})
	return p, shown(err)
}

// shown is err for a reader: what package ledger says of a ledger that is damaged becomes errs.Unavailable
// ledger_damaged.
func shown(err error) error {
	for _, damage := range []error{ledger.ErrDamaged, ledger.ErrRange, ledger.ErrNotCheckpoint} {
		if errors.Is(err, damage) {
			return errs.New(errs.Unavailable, "ledger_damaged", "The hashes of this account's ledger do not fit together: some were changed, or are missing.").
				WithFix("Verify the whole log: that says what is wrong, and where.").Because(err)
		}
	}
	return err
}

// Proof returns the proof that an event is in the ledger, as C2SP tlog-proof has it; errs.NotFound, and as Place.
func (s *Service) Proof(ctx context.Context, c audit.Caller, id audit.EventID) ([]byte, error) {
	if err := c.MayReadLog(); err != nil {
		return nil, err
	}
	if !audit.ValidID(id) {
		return nil, errs.New(errs.NotFound, "not_found", "There is no such event.")
	}
	stored, err := audit.ReadableBy(s.Log, c).Event(ctx, c.Account, id)
	if err != nil {
		return nil, err
	}
	p, err := s.Place(ctx, c, stored.Seq)
	if err != nil {
		return nil, err
	}
	return p.Proof(), nil
}

func placeOf(ctx context.Context, src Source, seq int64) (Place, error) {
	p := Place{Seq: seq, Index: seq - 1}
	signed, err := src.Signed(ctx)
	if err != nil {
		return p, err
	}
	p.Size, p.checkpoint = signed.Size, signed.Checkpoint
	c, err := ledger.ParseUnverified(signed.Checkpoint)
	if err != nil {
		return p, err
	}
	if c.Head != signed.Head { // a proof for the one would not lead to the other
		return p, ledger.ErrDamaged
	}
	if p.path, err = ledger.Inclusion(ctx, src, signed.Head, p.Index); err != nil {
		return p, err
	}
	if p.Leaf, err = leafAt(ctx, src, p.Index); err != nil {
		return p, err
	}
	if err := ledger.CheckInclusion(p.path, signed.Head, p.Index, p.Leaf); err != nil {
		return p, ledger.ErrDamaged
	}
	row, err := src.Row(ctx, seq)
	if err != nil {
		return p, err
	}
	p.Salt, p.Holds = row.Salt, leafOf(row) == p.Leaf
	return p, nil
}

// leafAt is the hash that the tree has at an index.
func leafAt(ctx context.Context, r ledger.TileReader, index int64) (h ledger.Hash, err error) {
	const width = 256
	tiles, err := r.Tiles(ctx, []ledger.TileID{{N: index / width}})
	if err != nil {
		return h, err
	}
	n := int(index % width)
	if n >= tiles[0].Width() {
		return h, ledger.ErrDamaged
	}
	return ledger.Hash(tiles[0].Hashes[n*len(h) : (n+1)*len(h)]), nil
}

// leafOf is the hash of the leaf that a row makes; the zero Hash, which is no leaf's, when it makes none.
func leafOf(r Row) ledger.Hash {
	var salt audit.Salt
	if copy(salt[:], r.Salt) != len(salt) || len(r.Salt) != len(salt) {
		return ledger.Hash{}
	}
	leaf, err := audit.AppendLeaf(nil, r.Body, salt)
	if err != nil {
		return ledger.Hash{}
	}
	return ledger.LeafHash(leaf)
}
