package publish

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// Publisher writes the checkpoints of all accounts whose ledgers have grown to a folder.
type Publisher struct {
	Store  Store
	Folder *Folder
	Every  time.Duration
	Clock  audit.Clock
	Log    *slog.Logger

	mu      sync.Mutex
	numbers Numbers                       // guarded by mu
	late    map[audit.AccountID]time.Time // guarded by mu: since when an account's checkpoint could not be published
}

// Numbers are for the metrics; they count from the start of the process.
type Numbers struct {
	Published int64
	Failed    int64     // attempts to publish one that failed
	LastAt    time.Time // of the last one that was published; zero for none
	// Late is how long the checkpoint has waited that could not be published for the longest time; 0 for none.
	Late time.Duration
}

// Numbers returns the numbers of now.
func (p *Publisher) Numbers() Numbers {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.numbers
	for _, since := range p.late {
		n.Late = max(n.Late, p.Clock().Sub(since))
	}
	return n
}

// stopTimeout is how long the last round may take.
const stopTimeout = 10 * time.Second

// Run publishes every so often until ctx ends, and once more then: so the sealer must have ended before.
func (p *Publisher) Run(ctx context.Context) {
	missed := p.missed()
	for ctx.Err() == nil {
		p.report(ctx, p.round(ctx, missed))
		missed = func(audit.AccountID) {} // what begins later has not been published because it is new
		select {
		case <-ctx.Done():
		case <-time.After(p.Every):
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	p.report(last, p.Publish(last))
}

func (p *Publisher) report(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		p.Log.ErrorContext(ctx, "checkpoints could not be published; they are tried again", "err", err)
	}
}

// Publish publishes the checkpoints of all ledgers that have moved since they were last published. When one cannot be,
// the others are all the same; the error is that of the first, with the number of the others.
func (p *Publisher) Publish(ctx context.Context) error {
	return p.round(ctx, func(audit.AccountID) {})
}

// round is Publish with missed told of ledgers of which nothing was published.
func (p *Publisher) round(ctx context.Context, missed func(audit.AccountID)) error {
	var failed error
	others := 0
	for h, err := range heads(ctx, p.Store) {
		if err != nil {
			return err
		}
		if err = p.one(ctx, h, missed); err != nil && failed == nil {
			failed = fmt.Errorf("account %s: %w", h.Account, err)
		} else if err != nil {
			others++
		}
	}
	if others > 0 {
		failed = fmt.Errorf("%w (and %d other accounts)", failed, others)
	}
	return failed
}

// missed tells the log, when a server starts, of a ledger of which nothing was published.
func (p *Publisher) missed() func(audit.AccountID) {
	if p.Folder.isThere() {
		return func(account audit.AccountID) {
			p.Log.Warn("no checkpoint of a ledger was in the folder; if this server has published it before, somebody took it away", "account", account, "folder", p.Folder.Path())
		}
	}
	once := sync.OnceFunc(func() {
		p.Log.Warn("the folder of published checkpoints is not there and is made; if this server has published before, somebody took it away", "folder", p.Folder.Path())
	})
	return func(audit.AccountID) { once() }
}

// one publishes an account's checkpoint unless it was.
func (p *Publisher) one(ctx context.Context, h Head, missed func(audit.AccountID)) error {
	last, err := p.Folder.Last(h.Account)
	if err == nil && bytes.Equal(last, h.Checkpoint) {
		p.ended(h.Account, nil, false)
		return nil
	}
	if err == nil && last == nil {
		missed(h.Account)
	}
	if err == nil {
		err = p.put(ctx, h.Account)
	}
	p.ended(h.Account, err, true)
	return err
}

// put publishes the head after the checks of the sealer. One that somebody made up must not stand in the folder: the
// true one would never come up to it.
func (p *Publisher) put(ctx context.Context, account audit.AccountID) error {
	signed, err := p.Store.CheckedHead(ctx, account)
	if err != nil {
		return err
	}
	return p.Folder.Put(account, signed.Checkpoint, p.Clock())
}

func (p *Publisher) ended(account audit.AccountID, err error, tried bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.numbers.Failed++
		if _, is := p.late[account]; !is {
			if p.late == nil {
				p.late = map[audit.AccountID]time.Time{}
			}
			p.late[account] = p.Clock()
		}
		return
	}
	delete(p.late, account)
	if tried {
		p.numbers.Published++
		p.numbers.LastAt = p.Clock()
	}
}
