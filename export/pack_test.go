package export_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/audit/audittest"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/evidence"
	"github.com/backtrail/backtrail/export"
	"github.com/backtrail/backtrail/integrity"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/ledger"
	"github.com/backtrail/backtrail/store"
)

// databases are those that packs are made of.
var databases = map[string]func(testing.TB) *store.DB{"SQLite": dbtest.SQLite, "PostgreSQL": dbtest.Postgres}

func verifierOf(t testing.TB) string {
	t.Helper()
	v, err := dbtest.Key().Verifier(ledger.Origin(string(account)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// fileOf is the file of an export.
func fileOf(t testing.TB, s *export.Service, id jobs.ID) []byte {
	t.Helper()
	_, f, err := s.Open(t.Context(), auditor, id)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func verified(t testing.TB, pack []byte, o evidence.Options) evidence.Result {
	t.Helper()
	o.Verifier = verifierOf(t)
	r, err := evidence.Check(t.Context(), bytes.NewReader(pack), int64(len(pack)), o)
	if err != nil || !r.OK() {
		t.Fatalf("%v %+v", err, r.Findings)
	}
	return r
}

// TestPackOnDatabase makes packs while the log grows.
func TestPackOnDatabase(t *testing.T) {
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			const rows = 3000
			db := open(t)
			fill(t, db, rows)
			s := database(t, db, jobs.Options{})
			stop := growing(t, db, rows)
			defer stop()
			from := audittest.Sample(1000).OccurredAt.Format(time.RFC3339)
			e, err := s.Request(t.Context(), auditor, export.Request{Format: "evidence", Timezone: "Europe/Lisbon", Complete: true,
				Withhold: []string{"ip", "email", "ip"}, Filter: url.Values{"type": {"opportunity.*"}, "from": {from}}})
			if err != nil {
				t.Fatal(err)
			}
			if e = await(t, s, e.ID); e.Status != jobs.Done || e.Rows < rows-1000 || e.Progress != (jobs.Progress{Done: e.Rows, Total: e.Rows}) {
				t.Fatalf("export = %+v", e)
			}
			stop()
			pack := fileOf(t, s, e.ID)
			r := verified(t, pack, evidence.Options{Complete: true})
			if r.Rows != e.Rows || int64(len(pack)) != e.Bytes || r.Manifest.Stretch.First != 1001 || r.Checkpoint.Size <= rows {
				t.Errorf("%+v", r)
			}
			if r.Rows+r.Headers-1 != r.Checkpoint.Size-1000 || r.Headers < 2 {
				t.Errorf("%d rows, %d headers of %d events", r.Rows, r.Headers, r.Checkpoint.Size)
			}
			if m := r.Manifest; m.Account.Name != "Acme" || m.Timezone != "Europe/Lisbon" || !slices.Equal(m.Withheld, []string{"email", "ip"}) ||
				m.RequestedBy.Name != "Ana Silva" || m.Filter["from"][0] != "2026-03-01T09:46:40.000000Z" {
				t.Errorf("%+v", m)
			}
			if !strings.HasPrefix(e.FileName(), "audit-evidence-") || !strings.HasSuffix(e.FileName(), ".zip") || e.Format.MediaType() != "application/zip" {
				t.Errorf("the file is called %s", e.FileName())
			}
			if !e.Complete || !slices.Equal(e.Withhold, []string{"email", "ip"}) {
				t.Errorf("export = %+v", e)
			}
			told(t, db, "Asked for an export of the audit log as complete evidence pack without email, ip: from=", "The export of the audit log is complete with ",
				"Downloaded an export of the audit log with ")
		})
	}
}

// growing appends to the log and seals until it is stopped.
func growing(t testing.TB, db *store.DB, n int) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for ; ctx.Err() == nil; n++ {
			e := audittest.Sample(n)
			if n%3 == 0 {
				e.OccurredAt = audittest.Sample(0).OccurredAt // a claim of long ago
			}
			if err := db.WriteJobs(ctx, account, func(tx jobs.Tx) error {
				return tx.AppendEvents(ctx, []audit.Encoded{{Event: e, Body: e.AppendCanonical(nil)}})
			}); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}
	})
	wg.Go(func() { db.RunSealer(ctx, nil) })
	return func() {
		cancel()
		wg.Wait()
	}
}

