// Package jobstest has a jobs.Store in memory, for tests of what uses the queue.
package jobstest

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
)

// Place names a job.
type Place struct {
	Account audit.AccountID
	ID      jobs.ID
}

// Store is a jobs.Store in memory. Several runners on one Store are several processes on one database. Make it inside
// the synctest bubble that uses it.
type Store struct {
	Mu     sync.Mutex // guards what follows; tests that run alone may go without
	Rows   map[Place]jobs.Job
	Chunks map[Place][]jobs.Chunk
	Events []audit.Encoded

	writing chan struct{} // holds one token: the writing transaction
}

var _ jobs.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store {
	return &Store{Rows: map[Place]jobs.Job{}, Chunks: map[Place][]jobs.Chunk{}, writing: make(chan struct{}, 1)}
}

type transaction struct {
	*Store
	account audit.AccountID
	undo    []func()
}

// WriteJobs implements jobs.Store; what fn did is taken back when it fails.
func (s *Store) WriteJobs(ctx context.Context, account audit.AccountID, fn func(jobs.Tx) error) error {
	select {
	case s.writing <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.writing }()
	if err := ctx.Err(); err != nil {
		return err
	}
	tx := &transaction{Store: s, account: account}
	err := fn(tx)
	if err != nil {
		s.Mu.Lock()
		defer s.Mu.Unlock()
		for _, undo := range slices.Backward(tx.undo) {
			undo()
		}
	}
	return err
}

// Job implements jobs.Store.
func (s *Store) Job(_ context.Context, account audit.AccountID, id jobs.ID) (jobs.Job, error) {
	s.Mu.Lock()
	defer s.Mu.Unlock()
	j, ok := s.Rows[Place{account, id}]
	if !ok {
		return j, errs.New(errs.NotFound, "not_found", "There is no such job.")
	}
	return j, nil
}

func (s *Store) find(limit int, keep func(jobs.Job) bool) []jobs.Job {
	s.Mu.Lock()
	defer s.Mu.Unlock()
	var out []jobs.Job
	for _, j := range s.Rows {
		if keep(j) {
			out = append(out, j)
		}
	}
	slices.SortFunc(out, func(a, b jobs.Job) int { return cmp.Compare(a.ID, b.ID) })
	return out[:min(len(out), limit)]
}

// Jobs implements jobs.Store.
func (s *Store) Jobs(_ context.Context, account audit.AccountID, kind jobs.Kind, after jobs.ID, limit int) ([]jobs.Job, error) {
	out := s.find(1<<20, func(j jobs.Job) bool {
		return j.Account == account && j.Kind == kind && (after == "" || j.ID < after)
	})
	slices.Reverse(out)
	return out[:min(len(out), limit)], nil
}

// UnfinishedJobs implements jobs.Store.
func (s *Store) UnfinishedJobs(_ context.Context, account audit.AccountID, kind jobs.Kind, limit int) ([]jobs.Job, error) {
	return s.find(limit, func(j jobs.Job) bool { return j.Account == account && j.Kind == kind && !j.Status.Final() }), nil
}

// WaitingJobs implements jobs.Store.
func (s *Store) WaitingJobs(_ context.Context, kinds []jobs.Kind, beatBefore time.Time, without []audit.AccountID, limit int) ([]jobs.Job, error) {
	return s.find(limit, func(j jobs.Job) bool {
		return slices.Contains(kinds, j.Kind) && !slices.Contains(without, j.Account) &&
			(j.Status == jobs.Queued || j.Status == jobs.Running && j.Heartbeat.Before(beatBefore))
	}), nil
}

// ExpiredJobs implements jobs.Store.
func (s *Store) ExpiredJobs(_ context.Context, now time.Time, limit int) ([]jobs.Job, error) {
	return s.find(limit, func(j jobs.Job) bool { return j.HasFile && !j.ExpiresAt.IsZero() && !j.ExpiresAt.After(now) }), nil
}

// DropJobs implements jobs.Store.
func (s *Store) DropJobs(_ context.Context, kind jobs.Kind, before time.Time, limit int) (int, error) {
	ended := s.find(limit, func(j jobs.Job) bool {
		return j.Kind == kind && !j.FinishedAt.IsZero() && j.FinishedAt.Before(before)
	})
	s.Mu.Lock()
	defer s.Mu.Unlock()
	for _, j := range ended {
		delete(s.Rows, Place{j.Account, j.ID})
	}
	return len(ended), nil
}

// ChunkSizes implements jobs.Store.
func (s *Store) ChunkSizes(_ context.Context, account audit.AccountID, id jobs.ID) ([]int, error) {
	s.Mu.Lock()
	defer s.Mu.Unlock()
	var sizes []int
	for _, c := range s.Chunks[Place{account, id}] {
		sizes = append(sizes, c.Size)
	}
	return sizes, nil
}

// Chunk implements jobs.Store.
func (s *Store) Chunk(_ context.Context, account audit.AccountID, id jobs.ID, n int) (jobs.Chunk, error) {
	s.Mu.Lock()
	defer s.Mu.Unlock()
	if list := s.Chunks[Place{account, id}]; n < len(list) {
		return list[n], nil
	}
	return jobs.Chunk{}, errs.New(errs.NotFound, "not_found", "There is no such chunk.")
}

func (tx *transaction) AppendEvents(_ context.Context, events []audit.Encoded) error {
	tx.Mu.Lock()
	defer tx.Mu.Unlock()
	was := len(tx.Events)
	tx.undo = append(tx.undo, func() { tx.Events = tx.Events[:was] })
	for _, e := range events {
		event := *e.Event
		tx.Events = append(tx.Events, audit.Encoded{Event: &event, Body: slices.Clone(e.Body)})
	}
	return nil
}

func (tx *transaction) LockJob(ctx context.Context, id jobs.ID) (jobs.Job, error) {
	return tx.Store.Job(ctx, tx.account, id)
}

func (tx *transaction) PutJob(_ context.Context, j jobs.Job) error {
	tx.Mu.Lock()
	defer tx.Mu.Unlock()
	at := Place{tx.account, j.ID}
	was, there := tx.Rows[at]
	tx.undo = append(tx.undo, func() {
		if tx.Rows[at] = was; !there {
			delete(tx.Rows, at)
		}
	})
	tx.Rows[at] = j
	return nil
}

func (tx *transaction) PutChunk(_ context.Context, id jobs.ID, c jobs.Chunk) error {
	tx.Mu.Lock()
	defer tx.Mu.Unlock()
	at := Place{tx.account, id}
	was := tx.Chunks[at]
	tx.undo = append(tx.undo, func() { tx.Chunks[at] = was })
	list := slices.Clone(was)
	if c.N < len(list) {
		list[c.N] = c
	} else {
		list = append(list, c)
	}
	tx.Chunks[at] = list
	return nil
}

func (tx *transaction) DeleteChunks(_ context.Context, id jobs.ID, from int) error {
	tx.Mu.Lock()
	defer tx.Mu.Unlock()
	at := Place{tx.account, id}
	was := tx.Chunks[at]
	tx.undo = append(tx.undo, func() { tx.Chunks[at] = was })
	tx.Chunks[at] = slices.Clone(was[:min(from, len(was))])
	return nil
}

// The compressor is shared by all and holds channels; one that is made inside a synctest bubble cannot be used outside.
var _, _ = jobs.NewChunk(0, []byte("warm")).Piece()
