package drill

import (
	"context"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/ledger"
)

// cheat is a way to cheat.
type cheat struct {
	name string
	// finds is what a check must find, among other things perhaps.
	finds integrity.Kind
	// least is the number of sealed events it takes.
	least int64
	// published says that the database is right in itself afterwards: it takes a checkpoint that left it before.
	published bool
	// do is a method expression of forger, or has the form of one.
	do func(f *forger, ctx context.Context) error
}

// cheats are all that the drill tries.
var cheats = []cheat{
	{"flip a bit in an event", integrity.Changed, 1, false, func(f *forger, ctx context.Context) error { return f.flipBody(ctx, f.middle()) }},
	{"flip a bit in the salt of an event", integrity.Changed, 1, false, func(f *forger, ctx context.Context) error {
		_, _, salt, err := f.event(ctx, f.middle())
		if err != nil {
			return err
		}
		salt[3] ^= 1
		return f.exec(ctx, "UPDATE events SET salt = $2 WHERE account = $1 AND seq = $3", salt, f.middle())
	}},
	{"say in an event that somebody else did it, and in its column too", integrity.Changed, 1, false, (*forger).blameInEvent},
	{"say in the column beside an event that somebody else did it", integrity.Column, 1, false, func(f *forger, ctx context.Context) error {
		return f.exec(ctx, "UPDATE events SET actor = $2 WHERE account = $1 AND seq = $3", stranger, f.middle())
	}},
	{"flip a bit in the hash of an event", integrity.Tree, 1, false, func(f *forger, ctx context.Context) error { return f.flipTile(ctx, 0) }},
	{"flip a bit in a hash further up in the tree", integrity.Tree, 256, false, func(f *forger, ctx context.Context) error { return f.flipTile(ctx, 1) }},
	{"take a tile of the tree away", integrity.Tree, 1, false, func(f *forger, ctx context.Context) error {
		return f.exec(ctx, "DELETE FROM tiles WHERE account = $1 AND level = 0 AND n = 0")
	}},
	{"flip a bit in the root", integrity.Head, 1, false, (*forger).flipRoot},
	{"flip a bit in the signed checkpoint", integrity.Signature, 1, false, (*forger).flipCheckpoint},
	{"take the head away", integrity.Head, 1, false, func(f *forger, ctx context.Context) error {
		return f.exec(ctx, "DELETE FROM heads WHERE account = $1")
	}},
	{"let two events change places", integrity.Reordered, 2, false, (*forger).swap},
	{"delete an event in the middle", integrity.Missing, 3, false, func(f *forger, ctx context.Context) error {
		return f.remove(ctx, f.middle(), f.middle())
	}},
	{"delete an event in the middle and renumber the rest", integrity.Missing, 3, false, func(f *forger, ctx context.Context) error {
		if err := f.remove(ctx, f.middle(), f.middle()); err != nil {
			return err
		}
		return f.shift(ctx, f.middle(), -1)
	}},
	{"delete the last event", integrity.CutOff, 1, false, func(f *forger, ctx context.Context) error { return f.remove(ctx, f.size, f.size) }},
	{"delete the last event and put the head back to the one before", integrity.RolledBack, 2, true, func(f *forger, ctx context.Context) error {
		if err := f.remove(ctx, f.size, f.size); err != nil {
			return err
		}
		return f.rewrite(ctx, f.key, f.account) // what the true key has signed before that event came
	}},
	{"put a backdated event in and renumber the rest", integrity.Inserted, 1, false, (*forger).backdate},
	{"put a backdated event in and make the whole tree anew, unsigned", integrity.Head, 1, false, func(f *forger, ctx context.Context) error {
		if err := f.backdate(ctx); err != nil {
			return err
		}
		return f.rewrite(ctx, nil, f.account)
	}},
	{"put a backdated event in, make the whole tree anew and sign it with another key", integrity.Signature, 1, false, func(f *forger, ctx context.Context) error {
		if err := f.backdate(ctx); err != nil {
			return err
		}
		mine, err := ledger.NewKey()
		if err != nil {
			return err
		}
		return f.rewrite(ctx, mine, f.account)
	}},
	{"put a backdated event in, make the whole tree anew and sign it with the stolen key", integrity.Checkpoint, 1, true, func(f *forger, ctx context.Context) error {
		if err := f.backdate(ctx); err != nil {
			return err
		}
		return f.rewrite(ctx, f.key, f.account)
	}},
	{"put an old copy of the whole log back", integrity.RolledBack, 2, true, (*forger).restoreOld},
	{"say in the column beside an event that waits that somebody else did it", integrity.Waiting, 1, false, func(f *forger, ctx context.Context) error {
		return f.exec(ctx, "UPDATE pending SET actor = $2 WHERE account = $1", stranger)
	}},
	{"put the log of another account in the place of this one", integrity.Signature, 1, false, (*forger).exchange},
}

// stranger is whom a forger blames.
const stranger = "01890000-0000-7000-8000-0000000bad1d"

// otherAccount is whose log a forger puts in the place of the one that was there.
const otherAccount audit.AccountID = "01890000-0000-7000-8000-00000000bad2"
