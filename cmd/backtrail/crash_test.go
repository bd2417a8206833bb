package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/internal/replay"
	"github.com/backtrail/backtrail/store"
	"github.com/backtrail/backtrail/workspace"
)

// crash is a server that is killed in the middle of a long request.
type crash struct {
	path    string
	address string
	account audit.AccountID
	key     string
}

// TestKilledInImport kills the server while it imports. All rows are there afterwards, or none.
func TestKilledInImport(t *testing.T) {
	const rows = 4000
	file := []byte("First name,Last name,Email,Company\n")
	for i := range rows {
		file = fmt.Appendf(file, "Jo,Doe %d,jo%d@example.com,Company %d\n", i, i, i%40)
	}
	killInTheMiddle(t, "contact", func(*testing.T, *workspace.Workspace, audit.Caller) {}, func(ctx context.Context, c *crash) *http.Request {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile("file", "contacts.csv")
		if err != nil {
			t.Fatal(err)
		}
		part.Write(file) // into memory
		form.WriteField("create_missing", `["company"]`)
		form.Close()
		r := c.request(ctx, t, http.MethodPost, "/api/v1/records/contact/import", &body)
		r.Header.Set("Content-Type", form.FormDataContentType())
		return r
	}, 0, rows)
}

// TestKilledInCascade kills the server while it deletes a pipeline. All that belongs to it is there afterwards, or
// nothing.
func TestKilledInCascade(t *testing.T) {
	const deals = 4000
	var pipeline audit.RecordID
	prepare := func(t *testing.T, w *workspace.Workspace, caller audit.Caller) {
		pipeline = fillPipeline(t, w, caller, deals)
	}
	killInTheMiddle(t, "opportunity", prepare, func(ctx context.Context, c *crash) *http.Request {
		return c.request(ctx, t, http.MethodDelete, "/api/v1/records/pipeline/"+string(pipeline), &bytes.Buffer{})
	}, deals, 0)
}

func fillPipeline(t *testing.T, w *workspace.Workspace, caller audit.Caller, deals int) audit.RecordID {
	t.Helper()
	create := func(object string, texts ...map[string]string) []*crm.Record {
		o, err := w.Schema.Object(object)
		if err != nil {
			t.Fatal(err)
		}
		var b crm.Batch
		for _, text := range texts {
			b.Create = append(b.Create, crm.Texts(o, text))
		}
		res, err := w.Engine.Batch(t.Context(), caller, object, b)
		if err != nil {
			t.Fatal(err)
		}
		return res.Created
	}
	pipeline := create("pipeline", map[string]string{"name": "Sales"})[0].ID
	stage := create("stage", map[string]string{"name": "New", "position": "1", "pipeline": string(pipeline)})[0].ID
	texts := make([]map[string]string, deals)
	for i := range texts {
		texts[i] = map[string]string{"name": "Deal " + strconv.Itoa(i), "pipeline": string(pipeline), "stage": string(stage)}
	}
	create("opportunity", texts...)
	return pipeline
}

// killInTheMiddle measures how long the request takes, and then kills servers at several points of that time. The
// number of records of the object must be before or after, never between, and the log must agree with it.
func killInTheMiddle(t *testing.T, object string, prepare func(*testing.T, *workspace.Workspace, audit.Caller), request func(context.Context, *crash) *http.Request, before, after int) {
	c := newCrash(t, prepare)
	stop := c.serve(t)
	begin := time.Now()
	res, err := http.DefaultClient.Do(request(t.Context(), c))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("undisturbed, the request is answered with %s", res.Status)
	}
	whole := time.Since(begin)
	stop()
	if n := c.check(t, object); n != after {
		t.Fatalf("undisturbed, there are %d of %s, not %d", n, object, after)
	}
	cut := 0
	for _, percent := range []int{25, 60, 95} {
		t.Run(fmt.Sprintf("%d%%", percent), func(t *testing.T) {
			c := newCrash(t, prepare)
			stop := c.serve(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			time.AfterFunc(whole*time.Duration(percent)/100, stop)
			if res, err := http.DefaultClient.Do(request(ctx, c)); err == nil {
				res.Body.Close()
			} else {
				cut++
			}
			stop()
			if n := c.check(t, object); n != before && n != after {
				t.Errorf("there are %d of %s: neither %d nor %d", n, object, before, after)
			}
		})
	}
	if cut == 0 {
		t.Error("no server was killed in the middle of the request")
	}
}

// newCrash makes a database with an account and what prepare puts into it.
func newCrash(t *testing.T, prepare func(*testing.T, *workspace.Workspace, audit.Caller)) *crash {
	t.Helper()
	c := &crash{path: filepath.Join(t.TempDir(), "crash.db"), address: freeAddress(t)}
	db, err := ledgerFlags{}.open(t.Context(), "sqlite:"+c.path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := workspace.New(db, workspace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := w.Found(t.Context(), workspace.Founding{Name: "Acme", OwnerEmail: "ana@acme.test", OwnerPassword: "a few good words"})
	if err != nil {
		t.Fatal(err)
	}
	c.account, c.key = f.Account.ID, f.APIKey
	prepare(t, w, auth.SystemCaller(c.account, "Test"))
	if err := errors.Join(db.Seal(t.Context()), db.Close()); err != nil { // the server shall be alone with it
		t.Fatal(err)
	}
	return c
}

// openFile opens a database as a command does, with its key, and closes it at the end.
func openFile(t *testing.T, path string) *store.DB {
	t.Helper()
	db, err := ledgerFlags{}.open(t.Context(), "sqlite:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db.DB
}

// serve starts the server. stop kills it, at once and without a word, and waits for its end; calling it again does
// nothing.
func (c *crash) serve(t *testing.T) (stop func()) {
	t.Helper()
	stop = start(t, "serve", "--db", "sqlite:"+c.path, "--listen", c.address)
	waitFor("http://" + c.address + "/readyz")
	return stop
}

// start runs the program as a process of its own.
func start(t testing.TB, args ...string) (kill func()) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait() // it was killed
		close(ended)
	}()
	kill = func() {
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Error(err)
		}
		<-ended
	}
	t.Cleanup(kill)
	return kill
}

func (c *crash) request(ctx context.Context, t *testing.T, method, path string, body *bytes.Buffer) *http.Request {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+c.address+path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.key)
	return r
}

// check opens the database as the next start would, holds the log against the records, and counts those of an object.
func (c *crash) check(t *testing.T, object string) int {
	t.Helper()
	db := openFile(t, c.path)
	replay.Check(t, db, c.account)
	w, err := workspace.New(db, workspace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o, err := w.Schema.Object(object)
	if err != nil {
		t.Fatal(err)
	}
	groups, err := w.Engine.Tally(t.Context(), auth.SystemCaller(c.account, "Test"), crm.Query{Object: o}, o.Fields[0].Key, "")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, g := range groups {
		n += g.Count
	}
	return n
}
