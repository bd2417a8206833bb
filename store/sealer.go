package store

import (
	"context"
	"time"
)

const (
	// sealDelay is how long the sealer lets events come together after the first one.
	sealDelay = 100 * time.Millisecond
	// sealLook is how often it looks for events that another process committed.
	sealLook = 400 * time.Millisecond
	// sealPause is the longest pause after a failure.
	sealPause = 30 * time.Second
)

// RunSealer seals what is committed, within half a second, until ctx ends, and then what is left. Of several servers on
// one database one seals; another takes over when it ends or loses its connection. A round that fails is tried again,
// with longer and longer pauses, and so is an account whose ledger is refused, by itself; report is told of each failure
// and may be nil. Meanwhile the events stay pending: nothing is lost, and reading shows them.
func (db *DB) RunSealer(ctx context.Context, report func(error)) {
	if report == nil {
		report = func(error) {}
	}
	db.nudge() // of what an earlier process left
	turn := db.newSealerTurn()
	defer turn.end()
	pause, watched, waiting := sealDelay, time.Now(), refusals{}
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-db.wake:
			sleep(ctx, pause)
		case <-time.After(sealLook):
		}
		mine, err := turn.mine(ctx)
		if err == nil && !mine {
			db.stats.refused.Store(0) // the one who seals tells of it
			continue
		}
		if err == nil {
			var refused error
			if refused, err = db.sealRound(ctx, waiting); refused != nil {
				db.stats.sealFailures.Add(1)
				report(refused)
			}
		}
		if err == nil {
			var more bool
			if more, err = db.indexBehind(ctx); more {
				db.nudge()
			}
		}
		if err == nil && db.stats.refused.Load() == 0 && time.Since(watched) > watchEvery { // of a refusal it is known why they wait
			watched = time.Now()
			if late := db.lateReport(ctx); late != nil && ctx.Err() == nil {
				report(late)
			}
		}
		if err == nil || ctx.Err() != nil {
			pause = sealDelay
			continue
		}
		db.stats.sealFailures.Add(1)
		report(err)
		pause = min(2*pause, sealPause)
		sleep(ctx, pause)
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if mine, err := turn.mine(last); err != nil || !mine {
		return // another server seals what is left
	}
	if err := db.Seal(last); err != nil {
		db.stats.sealFailures.Add(1)
		report(err)
	}
}

// nudge tells the sealer that there is something to do.
func (db *DB) nudge() { poke(db.wake) }

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// sealerTurn decides which of several processes seals. Correct it would be without: the head moves by
// compare-and-swap. But all of them would do the work, and all but one in vain.
type sealerTurn interface {
	mine(ctx context.Context) (bool, error)
	end()
}

func (db *DB) newSealerTurn() sealerTurn {
	if db.postgres == nil {
		return always{}
	}
	return &lockedTurn{pool: db.postgres.pool(1, map[string]string{"application_name": "backtrail sealer"})}
}

// always is the turn on SQLite, whose file seldom has two processes that seal.
type always struct{}

func (always) mine(context.Context) (bool, error) { return true, nil }
func (always) end()                               {}
