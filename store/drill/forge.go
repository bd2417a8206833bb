package drill

import (
	"bytes"
	"context"
	"errors"
)

// The single cheats that take more than a statement.

// flipBody changes the lowest bit of a letter in what an event says, or in its type when it says nothing.
func (f *forger) flipBody(ctx context.Context, seq int64) error {
	_, body, _, err := f.event(ctx, seq)
	if err != nil {
		return err
	}
	at := letterBehind(body, `"description":"`)
	if at < 0 {
		at = letterBehind(body, `"type":"`)
	}
	if at < 0 {
		return errors.New("drill: the event has no letter to change")
	}
	body[at] ^= 1
	return f.exec(ctx, "UPDATE events SET body = $2 WHERE account = $1 AND seq = $3", string(body), seq)
}

// letterBehind finds an ASCII letter in the text that follows a key, so that the body stays a text; -1 when there is none.
func letterBehind(body []byte, key string) int {
	start := bytes.Index(body, []byte(key))
	if start < 0 {
		return -1
	}
	for i := start + len(key); i < len(body) && body[i] != '"' && body[i] != '\\'; i++ {
		if c := body[i] | 0x20; c >= 'a' && c <= 'z' {
			return i
		}
	}
	return -1
}

// blameInEvent rewrites an event so that it is an event still, and agrees with its column.
func (f *forger) blameInEvent(ctx context.Context) error {
	e, _, _, err := f.event(ctx, f.middle())
	if err != nil {
		return err
	}
	e.Actor.ID, e.Actor.Name = stranger, "Somebody else"
	return f.exec(ctx, "UPDATE events SET body = $2, actor = $3 WHERE account = $1 AND seq = $4", string(e.AppendCanonical(nil)), stranger, f.middle())
}

// flipTile changes a hash in the first tile of a level.
func (f *forger) flipTile(ctx context.Context, level int) error {
	var hashes []byte
	if err := f.db.QueryRowContext(ctx, "SELECT hashes FROM tiles WHERE account = $1 AND level = $2 AND n = 0", f.account, level).Scan(&hashes); err != nil {
		return err
	}
	hashes[len(hashes)/2] ^= 1
	return f.exec(ctx, "UPDATE tiles SET hashes = $2 WHERE account = $1 AND level = $3 AND n = 0", hashes, level)
}

func (f *forger) flipRoot(ctx context.Context) error {
	var root []byte
	if err := f.db.QueryRowContext(ctx, "SELECT root FROM heads WHERE account = $1", f.account).Scan(&root); err != nil {
		return err
	}
	root[7] ^= 1
	return f.exec(ctx, "UPDATE heads SET root = $2 WHERE account = $1", root)
}

// flipCheckpoint changes a bit in the signature: a letter becomes its neighbour.
func (f *forger) flipCheckpoint(ctx context.Context) error {
	var text string
	if err := f.db.QueryRowContext(ctx, "SELECT checkpoint FROM heads WHERE account = $1", f.account).Scan(&text); err != nil {
		return err
	}
	b := []byte(text)
	for i := len(b) - 10; i > 0; i-- {
		if c := b[i]; c >= 'b' && c <= 'y' {
			b[i] ^= 1
			break
		}
	}
	return f.exec(ctx, "UPDATE heads SET checkpoint = $2 WHERE account = $1", string(b))
}

// swap lets the first event and one in the middle change places.
func (f *forger) swap(ctx context.Context) error {
	for _, move := range [][2]int64{{1, -1}, {f.middle() + 1, 1}, {-1, f.middle() + 1}} {
		if err := f.exec(ctx, "UPDATE events SET seq = $3 WHERE account = $1 AND seq = $2", move[0], move[1]); err != nil {
			return err
		}
	}
	return nil
}

// restoreOld makes the log what it was when it had half as many events, signed head and all.
func (f *forger) restoreOld(ctx context.Context) error {
	if err := f.remove(ctx, f.size/2+1, f.size); err != nil {
		return err
	}
	if err := f.exec(ctx, "DELETE FROM pending WHERE account = $1"); err != nil {
		return err
	}
	return f.rewrite(ctx, f.key, f.account)
}

// exchange puts the log of another account here, which is right in itself and signed with the same key. It is made of
// the first events of this one.
func (f *forger) exchange(ctx context.Context) error {
	const enough = 50
	if f.size > enough {
		if err := f.remove(ctx, enough+1, f.size); err != nil {
			return err
		}
	}
	for seq := int64(1); seq <= min(enough, f.size); seq++ {
		e, _, _, err := f.event(ctx, seq)
		if err != nil {
			return err
		}
		e.Account = otherAccount
		if err := f.exec(ctx, "UPDATE events SET body = $2 WHERE account = $1 AND seq = $3", string(e.AppendCanonical(nil)), seq); err != nil {
			return err
		}
	}
	return f.rewrite(ctx, f.key, otherAccount)
}
