package export_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/audit/audittest"
	"github.com/backtrail/backtrail/export"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/ledger"
	"github.com/backtrail/backtrail/store"
)

// fill writes n events into the log of the account.
func fill(t testing.TB, db *store.DB, n int) {
	t.Helper()
	fillWith(t, db, n, audittest.Sample)
}

func fillWith(t testing.TB, db *store.DB, n int, event func(int) *audit.Event) {
	t.Helper()
	const batch = 5000
	for from := 0; from < n; from += batch {
		if err := db.WriteJobs(t.Context(), account, func(tx jobs.Tx) error {
			var events []audit.Encoded
			for i := from; i < min(from+batch, n); i++ {
				e := event(i)
				events = append(events, audit.Encoded{Event: e, Body: e.AppendCanonical(nil)})
			}
			return tx.AppendEvents(t.Context(), events)
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// database is a service on a database; the queue runs until the test ends.
func database(t testing.TB, db *store.DB, o jobs.Options) *export.Service {
	t.Helper()
	return running(t, newDatabase(t, db, o, packsOf(db)))
}

// packsOf makes packs of a database that no sealer runs on.
func packsOf(db *store.DB) export.Packs {
	return export.Packs{Ledger: db, Seal: db.Seal,
		Verifier: func(ctx context.Context, a audit.AccountID) (string, error) {
			key, err := db.LedgerKey(ctx)
			if err != nil {
				return "", err
			}
			return key.Verifier(ledger.Origin(string(a)))
		},
		Name: func(context.Context, audit.AccountID) (string, error) { return "Acme", nil }}
}

func newDatabase(t testing.TB, db *store.DB, o jobs.Options, packs export.Packs) *export.Service {
	t.Helper()
	// Each event of the log is recorded before any request, the millionth too.
	clock := func() time.Time { return time.Now().AddDate(10, 0, 0) }
	o.Store, o.Clock, o.Log = db, clock, slog.New(slog.DiscardHandler)
	return export.NewService(export.Options{Log: db, Runner: jobs.NewRunner(o), Recorder: audit.NewRecorder(clock, audit.NewIDSource(clock), testCatalog()), Packs: packs})
}

// running runs the queue of a service until the test ends.
func running(t testing.TB, s *export.Service) *export.Service {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Runner.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return s
}

// await waits for the end of an export; the database has its own time.
func await(t testing.TB, s *export.Service, id jobs.ID) export.Export {
	t.Helper()
	for {
		e, err := s.Get(t.Context(), auditor, id)
		if err != nil {
			t.Fatal(err)
		}
		if e.Status.Final() {
			return e
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the export does not end")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func TestOnDatabase(t *testing.T) {
	const rows = 12_000
	db := dbtest.Open(t)
	fill(t, db, rows)
	s := database(t, db, jobs.Options{})
	for _, format := range []export.Format{export.CSVFormat, export.JSONLFormat} {
		e, err := s.Request(t.Context(), auditor, export.Request{Format: string(format), Filter: map[string][]string{"type": {"opportunity.*"}}})
		if err != nil {
			t.Fatal(err)
		}
		if e = await(t, s, e.ID); e.Status != jobs.Done || e.Rows != rows || e.Progress != (jobs.Progress{Done: rows, Total: rows}) {
			t.Fatalf("export = %+v", e)
		}
		_, f, err := s.Open(t.Context(), auditor, e.ID)
		if err != nil {
			t.Fatal(err)
		}
		hash := sha256.New()
		if n, err := io.Copy(hash, f); err != nil || n != e.Bytes || n < 2*jobs.ChunkSize {
			t.Errorf("%s: read %d bytes of %d: %v", format, n, e.Bytes, err)
		}
		if hex.EncodeToString(hash.Sum(nil)) != e.SHA256 {
			t.Errorf("%s: the hash is another one", format)
		}
		d, err := s.Direct(auditor, export.Request{Format: string(format), Filter: map[string][]string{"type": {"opportunity.*"}}})
		if err != nil {
			t.Fatal(err)
		}
		if sum, err := d.Write(t.Context(), io.Discard); err != nil || sum != e.Summary {
			t.Errorf("%s at once: %+v %v, as a job: %+v", format, sum, err, e.Summary)
		}
		if err := s.Delete(t.Context(), auditor, e.ID); err != nil {
			t.Fatal(err)
		}
		if sizes, err := db.ChunkSizes(t.Context(), account, e.ID); err != nil || len(sizes) != 0 {
			t.Errorf("%d chunks are left: %v", len(sizes), err)
		}
	}
	page, err := db.Events(t.Context(), account, audit.Query{Limit: 100, Filter: audit.Filter{Where: audit.Is{Property: audit.ByModule, Values: []string{"audit"}}}})
	if err != nil || len(page.Events) != 2*6 {
		t.Errorf("%d events of exports, want 12: %v", len(page.Events), err)
	}
}

// TestLostOnDatabase: the store gives a handler's own errors back, and nothing of a lost job's writes stays.
func TestLostOnDatabase(t *testing.T) {
	db := dbtest.Open(t)
	const kind jobs.Kind = "test"
	got := make(chan error, 1)
	r := jobs.NewRunner(jobs.Options{Store: db, Log: slog.New(slog.DiscardHandler)})
	r.Handle(kind, jobs.Handler{Run: func(ctx context.Context, task *jobs.Task) error {
		err := task.Write(ctx, func(tx jobs.Tx, j *jobs.Job) error {
			taken := *j
			taken.Claim++
			return tx.PutJob(ctx, taken) // replaced again when the write ends
		})
		if err == nil {
			err = db.WriteJobs(ctx, account, func(tx jobs.Tx) error {
				j, err := tx.LockJob(ctx, task.Job().ID)
				if err != nil {
					return err
				}
				j.Claim++
				return tx.PutJob(ctx, j)
			})
		}
		if err == nil {
			err = task.Write(ctx, func(tx jobs.Tx, j *jobs.Job) error {
				return tx.PutChunk(ctx, j.ID, jobs.NewChunk(0, []byte(strings.Repeat("x", 100))))
			})
		}
		got <- err
		return err
	}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.Run(ctx)
	}()
	j, err := r.Enqueue(t.Context(), jobs.Job{Account: account, ID: jobs.ID(audittest.ID(1)), Kind: kind}, func(jobs.Tx, *jobs.Job) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if err := <-got; !errors.Is(err, jobs.ErrLost) {
		t.Errorf("err = %v, want ErrLost", err)
	}
	cancel()
	<-ended
	if sizes, err := db.ChunkSizes(t.Context(), account, j.ID); err != nil || len(sizes) != 0 {
		t.Errorf("chunks %v %v", sizes, err)
	}
}
