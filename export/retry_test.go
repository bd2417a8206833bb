package export_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/audit/audittest"
	"github.com/backtrail/backtrail/errs"
	"github.com/backtrail/backtrail/export"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/jobs/jobstest"
	"github.com/backtrail/backtrail/sheet"
	"github.com/backtrail/backtrail/store"
)

// failed is an office with an export of 6,000 events that failed when a part of it was written.
func failed(t *testing.T, format string) (*office, export.Export) {
	t.Helper()
	o := newOffice(t, 6000)
	for n, e := range o.log.events { // so that there are several chunks
		e.Description = strings.Repeat("x", 1000+n%7)
	}
	o.log.fails = func(page int) error {
		if page > 4 {
			return errors.New("disk")
		}
		return nil
	}
	stop := o.start()
	e, err := o.Request(t.Context(), auditor, export.Request{Format: format})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Minute)
	synctest.Wait()
	stop()
	if e = o.get(t, e.ID); e.Status != jobs.Failed || e.HasFile || !e.ExpiresAt.IsZero() {
		t.Fatalf("export = %+v", e)
	}
	o.log.fails = nil
	return o, e
}

// TestRetry: an export that failed goes on from where it stood when somebody tries it again, and it is theirs from there on.
func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, e := failed(t, "csv")
		stood := one(o.store).Done
		o.log.onPage = func(_ int, q audit.Query) {
			if q.After.IsZero() {
				t.Error("it began anew")
			}
		}
		// What happened since is not in it.
		o.log.events = append(o.log.events, audittest.Sample(6000))
		o.log.events[6000].RecordedAt = time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)
		ben := auditor
		ben.Actor = audit.Actor{Type: audit.User, ID: "u2", Name: "Ben Costa"}
		e, err := o.Retry(t.Context(), ben, e.ID)
		if err != nil {
			t.Fatal(err)
		}
		if e.Status != jobs.Queued || e.Error != "" || e.RequestedBy.Name != "Ana Silva" || e.RetriedBy.Name != "Ben Costa" || stood == 0 || e.Progress.Done != stood {
			t.Errorf("export = %+v, it stood at %d", e, stood)
		}
		defer o.start()()
		synctest.Wait()
		if e = o.get(t, e.ID); e.Status != jobs.Done || e.Rows != 6000 || !e.HasFile {
			t.Fatalf("export = %+v", e)
		}
		if got := o.read(t, e.ID); got != o.want(t, sheet.NewCSV(time.UTC), 5999, 0) {
			t.Errorf("the file has %d bytes and is another one", len(got))
		}
		told := o.told()
		if diff := cmp.Diff([]string{"audit.export_retried success: Tried an export of the audit log as CSV again",
			"audit.export_completed success: The export of the audit log is complete with 6,000 rows"}, told[2:4]); diff != "" {
			t.Error(diff)
		}
		events := o.store.Events
		if events[2].Cause != events[0].ID || events[3].Cause != events[2].ID || events[2].Actor.ID != "u2" || events[3].Actor.ID != "u2" {
			t.Errorf("the events are of %s and %s", events[2].Body, events[3].Body)
		}
		_, err = o.Retry(t.Context(), auditor, e.ID)
		if errs.Code(err) != "not_failed" || !strings.Contains(err.Error(), "this one is done") {
			t.Errorf("a second Retry: %v", err)
		}
	})
}

// TestRetryTooLate: what a failed export wrote is kept for a week; then it begins anew, to the same file.
func TestRetryTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, e := failed(t, "jsonl")
		defer o.start()()
		time.Sleep(8 * 24 * time.Hour)
		synctest.Wait()
		if j := one(o.store); j.HasFile || len(o.store.Chunks[jobstest.Place{Account: account, ID: j.ID}]) != 0 {
			t.Errorf("after eight days: %+v", j)
		}
		began := false
		o.log.onPage = func(_ int, q audit.Query) { began = began || q.After.IsZero() }
		if _, err := o.Retry(t.Context(), auditor, e.ID); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if e = o.get(t, e.ID); e.Status != jobs.Done || e.Rows != 6000 || !began {
			t.Fatalf("export = %+v", e)
		}
		if got := o.read(t, e.ID); got != o.want(t, export.JSONL{}, 5999, 0) {
			t.Errorf("the file has %d bytes and is another one", len(got))
		}
	})
}

// TestAnew: an export that expired is asked for once more, with all that was asked of it, as of now.
func TestAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 10)
		o.Keep = func(context.Context, audit.AccountID) (time.Duration, error) { return 24 * time.Hour, nil }
		defer o.start()()
		first, err := o.Request(t.Context(), auditor, export.Request{Format: "csv", Timezone: "Asia/Tokyo", Zone: zone(t, "Europe/Lisbon"),
			Filter: url.Values{"from": {"2026-03-01"}, "q": {"at:2026-03"}, "action": {"updated"}}})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(25 * time.Hour)
		synctest.Wait()
		first = o.get(t, first.ID)
		if first.HasFile || !first.ExpiresAt.Equal(first.FinishedAt.Add(24*time.Hour)) {
			t.Errorf("it has not expired: %+v", first)
		}
		second, err := o.Anew(t.Context(), auditor, first.ID)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if second = o.get(t, second.ID); second.ID == first.ID || second.Status != jobs.Done || !second.HasFile || second.SHA256 != first.SHA256 {
			t.Errorf("the second is %+v", second)
		}
		for name, pair := range map[string][2]any{"filter": {first.Filter, second.Filter}, "time zone": {first.Timezone, second.Timezone}, "format": {first.Format, second.Format}} {
			if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		if told := o.told(); told[0] != told[2] {
			t.Errorf("it was asked for as\n%s\nand then\n%s", told[0], told[2])
		}
	})
}

