package api

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/errs"
)

func TestStreamsOfTheProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := streams{open: map[string]int{}}
		ctx, cancel := context.WithCancel(t.Context())
		key := func(n int) auth.Identity {
			return auth.Identity{Key: &auth.Key{ID: fmt.Sprint(n)}, Account: auth.Account{ID: audit.AccountID(fmt.Sprint("account ", n/4))}}
		}
		for n := range streamsAll {
			if err := s.begin(ctx, key(n/streamsEach)); err != nil {
				t.Fatalf("stream %d: %v", n, err)
			}
		}
		if err := s.begin(ctx, key(streamsAll)); !errs.Is(err, errs.TooMany) {
			t.Errorf("one more: %v", err)
		}
		if err := s.begin(ctx, key(0)); !errs.Is(err, errs.TooMany) {
			t.Errorf("one more of a key: %v", err)
		}
		cancel()
		synctest.Wait()
		ctx, cancel = context.WithCancel(t.Context())
		for n := range streamsOf {
			if err := s.begin(ctx, auth.Identity{Key: &auth.Key{ID: fmt.Sprint(n)}, Account: auth.Account{ID: "a"}}); err != nil {
				t.Fatalf("stream %d of the account: %v", n, err)
			}
		}
		if err := s.begin(ctx, auth.Identity{Key: &auth.Key{ID: "x"}, Account: auth.Account{ID: "a"}}); !errs.Is(err, errs.TooMany) {
			t.Errorf("one more of the account: %v", err)
		}
		if err := s.begin(ctx, auth.Identity{Key: &auth.Key{ID: "x"}, Account: auth.Account{ID: "b"}}); err != nil {
			t.Errorf("another account's: %v", err)
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
