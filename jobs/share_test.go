package jobs_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/jobs/jobstest"
)

// put queues n jobs of an account, the newest of all.
func put(t *testing.T, f *jobstest.Store, account audit.AccountID, n int) {
	t.Helper()
	for range n {
		if err := f.WriteJobs(t.Context(), account, func(tx jobs.Tx) error {
			return tx.PutJob(t.Context(), jobs.Job{Account: account, ID: jobs.ID(ids.Next()), Kind: kind, Status: jobs.Queued})
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// One account's many jobs are older than the others', and there are more of them than a look at the queue gives.
func TestAccountsShareTheWorkers(t *testing.T) {
	for name, test := range map[string]struct {
		options jobs.Options
		queue   []string // accounts of which a job waits, in that order; "a*100" for many
		rounds  []string // who runs in each second
	}{
		"one account has all":             {jobs.Options{Workers: 3}, []string{"a*5"}, []string{"aaa", "aa"}},
		"nobody waits behind many":        {jobs.Options{Workers: 3}, []string{"a*5", "b", "c"}, []string{"abc", "aaa", "a"}},
		"what is left goes to the many":   {jobs.Options{Workers: 4}, []string{"a*100", "b"}, []string{"aaab", "aaaa", "aaaa"}},
		"two with many":                   {jobs.Options{Workers: 4}, []string{"a*100", "b*100", "c"}, []string{"aabc", "aabb", "aabb"}},
		"more accounts than workers":      {jobs.Options{Workers: 2}, []string{"a*2", "b", "c", "d"}, []string{"ab", "ac", "d"}},
		"no more than the account's part": {jobs.Options{Workers: 6, PerAccount: 2}, []string{"a*100", "b*3", "c"}, []string{"aabbc", "aab", "aa"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, start := jobstest.New(), time.Now()
				for _, entry := range test.queue {
					account, n := entry[:1], 1
					if len(entry) > 1 {
						if _, err := fmt.Sscanf(entry[1:], "*%d", &n); err != nil {
							t.Fatal(err)
						}
					}
					put(t, f, audit.AccountID(account), n)
				}
				rounds := make([][]byte, len(test.rounds))
				_, stop := process(f, test.options, func(_ context.Context, task *jobs.Task) error {
					f.Mu.Lock()
					if round := int(time.Since(start) / time.Second); round < len(rounds) {
						rounds[round] = append(rounds[round], task.Job().Account...)
					}
					f.Mu.Unlock()
					time.Sleep(time.Second)
					return nil
				})
				pass(time.Duration(len(rounds)) * time.Second)
				var got []string
				for _, round := range rounds {
					slices.Sort(round)
					got = append(got, string(round))
				}
				if diff := cmp.Diff(test.rounds, got); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				stop()
			})
		})
	}
}

// A part of the workers stays free of an account whose jobs take for ever.
func TestRoomIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := jobstest.New()
		put(t, f, "a", 100)
		var ran time.Time
		r, stop := process(f, jobs.Options{Workers: 4, PerAccount: 3}, func(ctx context.Context, task *jobs.Task) error {
			if task.Job().Account == "a" {
				return untilEnd(ctx, task)
			}
			ran = time.Now()
			return nil
		})
		defer stop()
		pass(time.Hour)
		start := time.Now()
		put(t, f, "b", 1)
		r.Wake()
		synctest.Wait()
		if !ran.Equal(start) {
			t.Errorf("it ran %v after it was queued", ran.Sub(start))
		}
	})
}
