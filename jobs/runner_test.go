package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/jobs/jobstest"
)

const (
	account = audit.AccountID("00000000-0000-7000-8000-00000000000a")
	kind    = jobs.Kind("test")
)

// process is a runner on the store f that runs until stop is called; stop waits for its end.
func process(f *jobstest.Store, o jobs.Options, run func(context.Context, *jobs.Task) error) (r *jobs.Runner, stop func()) {
	o.Store, o.Log = f, slog.New(slog.DiscardHandler)
	r = jobs.NewRunner(o)
	r.Handle(kind, jobs.Handler{Run: run})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.Run(ctx)
	}()
	return r, func() {
		cancel()
		<-ended
	}
}

var ids = audit.NewIDSource(time.Now)

func enqueue(t *testing.T, r *jobs.Runner) jobs.Job {
	t.Helper()
	j, err := r.Enqueue(t.Context(), jobs.Job{Account: account, ID: jobs.ID(ids.Next()), Kind: kind, Payload: []byte(`{}`)},
		func(jobs.Tx, *jobs.Job) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func get(t *testing.T, f *jobstest.Store, id jobs.ID) jobs.Job {
	t.Helper()
	j, err := f.Job(t.Context(), account, id)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// pass lets time go by inside a synctest bubble, until everything stands still again.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func untilEnd(ctx context.Context, _ *jobs.Task) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestJobRunsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, start := jobstest.New(), time.Now()
		var at time.Time
		r, stop := process(f, jobs.Options{}, func(ctx context.Context, task *jobs.Task) error {
			at = time.Now()
			task.SetTotal(3)
			task.Advance(3)
			return task.Finish(ctx, func(_ jobs.Tx, j *jobs.Job) error {
				j.Result = []byte(`{"ok":true}`)
				return nil
			})
		})
		defer stop()
		synctest.Wait()
		j := enqueue(t, r)
		synctest.Wait()
		j = get(t, f, j.ID)
		if j.Status != jobs.Done || j.Progress != (jobs.Progress{Done: 3, Total: 3}) || string(j.Result) != `{"ok":true}` || j.Attempts != 1 {
			t.Errorf("job = %+v", j)
		}
		if !at.Equal(start) {
			t.Errorf("ran %v after it was enqueued, want no delay", at.Sub(start))
		}
	})
}

func TestNeverMoreThanWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := jobstest.New()
		running, most, ran := 0, 0, 0
		r, stop := process(f, jobs.Options{Workers: 2}, func(context.Context, *jobs.Task) error {
			f.Mu.Lock()
			running++
			most, ran = max(most, running), ran+1
			f.Mu.Unlock()
			time.Sleep(time.Second)
			f.Mu.Lock()
			running--
			f.Mu.Unlock()
			return nil
		})
		defer stop()
		for range 7 {
			enqueue(t, r)
		}
		pass(10 * time.Second)
		if most != 2 || ran != 7 {
			t.Errorf("%d at a time and %d in all, want 2 and 7", most, ran)
		}
	})
}

func TestOneJobOneProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, runs := jobstest.New(), map[jobs.ID]int{}
		work := func(_ context.Context, task *jobs.Task) error {
			f.Mu.Lock()
			runs[task.Job().ID]++
			f.Mu.Unlock()
			time.Sleep(5 * time.Minute) // far over the lease; the heart beats
			return nil
		}
		a, stopA := process(f, jobs.Options{}, work)
		defer stopA()
		_, stopB := process(f, jobs.Options{}, work)
		defer stopB()
		for range 20 {
			enqueue(t, a)
		}
		pass(2 * time.Hour)
		if len(runs) != 20 {
			t.Errorf("%d jobs ran, want 20", len(runs))
		}
		for id, n := range runs {
			if n != 1 {
				t.Errorf("job %s ran %d times", id, n)
			}
		}
	})
}

// hang is a process that claims jobs and shows no sign of life: its clock and its database stand still.
func TestTakeoverAfterLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := jobstest.New()
		wake := make(chan struct{})
		var late error
		hung, stopHung := process(f, jobs.Options{Beat: time.Hour}, func(ctx context.Context, task *jobs.Task) error {
			<-wake
			late = task.Finish(ctx, func(jobs.Tx, *jobs.Job) error { return nil })
			return late
		})
		defer stopHung()
		j := enqueue(t, hung)
		synctest.Wait()
		start := time.Now()
		var taken time.Time
		_, stop := process(f, jobs.Options{}, func(context.Context, *jobs.Task) error {
			taken = time.Now()
			return nil
		})
		defer stop()
		pass(2 * time.Minute)
		if d := taken.Sub(start); d < time.Minute || d > time.Minute+10*time.Second {
			t.Errorf("taken over after %v, want the lease of a minute", d)
		}
		close(wake)
		synctest.Wait()
		if !errors.Is(late, jobs.ErrLost) {
			t.Errorf("the late process got %v, want ErrLost", late)
		}
		if j = get(t, f, j.ID); j.Status != jobs.Done || j.Attempts != 2 || j.Claim != 2 {
			t.Errorf("job = %+v", j)
		}
	})
}

func TestCrashesUseUpTheAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := jobstest.New()
		var failed []jobs.Status
		r := jobs.NewRunner(jobs.Options{Store: f})
		j := enqueue(t, r)
		row := get(t, f, j.ID)
		row.Status, row.Attempts, row.Heartbeat, row.HasFile = jobs.Running, jobs.MaxAttempts, time.Now().Add(-time.Hour), true
		f.Rows[jobstest.Place{Account: account, ID: j.ID}] = row
		f.Chunks[jobstest.Place{Account: account, ID: j.ID}] = []jobs.Chunk{jobs.NewChunk(0, []byte("half"))}
		r.Handle(kind, jobs.Handler{
			Run: func(context.Context, *jobs.Task) error { t.Error("it ran again"); return nil },
			Failed: func(_ context.Context, _ jobs.Tx, j jobs.Job) error {
				failed = append(failed, j.Status)
				return nil
			}})
		ctx, cancel := context.WithCancel(t.Context())
		go r.Run(ctx)
		synctest.Wait()
		cancel()
		j = get(t, f, j.ID)
		if j.Status != jobs.Failed || j.Error != "It was started three times, and each time the server stopped before it was done." {
			t.Errorf("job = %+v", j)
		}
		if len(failed) != 1 || failed[0] != jobs.Failed || len(f.Chunks[jobstest.Place{Account: account, ID: j.ID}]) != 0 || j.HasFile {
			t.Errorf("Failed was called with %v, %d chunks are left", failed, len(f.Chunks[jobstest.Place{Account: account, ID: j.ID}]))
		}
	})
}

func TestHowHandlersFail(t *testing.T) {
	for name, test := range map[string]struct {
		run      func(n int) error
		status   jobs.Status
		attempts int
		reason   string
	}{
		"for good":       {func(int) error { return errs.New(errs.Invalid, "x", "The filter is wrong.") }, jobs.Failed, 1, "The filter is wrong."},
		"three times":    {func(int) error { return errors.New("disk") }, jobs.Failed, 3, "It was tried 3 times. Something went wrong on our side."},
		"by panic":       {func(int) error { panic("oh") }, jobs.Failed, 3, "It was tried 3 times. Something went wrong on our side."},
		"and then works": {func(n int) error { return map[int]error{1: errors.New("busy")}[n] }, jobs.Done, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, n := jobstest.New(), 0
				r, stop := process(f, jobs.Options{}, func(context.Context, *jobs.Task) error {
					n++
					return test.run(n)
				})
				defer stop()
				j := enqueue(t, r)
				pass(time.Minute)
				j = get(t, f, j.ID)
				if j.Status != test.status || j.Attempts != test.attempts || j.Error != test.reason || n != test.attempts {
					t.Errorf("%s after %d attempts (%d runs): %q", j.Status, j.Attempts, n, j.Error)
				}
			})
		})
	}
}

func TestCancel(t *testing.T) {
	for name, elsewhere := range map[string]bool{"in this process": false, "in another process": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := jobstest.New()
				var cause error
				r, stop := process(f, jobs.Options{}, func(ctx context.Context, task *jobs.Task) error {
					<-ctx.Done()
					cause = context.Cause(ctx)
					return ctx.Err()
				})
				defer stop()
				j := enqueue(t, r)
				synctest.Wait()
				canceller := r
				if elsewhere {
					canceller = jobs.NewRunner(jobs.Options{Store: f})
				}
				if err := canceller.Cancel(t.Context(), account, j.ID, nil); err != nil {
					t.Fatal(err)
				}
				if elsewhere {
					pass(4 * time.Second) // a heartbeat
				}
				synctest.Wait()
				if !errors.Is(cause, jobs.ErrCancelled) {
					t.Errorf("the handler's context ended by %v", cause)
				}
				if j = get(t, f, j.ID); j.Status != jobs.Cancelled || j.FinishedAt.IsZero() {
					t.Errorf("job = %+v", j)
				}
				if err := r.Cancel(t.Context(), account, j.ID, nil); errs.Code(err) != "already_finished" {
					t.Errorf("a second Cancel: %v", err)
				}
			})
		})
	}
}

