package api

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
)

func TestStreamsOfTheProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := streams{open: map[string]int{}}
		ctx, cancel := context.WithCancel(t.Context())
		key := func(n int) auth.Identity { return auth.Identity{Key: &auth.Key{ID: fmt.Sprint(n)}} }
		for n := range streamsAll {
			if err := s.begin(ctx, key(n/streamsEach)); err != nil {
				t.Fatalf("stream %d: %v", n, err)
			}
		}
		if err := s.begin(ctx, key(streamsAll)); !errs.Is(err, errs.TooMany) {
			t.Errorf("one more: %v", err)
		}
		cancel()
		synctest.Wait()
		if s.all != 0 || len(s.open) != 0 {
			t.Errorf("%d are left, of %d keys", s.all, len(s.open))
		}
		if err := s.begin(t.Context(), auth.Identity{Session: &auth.Session{ID: "s"}}); err != nil || s.open["s"] != 1 {
			t.Errorf("a session's: %v", err)
		}
	})
}
