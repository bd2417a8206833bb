package e2e

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"sync"
	"testing"

	"github.com/alexedwards/argon2id"

	"github.com/backtrail/backtrail/api"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/demo"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/server"
	"github.com/backtrail/backtrail/store"
	"github.com/backtrail/backtrail/web"
	"github.com/backtrail/backtrail/workspace"
)

// The demo's people, one for each role.
const (
	owner  = "owner@demo.test"
	admin  = "admin@demo.test"
	member = "member@demo.test"
)

// whomToAsk is the installation's contact.
const whomToAsk = "the help desk (desk@example.test)"

// world is a running Backtrail of a test's own, on the demo's account.
type world struct {
	*workspace.Workspace
	t       *testing.T
	base    string // http://127.0.0.1:PORT
	account audit.AccountID
	callers map[string]audit.Caller // by email
	tabs    int                     // that were opened
}

// light is a hash of passwords that costs next to nothing: some hundred logins happen here.
var light = argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// lived is the demo's account, whose ninety days are made once: every world begins with a copy.
var lived audit.AccountID

var original = dbtest.Original{Folder: func() string { return scratch }, Fill: func(db *store.DB) (err error) {
	lived, err = demo.Fill(context.Background(), db, demo.Options{Seed: 20, Hashing: &light})
	return err
}}

// newWorld starts a Backtrail for the test, which runs in parallel with others. It stops when the test ends.
func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	db := original.Copy(t)
	w := &world{t: t, account: lived, callers: map[string]audit.Caller{}}
	said := &serverLog{}
	logger := slog.New(slog.NewTextHandler(said, &slog.HandlerOptions{Level: slog.LevelError}))
	t.Cleanup(func() { said.check(t) })
	var err error
	if w.Workspace, err = workspace.New(db, workspace.Options{Logger: logger, AllowPrivateSMTP: true, Hashing: &light}); err != nil {
		t.Fatal(err)
	}
	w.serve(db, logger)
	return w
}

// serve runs what the program's serve command runs.
func (w *world) serve(db *store.DB, logger *slog.Logger) {
	handler := server.New(server.Parts{
		API:   api.New(w.Workspace, "e2e"),
		Web:   web.New(w.Workspace, web.Options{Version: "e2e", SupportContact: whomToAsk}),
		Ready: db.Ping,
	}, server.Options{Logger: logger})
	ctx, stop := context.WithCancel(context.Background())
	ready := make(chan net.Addr, 1)
	ended := make(chan error, 1)
	var background sync.WaitGroup
	background.Go(func() { w.Run(ctx) })
	background.Go(func() { db.RunSealer(ctx, func(err error) { logger.Error("events could not be sealed", "err", err) }) })
	go func() { ended <- server.Run(ctx, "127.0.0.1:0", handler, func(a net.Addr) { ready <- a }) }()
	select {
	case at := <-ready:
		w.base = "http://" + at.String()
	case err := <-ended:
		w.t.Fatalf("serve: %v", err)
	}
	w.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			w.t.Errorf("the server stopped: %v", err)
		}
		background.Wait()
	})
}

// serverLog keeps what the server logs as an error.
type serverLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *serverLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *serverLog) check(t *testing.T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.text.Len() > 0 {
		t.Errorf("the server logged errors:\n%s", l.text.String())
	}
}

// login begins a session of the person.
func (w *world) login(email string) auth.LoggedIn {
	w.t.Helper()
	in, err := w.Auth.Login(w.t.Context(), email, demo.Password, audit.Origin{Channel: audit.Web, Context: audit.Context{IP: "192.0.2.7"}})
	if err != nil {
		w.t.Fatalf("log in as %s: %v", email, err)
	}
	return in
}

// caller is the person as the caller of the services, for what a test prepares behind the browser's back.
func (w *world) caller(email string) audit.Caller {
	w.t.Helper()
	if c, ok := w.callers[email]; ok {
		return c
	}
	id, err := w.Auth.Authenticate(w.t.Context(), auth.Credentials{Cookie: w.login(email).Token, Origin: audit.Origin{Channel: audit.Web}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.callers[email] = id.Caller
	return id.Caller
}

// create makes a record of the object with texts for its fields, by the owner.
func (w *world) create(object string, fields map[string]string) *crm.Record {
	w.t.Helper()
	o, err := w.Schema.Object(object)
	if err != nil {
		w.t.Fatal(err)
	}
	record, err := w.Engine.Create(w.t.Context(), w.caller(owner), object, crm.Texts(o, fields))
	if err != nil {
		w.t.Fatalf("create the %s %v: %v", object, fields, err)
	}
	return record
}

// edit changes a field of a record, by the owner.
func (w *world) edit(record *crm.Record, field, text string) {
	w.t.Helper()
	o, err := w.Schema.Object(record.Object)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.Engine.Update(w.t.Context(), w.caller(owner), record.Object, record.ID, crm.Texts(o, map[string]string{field: text}), 0); err != nil {
		w.t.Fatalf("change the %s %s: %v", record.Object, record.Name, err)
	}
}

// record is the present state of a record, nil when it is deleted.
func (w *world) record(object string, id audit.RecordID) *crm.Record {
	w.t.Helper()
	record, err := w.Engine.Record(w.t.Context(), auth.SystemCaller(w.account, "Test"), object, id)
	if err != nil {
		return nil
	}
	return record
}
