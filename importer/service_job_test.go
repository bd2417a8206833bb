package importer_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/importer"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/store"
	"github.com/backtrail/backtrail/workspace"
)

// inBackground runs the workspace's jobs until the test ends.
func (w *world) inBackground(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.Jobs.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
}

// await waits for the end of an import.
func (w *world) await(t *testing.T, id jobs.ID) importer.Import {
	t.Helper()
	for {
		im, err := w.Imports.Get(t.Context(), w.owner, id)
		if err != nil {
			t.Fatal(err)
		}
		if im.Status.Final() {
			return im
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the import did not end")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func TestJob(t *testing.T) {
	w := newWorld(t)
	w.inBackground(t)
	const text = "First name,Email,Date of birth\nAna,ana@example.com,01/02/1990\nBo,bad,13/02/1990\n"
	upload, err := w.Imports.Keep(t.Context(), w.owner, "contact", "people.csv", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r := importer.Request{Object: "contact", FileName: upload.Name}
	before := w.events()
	for _, dry := range []bool{true, false} {
		_, file, err := w.Imports.Kept(t.Context(), w.owner, upload.ID)
		if err != nil {
			t.Fatal(err)
		}
		r.DryRun = dry
		im, err := w.Imports.Enqueue(t.Context(), w.owner, r, file)
		if err != nil {
			t.Fatal(err)
		}
		im = w.await(t, im.ID)
		if im.Status != jobs.Done || im.Result == nil || im.Result.Created != 1 || im.Result.FailedRows != 1 || im.Progress != (jobs.Progress{Done: 2, Total: 2}) {
			t.Fatalf("%+v: %+v", im, im.Result)
		}
		if sizes, err := w.db.ChunkSizes(t.Context(), w.account, im.ID); err != nil || len(sizes) > 0 {
			t.Errorf("the file is still there: %v, %v", sizes, err)
		}
		if dry != (w.events() == before) || dry != (len(w.list("contact")) == 0) {
			t.Errorf("dry run %t: %d events", dry, w.events()-before)
		}
		if dry {
			continue
		}
		if lead := w.operation(im.Result.Operation)[0]; lead.Record == nil || string(lead.Record.ID) != string(im.ID) || lead.Record.Name != "people.csv" || lead.Actor.ID != w.owner.Actor.ID {
			t.Errorf("led by %+v of %+v", lead.Record, lead.Actor)
		}
		other := w.owner
		other.Actor.ID = "00000000-0000-7000-8000-000000000001"
		if _, err := w.Imports.Get(t.Context(), other, im.ID); !errs.Is(err, errs.NotFound) {
			t.Errorf("somebody else's import: %v", err)
		}
		if _, _, err := w.Imports.Kept(t.Context(), other, upload.ID); !errs.Is(err, errs.NotFound) {
			t.Errorf("somebody else's file: %v", err)
		}
		_, stranger := w.found("Other", "UTC")
		if _, err := w.Imports.Get(t.Context(), stranger, im.ID); !errs.Is(err, errs.NotFound) {
			t.Errorf("another account's import: %v", err)
		}
	}
	// Nothing is new: the job is done, and the log says nothing of it.
	r.MatchOn, r.LeaveEmpty = "first_name", true
	w.csv(r, text)
	before = w.events()
	im, err := w.Imports.Enqueue(t.Context(), w.owner, r, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if im = w.await(t, im.ID); im.Status != jobs.Done || im.Result.Unchanged != 2 || im.Result.Operation != "" || w.events() != before {
		t.Errorf("%+v: %+v", im, im.Result)
	}
}

func TestJobThatCannotBe(t *testing.T) {
	w := newWorld(t)
	const text = "Deal,Stage\na,New\n"
	if _, err := w.Imports.Enqueue(t.Context(), w.owner, importer.Request{Object: "opportunity"}, strings.NewReader(text)); errs.Code(err) != "required" {
		t.Errorf("no pipeline: %v", err)
	}
	w.pipeline("Sales", "New")
	im, err := w.Imports.Enqueue(t.Context(), w.owner, importer.Request{Object: "opportunity"}, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	w.pipeline("Partners", "New") // before it runs
	w.inBackground(t)
	if im = w.await(t, im.ID); im.Status != jobs.Failed || !strings.Contains(im.Error, "Opportunities need a value for Pipeline") || !strings.Contains(im.Error, "defaults") {
		t.Errorf("%+v", im)
	}
}

// The environment that makes the test binary a server with an import to do.
const serveEnv = "BACKTRAIL_TEST_SERVE"

func TestMain(m *testing.M) {
	if path := os.Getenv(serveEnv); path != "" {
		if err := serve(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serve runs the jobs in the database until it is killed, and prints how many rows the import has behind it.
func serve(path string) error {
	db, err := store.Open(context.Background(), "sqlite:"+path, dbtest.Options())
	if err != nil {
		return err
	}
	w, err := workspace.New(db, workspace.Options{Hashing: cheap, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	w.Jobs.Lease, w.Jobs.Poll = 100*time.Millisecond, 20*time.Millisecond
	go w.Jobs.Run(context.Background())
	account, id, _ := strings.Cut(os.Getenv(serveEnv+"_JOB"), " ")
	for {
		j, err := w.Jobs.Job(context.Background(), audit.AccountID(account), importer.Kind, jobs.ID(id))
		if err != nil {
			return err
		}
		if _, err := fmt.Println(j.Status, j.Done); err != nil {
			return err
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// serveUntil starts a server in another process and kills it when the import has a status and more than some rows done.
func serveUntil(t *testing.T, path string, im importer.Import, account audit.AccountID, status jobs.Status, rows int64) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), serveEnv+"="+path, serveEnv+"_JOB="+string(account)+" "+string(im.ID))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	seen := false
	for lines := bufio.NewScanner(out); !seen && lines.Scan(); {
		var s jobs.Status
		var n int64
		if _, err := fmt.Sscan(lines.Text(), &s, &n); err != nil {
			t.Fatal(err)
		}
		seen = s == status && n > rows
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, out)
	cmd.Wait() // it says that the process was killed
	if !seen {
		t.Fatalf("the server ended before the import was %s with %d rows", status, rows)
	}
}

// TestKilled kills the server twice in the middle of an import and once right behind its end.
func TestKilled(t *testing.T) {
	const rows = 6000
	path := filepath.Join(t.TempDir(), "backtrail.db")
	w := newWorldAt(t, dbtest.Reopen(t, path))
	var text strings.Builder
	text.WriteString("First name,Email,Company\n")
	for i := range rows {
		fmt.Fprintf(&text, "Ana,ana%d@example.com,Company %d\n", i, i%100)
	}
	im, err := w.Imports.Enqueue(t.Context(), w.owner, importer.Request{Object: "contact", CreateMissing: []string{"company"}}, strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	before := w.events()
	for _, at := range []int64{100, rows / 2} {
		serveUntil(t, path, im, w.account, jobs.Running, at)
		j, err := w.db.Job(t.Context(), w.account, im.ID)
		if err != nil || j.Status != jobs.Running || w.events() != before || len(w.list("contact"))+len(w.list("company")) != 0 {
			t.Fatalf("killed after %d rows: %s, %d events, %d contacts, %v", at, j.Status, w.events()-before, len(w.list("contact")), err)
		}
	}
	for range 2 { // the second server finds nothing to do
		serveUntil(t, path, im, w.account, jobs.Done, rows-1)
		got, err := w.Imports.Get(t.Context(), w.owner, im.ID)
		if err != nil || got.Status != jobs.Done || got.Result.Created != rows || len(w.list("contact")) != rows || len(w.list("company")) != 100 {
			t.Fatalf("%+v: %d contacts, %v", got, len(w.list("contact")), err)
		}
		if n := w.events() - before; n != 1+rows+100 {
			t.Fatalf("%d events", n)
		}
	}
}

// flaky is a store in which an import's job cannot be marked as done, as many times as left says.
type flaky struct {
	*store.DB
	left *int
}

type flakyTx struct {
	*store.JobsTx
	left *int
}

func (f flaky) WriteJobs(ctx context.Context, account audit.AccountID, fn func(jobs.Tx) error) error {
	return f.DB.WriteJobs(ctx, account, func(tx jobs.Tx) error { return fn(flakyTx{tx.(*store.JobsTx), f.left}) })
}

func (tx flakyTx) PutJob(ctx context.Context, j jobs.Job) error {
	if j.Status == jobs.Done && *tx.left > 0 {
		*tx.left--
		return errs.New(errs.Unavailable, "test", "Not now.")
	}
	return tx.JobsTx.PutJob(ctx, j)
}

// An import whose job cannot be marked as done has not happened; the retry is the only one that counts.
func TestImportAndItsJobEndTogether(t *testing.T) {
	db, left := dbtest.Open(t), 2
	w := newWorldAt(t, db)
	var err error
	if w.Workspace, err = workspace.New(flaky{db, &left}, workspace.Options{Hashing: cheap, Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	w.Jobs.Backoff = time.Millisecond
	before := w.events()
	im, err := w.Imports.Enqueue(t.Context(), w.owner, importer.Request{Object: "contact"}, strings.NewReader("First name\nAna\nBo\n"))
	if err != nil {
		t.Fatal(err)
	}
	w.inBackground(t)
	im = w.await(t, im.ID)
	if j, err := db.Job(t.Context(), w.account, im.ID); err != nil || j.Attempts != 3 || left != 0 {
		t.Errorf("%d attempts, %v", j.Attempts, err)
	}
	if im.Status != jobs.Done || len(w.list("contact")) != 2 || w.events()-before != 3 {
		t.Errorf("%+v: %d contacts, %d events", im, len(w.list("contact")), w.events()-before)
	}
}
