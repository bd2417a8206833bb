package api

import (
	"context"
	"sync"

	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
)

// How many streams may be open: each looks at the database twice a second.
const (
	streamsEach = 10  // for one key or session
	streamsAll  = 200 // in this process
)

// streams counts those that are open.
type streams struct {
	mu   sync.Mutex
	open map[string]int // guarded by mu; by the id of the key or session
	all  int            // guarded by mu
}

// begin counts a stream until ctx, that of its request, ends; errs.TooMany when there are enough.
func (s *streams) begin(ctx context.Context, id auth.Identity) error {
	credential := credentialOf(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[credential] >= streamsEach {
		return errs.New(errs.TooMany, "too_many_streams", "With this key or session %d streams are open already, which is the limit.", streamsEach).
			WithFix("Close one of them. One stream can follow several filters at once: each parameter may repeat.")
	}
	if s.all >= streamsAll {
		return errs.New(errs.TooMany, "too_many_streams", "This server has %d streams open, which is the limit.", streamsAll).
			WithFix("Try again later, or ask GET /audit/events from time to time.")
	}
	s.open[credential]++
	s.all++
	context.AfterFunc(ctx, func() { s.end(credential) })
	return nil
}

func (s *streams) end(credential string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.open[credential]--; s.open[credential] == 0 {
		delete(s.open, credential)
	}
}

// credentialOf is the id of what the caller showed.
func credentialOf(id auth.Identity) string {
	if id.Key != nil {
		return id.Key.ID
	}
	return id.Session.ID
}
