package takeback_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/restore"
	"github.com/backtrail/backtrail/takeback"
	"github.com/backtrail/backtrail/workspace"
)

// world is a workspace with one account, and contacts that were deleted together.
type world struct {
	*workspace.Workspace
	t     testing.TB
	owner audit.Caller
	scope restore.Scope
}

const guests = 20

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
	w := &world{Workspace: ws, t: t, owner: id.Caller}
	var b crm.Batch
	for i := range guests {
		b.Create = append(b.Create, crm.Input{"first_name": []byte(strconv.Quote(fmt.Sprintf("Guest %d", i)))})
	}
	if _, err := w.Engine.Batch(t.Context(), w.owner, "contact", b); err != nil {
		t.Fatal(err)
	}
	gone, err := w.Engine.Bulk(t.Context(), w.owner, crm.Selection{Object: "contact", Query: &crm.Query{}}, crm.BulkChange{Delete: true})
	if err != nil {
		t.Fatal(err)
	}
	w.scope = restore.Scope{Operation: gone.Operation}
	return w
}

func (w *world) run() {
	ctx, stop := context.WithCancel(context.WithoutCancel(w.t.Context()))
	ended := make(chan struct{})
	go func() { w.Jobs.Run(ctx); close(ended) }()
	w.t.Cleanup(func() { stop(); <-ended })
}

func (w *world) enqueue(sc restore.Scope) takeback.Job {
	w.t.Helper()
	j, err := w.TakeBack.Enqueue(w.t.Context(), w.owner, sc, restore.Request{})
	if err != nil {
		w.t.Fatal(err)
	}
	return j
}

