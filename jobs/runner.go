package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// MaxAttempts is how often a job is tried before it fails.
const MaxAttempts = 3

// Options are the runner's; the zero value of each has a default.
type Options struct {
	Store      Store       // required
	Clock      audit.Clock // time.Now
	Log        *slog.Logger
	Workers    int           // jobs that run at a time in this process; 2
	PerAccount int           // of them, those of one account at most; Workers
	Poll       time.Duration // between looks for jobs that other processes enqueued or left; 5 s
	Beat       time.Duration // between heartbeats of a running job; 3 s
	Lease      time.Duration // age of a heartbeat from which on a job may be taken over; 1 min
	Clean      time.Duration // between looks for files that have expired; 10 min
	Backoff    time.Duration // before the second attempt, five times that before the third; 1 s
	// Release gives the worker to others while a job waits for its next attempt, which then begins with the next look
	// after the wait, in whichever process looks first.
	Release bool
}

// Handler does the work of one kind of job.
type Handler struct {
	// Run does it. It ends soon after ctx does, and then returns any error. Ways to end: Task.Finish and nil; nil alone,
	// which makes the job Done without a result; an error that may be shown (package errs), which makes it Failed with
	// its detail; Unavailable, an internal error or a panic, after which it is tried again, MaxAttempts in all. A run
	// may follow one that was cut off at any point; Task.Job has its last checkpoint.
	Run func(ctx context.Context, t *Task) error
	// Keeps is for a handler with checkpoints: how long the file of a job that failed stays, with the checkpoint behind
	// it, so that a Retry goes on from there. 0 takes it away at once, and a Retry begins anew.
	Keeps time.Duration
	// Forgets takes the payload away with the end of the job: it holds what should not lie about.
	Forgets bool
	// Lasts is how long a job that ended is kept, one without a file; 0 for good.
	Lasts time.Duration
	// Failed, if set, joins the transaction that makes j Failed, to record the event of it.
	Failed func(ctx context.Context, tx Tx, j Job) error
}

// Runner enqueues jobs, shows them, and runs them once Run is called. It is safe for concurrent use.
type Runner struct {
	Options
	handlers map[Kind]Handler // not changed after Run
	wake     chan struct{}    // holds one signal

	mu    sync.Mutex
	tasks map[taskKey]*Task // guarded by mu: what runs in this process
}

type taskKey struct {
	account audit.AccountID
	id      ID
}

// NewRunner returns a runner without handlers.
func NewRunner(o Options) *Runner {
	o.Clock = or(o.Clock == nil, time.Now, o.Clock)
	o.Log = or(o.Log == nil, slog.Default(), o.Log)
	o.Workers = or(o.Workers == 0, 2, o.Workers)
	o.PerAccount = or(o.PerAccount == 0, o.Workers, o.PerAccount)
	o.Poll = or(o.Poll == 0, 5*time.Second, o.Poll)
	o.Beat = or(o.Beat == 0, 3*time.Second, o.Beat)
	o.Lease = or(o.Lease == 0, time.Minute, o.Lease)
	o.Clean = or(o.Clean == 0, 10*time.Minute, o.Clean)
	o.Backoff = or(o.Backoff == 0, time.Second, o.Backoff)
	return &Runner{Options: o, handlers: map[Kind]Handler{}, wake: make(chan struct{}, 1), tasks: map[taskKey]*Task{}}
}

func or[T any](isZero bool, whenZero, v T) T {
	if isZero {
		return whenZero
	}
	return v
}

// Handle sets the handler of a kind; before Run. A process takes jobs of the kinds it has handlers for.
func (r *Runner) Handle(kind Kind, h Handler) { r.handlers[kind] = h }

// Wake makes the runner look for jobs now.
func (r *Runner) Wake() {
	select {
	case r.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Run takes jobs and runs them until ctx ends; then it interrupts what runs, gives it back to the queue, and returns
// when all of it has ended.
func (r *Runner) Run(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	poll, clean := time.NewTicker(r.Poll), time.NewTicker(r.Clean)
	defer poll.Stop()
	defer clean.Stop()
	r.clean(ctx)
	for {
		for _, t := range r.take(ctx) {
			running.Go(func() {
				r.run(ctx, t)
				r.Wake()
			})
		}
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		case <-poll.C:
		case <-clean.C:
			r.clean(ctx)
		}
	}
}

// report logs what went wrong in the background. There is nobody to return it to, and the next round tries again.
func (r *Runner) report(ctx context.Context, what string, err error, j Job) {
	if err == nil || ctx.Err() != nil {
		return
	}
	r.Log.ErrorContext(ctx, what, "error", err, "account", j.Account, "job", j.ID, "kind", j.Kind, "attempt", j.Attempts)
}

func (r *Runner) now() time.Time { return audit.Instant(r.Clock()) }

// clean removes the files that have expired, whose jobs stay, and jobs that ended long ago where their kind does not keep them.
func (r *Runner) clean(ctx context.Context) {
	const batch = 100
	for kind, h := range r.handlers {
		for dropped := batch; h.Lasts > 0 && dropped == batch; {
			var err error
			dropped, err = r.Store.DropJobs(ctx, kind, r.now().Add(-h.Lasts), batch)
			r.report(ctx, "dropping jobs that ended", err, Job{Kind: kind})
		}
	}
	for {
		expired, err := r.Store.ExpiredJobs(ctx, r.now(), batch)
		r.report(ctx, "looking for expired files", err, Job{})
		for _, j := range expired {
			if err = r.removeFile(ctx, j.Account, j.ID, false); err != nil {
				r.report(ctx, "removing an expired file", err, j)
				return
			}
		}
		if err != nil || len(expired) < batch {
			return
		}
	}
}
