// Package demo fills an account with ninety days of a small company's life: an interior design studio with six
// people, their contacts, their deals, and everything that an audit log sees of it. Two smaller accounts live beside it, for
// the person of an agency that looks after both.
//
// Nothing is written beside the domain's own services: people log in, work through the engine, are refused, export and
// restore, on a clock that is moved. So every event is a genuine one. Fill is deterministic for a seed and an end, but
// for ids, tokens and hashes.
package demo

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/workspace"
)

// Days is how long the account has lived.
const Days = 90

// Password is that of every login.
const Password = "backtrail-demo"

// Login is somebody one can log in as.
type Login struct{ Email, Role string }

// Logins are the people with whom to look around, one for each role.
var Logins = []Login{{"owner@demo.test", "owner"}, {"admin@demo.test", "admin"}, {"member@demo.test", "member"}, {agencyEmail, "agency"}}

// Store is what the demo is written to.
type Store interface {
	workspace.Store
	Seal(ctx context.Context) error
}

// Options change what Fill does by default.
type Options struct {
	Now      time.Time            // the end of the life; time.Now when zero
	Seed     uint64               // of everything that is left to chance
	Progress func(done, days int) // is told after each day; may be nil
	Hashing  *argon2id.Params     // of the passwords in the end, auth.DefaultHashing when nil. Tests lower it.
}

// lightHashing is for the hundreds of logins of ninety days. Each person's last login renews their hash at the cost of
// the installation; see epilogue.
var lightHashing = argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 16}

// Fill makes the accounts in a store that has none and returns the id of the studio's. All its events are sealed at the end. What a
// Fill that was stopped leaves behind is of no use: start again with an empty store.
func Fill(ctx context.Context, store Store, o Options) (audit.AccountID, error) {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	zone, err := time.LoadLocation(timezone)
	if err != nil {
		return "", err
	}
	now := audit.Instant(o.Now).In(zone)
	h := &house{store: store, rng: rand.New(rand.NewPCG(o.Seed, Days)), zone: zone, end: now, hashing: o.Hashing,
		clock: &clock{at: midnight(now, -Days)}, guests: guests()}
	if h.w, err = workspace.New(store, workspace.Options{Clock: h.clock.now, Hashing: &lightHashing}); err != nil {
		return "", err
	}
	h.outside()
	h.people = staff()
	for day := range Days + 1 {
		if err := h.live(ctx, day); err != nil {
			return "", err
		}
		if err := store.Seal(ctx); err != nil {
			return "", err
		}
		if o.Progress != nil {
			o.Progress(day+1, Days+1)
		}
	}
	if err := h.epilogue(ctx); err != nil {
		return "", err
	}
	if err := fillClients(ctx, store, now, o.Hashing); err != nil {
		return "", err
	}
	return h.account, store.Seal(ctx)
}

// midnight is the start of the day that many days after t's.
func midnight(t time.Time, days int) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()+days, 0, 0, 0, 0, t.Location())
}