func (w *world) await(id jobs.ID) takeback.Job {
	w.t.Helper()
	for {
		j, err := w.TakeBack.Get(w.t.Context(), w.owner, id)
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

func (w *world) contacts() int {
	w.t.Helper()
	o, err := w.Schema.Object("contact")
	if err != nil {
		w.t.Fatal(err)
	}
	found, _, err := w.Engine.Find(w.t.Context(), w.owner, crm.Query{Object: o, Limit: 100})
	if err != nil {
		w.t.Fatal(err)
	}
	return len(found)
}

// A second click asks for nothing more: it is the job that there is. Afterwards there is nothing left to restore.
func TestJobRestoresOnce(t *testing.T) {
	w := newWorld(t)
	first, second := w.enqueue(w.scope), w.enqueue(w.scope)
	if first.ID != second.ID {
		t.Errorf("a second click asked for %s beside %s", second.ID, first.ID)
	}
	w.run()
	j := w.await(first.ID)
	if j.Status != jobs.Done || j.Plan == nil || j.Plan.Applied == "" || j.Progress != (jobs.Progress{Done: guests, Total: guests}) || j.Plan.Restores[0].Count != guests {
		t.Fatalf("%+v: %+v", j, j.Plan)
	}
	if n := w.contacts(); n != guests {
		t.Errorf("there are %d contacts", n)
	}
	if _, err := w.TakeBack.Enqueue(t.Context(), w.owner, w.scope, restore.Request{}); errs.Code(err) != "already_restored" {
		t.Errorf("once more: %v", err)
	}
	other := w.owner
	other.Actor.ID = "01890000-0000-7000-8000-00000000dead"
	if _, err := w.TakeBack.Get(t.Context(), other, j.ID); !errs.Is(err, errs.NotFound) {
		t.Errorf("somebody else sees the job: %v", err)
	}
	if err := w.TakeBack.Cancel(t.Context(), w.owner, j.ID); errs.Code(err) != "already_finished" {
		t.Errorf("cancelled after its end: %v", err)
	}
}

func TestJobUndoesAnOperation(t *testing.T) {
	w := newWorld(t)
	w.run()
	w.await(w.enqueue(w.scope).ID)
	done, err := w.Engine.Bulk(t.Context(), w.owner, crm.Selection{Object: "contact", Query: &crm.Query{}}, crm.BulkChange{AddTags: []string{"vip"}})
	if err != nil {
		t.Fatal(err)
	}
	undo := restore.Scope{Undo: true, Operation: done.Operation}
	if j := w.await(w.enqueue(undo).ID); j.Status != jobs.Done || j.Progress.Done != guests {
		t.Fatalf("%+v", j)
	}
	if plan, err := w.Restore.PreviewScope(t.Context(), w.owner, undo, restore.Request{}); err != nil || plan.State != restore.Restored {
		t.Errorf("the undo left %+v, %v", plan, err)
	}
}

// A job does nothing when its plan is out of date by the time it runs, when it is cancelled, or when whoever asked may no longer.
func TestJobIsBound(t *testing.T) {
	w := newWorld(t)
	if _, err := w.TakeBack.Enqueue(t.Context(), w.owner, w.scope, restore.Request{Token: "00"}); errs.Code(err) != "plan_stale" {
		t.Errorf("an old plan: %v", err)
	}
	cancelled := w.enqueue(w.scope)
	if err := w.TakeBack.Cancel(t.Context(), w.owner, cancelled.ID); err != nil {
		t.Fatal(err)
	}
	late := w.enqueue(w.scope)
	if late.ID == cancelled.ID {
		t.Fatal("the cancelled job is taken for one under way")
	}
	page, err := w.Log.Operation(t.Context(), w.owner.Account, w.scope.Operation, "", 2)
	if err != nil {
		t.Fatal(err)
	}
	part, err := page[1].Event()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Restore.Apply(t.Context(), w.owner, part.ID, restore.Request{}); err != nil {
		t.Fatal(err)
	}
	w.run()
	if j := w.await(late.ID); j.Status != jobs.Failed || j.Error != "Something changed since the preview was made. Look at the new preview and confirm again." || j.Plan != nil {
		t.Errorf("another state: %+v", j)
	}
	if j := w.await(cancelled.ID); j.Status != jobs.Cancelled {
		t.Errorf("cancelled: %+v", j)
	}
	if n := w.contacts(); n != 1 {
		t.Errorf("there are %d contacts", n)
	}
}

// A job that runs is cancelled at once, though it holds the transaction; nothing of it stays.
func TestJobIsCancelledWhileItRuns(t *testing.T) {
	w := newWorld(t)
	running := make(chan struct{})
	w.Engine.Follow("contact", func(ctx context.Context, _ *crm.Operation, did crm.Written) error {
		if did.After.Name != "Guest 2" {
			return nil
		}
		close(running)
		<-ctx.Done()
		return ctx.Err()
	})
	w.run()
	started := w.enqueue(w.scope)
	<-running
	if err := w.TakeBack.Cancel(t.Context(), w.owner, started.ID); err != nil {
		t.Fatal(err)
	}
	if j := w.await(started.ID); j.Status != jobs.Cancelled {
		t.Fatalf("%+v", j)
	}
	if n := w.contacts(); n != 0 {
		t.Errorf("it left %d contacts", n)
	}
}

// The right to restore is asked for again with each look at a job, beneath the pages and the API.
func TestJobIsForWhoMayRestore(t *testing.T) {
	w := newWorld(t)
	j := w.enqueue(w.scope)
	for _, p := range []audit.Permission{audit.AuditRead, audit.AuditRestore} {
		less := w.owner
		less.Permissions = maps.Clone(w.owner.Permissions)
		delete(less.Permissions, p)
		if _, err := w.TakeBack.Get(t.Context(), less, j.ID); !errs.Is(err, errs.Forbidden) {
			t.Errorf("without %s: %v", p, err)
		}
		if err := w.TakeBack.Cancel(t.Context(), less, j.ID); !errs.Is(err, errs.Forbidden) {
			t.Errorf("cancelled without %s: %v", p, err)
		}
	}
	if j, err := w.TakeBack.Get(t.Context(), w.owner, j.ID); err != nil || j.Status != jobs.Queued {
		t.Errorf("%+v, %v", j, err)
	}
}

// The same scope with other choices is another thing: it is not answered with the job that there is.
func TestJobIsOfItsChoices(t *testing.T) {
	w := newWorld(t)
	clear := []restore.Resolution{{Object: "contact", Kind: restore.MissingReference, Choose: restore.Clear}}
	ask := func(r restore.Request) (takeback.Job, error) {
		return w.TakeBack.Enqueue(t.Context(), w.owner, w.scope, r)
	}
	first, err := ask(restore.Request{Resolutions: clear})
	if err != nil {
		t.Fatal(err)
	}
	if same, err := ask(restore.Request{Resolutions: slices.Clone(clear)}); err != nil || same.ID != first.ID {
		t.Errorf("the same: %s, %v", same.ID, err)
	}
	_, err = ask(restore.Request{})
	if errs.Code(err) != "other_choices" || errs.Of(err).Extra[takeback.JobKey] != first.ID {
		t.Errorf("other resolutions: %v", err)
	}
	if err := w.TakeBack.Cancel(t.Context(), w.owner, first.ID); err != nil {
		t.Fatal(err)
	}
	if j, err := ask(restore.Request{}); err != nil || j.ID == first.ID {
		t.Errorf("after the first is cancelled: %s, %v", j.ID, err)
	}
}

func TestUndoJobIsOfItsFields(t *testing.T) {
	w := newWorld(t)
	rec, err := w.Engine.Create(t.Context(), w.owner, "contact", crm.Input{"first_name": []byte(`"Ana"`), "city": []byte(`"Porto"`)})
	if err != nil {
		t.Fatal(err)
	}
	changed, err := w.Engine.Batch(t.Context(), w.owner, "contact", crm.Batch{Update: []crm.BatchUpdate{{ID: rec.ID, Fields: crm.Input{"first_name": []byte(`"Bea"`), "city": []byte(`"Faro"`)}}}})
	if err != nil {
		t.Fatal(err)
	}
	scope := restore.Scope{Undo: true, Operation: changed.Operation}
	var first jobs.ID
	for _, ask := range []struct {
		fields []string
		code   string
	}{{[]string{"city", "first_name"}, ""}, {[]string{"first_name", "city"}, ""}, {[]string{"city"}, "other_choices"}, {nil, "other_choices"}} {
		j, err := w.TakeBack.Enqueue(t.Context(), w.owner, scope, restore.Request{Fields: ask.fields})
		if first == "" {
			first = j.ID
		}
		if errs.Code(err) != ask.code || err == nil && j.ID != first {
			t.Errorf("%v: %s, %v", ask.fields, j.ID, err)
		}
	}
}

func TestJobsOfAnAccountAreBounded(t *testing.T) {
	w := newWorld(t)
	var scopes []restore.Scope
	for i := range takeback.MostWaiting + 1 {
		rec, err := w.Engine.Create(t.Context(), w.owner, "contact", crm.Input{"first_name": []byte(strconv.Quote(fmt.Sprintf("One %d", i)))})
		if err != nil {
			t.Fatal(err)
		}
		gone, err := w.Engine.Delete(t.Context(), w.owner, "contact", rec.ID)
		if err != nil {
			t.Fatal(err)
		}
		scopes = append(scopes, restore.Scope{Operation: gone.Operation})
	}
	last := scopes[takeback.MostWaiting]
	first := w.enqueue(scopes[0])
	for _, sc := range scopes[1:takeback.MostWaiting] {
		w.enqueue(sc)
	}
	if _, err := w.TakeBack.Enqueue(t.Context(), w.owner, last, restore.Request{}); errs.Code(err) != "too_many_restores" {
		t.Errorf("one too many: %v", err)
	}
	if again := w.enqueue(scopes[0]); again.ID != first.ID {
		t.Errorf("what is under way is asked for again as %s", again.ID)
	}
	if err := w.TakeBack.Cancel(t.Context(), w.owner, first.ID); err != nil {
		t.Fatal(err)
	}
	w.enqueue(last)
}
