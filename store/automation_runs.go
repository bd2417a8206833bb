package store

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/automation"
	"github.com/backtrail/backtrail/workflow"
)

// Runs are trusted as what was done and what is to be done: who can edit them can have a step done twice, or never. What
// steps did stands in the log.

var (
	_ automation.Store = (*DB)(nil)
	_ automation.Tx    = (*Tx)(nil)
)

const (
	runColumns = "account, id, workflow, event, status, due_at, claim, next, attempts, depth, started_at, ended_at, " +
		"name, type, subject, object, record_id, record, steps, reason, trail"
	openRuns      = "status IN ('running', 'waiting')"
	openRunsOfOne = "SELECT count(*) FROM workflow_runs WHERE account = $1 AND " + openRuns
	endedRuns     = "SELECT account, id FROM workflow_runs WHERE ended_at > 0 AND ended_at < $1 ORDER BY ended_at LIMIT $2"
)

func scanRun(r row) (run automation.Run, err error) {
	var due, started, ended int64
	var ref audit.Ref
	var steps, trail string
	err = r.Scan(&run.Account, &run.ID, &run.Workflow, &run.Event, &run.Status, &due, &run.Claim, &run.Next, &run.Attempts, &run.Depth, &started, &ended,
		&run.Name, &run.Type, &run.Subject, &ref.Object, &ref.ID, &ref.Name, &steps, &run.Reason, &trail)
	if err != nil {
		return run, err
	}
	run.DueAt, run.StartedAt, run.EndedAt = instant(due), instant(started), instant(ended)
	if ref.ID != "" {
		run.Record = &ref
	}
	run.Steps = workflow.StepsOf(audit.Value(steps))
	if trail != "" {
		err = json.Unmarshal([]byte(trail), &run.Trail)
	}
	return run, err
}

func runArgs(r automation.Run) ([]any, error) {
	var ref audit.Ref
	if r.Record != nil {
		ref = *r.Record
	}
	trail := []byte{}
	if len(r.Trail) > 0 {
		var err error
		if trail, err = json.Marshal(r.Trail); err != nil {
			return nil, err
		}
	}
	return []any{r.Account, r.ID, r.Workflow, r.Event, r.Status, micros(r.DueAt), r.Claim, r.Next, r.Attempts, r.Depth, micros(r.StartedAt), micros(r.EndedAt),
		r.Name, r.Type, r.Subject, ref.Object, ref.ID, ref.Name, string(workflow.StepsInput(r.Steps)), r.Reason, string(trail)}, nil
}

// Run implements automation.Store.
func (db *DB) Run(ctx context.Context, account audit.AccountID, id automation.RunID) (automation.Run, error) {
	return look(ctx, db, of(account), func(h held) (automation.Run, error) {
		return must(one(ctx, h.conn, scanRun, "SELECT "+runColumns+" FROM workflow_runs WHERE account = $1 AND id = $2", account, id))("run of a workflow")
	})
}

// Runs implements automation.Store.
func (db *DB) Runs(ctx context.Context, account audit.AccountID, workflow audit.RecordID, before automation.RunID, limit int) ([]automation.Run, error) {
	f := sqlf("SELECT "+runColumns+" FROM workflow_runs WHERE account = ? AND workflow = ?", account, workflow)
	if before != "" {
		f.add(" AND id < ?", before)
	}
	f.add(" ORDER BY id DESC LIMIT ?", limit)
	return look(ctx, db, of(account), func(h held) ([]automation.Run, error) { return all(ctx, h.conn, scanRun, f.numbered(), f.args...) })
}

// DueRuns implements automation.Store. Turns are counted in the index alone: an account may have thousands that are due.
func (db *DB) DueRuns(ctx context.Context, now time.Time, without []audit.AccountID, limit int) ([]automation.Run, error) {
	f := sqlf("SELECT r."+strings.ReplaceAll(runColumns, ", ", ", r.")+" FROM (SELECT account, id, due_at, row_number() OVER (PARTITION BY account ORDER BY due_at, id) AS turn "+
		"FROM workflow_runs WHERE "+openRuns+" AND due_at <= ?", micros(now))
	if len(without) > 0 {
		f.put(" AND account NOT IN (", list(without), ")")
	}
	f.add(" ORDER BY turn, due_at, id LIMIT ?) AS d JOIN workflow_runs AS r ON r.account = d.account AND r.id = d.id ORDER BY d.turn, d.due_at, d.id", limit)
	return look(ctx, db, everyone, func(h held) ([]automation.Run, error) { return all(ctx, h.conn, scanRun, f.numbered(), f.args...) })
}

// DropRuns implements automation.Store.
func (db *DB) DropRuns(ctx context.Context, before time.Time, limit int) (dropped int, err error) {
	err = db.write(ctx, everyone, func(c *writeConn) error {
		n, err := c.exec(ctx, "DELETE FROM workflow_runs WHERE (account, id) IN ("+endedRuns+")", micros(before), limit)
		dropped = int(n)
		return err
	})
	return dropped, err
}

// WriteRuns implements automation.Store.
func (db *DB) WriteRuns(ctx context.Context, account audit.AccountID, fn func(automation.Tx) error) error {
	return db.write(ctx, of(account), func(c *writeConn) error { return fn(newTx(c, account)) })
}

// AddRun implements automation.Tx.
func (tx *Tx) AddRun(ctx context.Context, r automation.Run) error {
	r.Account = tx.account
	args, err := runArgs(r)
	if err != nil {
		return err
	}
	_, err = tx.w.exec(ctx, "INSERT INTO workflow_runs ("+runColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21) "+
		"ON CONFLICT (account, workflow, event) DO NOTHING", args...)
	return err
}

// OpenRuns implements automation.Tx.
func (tx *Tx) OpenRuns(ctx context.Context) (int, error) {
	n, _, err := one(ctx, tx.w, scanInt, openRunsOfOne, tx.account)
	return int(n), err
}

// SaveRun implements automation.Tx. What a run began with stays.
func (tx *Tx) SaveRun(ctx context.Context, r automation.Run) (bool, error) {
	args, err := runArgs(r)
	if err != nil {
		return false, err
	}
	trail := args[len(args)-1]
	n, err := tx.w.exec(ctx, "UPDATE workflow_runs SET status = $1, due_at = $2, claim = $3, next = $4, attempts = $5, ended_at = $6, reason = $7, trail = $8 "+
		"WHERE account = $9 AND id = $10 AND claim = $11 AND "+openRuns,
		r.Status, micros(r.DueAt), r.Claim, r.Next, r.Attempts, micros(r.EndedAt), r.Reason, trail, tx.account, r.ID, r.Claim-1)
	return n == 1, err
}

// StopRuns implements automation.Tx.
func (tx *Tx) StopRuns(ctx context.Context, workflow audit.RecordID, reason string, at time.Time) error {
	_, err := tx.w.exec(ctx, "UPDATE workflow_runs SET status = $1, reason = $2, ended_at = $3, claim = claim + 1 WHERE account = $4 AND workflow = $5 AND "+openRuns,
		automation.Stopped, reason, micros(at), tx.account, workflow)
	return err
}
