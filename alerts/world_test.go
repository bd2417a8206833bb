package alerts_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/backtrail/backtrail/alerts"
	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/mail"
	"github.com/backtrail/backtrail/store"
	"github.com/backtrail/backtrail/workspace"
)

// world is an account on a database, with a clock that tests move, and an outside that keeps what it gets.
type world struct {
	t       *testing.T
	db      *store.DB
	ws      *workspace.Workspace
	alerts  *alerts.Service
	runner  *jobs.Runner
	out     *outside
	account audit.AccountID
	owner   audit.RecordID

	mu  sync.Mutex
	now time.Time // guarded by mu
}

// outside is the mail server and the webhooks.
type outside struct {
	mu     sync.Mutex
	mails  []mail.Letter // guarded by mu
	calls  []call        // guarded by mu
	refuse error         // guarded by mu: the answer to all
}

type call struct {
	address string
	header  map[string]string
	body    []byte
}

func (o *outside) Send(_ context.Context, _ audit.AccountID, l mail.Letter) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refuse == nil {
		o.mails = append(o.mails, l)
	}
	return o.refuse
}

func (o *outside) Check(string) error { return nil }

func (o *outside) Post(_ context.Context, address string, header map[string]string, body []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refuse == nil {
		o.calls = append(o.calls, call{address, header, body})
	}
	return o.refuse
}

func (o *outside) refuses(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.refuse = err
}

