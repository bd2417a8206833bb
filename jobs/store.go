package jobs

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
)

// ID is the id of a job: a UUIDv7, so that the order of the ids is the order of the requests.
type ID string

// Kind says which handler runs a job: "export", "import".
type Kind string

// Status is where a job stands.
type Status string

// The statuses. The last three are final.
const (
	Queued    Status = "queued"
	Running   Status = "running"
	Done      Status = "done"
	Failed    Status = "failed"
	Cancelled Status = "cancelled"
)

// Final reports whether a job with this status will not change any more.
func (s Status) Final() bool { return s == Done || s == Failed || s == Cancelled }

// Job is one piece of long work of an account. Times are UTC with microseconds, zero where there is none.
type Job struct {
	Account     audit.AccountID
	ID          ID
	Kind        Kind
	Status      Status
	RequestedBy audit.ActorID // "" for the system
	Payload     []byte        // JSON: what was asked; only a Retry may add to it
	State       []byte        // JSON: the handler's checkpoint, nil before the first
	Result      []byte        // JSON: what came of it, nil until Done
	Error       string        // for a person, "" unless Failed
	Progress
	CreatedAt  time.Time
	StartedAt  time.Time // of the first attempt
	FinishedAt time.Time
	Heartbeat  time.Time // the last sign of life of the process that runs it
	// ExpiresAt is when the file goes; zero for never.
	ExpiresAt time.Time
	// HasFile says that there may be chunks.
	HasFile bool
	// Attempts counts the runs that began; a run that a graceful stop interrupted does not count.
	Attempts int
	// Claim goes up by one whenever a process takes the job. Whoever ran it under an older number has lost it.
	Claim int64
}

// Progress is how far a job has come, in the handler's own unit.
type Progress struct {
	Done  int64
	Total int64 // 0 while it is not known
}

// Chunk is a piece of a job's file.
type Chunk struct {
	N    int    // from 0, without gaps
	Size int    // bytes of the piece as the reader of the file sees it
	Data []byte // as it is stored (compressed by package jobs)
}

// Store keeps jobs and their files. Every key begins with the account, also that of the chunks; only Waiting and
// Expired look across accounts, on behalf of the runner and of nobody else. All methods are safe for concurrent use.
// What a method returns is the caller's; it shares nothing with the store.
type Store interface {
	// WriteJobs runs fn in one transaction of the account. What fn did is durable when WriteJobs returns nil; when it
	// returns an error (fn's own, unchanged), or the process dies, none of it is: jobs, chunks and events alike. fn
	// must not write by another way while it runs, and may be run again from its start after a serialization failure.
	WriteJobs(ctx context.Context, account audit.AccountID, fn func(Tx) error) error

	// Job returns a job; errs.NotFound when the account has none of this id.
	Job(ctx context.Context, account audit.AccountID, id ID) (Job, error)

	// Jobs returns the account's jobs of a kind by id, the newest first, those older than after ("" for the start), at
	// most limit.
	Jobs(ctx context.Context, account audit.AccountID, kind Kind, after ID, limit int) ([]Job, error)

	// UnfinishedJobs returns the account's jobs of a kind that are Queued or Running, the oldest id first, at most limit.
	UnfinishedJobs(ctx context.Context, account audit.AccountID, kind Kind, limit int) ([]Job, error)

	// WaitingJobs returns jobs of any account and of one of the kinds that can be taken: those that are Queued, and
	// those that are Running with a Heartbeat before beatBefore; not those of the accounts without. The oldest id first,
	// at most limit. It promises nothing about the next moment: who takes one checks again inside WriteJobs. It runs every few seconds, so it
	// must stay cheap with many finished jobs (a partial index over the two statuses).
	WaitingJobs(ctx context.Context, kinds []Kind, beatBefore time.Time, without []audit.AccountID, limit int) ([]Job, error)

	// ExpiredJobs returns jobs of any account that have a file (HasFile) and an ExpiresAt that is set and not after
	// now, in no order, at most limit. They have a partial index too.
	ExpiredJobs(ctx context.Context, now time.Time, limit int) ([]Job, error)

	// DropJobs removes jobs of any account, of a kind whose jobs have no files, that ended before a time, at most limit; dropped says how
	// many.
	DropJobs(ctx context.Context, kind Kind, before time.Time, limit int) (dropped int, err error)

	// ChunkSizes returns the Size of each chunk of a job, in the order of N; none for a job without a file, and for a
	// job that is not there. It does not read the data.
	ChunkSizes(ctx context.Context, account audit.AccountID, id ID) ([]int, error)

	// Chunk returns a chunk; errs.NotFound when it is not there.
	Chunk(ctx context.Context, account audit.AccountID, id ID, n int) (Chunk, error)
}

// Tx writes the jobs, chunks and events of one account; it sees its own writes.
type Tx interface {
	audit.Appender

	// LockJob returns a job and keeps every other transaction that locks it waiting until this one ends. errs.NotFound when the account has none of this id. A
	// change of a job is LockJob, a look at it, PutJob: that is the compare-and-swap by which two processes never run
	// one job.
	LockJob(ctx context.Context, id ID) (Job, error)

	// PutJob creates or replaces the job of this id; its Account is the transaction's.
	PutJob(ctx context.Context, j Job) error

	// PutChunk creates or replaces the chunk c.N of a job that is there. A chunk is at most a few MiB.
	PutChunk(ctx context.Context, id ID, c Chunk) error

	// DeleteChunks removes the chunks of a job from number from on (0 for all). It is no error when there are none.
	DeleteChunks(ctx context.Context, id ID, from int) error
}
