package bulk_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/bulk"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/restore"
	"github.com/backtrail/backtrail/workspace"
)

// world is a workspace with one account.
type world struct {
	*workspace.Workspace
	t     testing.TB
	owner audit.Caller
}

func newWorld(t testing.TB) *world {
	t.Helper()
	weak := &argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	db := dbtest.Open(t)
	ws, err := workspace.New(db, workspace.Options{Hashing: weak, Logger: slog.New(slog.DiscardHandler), Seal: db.Seal})
	if err != nil {
		t.Fatal(err)
	}
	f, err := ws.Found(t.Context(), workspace.Founding{Name: "Acme", OwnerName: "Ana", OwnerEmail: "ana@acme.test", OwnerPassword: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	id, err := ws.Auth.Authenticate(t.Context(), auth.Credentials{Bearer: f.APIKey, Origin: audit.Origin{Channel: audit.API}})
	if err != nil {
		t.Fatal(err)
	}
	return &world{ws, t, id.Caller}
}

// guests makes n contacts.
func (w *world) guests(n int) {
	w.t.Helper()
	for from := 0; from < n; from += crm.MaxBatch {
		var b crm.Batch
		for i := from; i < min(n, from+crm.MaxBatch); i++ {
			b.Create = append(b.Create, crm.Input{"first_name": []byte(strconv.Quote(fmt.Sprintf("Guest %d", i)))})
		}
		if _, err := w.Engine.Batch(w.t.Context(), w.owner, "contact", b); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) run() {
	ctx, stop := context.WithCancel(context.WithoutCancel(w.t.Context()))
	ended := make(chan struct{})
	go func() { w.Jobs.Run(ctx); close(ended) }()
	w.t.Cleanup(func() { stop(); <-ended })
}

func (w *world) await(id jobs.ID) bulk.Job {
	w.t.Helper()
	for {
		j, err := w.Bulk.Get(w.t.Context(), w.owner, id)
		if err != nil {
			w.t.Fatal(err)
		}
		if j.Status.Final() {
			return j
		}
		select {
		case <-w.t.Context().Done():
			w.t.Fatal("the job did not end")
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// everybody asks for a change of all contacts.
func everybody(ch crm.BulkChange) bulk.Request {
	return bulk.Request{Object: "contact", Filter: &bulk.Filter{}, Change: ch}
}

func TestJob(t *testing.T) {
	w := newWorld(t)
	w.guests(20)
	w.run()
	started, err := w.Bulk.Enqueue(t.Context(), w.owner, everybody(crm.BulkChange{AddTags: []string{"vip"}}))
	if err != nil {
		t.Fatal(err)
	}
	j := w.await(started.ID)
	if j.Status != jobs.Done || j.Result == nil || j.Result.Changed != 20 || j.Progress != (jobs.Progress{Done: 20, Total: 20}) {
		t.Fatalf("%+v: %+v", j, j.Result)
	}
	again, err := w.Bulk.Enqueue(t.Context(), w.owner, everybody(crm.BulkChange{AddTags: []string{"vip"}}))
	if err != nil {
		t.Fatal(err)
	}
	if j := w.await(again.ID); j.Status != jobs.Done || j.Result.Operation != "" || j.Result.Unchanged != 20 {
		t.Errorf("nothing to change: %+v %+v", j, j.Result)
	}
	other := w.owner
	other.Actor.ID = "01890000-0000-7000-8000-00000000dead"
	if _, err := w.Bulk.Get(t.Context(), other, j.ID); !errs.Is(err, errs.NotFound) {
		t.Errorf("somebody else sees the job: %v", err)
	}
	if err := w.Bulk.Cancel(t.Context(), w.owner, j.ID); errs.Code(err) != "already_finished" {
		t.Errorf("cancelled after its end: %v", err)
	}
}

// A job does nothing to another selection than the one that was confirmed, and nothing when it is cancelled before it begins.
func TestJobIsBound(t *testing.T) {
	w := newWorld(t)
	w.guests(3)
	tagged := everybody(crm.BulkChange{AddTags: []string{"vip"}})
	late, err := w.Bulk.Enqueue(t.Context(), w.owner, tagged)
	if err != nil {
		t.Fatal(err)
	}
	cancelled, err := w.Bulk.Enqueue(t.Context(), w.owner, everybody(crm.BulkChange{Delete: true}))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Bulk.Cancel(t.Context(), w.owner, cancelled.ID); err != nil {
		t.Fatal(err)
	}
	w.guests(1)
	w.run()
	if j := w.await(late.ID); j.Status != jobs.Failed || j.Result != nil {
		t.Errorf("another selection: %+v", j)
	}
	if j := w.await(cancelled.ID); j.Status != jobs.Cancelled {
		t.Errorf("cancelled: %+v", j)
	}
	tagged.Change.Token = "00"
	if _, err := w.Bulk.Enqueue(t.Context(), w.owner, tagged); errs.Code(err) != "selection_changed" {
		t.Errorf("an old plan: %v", err)
	}
	o, err := w.Schema.Object("contact")
	if err != nil {
		t.Fatal(err)
	}
	found, _, err := w.Engine.Find(t.Context(), w.owner, crm.Query{Object: o, Limit: 10})
	if err != nil || len(found) != 4 || found[0].Fields["tags"] != audit.None {
		t.Errorf("there are %d, %v", len(found), err)
	}
}

// A job that runs is cancelled at once, though it holds the transaction; nothing of it stays.
func TestJobIsCancelledWhileItRuns(t *testing.T) {
	w := newWorld(t)
	running := make(chan struct{})
	w.Engine.Follow("contact", func(ctx context.Context, _ *crm.Operation, did crm.Written) error {
		if did.Before == nil || did.After.Name != "Guest 2" {
			return nil // it is made, or not the last
		}
		close(running)
		<-ctx.Done()
		return ctx.Err()
	})
	w.guests(3)
	w.run()
	started, err := w.Bulk.Enqueue(t.Context(), w.owner, everybody(crm.BulkChange{AddTags: []string{"vip"}}))
	if err != nil {
		t.Fatal(err)
	}
	<-running
	if err := w.Bulk.Cancel(t.Context(), w.owner, started.ID); err != nil {
		t.Fatal(err)
	}
	if j := w.await(started.ID); j.Status != jobs.Cancelled {
		t.Fatalf("%+v", j)
	}
	page, err := w.Log.Events(t.Context(), w.owner.Account, audit.Query{Limit: 1, Filter: audit.Filter{Where: audit.Is{Property: audit.ByType, Values: []string{"contact.bulk_updated"}}}})
	if err != nil || len(page.Events) != 0 {
		t.Errorf("it left %d entries, %v", len(page.Events), err)
	}
}

// BenchmarkBulk measures the largest change: a tag for 50,000 records, its undo, their deletion, and their restore. Run it with
// -benchtime 1x; BULK_RECORDS sets another number.
func BenchmarkBulk(b *testing.B) {
	n := crm.MaxSelection
	if s := os.Getenv("BULK_RECORDS"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	for b.Loop() {
		w := newWorld(b)
		w.guests(n)
		all := crm.Selection{Object: "contact", Query: &crm.Query{}}
		took := func(what string, do func() error) {
			start := time.Now()
			if err := do(); err != nil {
				b.Fatalf("%s: %v", what, err)
			}
			b.ReportMetric(time.Since(start).Seconds(), what+"-s")
		}
		var tagged, deleted crm.BulkResult
		took("preview", func() (err error) {
			_, err = w.Engine.PreviewBulk(b.Context(), w.owner, all, crm.BulkChange{Delete: true})
			return err
		})
		took("tag", func() (err error) {
			tagged, err = w.Engine.Bulk(b.Context(), w.owner, all, crm.BulkChange{AddTags: []string{"vip"}})
			return err
		})
		took("undo-preview", func() (err error) {
			_, err = w.Restore.PreviewUndoOperation(b.Context(), w.owner, tagged.Operation, restore.Request{})
			return err
		})
		took("undo", func() (err error) {
			_, err = w.Restore.UndoOperation(b.Context(), w.owner, tagged.Operation, restore.Request{})
			return err
		})
		took("delete", func() (err error) {
			deleted, err = w.Engine.Bulk(b.Context(), w.owner, all, crm.BulkChange{Delete: true})
			return err
		})
		took("restore", func() (err error) {
			_, err = w.Restore.ApplyOperation(b.Context(), w.owner, deleted.Operation, restore.Request{})
			return err
		})
	}
}
