package automation

import "context"

// At calls f at the points where a test lets the server die.
func (s *Service) At(f func(point string)) { s.at = f }

// Follow follows the log, and Work does what is due until ctx ends; Run does both at once.
func (s *Service) Follow(ctx context.Context) error { return s.follower().CatchUp(ctx) }
func (s *Service) Work(ctx context.Context)         { s.work(ctx) }

// LimitOpenRuns sets how many runs of an account can be under way.
func (s *Service) LimitOpenRuns(n int) { s.most = n }

// Forget deletes the runs that ended long ago.
func (s *Service) Forget(ctx context.Context) error { return s.forget(ctx) }
