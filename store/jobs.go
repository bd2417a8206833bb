package store

import (
	"context"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/jobs"
)

// JobsTx is jobs.Tx. Jobs and their files are trusted as what was asked and made; an export's file is checked against
// the hash in its result.
type JobsTx struct {
	cursorsTx
	c       *writeConn
	account audit.AccountID
}

func newJobsTx(c *writeConn, account audit.AccountID) *JobsTx {
	return &JobsTx{cursorsTx{c, account}, c, account}
}

var (
	_ jobs.Store = (*DB)(nil)
	_ jobs.Tx    = (*JobsTx)(nil)
	_ crm.Joined = (*JobsTx)(nil)
)

// Records is the same transaction for records: an import and the end of its job commit together. It must be asked for
// before the transaction writes anything: from then on it runs alone in its account, and its number among the
// transactions, by which the log is ordered, must not be older than those that it waited for.
func (tx *JobsTx) Records(ctx context.Context) (crm.Tx, error) {
	if err := tx.c.beAlone(ctx, tx.account); err != nil {
		return nil, err
	}
	return newTx(tx.c, tx.account), nil
}

const jobColumns = "account, id, kind, status, requested_by, payload, state, result, error, done, total, " +
	"created_at, started_at, finished_at, heartbeat, expires_at, has_file, attempts, claim"

func scanJob(r row) (j jobs.Job, err error) {
	var payload, state, result string
	var created, started, finished, beat, expires int64
	var hasFile int
	err = r.Scan(&j.Account, &j.ID, &j.Kind, &j.Status, &j.RequestedBy, &payload, &state, &result, &j.Error, &j.Done, &j.Total,
		&created, &started, &finished, &beat, &expires, &hasFile, &j.Attempts, &j.Claim)
	j.Payload, j.State, j.Result = document(payload), document(state), document(result)
	j.CreatedAt, j.StartedAt, j.FinishedAt = instant(created), instant(started), instant(finished)
	j.Heartbeat, j.ExpiresAt, j.HasFile = instant(beat), instant(expires), hasFile == 1
	return j, err
}

// document is a JSON text as bytes, nil for none.
func document(s string) []byte {
	if s == "" {
		return nil
	}
	return []byte(s)
}

// WriteJobs implements jobs.Store.
func (db *DB) WriteJobs(ctx context.Context, account audit.AccountID, fn func(jobs.Tx) error) error {
	return db.write(ctx, of(account), func(c *writeConn) error { return fn(newJobsTx(c, account)) })
}

// Job implements jobs.Store.
func (db *DB) Job(ctx context.Context, account audit.AccountID, id jobs.ID) (jobs.Job, error) {
	return look(ctx, db, of(account), func(h held) (jobs.Job, error) { return readJob(ctx, h.conn, account, id) })
}

func readJob(ctx context.Context, c conn, account audit.AccountID, id jobs.ID) (jobs.Job, error) {
	return must(one(ctx, c, scanJob, "SELECT "+jobColumns+" FROM jobs WHERE account = $1 AND id = $2", account, id))("job")
}

// Jobs implements jobs.Store.
func (db *DB) Jobs(ctx context.Context, account audit.AccountID, kind jobs.Kind, after jobs.ID, limit int) ([]jobs.Job, error) {
	f := sqlf("SELECT "+jobColumns+" FROM jobs WHERE account = ? AND kind = ?", account, kind)
	if after != "" {
		f.add(" AND id < ?", after)
	}
	f.add(" ORDER BY id DESC LIMIT ?", limit)
	return look(ctx, db, of(account), func(h held) ([]jobs.Job, error) { return all(ctx, h.conn, scanJob, f.numbered(), f.args...) })
}

// UnfinishedJobs implements jobs.Store.
func (db *DB) UnfinishedJobs(ctx context.Context, account audit.AccountID, kind jobs.Kind, limit int) ([]jobs.Job, error) {
	return look(ctx, db, of(account), func(h held) ([]jobs.Job, error) {
		return all(ctx, h.conn, scanJob, "SELECT "+jobColumns+" FROM jobs WHERE status IN ('queued', 'running') AND account = $1 AND kind = $2 ORDER BY id LIMIT $3", account, kind, limit)
	})
}

// WaitingJobs implements jobs.Store.
func (db *DB) WaitingJobs(ctx context.Context, kinds []jobs.Kind, beatBefore time.Time, without []audit.AccountID, limit int) ([]jobs.Job, error) {
	// The first condition says again what the index is over.
	f := sqlf("SELECT " + jobColumns + " FROM jobs WHERE status IN ('queued', 'running') AND (status = 'queued' OR heartbeat < ?) AND kind IN (")
	f.args = append(f.args, micros(beatBefore))
	f.put("", list(kinds), ")")
	if len(without) > 0 {
		f.put(" AND account NOT IN (", list(without), ")")
	}
	f.add(" ORDER BY id LIMIT ?", limit)
	return look(ctx, db, everyone, func(h held) ([]jobs.Job, error) { return all(ctx, h.conn, scanJob, f.numbered(), f.args...) })
}

