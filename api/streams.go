package api

import (
	"context"
	"sync"

	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
)

// How many streams may be open: each looks at the database every few seconds, and whenever something happens.
const (
	streamsEach = 10  // for one key or session
	streamsOf   = 50  // of one account, in this process
	streamsAll  = 200 // in this process
)

// streams counts those that are open.
type streams struct {
	mu   sync.Mutex
	open map[string]int // guarded by mu; by the id of the key or session, and by that of the account
	all  int            // guarded by mu
}

// begin counts a stream until ctx, that of its request, ends; errs.TooMany when there are enough.
func (s *streams) begin(ctx context.Context, id auth.Identity) error {
	credential, account := credentialOf(id), string(id.Account.ID)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[credential] >= streamsEach {
		return errs.New(errs.TooMany, "too_many_streams", "With this key or session %d streams are open already, which is the limit.", streamsEach).
			WithFix("Close one of them. One stream can follow several filters at once: each parameter may repeat.")
	}
	if s.open[account] >= streamsOf {
		return errs.New(errs.TooMany, "too_many_streams", "The account has %d streams open on this server, which is the limit.", streamsOf).
			WithFix("Close one of them, or ask GET /audit/events from time to time.")
	}
	if s.all >= streamsAll {
		return errs.New(errs.TooMany, "too_many_streams", "This server has %d streams open, which is the limit.", streamsAll).
			WithFix("Try again later, or ask GET /audit/events from time to time.")
	}
	s.open[credential]++
	s.open[account]++
	s.all++
	context.AfterFunc(ctx, func() { s.end(credential, account) })
	return nil
}

func (s *streams) end(ids ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	for _, id := range ids {
		if s.open[id]--; s.open[id] == 0 {
			delete(s.open, id)
		}
	}
}

// credentialOf is the id of what the caller showed.
func credentialOf(id auth.Identity) string {
	if id.Key != nil {
		return id.Key.ID
	}
	return id.Session.ID
}