// mortal is a database that a process reaches so many times more; then the process is dead.
type mortal struct {
	*store.DB
	mu     sync.Mutex
	writes int           // guarded by mu: that are left
	died   chan struct{} // closed by the first that is refused
}

func (m *mortal) WriteJobs(ctx context.Context, account audit.AccountID, fn func(jobs.Tx) error) error {
	m.mu.Lock()
	m.writes--
	left := m.writes
	m.mu.Unlock()
	if left == -1 {
		close(m.died)
	}
	if left < 0 {
		return errors.New("the process is dead")
	}
	return m.DB.WriteJobs(ctx, account, fn)
}

// reads notes where each page of the log begins.
type reads struct {
	audit.Log
	mu    sync.Mutex
	after []audit.Position // guarded by mu
}

func (r *reads) Events(ctx context.Context, a audit.AccountID, q audit.Query) (audit.Page, error) {
	r.mu.Lock()
	r.after = append(r.after, q.After)
	r.mu.Unlock()
	return r.Log.Events(ctx, a, q)
}

// TestKilledOnDatabase kills the process before each of its writes in turn. The next one goes on behind the last chunk: no row is
// read, or written, again, and the file and its hash are those of an export that nobody disturbed.
func TestKilledOnDatabase(t *testing.T) {
	db := dbtest.Open(t)
	const rows = 2400
	fillWith(t, db, rows, func(n int) *audit.Event {
		e := audittest.Sample(n)
		e.Description = strings.Repeat("x", 1000+n%7)
		return e
	})
	request := export.Request{Format: "csv", Timezone: "Europe/Lisbon", Filter: url.Values{"type": {"opportunity.*"}}}
	direct, err := newDatabase(t, db, jobs.Options{}, packsOf(db)).Direct(auditor, request)
	if err != nil {
		t.Fatal(err)
	}
	var undisturbed strings.Builder
	want, err := direct.Write(t.Context(), &undisturbed)
	if err != nil || want.Rows != rows {
		t.Fatalf("%+v, %v", want, err)
	}
	resumed := 0
	for lives := 1; ; lives++ {
		first := &mortal{DB: db, writes: lives, died: make(chan struct{})}
		e, died := dies(t, first, request)
		if !died {
			if lives < 7 {
				t.Errorf("it was done after %d writes; this test needs an export of several chunks", lives)
			}
			break
		}
		sizes, err := db.ChunkSizes(t.Context(), account, e.ID)
		if err != nil {
			t.Fatal(err)
		}
		log := &reads{Log: db}
		second := processOn(db, log, time.Hour)
		e = await(t, running(t, second), e.ID)
		if e.Status != jobs.Done || e.Summary != want {
			t.Errorf("killed after %d writes: %s %s, %+v, want %+v", lives, e.Status, e.Error, e.Summary, want)
		}
		if got := fileOf(t, second, e.ID); string(got) != undisturbed.String() {
			t.Errorf("killed after %d writes: the file has %d bytes and is another one", lives, len(got))
		}
		if len(sizes) > 0 {
			resumed++
			if at, err := positionOf(undisturbed.String(), sizes); err != nil || string(log.after[0].ID) != at {
				t.Errorf("killed after %d writes, with %d chunks: it goes on behind %q, and stood at %q: %v", lives, len(sizes), log.after[0].ID, at, err)
			}
		}
	}
	if resumed < 3 {
		t.Errorf("%d of the runs had something to go on from", resumed)
	}
}

// dies asks for an export and lets the process make it until it dies, which it may not: then the export is at its end.
func dies(t *testing.T, first *mortal, request export.Request) (e export.Export, died bool) {
	t.Helper()
	s := processOn(first, first.DB, 0)
	e, err := s.Request(t.Context(), auditor, request)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Runner.Run(ctx)
	}()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			if j, err := first.Job(ctx, account, e.ID); err == nil && j.Status.Final() {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	select {
	case <-first.died:
		died = true
	case <-done:
	}
	stop()
	<-ended
	<-done
	return e, died
}

// processOn is a service in a process of its own, whose clock is ahead. Its jobs have no heartbeat, which would be writes too.
func processOn(s jobs.Store, log audit.Log, ahead time.Duration) *export.Service {
	clock := func() time.Time { return time.Now().AddDate(10, 0, 0).Add(ahead) }
	runner := jobs.NewRunner(jobs.Options{Store: s, Clock: clock, Log: slog.New(slog.DiscardHandler), Beat: time.Hour})
	return export.NewService(export.Options{Log: log, Runner: runner, Recorder: audit.NewRecorder(clock, audit.NewIDSource(clock), testCatalog())})
}

// positionOf is the id of the last event of a CSV file's first chunks.
func positionOf(file string, sizes []int) (string, error) {
	end := 0
	for _, n := range sizes {
		end += n
	}
	rows := strings.Split(strings.TrimSuffix(file[:end], "\r\n"), "\r\n")
	last := rows[len(rows)-1]
	cells := strings.Split(last, ",")
	if len(cells) < 5 {
		return "", io.ErrUnexpectedEOF
	}
	return cells[len(cells)-4], nil // Event ID, Operation ID, Cause ID, Sequence
}
