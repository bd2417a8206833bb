package jobs_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/jobs/jobstest"
)

// With Release, a job that waits for its next attempt holds no worker, and any process may make that attempt.
func TestRelease(t *testing.T) {
	for name, test := range map[string]struct {
		release bool
		want    []string // the attempts by second
	}{
		"the worker waits":   {false, []string{"0 first", "60 first", "360 first", "360 second"}},
		"the worker is free": {true, []string{"0 first", "0 second", "61 first", "362 first"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, start := jobstest.New(), time.Now()
				var attempts []string
				names := map[jobs.ID]string{}
				r, stop := process(f, jobs.Options{Workers: 1, Poll: time.Second, Backoff: time.Minute, Release: test.release}, func(_ context.Context, task *jobs.Task) error {
					f.Mu.Lock()
					defer f.Mu.Unlock()
					name := names[task.Job().ID]
					attempts = append(attempts, fmt.Sprintf("%d %s", int(time.Since(start)/time.Second), name))
					if name == "first" {
						return errs.New(errs.Unavailable, "busy", "The receiver is busy.")
					}
					return nil
				})
				defer stop()
				f.Mu.Lock()
				first, second := jobs.ID(ids.Next()), jobs.ID(ids.Next())
				names[first], names[second] = "first", "second"
				f.Mu.Unlock()
				for _, id := range []jobs.ID{first, second} {
					if _, err := r.Enqueue(t.Context(), jobs.Job{Account: account, ID: id, Kind: kind}, func(jobs.Tx, *jobs.Job) error { return nil }); err != nil {
						t.Fatal(err)
					}
				}
				pass(10 * time.Minute)
				if diff := cmp.Diff(test.want, attempts); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				if j := get(t, f, first); j.Status != jobs.Failed || j.Attempts != 3 || j.Error != "It was tried 3 times. The receiver is busy." {
					t.Errorf("it ended as %+v", j)
				}
			})
		})
	}
}

func TestReleaseToAnotherProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, start := jobstest.New(), time.Now()
		o := jobs.Options{Poll: time.Second, Backoff: 10 * time.Minute, Release: true}
		r, stop := process(f, o, func(context.Context, *jobs.Task) error { return errs.New(errs.Unavailable, "busy", "It is busy.") })
		j := enqueue(t, r)
		pass(time.Minute)
		if held := get(t, f, j.ID); held.Status != jobs.Running || held.Attempts != 1 || len(f.Rows) != 1 {
			t.Errorf("while it waits it is %+v", held)
		}
		stop() // nothing of it runs here any more, so nothing is given back
		var ran time.Duration
		_, stop = process(f, o, func(context.Context, *jobs.Task) error {
			ran = time.Since(start)
			return nil
		})
		defer stop()
		pass(time.Hour)
		if ran < 10*time.Minute || ran > 10*time.Minute+2*time.Second {
			t.Errorf("the second attempt began after %v, want 10 minutes", ran)
		}
		if j = get(t, f, j.ID); j.Status != jobs.Done || j.Attempts != 2 || j.Claim != 2 {
			t.Errorf("it ended as %+v", j)
		}
	})
}
