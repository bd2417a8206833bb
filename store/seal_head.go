package store

import (
	"bytes"
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/ledger"
)

// checkHead reads the head and refuses to build on it when it is not what this key signed, or when the database is
// older than what was published of it: a leaf that others saw at a place would get another one there.
func (db *DB) checkHead(ctx context.Context, v *ledgerView, key *ledger.Key, before knownHeads) (integrity.Signed, error) {
	signed, err := v.Signed(ctx)
	if err != nil {
		return signed, err
	}
	if signed.Size > 0 {
		if signed.By != key.Public() {
			return signed, otherKey(v.account)
		}
		if err := checkSigned(v.account, signed, key); err != nil {
			return signed, err
		}
	}
	if before.moved != nil && *before.moved == signed.Head {
		return signed, nil // nobody else moved it, and it was looked at before
	}
	for _, earlier := range []*ledger.Head{before.moved, before.published} {
		if earlier != nil {
			if err := checkGrown(ctx, v, signed.Head, *earlier); err != nil {
				return signed, err
			}
		}
	}
	db.heads.Store(v.account, signed.Head)
	return signed, nil
}

// knownHeads are earlier heads of a ledger, nil where none is known. They are looked up before the state of the database
// is taken that is compared with them: it can only be newer, unless something is wrong.
type knownHeads struct {
	moved     *ledger.Head // the last one that this process moved or checked
	published *ledger.Head // the last one that left the database
}

func (db *DB) known(account audit.AccountID) (k knownHeads, err error) {
	if head, ok := db.heads.Load(account); ok {
		moved := head.(ledger.Head)
		k.moved = &moved
	}
	if db.ledger.Witness == nil {
		return k, nil
	}
	text, err := db.ledger.Witness.Last(account)
	if err != nil || text == nil {
		return k, err
	}
	// The witness is ours; a checkpoint in it that cannot be read is for whoever runs this to look at.
	c, err := ledger.ParseUnverified(text)
	k.published = &c.Head
	return k, err
}

// checkSigned compares the head with its signed form.
func checkSigned(account audit.AccountID, signed integrity.Signed, key *ledger.Key) error {
	vkey, err := key.Verifier(ledger.Origin(string(account)))
	if err != nil {
		return err
	}
	c, err := ledger.OpenCheckpoint(signed.Checkpoint, vkey)
	if err != nil || c.Head != signed.Head {
		return forgedHead(account, err)
	}
	return nil
}

// checkGrown refuses a head that is not an earlier one or what has grown out of it.
func checkGrown(ctx context.Context, v *ledgerView, head, earlier ledger.Head) error {
	if head.Size < earlier.Size {
		return rolledBack(v.account, head.Size, earlier.Size)
	}
	root, err := ledger.RootAt(ctx, v, head, earlier.Size)
	if err != nil {
		return err
	}
	if !bytes.Equal(root[:], earlier.Root[:]) {
		return forked(v.account, earlier.Size)
	}
	return nil
}
