package integrity_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/auth"
	"github.com/backtrail/backtrail/crm"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/ledger"
	"github.com/backtrail/backtrail/modules"
	"github.com/backtrail/backtrail/store"
)

// eachDatabase runs a test on both.
func eachDatabase(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Run("sqlite", func(t *testing.T) { test(t, dbtest.SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, dbtest.Postgres(t)) })
}

// life does at random what people do.
type life struct {
	engine *crm.Engine
	caller audit.Caller
	schema *crm.Schema
	rng    *rand.Rand
	deals  []audit.RecordID // pipelines, whose deletion takes along what is in them
}

func newLife(t testing.TB, db *store.DB, seed uint64) *life {
	t.Helper()
	schema, catalog, err := modules.All()
	if err != nil {
		t.Fatal(err)
	}
	return &life{engine: crm.NewEngine(db, schema, audit.NewRecorder(time.Now, audit.NewIDSource(time.Now), catalog)),
		caller: auth.SystemCaller(acme, "Test"), schema: schema, rng: rand.New(rand.NewPCG(seed, 1))}
}

// step does one thing. That it is refused is fine.
func (l *life) step(ctx context.Context) error {
	err := l.engine.Do(ctx, l.caller, l.act)
	if err != nil && !errs.Is(err, errs.Internal) && !errs.Is(err, errs.Unavailable) {
		return nil
	}
	return err
}

// act is an operation of one event, or of many.
func (l *life) act(op *crm.Operation) error {
	ctx := context.Background()
	create := func(object string, texts map[string]string) (*crm.Record, error) {
		o, err := l.schema.Object(object)
		if err != nil {
			return nil, err
		}
		return op.Create(ctx, object, crm.Texts(o, texts))
	}
	if n := len(l.deals); n > 0 && l.rng.IntN(8) == 0 {
		id := l.deals[n-1]
		l.deals = l.deals[:n-1]
		_, err := op.Delete(ctx, "pipeline", id)
		return err
	}
	if l.rng.IntN(4) > 0 {
		_, err := create("contact", map[string]string{"first_name": "Rita \"ß\"\n\u2028🦊", "last_name": fmt.Sprint(l.rng.IntN(1000))})
		return err
	}
	pipeline, err := create("pipeline", map[string]string{"name": fmt.Sprintf("Sales %d", l.rng.Uint64())})
	if err != nil {
		return err
	}
	for i := range l.rng.IntN(12) {
		stage := map[string]string{"pipeline": string(pipeline.ID), "name": fmt.Sprint("Stage ", i), "position": fmt.Sprint(i)}
		if _, err := create("stage", stage); err != nil {
			return err
		}
	}
	l.deals = append(l.deals, pipeline.ID)
	return nil
}

func checkStore(t testing.TB, db *store.DB, checkpoints ...[]byte) integrity.Report {
	t.Helper()
	vkey, err := dbtest.Key().Verifier(ledger.Origin(string(acme)))
	if err != nil {
		t.Fatal(err)
	}
	var r integrity.Report
	err = db.ReadLedger(t.Context(), acme, func(src integrity.Source) error {
		r, err = integrity.Check(t.Context(), src, integrity.Options{Account: acme, Verifier: vkey, Checkpoints: checkpoints})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestEmptyAccount has no ledger at all, and then events that all wait.
func TestEmptyAccount(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *store.DB) {
		if r := checkStore(t, db); !r.OK() || r.Size != 0 {
			t.Errorf("%+v", r)
		}
		l := newLife(t, db, 1)
		for range 20 {
			if err := l.step(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if r := checkStore(t, db); !r.OK() || r.Size != 0 || r.Waiting == 0 {
			t.Errorf("%+v", r)
		}
	})
}

// TestNoFalseAlarm checks again and again while others write and seal, in batches that end inside of operations.
func TestNoFalseAlarm(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *store.DB) {
		ctx, stop := context.WithTimeout(t.Context(), 4*time.Second)
		defer stop()
		var working sync.WaitGroup
		for w := range uint64(8) {
			l := newLife(t, db, w)
			working.Go(func() {
				for ctx.Err() == nil {
					if err := l.step(context.WithoutCancel(ctx)); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		working.Go(func() { db.RunSealer(ctx, func(err error) { t.Error(err) }) })
		working.Go(func() {
			for ctx.Err() == nil {
				db.SealBatch(context.WithoutCancel(ctx), acme, 7) // the other one may be quicker
			}
		})
		var published [][]byte
		checks, waited := 0, int64(0)
		for ; ctx.Err() == nil; checks++ {
			r := checkStore(t, db, published...)
			if !r.OK() || r.Checkpoints != len(published) {
				t.Errorf("a false alarm after %d checks: %d of %d checkpoints agree, %v", checks, r.Checkpoints, len(published), r.Findings)
				stop()
			}
			waited += r.Waiting
			if r.Size > 0 {
				published = append(published, r.Checkpoint)
			}
		}
		working.Wait()
		if err := db.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		r := checkStore(t, db, published...)
		if !r.OK() || r.Waiting > 0 || r.Size != r.Events {
			t.Errorf("%+v", r)
		}
		if waited == 0 {
			t.Error("no check saw events that wait")
		}
		t.Logf("%d checks, %d events", checks, r.Events)
	})
}
