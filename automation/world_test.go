package automation_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/automation"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/store"
	"github.com/backtrail/backtrail/workspace"
)

// world is an account on a database, with a clock that tests move.
type world struct {
	t       *testing.T
	db      *store.DB
	ws      *workspace.Workspace
	poster  *poster
	account audit.AccountID
	owner   audit.RecordID

	mu  sync.Mutex
	now time.Time // guarded by mu
}

// poster is the outside: it answers what a test says.
type poster struct {
	mu     sync.Mutex
	calls  []string                                  // guarded by mu: the ids of the deliveries
	bodies [][]byte                                  // guarded by mu
	answer func(ctx context.Context, call int) error // set before the first call
}

func (p *poster) Check(string) error { return nil }

func (p *poster) Post(ctx context.Context, _ string, header map[string]string, body []byte) error {
	p.mu.Lock()
	p.calls = append(p.calls, header["Backtrail-Delivery"])
	p.bodies = append(p.bodies, body)
	n := len(p.calls)
	p.mu.Unlock()
	if p.answer == nil {
		return nil
	}
	return p.answer(ctx, n)
}

func (p *poster) number() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.calls)
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
	w := &world{t: t, db: dbtest.Open(t), poster: &poster{}, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	w.ws = w.server()
	founded, err := w.ws.Found(t.Context(), workspace.Founding{Name: "Harbour", OwnerName: "Olga", OwnerEmail: "owner@example.com", OwnerPassword: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	w.account, w.owner = founded.Account.ID, founded.Owner.ID
	return w
}

// server is another process on the database.
func (w *world) server() *workspace.Workspace {
	w.t.Helper()
	weak := &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	ws, err := workspace.New(w.db, workspace.Options{Hashing: weak, Clock: w.clock})
	if err != nil {
		w.t.Fatal(err)
	}
	ws.Automation.Poster = w.poster
	return ws
}

func (w *world) caller() audit.Caller {
	actor := audit.Actor{Type: audit.User, ID: audit.ActorID(w.owner), Name: "Olga"}
	return audit.Caller{Origin: audit.Origin{Account: w.account, Channel: audit.API, Actor: actor}, Role: auth.Owner, Permissions: auth.Effective(auth.Owner, nil)}
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

func (w *world) try(object string, fields ...string) (*crm.Record, error) {
	w.t.Helper()
	return w.ws.Engine.Create(w.t.Context(), w.caller(), object, w.input(object, fields...))
}

func (w *world) create(object string, fields ...string) *crm.Record {
	w.t.Helper()
	rec, err := w.try(object, fields...)
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

func (w *world) remove(rec *crm.Record) {
	w.t.Helper()
	if _, err := w.ws.Engine.Delete(w.t.Context(), w.caller(), rec.Object, rec.ID); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) record(object string, id audit.RecordID) *crm.Record {
	w.t.Helper()
	rec, err := w.ws.Engine.Record(w.t.Context(), w.caller(), object, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return rec
}

// flow makes a workflow that is enabled; steps come as action, settings.
func (w *world) flow(name, trigger, conditions string, steps ...string) *crm.Record {
	w.t.Helper()
	rec, err := w.tryFlow(name, trigger, conditions, steps...)
	if err != nil {
		w.t.Fatal(err)
	}
	return rec
}

func (w *world) tryFlow(name, trigger, conditions string, steps ...string) (*crm.Record, error) {
	w.t.Helper()
	return w.try("workflow", "name", name, "trigger", trigger, "conditions", conditions, "steps", stepsText(w.t, steps...), "enabled", "true")
}

func stepsText(t *testing.T, steps ...string) string {
	t.Helper()
	rows := []map[string]string{}
	for i := 0; i < len(steps); i += 2 {
		rows = append(rows, map[string]string{"action": steps[i], "settings": steps[i+1]})
	}
	b, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// run seals and catches up, until nothing more follows.
func (w *world) run() { w.runOn(w.ws) }

func (w *world) runOn(ws *workspace.Workspace) {
	w.t.Helper()
	for range 40 {
		if err := w.db.Seal(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		before := w.size()
		if err := ws.Automation.CatchUp(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		if w.size() == before {
			return
		}
	}
	w.t.Fatal("it goes on and on")
}

func (w *world) size() int { return len(w.events("")) }

// events lists the events of workflows, or of a type, the oldest first.
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
			if kind == "" && e.Actor.Type == audit.Workflow || kind != "" && e.Type == kind {
				out = append([]*audit.Event{e}, out...)
			}
		}
		if page.Next.IsZero() {
			return out
		}
		q.After = page.Next
	}
}

// did is what workflows did, in words.
func (w *world) did() string {
	var lines []string
	for _, e := range w.events("") {
		lines = append(lines, e.Description)
	}
	return strings.Join(lines, "\n")
}

// wantDid compares that, line by line.
func (w *world) wantDid(lines ...string) {
	w.t.Helper()
	if got := w.did(); got != strings.Join(lines, "\n") {
		w.t.Errorf("workflows did\n%s\nwant\n%s", got, strings.Join(lines, "\n"))
	}
}

func (w *world) runs(flow *crm.Record) []automation.Run {
	w.t.Helper()
	runs, err := w.db.Runs(w.t.Context(), w.account, flow.ID, "", 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return runs
}

// wantRuns compares the states of a workflow's runs, the newest first, each with the start of its reason behind a colon.
func (w *world) wantRuns(flow *crm.Record, want ...string) {
	w.t.Helper()
	runs := w.runs(flow)
	var got []string
	for i, r := range runs {
		s := string(r.Status)
		if r.Reason != "" {
			s += ": " + r.Reason
		}
		if i < len(want) && strings.HasPrefix(s, want[i]) && strings.Contains(want[i], ":") {
			s = want[i]
		}
		got = append(got, s)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.t.Errorf("the runs of %s are %q, want %q", flow.Name, got, want)
	}
}