// told looks for the beginnings of descriptions in the log.
func told(t testing.TB, db *store.DB, beginnings ...string) {
	t.Helper()
	page, err := db.Events(t.Context(), account, audit.Query{Limit: 500, Filter: audit.Filter{Where: audit.Is{Property: audit.ByModule, Values: []string{"audit"}}}})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, stored := range page.Events {
		e, err := stored.Event()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e.Description)
	}
	for _, b := range beginnings {
		if !slices.ContainsFunc(all, func(d string) bool { return strings.HasPrefix(d, b) }) {
			t.Errorf("nothing begins with %q in %q", b, all)
		}
	}
}

func TestPackAtOnce(t *testing.T) {
	db := dbtest.SQLite(t)
	fill(t, db, 200)
	s := database(t, db, jobs.Options{})
	d, err := s.Direct(auditor, export.Request{Format: "evidence", Complete: true})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	sum, err := d.Write(t.Context(), &out)
	if err != nil || sum.Bytes != int64(out.Len()) {
		t.Fatalf("%+v %v", sum, err)
	}
	// Two events are of the export itself: the request, and that it was downloaded.
	if r := verified(t, out.Bytes(), evidence.Options{Complete: true}); r.Rows != 202 || sum.Rows != 202 {
		t.Errorf("%d rows, %d told", r.Rows, sum.Rows)
	}
	told(t, db, "Downloaded an export of the audit log at once as complete evidence pack")
}

func TestPackRequests(t *testing.T) {
	db := dbtest.SQLite(t)
	s := newDatabase(t, db, jobs.Options{}, packsOf(db))
	_, err := s.Request(t.Context(), auditor, export.Request{Format: "evidence", Withhold: []string{"email", "shoe size"}})
	if e := errs.Of(err); !errs.Is(err, errs.Invalid) || len(e.Fields) != 1 || e.Fields[0].Field != "withhold" || !strings.Contains(e.Detail, `"shoe size"`) || !strings.Contains(e.Detail, "user_agent") {
		t.Errorf("err = %v", err)
	}
}

// Without a sealer there is nothing to prove. The wait has an end.
func TestPackOfWhatIsNotSealed(t *testing.T) {
	db := dbtest.SQLite(t)
	fill(t, db, 10)
	packs := packsOf(db)
	packs.Seal, packs.Wait = nil, 120*time.Millisecond
	s := running(t, newDatabase(t, db, jobs.Options{}, packs))
	e, err := s.Request(t.Context(), auditor, export.Request{Format: "evidence"})
	if err != nil {
		t.Fatal(err)
	}
	if e = await(t, s, e.ID); e.Status != jobs.Failed || !strings.Contains(e.Error, "not sealed within 120ms") {
		t.Errorf("%s: %s", e.Status, e.Error)
	}
	told(t, db, "The export of the audit log failed: A pack proves what is sealed")
}