// ExpiredJobs implements jobs.Store.
func (db *DB) ExpiredJobs(ctx context.Context, now time.Time, limit int) ([]jobs.Job, error) {
	return look(ctx, db, everyone, func(h held) ([]jobs.Job, error) {
		return all(ctx, h.conn, scanJob, "SELECT "+jobColumns+" FROM jobs WHERE has_file = 1 AND expires_at > 0 AND expires_at <= $1 LIMIT $2", micros(now), limit)
	})
}

// endedJobs are those of a kind that ended before a time.
const endedJobs = "SELECT account, id FROM jobs WHERE kind = $1 AND finished_at > 0 AND finished_at < $2 ORDER BY finished_at LIMIT $3"

// DropJobs implements jobs.Store.
func (db *DB) DropJobs(ctx context.Context, kind jobs.Kind, before time.Time, limit int) (dropped int, err error) {
	err = db.write(ctx, everyone, func(c *writeConn) error {
		n, err := c.exec(ctx, "DELETE FROM jobs WHERE (account, id) IN ("+endedJobs+")", kind, micros(before), limit)
		dropped = int(n)
		return err
	})
	return dropped, err
}

// ChunkSizes implements jobs.Store.
func (db *DB) ChunkSizes(ctx context.Context, account audit.AccountID, id jobs.ID) ([]int, error) {
	return look(ctx, db, of(account), func(h held) ([]int, error) {
		return all(ctx, h.conn, func(r row) (n int, err error) { return n, r.Scan(&n) },
			"SELECT size FROM job_chunks WHERE account = $1 AND job = $2 ORDER BY n", account, id)
	})
}

// Chunk implements jobs.Store.
func (db *DB) Chunk(ctx context.Context, account audit.AccountID, id jobs.ID, n int) (jobs.Chunk, error) {
	return look(ctx, db, of(account), func(h held) (jobs.Chunk, error) {
		return must(one(ctx, h.conn, func(r row) (c jobs.Chunk, err error) { return c, r.Scan(&c.N, &c.Size, &c.Data) },
			"SELECT n, size, data FROM job_chunks WHERE account = $1 AND job = $2 AND n = $3", account, id, n))("piece of a file")
	})
}

// AppendEvents implements audit.Appender; the events must be of the transaction's account.
func (tx *JobsTx) AppendEvents(ctx context.Context, events []audit.Encoded) error {
	return appendOwn(ctx, tx.c, tx.account, events)
}

// LockJob implements jobs.Tx. It locks the job's name, not its row: see Records.
func (tx *JobsTx) LockJob(ctx context.Context, id jobs.ID) (jobs.Job, error) {
	if err := tx.c.hold(ctx, "job:"+string(tx.account)+"/"+string(id)); err != nil {
		return jobs.Job{}, err
	}
	return readJob(ctx, tx.c, tx.account, id)
}

// PutJob implements jobs.Tx.
func (tx *JobsTx) PutJob(ctx context.Context, j jobs.Job) error {
	hasFile := 0
	if j.HasFile {
		hasFile = 1
	}
	_, err := tx.c.exec(ctx, "INSERT INTO jobs ("+jobColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) "+
		"ON CONFLICT (account, id) DO UPDATE SET kind = excluded.kind, status = excluded.status, requested_by = excluded.requested_by, "+
		"payload = excluded.payload, state = excluded.state, result = excluded.result, error = excluded.error, done = excluded.done, total = excluded.total, "+
		"created_at = excluded.created_at, started_at = excluded.started_at, finished_at = excluded.finished_at, heartbeat = excluded.heartbeat, "+
		"expires_at = excluded.expires_at, has_file = excluded.has_file, attempts = excluded.attempts, claim = excluded.claim",
		tx.account, j.ID, j.Kind, j.Status, j.RequestedBy, string(j.Payload), string(j.State), string(j.Result), j.Error, j.Done, j.Total,
		micros(j.CreatedAt), micros(j.StartedAt), micros(j.FinishedAt), micros(j.Heartbeat), micros(j.ExpiresAt), hasFile, j.Attempts, j.Claim)
	return err
}

// PutChunk implements jobs.Tx.
func (tx *JobsTx) PutChunk(ctx context.Context, id jobs.ID, c jobs.Chunk) error {
	if _, err := tx.LockJob(ctx, id); err != nil {
		return err
	}
	_, err := tx.c.exec(ctx, "INSERT INTO job_chunks (account, job, n, size, data) VALUES ($1, $2, $3, $4, $5) "+
		"ON CONFLICT (account, job, n) DO UPDATE SET size = excluded.size, data = excluded.data", tx.account, id, c.N, c.Size, c.Data)
	return err
}

// DeleteChunks implements jobs.Tx.
func (tx *JobsTx) DeleteChunks(ctx context.Context, id jobs.ID, from int) error {
	_, err := tx.c.exec(ctx, "DELETE FROM job_chunks WHERE account = $1 AND job = $2 AND n >= $3", tx.account, id, from)
	return err
}