// subjects are those of all letters, with whom they went to, in order.
func (o *outside) subjects() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var out []string
	for _, l := range o.mails {
		out = append(out, l.To+": "+l.Subject)
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(time.Millisecond)
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, db: dbtest.Open(t), out: &outside{}, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	w.ws, w.alerts, w.runner = w.server()
	founded, err := w.ws.Found(t.Context(), workspace.Founding{Name: "Harbour", Timezone: "Europe/Lisbon", OwnerName: "Olga", OwnerEmail: "olga@example.com", OwnerPassword: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	w.account, w.owner = founded.Account.ID, founded.Owner.ID
	return w
}

// server is another process on the database.
func (w *world) server() (*workspace.Workspace, *alerts.Service, *jobs.Runner) {
	w.t.Helper()
	weak := &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	ws, err := workspace.New(w.db, workspace.Options{Hashing: weak, Clock: w.clock, PublicURL: "https://log.example.com"})
	if err != nil {
		w.t.Fatal(err)
	}
	o := ws.Alerts.Options
	o.Runner = jobs.NewRunner(jobs.Options{Store: w.db, Clock: w.clock, Log: slog.New(slog.DiscardHandler), Poll: time.Millisecond, Backoff: time.Millisecond, Lease: time.Second, Release: true})
	o.Mailer, o.Poster = w.out, w.out
	return ws, alerts.New(o), o.Runner
}

func (w *world) caller() audit.Caller { return w.as(w.owner, "Olga", auth.Owner) }

func (w *world) as(id audit.RecordID, name, role string, extra ...audit.Permission) audit.Caller {
	return audit.Caller{Origin: audit.Origin{Account: w.account, Channel: audit.API, Actor: audit.Actor{Type: audit.User, ID: audit.ActorID(id), Name: name}},
		Role: role, Permissions: auth.Effective(role, extra)}
}

func (w *world) input(object string, fields ...string) crm.Input {
	w.t.Helper()
	o, err := w.ws.Schema.Object(object)
	if err != nil {
		w.t.Fatal(err)
	}
	texts := map[string]string{}
	for i := 0; i < len(fields); i += 2 {
		texts[fields[i]] = fields[i+1]
	}
	return crm.Texts(o, texts)
}

func (w *world) create(object string, fields ...string) *crm.Record {
	w.t.Helper()
	rec, err := w.ws.Engine.Create(w.t.Context(), w.caller(), object, w.input(object, fields...))
	if err != nil {
		w.t.Fatal(err)
	}
	return rec
}

func (w *world) update(rec *crm.Record, fields ...string) {
	w.t.Helper()
	if _, err := w.ws.Engine.Update(w.t.Context(), w.caller(), rec.Object, rec.ID, w.input(rec.Object, fields...), 0); err != nil {
		w.t.Fatal(err)
	}
}

// remove makes a contact and deletes it.
func (w *world) remove(name string) {
	w.t.Helper()
	rec := w.create("contact", "first_name", name)
	if _, err := w.ws.Engine.Delete(w.t.Context(), w.caller(), "contact", rec.ID); err != nil {
		w.t.Fatal(err)
	}
}

// staff hires somebody who is active, and has a login.
func (w *world) staff(name, role string) *crm.Record {
	w.t.Helper()
	rec := w.create("staff", "name", name, "email", strings.ToLower(name)+"@example.com", "role", role, "status", "active")
	by := audit.Origin{Actor: audit.SystemActor("Test"), Channel: audit.SystemChannel}
	if err := w.ws.Auth.SetPassword(w.t.Context(), strings.ToLower(name)+"@example.com", "correct horse battery", by); err != nil {
		w.t.Fatal(err)
	}
	return rec
}

// alert makes one that is on.
func (w *world) alert(name, query string, c alerts.Condition, change ...func(*alerts.NewAlert)) alerts.Alert {
	w.t.Helper()
	in := alerts.NewAlert{Name: name, Query: query, Condition: c, Recipients: []string{"olga@example.com"}, Enabled: true}
	for _, fn := range change {
		fn(&in)
	}
	a, _, err := w.alerts.Create(w.t.Context(), w.caller(), in)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) stored(id alerts.ID) alerts.Alert {
	w.t.Helper()
	a, err := w.alerts.Alert(w.t.Context(), w.caller(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// run seals, follows and sends, until nothing more follows.
func (w *world) run() { w.runOn(w.alerts, w.runner) }

func (w *world) runOn(s *alerts.Service, r *jobs.Runner) {
	w.t.Helper()
	for range 20 {
		if err := w.db.Seal(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		before := len(w.events(""))
		if err := s.CatchUp(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		w.deliver(r)
		if len(w.events("")) == before {
			return
		}
	}
	w.t.Fatal("it goes on and on")
}

// deliver runs the jobs until all have ended.
func (w *world) deliver(r *jobs.Runner) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { r.Run(ctx) })
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(time.Millisecond) {
		list, err := w.db.Jobs(w.t.Context(), w.account, alerts.Kind, "", 500)
		if err != nil {
			w.t.Fatal(err)
		}
		if !slices.ContainsFunc(list, func(j jobs.Job) bool { return !j.Status.Final() }) {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("a message is still on its way: %+v", list)
		}
	}
}

// events lists those of a type ("" for all), the oldest first.
func (w *world) events(kind audit.Type) []*audit.Event {
	w.t.Helper()
	var out []*audit.Event
	q := audit.Query{Limit: 500}
	for {
		page, err := w.db.Events(w.t.Context(), w.account, q)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, stored := range page.Events {
			e, err := stored.Event()
			if err != nil {
				w.t.Fatal(err)
			}
			if kind == "" || e.Type == kind {
				out = append(out, e)
			}
		}
		if page.Next.IsZero() {
			slices.Reverse(out)
			return out
		}
		q.After = page.Next
	}
}

// said are the descriptions of the events of a type.
func (w *world) said(kind audit.Type) string {
	var lines []string
	for _, e := range w.events(kind) {
		lines = append(lines, e.Description)
	}
	return strings.Join(lines, "\n")
}

func (w *world) want(what, got string, lines ...string) {
	w.t.Helper()
	if want := strings.Join(lines, "\n"); got != want {
		w.t.Errorf("%s:\n%s\nwant\n%s", what, got, want)
	}
}

func change[T any](e *audit.Event, field string, of func(audit.Value) T) T {
	for _, c := range e.Changes {
		if c.Field == field {
			return of(c.After)
		}
	}
	return of(audit.None)
}

var every = alerts.Condition{Count: 1}

func times(n, minutes int) alerts.Condition { return alerts.Condition{Count: n, Minutes: minutes} }