func TestCancelQueued(t *testing.T) {
	f := jobstest.New()
	r := jobs.NewRunner(jobs.Options{Store: f})
	j := enqueue(t, r)
	if err := r.Cancel(t.Context(), account, j.ID, nil); err != nil {
		t.Fatal(err)
	}
	if j = get(t, f, j.ID); j.Status != jobs.Cancelled {
		t.Errorf("status = %s", j.Status)
	}
	if err := r.Cancel(t.Context(), "another account", j.ID, nil); !errs.Is(err, errs.NotFound) {
		t.Errorf("another account's Cancel: %v", err)
	}
}

func TestStopGivesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := jobstest.New()
		r, stop := process(f, jobs.Options{}, func(ctx context.Context, task *jobs.Task) error {
			if err := task.Write(ctx, func(_ jobs.Tx, j *jobs.Job) error {
				j.State = []byte(`{"at":7}`)
				return nil
			}); err != nil {
				return err
			}
			return untilEnd(ctx, task)
		})
		j := enqueue(t, r)
		synctest.Wait()
		stop()
		if j = get(t, f, j.ID); j.Status != jobs.Queued || j.Attempts != 0 {
			t.Fatalf("after the stop: %+v", j)
		}
		var state string
		_, stop = process(f, jobs.Options{}, func(_ context.Context, task *jobs.Task) error {
			state = string(task.Job().State)
			return nil
		})
		defer stop()
		synctest.Wait()
		if j = get(t, f, j.ID); j.Status != jobs.Done || j.Attempts != 1 || state != `{"at":7}` {
			t.Errorf("after the restart: %+v, state %s", j, state)
		}
	})
}

func TestProgressIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := jobstest.New()
		r, stop := process(f, jobs.Options{}, func(ctx context.Context, task *jobs.Task) error {
			task.SetTotal(10)
			task.Advance(4)
			return untilEnd(ctx, task)
		})
		defer stop()
		j := enqueue(t, r)
		synctest.Wait()
		want := jobs.Progress{Done: 4, Total: 10}
		if got, err := r.Job(t.Context(), account, kind, j.ID); err != nil || got.Progress != want {
			t.Errorf("in this process at once: %v %v", got.Progress, err)
		}
		if got := get(t, f, j.ID); got.Progress != (jobs.Progress{}) {
			t.Errorf("written before the heartbeat: %v", got.Progress)
		}
		pass(4 * time.Second)
		if got := get(t, f, j.ID); got.Progress != want {
			t.Errorf("after a heartbeat: %v", got.Progress)
		}
		if list, err := r.Jobs(t.Context(), account, kind, "", 10); err != nil || len(list) != 1 || list[0].Progress != want {
			t.Errorf("Jobs = %v %v", list, err)
		}
	})
}

// A writing transaction that is held for longer than the lease holds up the heartbeat; the process does not take its own job over.
func TestLongTransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, runs := jobstest.New(), 0
		r, stop := process(f, jobs.Options{}, func(context.Context, *jobs.Task) error {
			runs++
			return f.WriteJobs(context.Background(), account, func(jobs.Tx) error {
				time.Sleep(5 * time.Minute)
				return nil
			})
		})
		defer stop()
		j := enqueue(t, r)
		pass(10 * time.Minute)
		if j = get(t, f, j.ID); runs != 1 || j.Status != jobs.Done {
			t.Errorf("%d runs, %+v", runs, j)
		}
	})
}

func TestAnotherKindIsNotThere(t *testing.T) {
	f := jobstest.New()
	r := jobs.NewRunner(jobs.Options{Store: f})
	j := enqueue(t, r)
	for _, id := range []jobs.ID{j.ID, "nonsense", jobs.ID(ids.Next())} {
		if _, err := r.Job(t.Context(), account, "other", id); !errs.Is(err, errs.NotFound) {
			t.Errorf("Job(%s) = %v", id, err)
		}
	}
}

