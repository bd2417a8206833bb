package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/backtrail/backtrail/audit"
)

// Between processes, news travels by NOTIFY. It is sent behind the commits and not inside of them: PostgreSQL lets
// transactions that notify commit one at a time. So it may be lost with its process; who waits looks by the clock as
// well.

const (
	newsChannel = "backtrail_events"
	newsEvery   = 50 * time.Millisecond // at most one message in this time
	newsAtOnce  = 150                   // accounts in a message, which has 8,000 bytes at most
)

// announcer sends the accounts with new events to the other processes.
type announcer struct {
	db   *sql.DB
	self string // marks the messages of this process
	wake chan struct{}
	stop chan struct{}
	done sync.WaitGroup
	once sync.Once

	mu       sync.Mutex
	accounts map[audit.AccountID]bool // guarded by mu: to be sent
}

func newAnnouncer(db *sql.DB) *announcer {
	a := &announcer{db: db, self: rand.Text(), wake: make(chan struct{}, 1), stop: make(chan struct{}), accounts: map[audit.AccountID]bool{}}
	a.done.Go(a.run)
	return a
}

func (a *announcer) add(account audit.AccountID) {
	a.mu.Lock()
	a.accounts[account] = true
	a.mu.Unlock()
	poke(a.wake)
}

func (a *announcer) run() {
	for {
		select {
		case <-a.stop:
			a.send()
			return
		case <-a.wake:
		}
		a.send()
		select {
		case <-a.stop:
		case <-time.After(newsEvery):
		}
	}
}

func (a *announcer) send() {
	a.mu.Lock()
	accounts := slices.Collect(maps.Keys(a.accounts))
	clear(a.accounts)
	a.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for some := range slices.Chunk(accounts, newsAtOnce) {
		var text strings.Builder
		text.WriteString(a.self)
		for _, account := range some {
			text.WriteString(" " + string(account))
		}
		// What cannot be sent is found by the clock.
		_, _ = a.db.ExecContext(ctx, "SELECT pg_notify($1, $2)", newsChannel, text.String())
	}
}

func (a *announcer) close() {
	a.once.Do(func() { close(a.stop) })
	a.done.Wait()
}

// listener hears what other processes announce, on a connection of its own.
type listener struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
}

func listen(c *postgresConfig, db *DB) *listener {
	ctx, cancel := context.WithCancel(context.Background())
	l := &listener{cancel: cancel}
	l.done.Go(func() {
		for ctx.Err() == nil {
			_ = hear(ctx, c, db) // it comes back when the server does
			sleep(ctx, time.Second)
		}
	})
	return l
}

func hear(ctx context.Context, c *postgresConfig, db *DB) error {
	config := c.config.Copy()
	config.RuntimeParams["application_name"] = "backtrail listener"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "LISTEN "+newsChannel); err != nil {
		return err
	}
	db.news.tellAll() // of what happened before
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		words := strings.Fields(n.Payload)
		if len(words) == 0 || words[0] == db.announcer.self {
			continue
		}
		for _, account := range words[1:] {
			db.news.tell(audit.AccountID(account))
		}
		db.nudge()
	}
}

func (l *listener) close() {
	l.cancel()
	l.done.Wait()
}
