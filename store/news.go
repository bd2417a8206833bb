package store

import (
	"sync"

	"github.com/backtrail/backtrail/audit"
)

// news tells those who wait for events of an account that some were committed.
type news struct {
	mu      sync.Mutex
	waiting map[audit.AccountID]map[chan struct{}]bool // guarded by mu
}

// Watch returns a channel that gets a value when events of the account may have been committed, by this process or, on
// PostgreSQL, by another one. Several commits may be one value, and one may come without any: look, and ask the clock as
// well, for a message between processes can be lost. stop ends it.
func (db *DB) Watch(account audit.AccountID) (happened <-chan struct{}, stop func()) {
	db.watching.Do(func() {
		if db.postgres != nil {
			db.listener = listen(db.postgres, db)
		}
	})
	n, c := &db.news, make(chan struct{}, 1)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.waiting == nil {
		n.waiting = map[audit.AccountID]map[chan struct{}]bool{}
	}
	if n.waiting[account] == nil {
		n.waiting[account] = map[chan struct{}]bool{}
	}
	n.waiting[account][c] = true
	return c, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.waiting[account], c)
		if len(n.waiting[account]) == 0 {
			delete(n.waiting, account)
		}
	}
}

// tell wakes those who wait for the account.
func (n *news) tell(account audit.AccountID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.waiting[account] {
		poke(c)
	}
}

// tellAll wakes everybody: what was told meanwhile is not known.
func (n *news) tellAll() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, waiting := range n.waiting {
		for c := range waiting {
			poke(c)
		}
	}
}

// poke puts a token into a channel that holds one.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
