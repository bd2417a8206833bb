package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/ledger"
)

// sealAtOnce is the number of events in one transaction of the sealer: small enough that a user's write behind it
// does not wait noticeably.
const sealAtOnce = 2000

// errHeadMoved says that another sealer was quicker. Nothing is lost: what it sealed is sealed.
var errHeadMoved = errors.New("store: another sealer moved the head of the ledger")

// Seal gives every event that is pending its place in its account's ledger: seq, dense from 1, in the order of the
// commits. It may be stopped or killed at any point, and may run in several processes: a batch of events, their hashes
// and the head that they move are one transaction, which a compare-and-swap of the head lets through once. When an
// account's ledger cannot be gone on with, the others are sealed all the same, and the errors are joined.
func (db *DB) Seal(ctx context.Context) error { return errors.Join(db.sealRound(ctx, refusals{})) }

// sealRound seals what waits in each account whose turn it is. refused is about single accounts, failed about the
// database.
func (db *DB) sealRound(ctx context.Context, waiting refusals) (refused, failed error) {
	account := audit.AccountID("")
	n := int64(0)
	for {
		var found bool
		err := db.read(ctx, everyone, func(c conn) (err error) {
			account, found, err = one(ctx, c, scanText[audit.AccountID],
				"SELECT account FROM pending WHERE account > $1 ORDER BY account LIMIT 1", account)
			return err
		})
		if err != nil {
			return refused, err
		}
		if !found {
			db.stats.refused.Store(n)
			return refused, nil
		}
		if waiting.waits(account) {
			n++
			continue
		}
		err = db.sealAll(ctx, account)
		if err == nil {
			delete(waiting, account)
			continue
		}
		if !isRefusal(ctx, err) {
			return refused, fmt.Errorf("store: seal account %s: %w", account, err)
		}
		n++
		waiting.add(account)
		if refused == nil || !isKeyless(err) { // without the key all accounts fail alike: one of them says it
			refused = errors.Join(refused, fmt.Errorf("store: seal account %s: %w", account, err))
		}
	}
}

// sealAll seals what waits in an account.
func (db *DB) sealAll(ctx context.Context, account audit.AccountID) error {
	for {
		n, err := db.SealBatch(ctx, account, sealAtOnce)
		if errors.Is(err, errHeadMoved) {
			return nil
		}
		if err != nil || n < sealAtOnce {
			return err
		}
	}
}

// SealBatch is one step of Seal: it seals up to limit events of an account and returns their number.
func (db *DB) SealBatch(ctx context.Context, account audit.AccountID, limit int) (int64, error) {
	key, err := db.key(ctx)
	if err != nil {
		return 0, err
	}
	before, err := db.known(account)
	if err != nil {
		return 0, err
	}
	words, err := db.wordNumber(ctx, account)
	if err != nil {
		return 0, err
	}
	var b *batch
	err = db.read(ctx, of(account), func(c conn) error {
		v := &ledgerView{c, account}
		signed, err := db.checkHead(ctx, v, key, before)
		if err != nil {
			return err
		}
		b, err = prepare(ctx, v, signed, key, limit)
		return err
	})
	if err != nil || len(b.leaves) == 0 {
		return 0, err
	}
	b.wordNumber = words
	if b.before.Size == 0 { // a ledger begins: with the key of all others
		others, err := db.signedByOthers(ctx, key)
		if err != nil {
			return 0, err
		}
		if others {
			return 0, otherKey(account)
		}
	}
	if err := db.writeBy(ctx, db.sealing, of(account), b.apply); err != nil {
		return 0, err
	}
	db.heads.Store(account, b.after)
	n := int64(len(b.leaves))
	db.stats.sealed.Add(n)
	return n, nil
}

// batch is a step of the sealer, worked out before the transaction that takes it: on SQLite that one keeps every other
// write waiting.
type batch struct {
	account       audit.AccountID
	before, after ledger.Head
	leaves        []ledger.Hash
	tiles         []ledger.Tile
	checkpoint    []byte
	key           *ledger.Key
	firstTx       int64 // none below it is taken
	lastTx        int64
	lastID        audit.EventID
	words         []wordRow // of the events, for the index
	wordNumber    int64
}

