package storetest

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/store"
)

func testJobs(t *testing.T, db *store.DB) {
	ctx := t.Context()
	putJob := func(js ...jobs.Job) {
		t.Helper()
		for _, j := range js {
			if err := db.WriteJobs(ctx, j.Account, func(tx jobs.Tx) error { return tx.PutJob(ctx, j) }); err != nil {
				t.Fatal(err)
			}
		}
	}
	job := func(account audit.AccountID, id jobs.ID, s jobs.Status) jobs.Job {
		return jobs.Job{Account: account, ID: id, Kind: "export", Status: s, RequestedBy: "ana", Payload: []byte(`{"a":"é"}`), CreatedAt: start}
	}
	a, b, c, d := job(acme, "1", jobs.Queued), job(acme, "2", jobs.Running), job(acme, "3", jobs.Done), job(other, "4", jobs.Queued)
	b.Heartbeat, b.StartedAt, b.Attempts, b.Claim, b.State, b.Progress = start.Add(time.Minute), start, 2, 7, []byte(`{}`), jobs.Progress{Done: 5, Total: 1 << 40}
	c.Result, c.Error, c.ExpiresAt, c.HasFile, c.FinishedAt = []byte(`[1]`), "x", start.Add(time.Hour), true, start
	imported := job(acme, "5", jobs.Queued)
	imported.Kind = "import"
	putJob(a, b, c, d, imported)

	for _, j := range []jobs.Job{a, b, c} {
		same(t, j)(db.Job(ctx, acme, j.ID))
	}
	absent[jobs.Job](t)(db.Job(ctx, acme, d.ID))
	same(t, []jobs.Job{c, b, a})(db.Jobs(ctx, acme, "export", "", 10))
	same(t, []jobs.Job{b})(db.Jobs(ctx, acme, "export", "3", 1))
	same(t, []jobs.Job{a, b})(db.UnfinishedJobs(ctx, acme, "export", 10))
	same(t, []jobs.Job{a})(db.UnfinishedJobs(ctx, acme, "export", 1))
	same(t, []jobs.Job{d})(db.UnfinishedJobs(ctx, other, "export", 10))
	both := []jobs.Kind{"export", "import"}
	same(t, []jobs.Job{a, d, imported})(db.WaitingJobs(ctx, both, b.Heartbeat, nil, 10))
	same(t, []jobs.Job{a, b, d})(db.WaitingJobs(ctx, both, b.Heartbeat.Add(1000), nil, 3))
	same(t, []jobs.Job{imported})(db.WaitingJobs(ctx, both[1:], b.Heartbeat, nil, 10))
	same(t, []jobs.Job{d})(db.WaitingJobs(ctx, both, b.Heartbeat.Add(1000), []audit.AccountID{acme}, 10))
	same(t, []jobs.Job{a, b})(db.WaitingJobs(ctx, both, b.Heartbeat.Add(1000), []audit.AccountID{other}, 2))
	same(t, []jobs.Job(nil))(db.WaitingJobs(ctx, both, b.Heartbeat, []audit.AccountID{acme, other}, 10))
	same(t, []jobs.Job(nil))(db.ExpiredJobs(ctx, c.ExpiresAt.Add(-1000), 10))
	same(t, []jobs.Job{c})(db.ExpiredJobs(ctx, c.ExpiresAt, 10))
	c.HasFile = false
	putJob(c)
	same(t, []jobs.Job(nil))(db.ExpiredJobs(ctx, c.ExpiresAt, 10))

	big := bytes.Repeat([]byte{0, 1, 0xff}, 1<<14)
	if err := db.WriteJobs(ctx, acme, func(tx jobs.Tx) error {
		same(t, a)(tx.LockJob(ctx, a.ID))
		absent[jobs.Job](t)(tx.LockJob(ctx, d.ID))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.WriteJobs(ctx, acme, func(tx jobs.Tx) error {
		for n, data := range [][]byte{{1}, big, {3}} {
			if err := tx.PutChunk(ctx, a.ID, jobs.Chunk{N: n, Size: n + 10, Data: data}); err != nil {
				return err
			}
		}
		return errors.Join(tx.PutChunk(ctx, b.ID, jobs.Chunk{Size: 1, Data: []byte("b")}), tx.DeleteChunks(ctx, "none", 0))
	}); err != nil {
		t.Fatal(err)
	}
	same(t, []int{10, 11, 12})(db.ChunkSizes(ctx, acme, a.ID))
	same(t, []int(nil))(db.ChunkSizes(ctx, other, a.ID))
	same(t, jobs.Chunk{N: 1, Size: 11, Data: big})(db.Chunk(ctx, acme, a.ID, 1))
	absent[jobs.Chunk](t)(db.Chunk(ctx, acme, a.ID, 3))
	absent[jobs.Chunk](t)(db.Chunk(ctx, other, a.ID, 1))
	if err := db.WriteJobs(ctx, acme, func(tx jobs.Tx) error {
		return errors.Join(tx.DeleteChunks(ctx, a.ID, 1), tx.PutChunk(ctx, a.ID, jobs.Chunk{N: 0, Size: 2, Data: []byte("x")}),
			tx.AppendEvents(ctx, encoded(operation(acme, start, 1))))
	}); err != nil {
		t.Fatal(err)
	}
	same(t, []int{2})(db.ChunkSizes(ctx, acme, a.ID))
	same(t, []int{1})(db.ChunkSizes(ctx, acme, b.ID))
	if got := len(pages(t, db, acme, audit.Query{Limit: 5})); got != 1 {
		t.Errorf("%d events", got)
	}
	if err := db.WriteJobs(ctx, other, func(tx jobs.Tx) error { return tx.PutChunk(ctx, a.ID, jobs.Chunk{Data: []byte("x")}) }); err == nil {
		t.Error("another account wrote into a file")
	}
}