func TestFile(t *testing.T) {
	f := jobstest.New()
	r := jobs.NewRunner(jobs.Options{Store: f})
	content := bytes.Repeat([]byte("a line of the file that is uploaded\n"), 100_000)
	j, err := r.Enqueue(t.Context(), jobs.Job{Account: account, ID: jobs.ID(ids.Next()), Kind: kind}, func(tx jobs.Tx, j *jobs.Job) error {
		n, err := jobs.PutFile(t.Context(), tx, j.ID, bytes.NewReader(content))
		j.HasFile = true
		if n != int64(len(content)) {
			t.Errorf("PutFile wrote %d bytes of %d", n, len(content))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	file, err := jobs.OpenFile(t.Context(), f, account, j.ID)
	if err != nil {
		t.Fatal(err)
	}
	if file.Size() != int64(len(content)) {
		t.Errorf("size = %d, want %d", file.Size(), len(content))
	}
	if err := iotest.TestReader(file, content); err != nil {
		t.Error(err)
	}
	if _, err := r.Open(t.Context(), j); errs.Code(err) != "not_ready" {
		t.Errorf("Open of a queued job: %v", err)
	}
	f.Chunks[jobstest.Place{Account: account, ID: j.ID}][1].Data[9] ^= 1
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(file); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged chunk: %v", err)
	}
}

func TestFilesExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := jobstest.New()
		r, stop := process(f, jobs.Options{}, func(ctx context.Context, task *jobs.Task) error {
			return task.Finish(ctx, func(tx jobs.Tx, j *jobs.Job) error {
				j.HasFile, j.ExpiresAt = true, j.FinishedAt.Add(time.Hour)
				return tx.PutChunk(ctx, j.ID, jobs.NewChunk(0, []byte("content")))
			})
		})
		defer stop()
		j := enqueue(t, r)
		pass(59 * time.Minute)
		file, err := r.Open(t.Context(), get(t, f, j.ID))
		if err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Minute) // expired, and not removed yet
		if _, err := r.Open(t.Context(), get(t, f, j.ID)); !errs.Is(err, errs.Gone) {
			t.Errorf("Open after the expiry: %v", err)
		}
		pass(10 * time.Minute)
		if n := len(f.Chunks[jobstest.Place{Account: account, ID: j.ID}]); n != 0 {
			t.Errorf("%d chunks are left", n)
		}
		if _, err := io.ReadAll(file); !errs.Is(err, errs.Gone) {
			t.Errorf("reading on: %v", err)
		}
		if j = get(t, f, j.ID); j.HasFile || j.Status != jobs.Done {
			t.Errorf("job = %+v", j)
		}
	})
}

// TestRetry: a job that failed runs again with all its attempts: from its checkpoint while its file is kept, from its start else.
func TestRetry(t *testing.T) {
	for name, test := range map[string]struct {
		keeps, wait time.Duration
		from        string // the checkpoint that the last run sees
	}{
		"from its checkpoint":        {time.Hour, 30 * time.Minute, `"half"`},
		"when its file has expired":  {time.Hour, 2 * time.Hour, ""},
		"when its file was not kept": {0, time.Minute, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := jobstest.New()
				broken, from := true, ""
				r := jobs.NewRunner(jobs.Options{Store: f, Log: slog.New(slog.DiscardHandler)})
				r.Handle(kind, jobs.Handler{Keeps: test.keeps, Run: func(ctx context.Context, task *jobs.Task) error {
					from = string(task.Job().State)
					if err := task.Write(ctx, func(tx jobs.Tx, j *jobs.Job) error {
						j.State, j.HasFile = []byte(`"half"`), true
						return tx.PutChunk(ctx, j.ID, jobs.NewChunk(0, []byte("half")))
					}); err != nil {
						return err
					}
					if broken {
						return errs.New(errs.Invalid, "x", "The filter is wrong.")
					}
					return nil
				}})
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan struct{})
				go func() { r.Run(ctx); close(ended) }()
				defer func() { cancel(); <-ended }()
				j := enqueue(t, r)
				pass(test.wait)
				place := jobstest.Place{Account: account, ID: j.ID}
				if j = get(t, f, j.ID); j.Status != jobs.Failed || j.HasFile != (test.from != "") || len(f.Chunks[place]) > 0 != j.HasFile {
					t.Fatalf("job = %+v with %d chunks", j, len(f.Chunks[place]))
				}
				broken = false
				if _, err := r.Retry(t.Context(), account, j.ID, func(jobs.Tx, *jobs.Job) error { return nil }); err != nil {
					t.Fatal(err)
				}
				pass(48 * time.Hour) // over the expiry that the failure had
				if j = get(t, f, j.ID); j.Status != jobs.Done || j.Error != "" || j.Attempts != 1 || !j.HasFile || from != test.from {
					t.Errorf("it went on from %q, want %q: %+v", from, test.from, j)
				}
				if _, err := r.Retry(t.Context(), account, j.ID, nil); errs.Code(err) != "not_failed" {
					t.Errorf("Retry of what is done: %v", err)
				}
			})
		})
	}
}