// prepare reads what waits and makes the leaves, the tiles and the signed head of them.
func prepare(ctx context.Context, v *ledgerView, signed integrity.Signed, key *ledger.Key, limit int) (*batch, error) {
	b := &batch{account: v.account, before: signed.Head, key: key}
	taken, err := b.choose(ctx, v)
	if err != nil {
		return nil, err
	}
	// The rows are of finished transactions, and all later ones have higher numbers: what is taken here stays the first
	// that waits until it is sealed.
	rows, err := v.c.query(ctx, "SELECT tx, id, body, salt FROM pending WHERE account = $1 AND "+taken+" ORDER BY tx, id LIMIT $2", v.account, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var leaves audit.LeafBuilder
	var leaf []byte
	var salt audit.Salt
	for rows.Next() {
		var body, saltText []byte
		if err := rows.Scan(&b.lastTx, &b.lastID, &body, &saltText); err != nil {
			return nil, err
		}
		if len(saltText) != len(salt) {
			return nil, fmt.Errorf("store: the salt of event %s has %d bytes", b.lastID, len(saltText))
		}
		copy(salt[:], saltText)
		if leaf, err = leaves.Append(leaf[:0], body, salt); err != nil {
			return nil, fmt.Errorf("store: event %s: %w", b.lastID, err)
		}
		b.leaves = append(b.leaves, ledger.LeafHash(leaf))
		b.words = append(b.words, wordsOf(b.before.Size+int64(len(b.leaves)), body))
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(b.leaves) == 0 {
		return b, err
	}
	if b.after, b.tiles, err = ledger.Append(ctx, v, b.before, b.leaves); err != nil {
		return nil, err
	}
	b.checkpoint, err = key.Sign(ledger.Origin(string(v.account)), b.after)
	return b, err
}

// choose is the condition on what is taken: the events of transactions that have ended, and before them those that a
// backup brought from another server, whose numbers say nothing here.
func (b *batch) choose(ctx context.Context, v *ledgerView) (string, error) {
	b.firstTx = math.MinInt64
	d := v.c.words()
	if d.unborn == "" {
		return "1 = 1", nil
	}
	brought, _, err := one(ctx, v.c, func(r row) (n sql.NullInt64, err error) { return n, r.Scan(&n) },
		"SELECT min(tx) FROM pending WHERE account = $1 AND tx >= "+d.unborn, v.account)
	if err != nil || !brought.Valid {
		return "tx < " + d.horizon, err
	}
	b.firstTx = brought.Int64
	return "tx >= " + d.unborn, nil
}

// apply moves the head, and with it the events and their hashes.
func (b *batch) apply(c *writeConn) error {
	ctx := context.Background()
	n := int64(len(b.leaves))
	if err := b.moveHead(ctx, c); err != nil {
		return err
	}
	const taken = " FROM pending WHERE account = $2 AND (tx, id) <= ($3, $4) AND tx >= $5"
	moved, err := c.exec(ctx, "INSERT INTO events (account, seq, "+eventColumns+") "+
		"SELECT account, $1 + row_number() OVER (ORDER BY tx, id), "+eventColumns+taken+" ORDER BY tx, id", b.before.Size, b.account, b.lastTx, b.lastID, b.firstTx)
	if err != nil {
		return err
	}
	left, err := c.exec(ctx, "DELETE FROM pending WHERE account = $1 AND (tx, id) <= ($2, $3) AND tx >= $4", b.account, b.lastTx, b.lastID, b.firstTx)
	if err != nil {
		return err
	}
	if moved != n || left != n {
		return c.fail(fmt.Errorf("store: %d events were to be sealed, %d were, and %d left those that wait", n, moved, left))
	}
	if err := putWords(ctx, c, b.account, b.wordNumber, b.before.Size, b.words[len(b.words)-1].seq, b.words); err != nil {
		return err
	}
	return putTiles(ctx, c, b.account, b.tiles)
}

func (b *batch) moveHead(ctx context.Context, c *writeConn) error {
	now := time.Now().UnixMicro()
	if b.before.Size == 0 {
		_, err := c.exec(ctx, "INSERT INTO heads (account, size, root, checkpoint, signed_by, sealed_at) VALUES ($1, $2, $3, $4, $5, $6)",
			b.account, b.after.Size, b.after.Root[:], string(b.checkpoint), b.key.Public(), now)
		if c.d.isTaken(err) {
			return errHeadMoved
		}
		return err
	}
	moved, err := c.exec(ctx, "UPDATE heads SET size = $1, root = $2, checkpoint = $3, signed_by = $4, sealed_at = $5 WHERE account = $6 AND size = $7 AND root = $8 AND signed_by = $4",
		b.after.Size, b.after.Root[:], string(b.checkpoint), b.key.Public(), now, b.account, b.before.Size, b.before.Root[:])
	if err == nil && moved != 1 {
		err = c.fail(errHeadMoved)
	}
	return err
}
