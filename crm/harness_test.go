package crm_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/modules"
	"github.com/backtrail/backtrail/store"
)

// bench is an engine on a real store, with a clock that the test moves.
type bench struct {
	t        testing.TB
	db       *store.DB
	engine   *crm.Engine
	schema   *crm.Schema // the built-in objects
	caller   audit.Caller
	recorder *audit.Recorder
	now      time.Time
}

const account = audit.AccountID("01890000-0000-7000-8000-00000000aaaa")

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{t: t, db: dbtest.Open(t), now: time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)}
	schema, catalog, err := modules.All()
	if err != nil {
		t.Fatal(err)
	}
	b.schema = schema
	clock := func() time.Time { return b.now }
	b.recorder = audit.NewRecorder(clock, audit.NewIDSource(clock), catalog)
	b.engine = crm.NewEngine(b.db, schema, b.recorder)
	b.caller = auth.SystemCaller(account, "Test")
	return b
}

func (b *bench) object(key string) *crm.Object {
	o, err := b.engine.Schema(account).Object(key)
	if err != nil {
		b.t.Fatal(err)
	}
	return o
}

// make creates a record from texts and moves the clock.
func (b *bench) make(object string, texts map[string]string) *crm.Record {
	b.t.Helper()
	rec, err := b.engine.Create(b.t.Context(), b.caller, object, crm.Texts(b.object(object), texts))
	if err != nil {
		b.t.Fatalf("create %s: %v", object, err)
	}
	b.now = b.now.Add(time.Second)
	return rec
}

// edit updates a record from texts and moves the clock.
func (b *bench) edit(rec *crm.Record, texts map[string]string) (*crm.Record, error) {
	b.now = b.now.Add(time.Second)
	return b.engine.Update(b.t.Context(), b.caller, rec.Object, rec.ID, crm.Texts(b.object(rec.Object), texts), 0)
}

func (b *bench) mustEdit(rec *crm.Record, texts map[string]string) *crm.Record {
	b.t.Helper()
	after, err := b.edit(rec, texts)
	if err != nil {
		b.t.Fatalf("update %s: %v", rec.Object, err)
	}
	return after
}

// log returns all events of the account, the oldest first.
func (b *bench) log() []*audit.Event {
	b.t.Helper()
	var events []*audit.Event
	q := audit.Query{Limit: 500}
	for {
		page, err := b.db.Events(context.Background(), account, q)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, s := range page.Events {
			e, err := s.Event()
			if err != nil {
				b.t.Fatal(err)
			}
			events = append(events, e)
		}
		if page.Next.IsZero() {
			slices.Reverse(events)
			return events
		}
		q.After = page.Next
	}
}

// types are the types of the events, the oldest first.
func (b *bench) types() []string {
	var out []string
	for _, e := range b.log() {
		out = append(out, string(e.Type))
	}
	return out
}

// last is the newest n events, the oldest of them first.
func (b *bench) last(n int) []*audit.Event {
	events := b.log()
	if len(events) < n {
		b.t.Fatalf("there are %d events", len(events))
	}
	return events[len(events)-n:]
}

// state is all records of the account.
func (b *bench) state() crm.State {
	b.t.Helper()
	s := crm.State{}
	for _, o := range b.engine.Schema(account).Objects() {
		q := crm.Query{Object: o, Sort: "name", Limit: 500}
		for {
			recs, next, err := b.engine.Find(context.Background(), b.caller, q)
			if err != nil {
				b.t.Fatal(err)
			}
			for _, r := range recs {
				for _, f := range o.Fields {
					if f.Type == crm.Secret { // no event holds it
						delete(r.Fields, f.Key)
					}
				}
				s[crm.RecordKey{Object: r.Object, ID: r.ID}] = r
			}
			if next == nil {
				break
			}
			q.After = next
		}
	}
	return s
}

// folded is all records as the log tells them.
func (b *bench) folded() crm.State {
	s := crm.State{}
	for _, e := range b.log() {
		s.Apply(b.engine.Schema(account), e)
	}
	return s
}

// checkLog holds promise 3: replay(events) == records.
func (b *bench) checkLog(fatalf func(string, ...any)) {
	b.t.Helper()
	if diff := cmp.Diff(b.state(), b.folded()); diff != "" {
		fatalf("the log does not tell the records (-records +log):\n%s", diff)
	}
}