// A pack that a stopped server was making is made anew by the next one, whole.
func TestPackAfterARestart(t *testing.T) {
	db := dbtest.SQLite(t)
	const rows = 2000
	fillWith(t, db, rows, func(n int) *audit.Event {
		e := audittest.Sample(n)
		for range 50 {
			e.Description += rand.Text() // which no compressor makes short
		}
		return e
	})
	reached, release := make(chan bool), make(chan bool)
	packs := packsOf(db)
	packs.Ledger = &watched{DB: db, rows: func(ctx context.Context, n int) error {
		if n == 3 {
			close(reached)
			select {
			case <-release:
			case <-ctx.Done():
			}
			return ctx.Err()
		}
		return nil
	}}
	first := newDatabase(t, db, jobs.Options{}, packs)
	e, err := first.Request(t.Context(), auditor, export.Request{Format: "evidence"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { first.Runner.Run(ctx) })
	<-reached
	cancel()
	wg.Wait()
	close(release)
	if sizes, err := db.ChunkSizes(t.Context(), account, e.ID); err != nil || len(sizes) == 0 {
		t.Fatalf("the first run left %d chunks: %v", len(sizes), err)
	}
	second := database(t, db, jobs.Options{})
	if e = await(t, second, e.ID); e.Status != jobs.Done || e.Rows != rows+1 {
		t.Fatalf("export = %+v", e)
	}
	if r := verified(t, fileOf(t, second, e.ID), evidence.Options{}); r.Rows != rows+1 {
		t.Errorf("%d rows", r.Rows)
	}
}

// watched looks at, or changes, what is read from a ledger.
type watched struct {
	*store.DB
	rows   func(ctx context.Context, n int) error // before the nth page of rows
	edit   func(*integrity.Row)
	signed func(*integrity.Signed)
	since  func(int64) int64

	mu    sync.Mutex
	pages int // guarded by mu
}

func (w *watched) ReadLedger(ctx context.Context, a audit.AccountID, fn func(integrity.Source) error) error {
	return w.DB.ReadLedger(ctx, a, func(src integrity.Source) error { return fn(watchedSource{src, w}) })
}

func (w *watched) FirstSince(ctx context.Context, a audit.AccountID, t time.Time) (int64, error) {
	seq, err := w.DB.FirstSince(ctx, a, t)
	if w.since != nil {
		seq = w.since(seq)
	}
	return seq, err
}

type watchedSource struct {
	integrity.Source
	w *watched
}

func (s watchedSource) Signed(ctx context.Context) (integrity.Signed, error) {
	signed, err := s.Source.Signed(ctx)
	if s.w.signed != nil {
		s.w.signed(&signed)
	}
	return signed, err
}

func (s watchedSource) Rows(ctx context.Context, after int64, limit int) ([]integrity.Row, error) {
	s.w.mu.Lock()
	s.w.pages++
	n := s.w.pages
	s.w.mu.Unlock()
	if s.w.rows != nil {
		if err := s.w.rows(ctx, n); err != nil {
			return nil, err
		}
	}
	rows, err := s.Source.Rows(ctx, after, limit)
	if s.w.edit != nil {
		for i := range rows {
			s.w.edit(&rows[i])
		}
	}
	return rows, err
}

// A log that somebody edited gives no pack, and the one who asked is told.
func TestPackOfADamagedLog(t *testing.T) {
	other, err := ledger.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		ledge *watched
		want  string
	}{
		{"an event was edited", &watched{edit: func(r *integrity.Row) {
			if r.Seq == 7 {
				r.Body = bytes.Replace(r.Body, []byte("Qualified"), []byte("Qualifiéd"), 1)
			}
		}}, "The pack does not verify"},
		{"an event is unreadable", &watched{edit: func(r *integrity.Row) {
			if r.Seq == 7 {
				r.Body = []byte(`{"v":1}`)
			}
		}}, "The event at place 7 cannot be read"},
		{"a salt is lost", &watched{edit: func(r *integrity.Row) { r.Salt = nil }}, "tried 3 times"},
		{"an event was removed", &watched{edit: func(r *integrity.Row) {
			if r.Seq >= 7 {
				r.Seq++
			}
		}}, "The event at place 7 is missing"},
		{"the head was edited", &watched{signed: func(s *integrity.Signed) { s.Size-- }}, "The head of the ledger is not signed"},
		{"the head is signed by another", &watched{signed: func(s *integrity.Signed) {
			s.Checkpoint, _ = other.Sign(ledger.Origin(string(account)), s.Head)
		}}, "The head of the ledger is not signed"},
		{"the times were edited", &watched{since: func(seq int64) int64 { return seq + 2 }}, "The pack does not verify"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := dbtest.SQLite(t)
			fill(t, db, 20)
			tt.ledge.DB = db
			packs := packsOf(db)
			packs.Ledger = tt.ledge
			s := running(t, newDatabase(t, db, jobs.Options{Backoff: time.Millisecond}, packs))
			e, err := s.Request(t.Context(), auditor, export.Request{Format: "evidence", Complete: true, Filter: url.Values{"from": {audittest.Sample(2).OccurredAt.Format(time.RFC3339)}}})
			if err != nil {
				t.Fatal(err)
			}
			if e = await(t, s, e.ID); e.Status != jobs.Failed || !strings.Contains(e.Error, tt.want) || e.HasFile {
				t.Errorf("%s: %s", e.Status, e.Error)
			}
		})
	}
}

// The key may be missing: events wait, and so does a pack, not for long.
func TestPackWithoutAKey(t *testing.T) {
	db := dbtest.SQLite(t)
	fill(t, db, 10)
	packs := packsOf(db)
	missing := errs.New(errs.Unavailable, "ledger_key_missing", "The key is not there.")
	packs.Verifier = func(context.Context, audit.AccountID) (string, error) { return "", missing }
	s := newDatabase(t, db, jobs.Options{}, packs)
	d, err := s.Direct(auditor, export.Request{Format: "evidence"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Write(t.Context(), io.Discard); !errors.Is(err, missing) {
		t.Errorf("err = %v", err)
	}
	told(t, db, "The export of the audit log broke off after 0 rows")
}
