package export_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
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
	"github.com/backtrail/backtrail/jobs"
	"github.com/backtrail/backtrail/jobs/jobstest"
	"github.com/backtrail/backtrail/sheet"
)

// office is a service with its surroundings in memory.
type office struct {
	*export.Service
	log    *memory
	store  *jobstest.Store
	runner *jobs.Runner
}

var catalogRows = []audit.EventType{
	{Type: "opportunity.stage_changed", Module: "opportunities", Action: audit.Updated},
	{Type: "audit.export_requested", Module: "audit", Action: audit.Executed, Template: "Asked for an export of the audit log as {note}"},
	{Type: "audit.export_retried", Module: "audit", Action: audit.Executed, Template: "Tried an export of the audit log as {note} again"},
	{Type: "audit.export_completed", Module: "audit", Action: audit.Executed, Template: "The export of the audit log {note}"},
	{Type: "audit.export_downloaded", Module: "audit", Action: audit.Accessed, Template: "Downloaded an export of the audit log {note}"},
}

func newOffice(t *testing.T, events int) *office {
	t.Helper()
	o := &office{log: &memory{sealed: events / 2}, store: jobstest.New()}
	for n := range events {
		o.log.events = append(o.log.events, audittest.Sample(n))
	}
	o.process()
	return o
}

// testCatalog is the catalog of the rows above.
var testCatalog = sync.OnceValue(func() *audit.Catalog {
	catalog, err := audit.NewCatalog([]audit.Module{{Key: "opportunities"}, {Key: "audit"}}, catalogRows)
	if err != nil {
		panic(err)
	}
	return catalog
})

// process replaces the runner and the service by those of another process on the same database.
func (o *office) process() {
	// The samples are of 2026; so is the clock, whatever synctest or the machine says.
	started := time.Now()
	clock := func() time.Time { return time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC).Add(time.Since(started)) }
	o.runner = jobs.NewRunner(jobs.Options{Store: o.store, Clock: clock, Log: slog.New(slog.DiscardHandler)})
	o.Service = export.NewService(export.Options{Log: o.log, Runner: o.runner,
		Recorder: audit.NewRecorder(clock, audit.NewIDSource(clock), testCatalog())})
}

func (o *office) start() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		o.runner.Run(ctx)
	}()
	return func() {
		cancel()
		<-ended
	}
}

func (o *office) told() (told []string) {
	for _, e := range o.store.Events {
		told = append(told, string(e.Type)+" "+string(e.Outcome)+": "+e.Description)
	}
	return told
}

func caller(permissions ...audit.Permission) audit.Caller {
	c := audit.Caller{Origin: audit.Origin{Account: account, Channel: audit.Web,
		Actor: audit.Actor{Type: audit.User, ID: "u1", Name: "Ana Silva"}}, Permissions: map[audit.Permission]bool{}}
	for _, p := range permissions {
		c.Permissions[p] = true
	}
	return c
}

var auditor = caller(audit.AuditRead, audit.AuditExport)

func (o *office) read(t *testing.T, id jobs.ID) string {
	t.Helper()
	_, f, err := o.Open(t.Context(), auditor, id)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (o *office) get(t *testing.T, id jobs.ID) export.Export {
	t.Helper()
	e, err := o.Get(t.Context(), auditor, id)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// want is the file of an export of the events from number from down to number to, in the office's log.
func (o *office) want(t *testing.T, enc export.Encoder, from, to int) string {
	t.Helper()
	var events []audit.Stored
	for n := from; n >= to; n-- {
		seq := int64(n + 1)
		if n >= o.log.sealed {
			seq = 0
		}
		events = append(events, audittest.Stored(o.log.events[n], seq))
	}
	return string(encode(t, enc, events...))
}

func TestExportJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 5000)
		defer o.start()()
		e, err := o.Request(t.Context(), auditor, export.Request{Format: "csv", Timezone: "Europe/Lisbon",
			Filter: url.Values{"type": {"opportunity.*"}, "from": {"2026-03-01"}, "to": {"2026-03-01T10:30:00Z"}, "user": {""}}})
		if err != nil {
			t.Fatal(err)
		}
		if e.Status != jobs.Queued || e.RequestedBy.Name != "Ana Silva" {
			t.Errorf("export = %+v", e)
		}
		synctest.Wait()
		e = o.get(t, e.ID)
		want := o.want(t, sheet.NewCSV(zone(t, "Europe/Lisbon")), 3599, 0)
		sum := sha256.Sum256([]byte(want))
		if diff := cmp.Diff(export.Summary{Rows: 3600, Bytes: int64(len(want)), SHA256: hex.EncodeToString(sum[:])}, e.Summary); diff != "" {
			t.Error(diff)
		}
		if e.Status != jobs.Done || e.Progress != (jobs.Progress{Done: 3600, Total: 3600}) || !e.ExpiresAt.Equal(e.FinishedAt.Add(30*24*time.Hour)) {
			t.Errorf("export = %+v", e)
		}
		if got := o.read(t, e.ID); got != want {
			t.Errorf("the file has %d bytes, want %d", len(got), len(want))
		}
		if diff := cmp.Diff([]string{
			"audit.export_requested success: Asked for an export of the audit log as CSV: from=2026-03-01T00:00:00.000000Z, to=2026-03-01T10:30:00.000000Z, type=opportunity.*",
			"audit.export_completed success: The export of the audit log is complete with 3,600 rows",
			"audit.export_downloaded success: Downloaded an export of the audit log with 3,600 rows as CSV",
		}, o.told()); diff != "" {
			t.Error(diff)
		}
		first := o.store.Events[0]
		for _, later := range o.store.Events[1:] {
			if later.Cause != first.ID || later.Record.ID != audit.RecordID(e.ID) || later.Actor.ID != "u1" {
				t.Errorf("event = %s", later.Body)
			}
		}
		if body := string(o.store.Events[1].Body); !strings.Contains(body, e.SHA256) || !strings.Contains(body, `"after":"3600"`) {
			t.Errorf("the completion does not say rows and hash: %s", body)
		}
		if list, err := o.List(t.Context(), auditor, "", 10); err != nil || len(list) != 1 || list[0].ID != e.ID {
			t.Errorf("List = %v %v", list, err)
		}
	})
}

// TestQuestionsOfAnExport holds in place that the days of a question are those of the account that asked, whatever zone
// the job reads it in.
func TestQuestionsOfAnExport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 5000)
		defer o.start()()
		e, err := o.Request(t.Context(), auditor, export.Request{Format: "csv", Zone: zone(t, "Asia/Tokyo"),
			Filter: url.Values{"q": {"Type:opportunity.* at:..2026-03-01T19:29:59"}}})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if e = o.get(t, e.ID); e.Status != jobs.Done || e.Rows != 3600 {
			t.Errorf("export = %+v", e)
		}
		if told := o.told()[0]; !strings.Contains(told, "q=type:opportunity.* at:..2026-03-01T10:29") {
			t.Error(told)
		}
	})
}

func TestEmptyExport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 0)
		defer o.start()()
		for format, want := range map[string]string{"csv": sheet.Header + "\r\n", "jsonl": ""} {
			e, err := o.Request(t.Context(), auditor, export.Request{Format: format})
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if e = o.get(t, e.ID); e.Status != jobs.Done || e.Bytes != int64(len(want)) || e.Rows != 0 || e.Timezone != "UTC" {
				t.Errorf("export = %+v", e)
			}
			if got := o.read(t, e.ID); got != want {
				t.Errorf("file = %q", got)
			}
		}
	})
}

// TestExportGoesOn interrupts an export at each of its pages in turn, by a stop and by a crash; the file is the same.
func TestExportGoesOn(t *testing.T) {
	for name, crash := range map[string]bool{"after a stop": false, "after a crash": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t, 6000)
				for n, e := range o.log.events { // so that there are several chunks
					e.Description = strings.Repeat("x", 1000+n%7)
				}
				if crash { // what the process that died had written stays; what it would write is refused
					o.log.onPage = func(page int, _ audit.Query) {
						if page == 4 {
							at := jobstest.Place{Account: account, ID: one(o.store).ID}
							j := o.store.Rows[at]
							j.Claim, j.Heartbeat = j.Claim+1, time.Time{}
							o.store.Rows[at] = j
						}
					}
				}
				stop := o.start()
				if !crash {
					o.log.onPage = func(page int, _ audit.Query) {
						if page == 4 {
							go stop()
							synctest.Wait()
						}
					}
				}
				e, err := o.Request(t.Context(), auditor, export.Request{Format: "jsonl"})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Second)
				synctest.Wait()
				if !crash {
					if j := one(o.store); j.Status != jobs.Queued || j.State == nil || j.Done == 0 {
						t.Fatalf("after the stop: %+v", j)
					}
					o.log.onPage = func(_ int, q audit.Query) {
						if q.After.IsZero() {
							t.Error("it began anew")
						}
					}
					o.process()
					stop = o.start()
					synctest.Wait()
				}
				defer stop()
				synctest.Wait()
				if e = o.get(t, e.ID); e.Status != jobs.Done || e.Rows != 6000 {
					t.Fatalf("export = %+v, %s", e, e.Error)
				}
				got := o.read(t, e.ID)
				if got != o.want(t, export.JSONL{}, 5999, 0) {
					t.Errorf("the file has %d bytes and is another one", len(got))
				}
				if sum := sha256.Sum256([]byte(got)); hex.EncodeToString(sum[:]) != e.SHA256 {
					t.Error("the hash is another one")
				}
			})
		})
	}
}

func one(s *jobstest.Store) jobs.Job {
	s.Mu.Lock()
	defer s.Mu.Unlock()
	for _, j := range s.Rows {
		return j
	}
	return jobs.Job{}
}

func TestExportFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 10)
		o.log.fails = func(int) error { return errors.New("disk") }
		defer o.start()()
		e, err := o.Request(t.Context(), auditor, export.Request{Format: "csv"})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		const reason = "It was tried 3 times. Something went wrong on our side."
		if e = o.get(t, e.ID); e.Status != jobs.Failed || e.Error != reason || e.HasFile {
			t.Errorf("export = %+v", e)
		}
		if told := o.told(); len(told) != 2 || told[1] != "audit.export_completed failed: The export of the audit log failed after 0 rows: "+reason {
			t.Errorf("events = %q", told)
		}
		if _, _, err := o.Open(t.Context(), auditor, e.ID); errs.Code(err) != "no_file" {
			t.Errorf("Open: %v", err)
		}
	})
}

func TestDeleteExport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 10)
		e, err := o.Request(t.Context(), auditor, export.Request{Format: "csv"})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := o.Open(t.Context(), auditor, e.ID); errs.Code(err) != "not_ready" {
			t.Errorf("Open before its time: %v", err)
		}
		for range 2 {
			if err := o.Delete(t.Context(), auditor, e.ID); err != nil {
				t.Fatal(err)
			}
		}
		defer o.start()()
		synctest.Wait()
		if e = o.get(t, e.ID); e.Status != jobs.Cancelled {
			t.Errorf("status = %s", e.Status)
		}
		if told := o.told(); len(told) != 2 || !strings.HasSuffix(told[1], "was cancelled after 0 rows") {
			t.Errorf("events = %q", told)
		}

		if e, err = o.Request(t.Context(), auditor, export.Request{Format: "csv"}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := o.Delete(t.Context(), auditor, e.ID); err != nil {
			t.Fatal(err)
		}
		if _, _, err := o.Open(t.Context(), auditor, e.ID); !errs.Is(err, errs.Gone) {
			t.Errorf("Open after Delete: %v", err)
		}
		if e = o.get(t, e.ID); e.Status != jobs.Done || e.HasFile {
			t.Errorf("export = %+v", e)
		}
	})
}

// TestCountingDoesNotHoldUp: a count that does not end is given up when the export is done.
func TestCountingDoesNotHoldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 100)
		o.Count = func(ctx context.Context, _ audit.AccountID, _ audit.Filter) (int64, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		}
		defer o.start()()
		e, err := o.Request(t.Context(), auditor, export.Request{Format: "csv"})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if e = o.get(t, e.ID); e.Status != jobs.Done || e.Progress.Total != 100 {
			t.Errorf("export = %+v", e)
		}
	})
}

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 300)
		o.Count = func(context.Context, audit.AccountID, audit.Filter) (int64, error) { return 301, nil }
		var seen []jobs.Progress
		o.log.onPage = func(int, audit.Query) {
			time.Sleep(time.Second)
			seen = append(seen, o.get(t, one(o.store).ID).Progress)
		}
		defer o.start()()
		e, err := o.Request(t.Context(), auditor, export.Request{Format: "csv"})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if diff := cmp.Diff([]jobs.Progress{{Done: 0, Total: 301}, {Done: 64, Total: 301}}, seen); diff != "" {
			t.Error(diff)
		}
		if e = o.get(t, e.ID); e.Progress != (jobs.Progress{Done: 300, Total: 300}) {
			t.Errorf("at the end: %v", e.Progress)
		}
	})
}

func TestBadRequests(t *testing.T) {
	o := newOffice(t, 1)
	for name, test := range map[string]struct {
		r     export.Request
		field string
	}{
		"no format":        {export.Request{}, "format"},
		"no ledger":        {export.Request{Format: "evidence"}, "format"},
		"unknown format":   {export.Request{Format: "xml"}, "format"},
		"withheld columns": {export.Request{Format: "csv", Withhold: []string{"email"}}, "withhold"},
		"complete lines":   {export.Request{Format: "jsonl", Complete: true}, "complete"},
		"bad UTF-8":        {export.Request{Format: "\xff"}, "format"},
		"zone":             {export.Request{Format: "csv", Timezone: "Lisbon"}, "timezone"},
		"zone of the host": {export.Request{Format: "csv", Timezone: "Local"}, "timezone"},
		"zone as a path":   {export.Request{Format: "csv", Timezone: "../../etc/passwd"}, "timezone"},
		"unknown filter":   {export.Request{Format: "csv", Filter: url.Values{"colour": {"red"}}}, "colour"},
		"cursor":           {export.Request{Format: "csv", Filter: url.Values{"cursor": {"x"}}}, "cursor"},
		"nonsense date":    {export.Request{Format: "csv", Filter: url.Values{"from": {"2026-02-30"}}}, "from"},
		"question":         {export.Request{Format: "csv", Filter: url.Values{"q": {"a usr:b"}}}, "q"},
		"long question":    {export.Request{Format: "csv", Zone: zone(t, "Asia/Tokyo"), Filter: url.Values{"q": {"at:" + strings.Repeat("2026,", 99) + "2026"}}}, "q"},
		"module":           {export.Request{Format: "csv", Filter: url.Values{"module": {"kitchen"}}}, "module"},
	} {
		_, err := o.Request(t.Context(), auditor, test.r)
		if e := errs.Of(err); !errs.Is(err, errs.Invalid) || len(e.Fields) != 1 || e.Fields[0].Field != test.field {
			t.Errorf("%s: %v", name, err)
		}
		if _, direct := o.Direct(auditor, test.r); !errs.Is(direct, errs.Invalid) {
			t.Errorf("%s at once: %v", name, direct)
		}
	}
	if _, err := o.Request(t.Context(), auditor, export.Request{Format: "xml"}); !strings.Contains(err.Error(), "csv, jsonl, evidence") {
		t.Errorf("the formats are not named: %v", err)
	}
	if len(o.store.Events) != 0 || len(o.store.Rows) != 0 {
		t.Error("a refused request left something behind")
	}
}

func TestWhoMayExport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1)
		stop := o.start()
		e, err := o.Request(t.Context(), auditor, export.Request{Format: "csv"})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		stop()
		calls := map[string]func(audit.Caller) error{
			"Request": func(c audit.Caller) error {
				_, err := o.Request(t.Context(), c, export.Request{Format: "csv"})
				return err
			},
			"List":   func(c audit.Caller) error { _, err := o.List(t.Context(), c, "", 10); return err },
			"Get":    func(c audit.Caller) error { _, err := o.Get(t.Context(), c, e.ID); return err },
			"Open":   func(c audit.Caller) error { _, _, err := o.Open(t.Context(), c, e.ID); return err },
			"Delete": func(c audit.Caller) error { return o.Delete(t.Context(), c, e.ID) },
			"Retry":  func(c audit.Caller) error { _, err := o.Retry(t.Context(), c, e.ID); return err },
			"Anew":   func(c audit.Caller) error { _, err := o.Anew(t.Context(), c, e.ID); return err },
			"Direct": func(c audit.Caller) error { _, err := o.Direct(c, export.Request{Format: "csv"}); return err },
		}
		foreigner := auditor
		foreigner.Account = "00000000-0000-7000-8000-00000000000b"
		for name, call := range calls {
			for missing, c := range map[string]audit.Caller{
				"audit.read":   caller(audit.AuditExport, audit.AuditReadOwn),
				"audit.export": caller(audit.AuditRead, audit.AuditManage),
			} {
				if err := call(c); !errs.Is(err, errs.Forbidden) || errs.Of(err).Permission != missing {
					t.Errorf("%s without %s: %v", name, missing, err)
				}
			}
			if strings.Contains("Get Open Delete Retry Anew", name) {
				if err := call(foreigner); !errs.Is(err, errs.NotFound) {
					t.Errorf("%s from another account: %v", name, err)
				}
			}
		}
		if list, err := o.List(t.Context(), foreigner, "", 10); err != nil || len(list) != 0 {
			t.Errorf("another account lists %v %v", list, err)
		}
	})
}

// wire is a reader of an export at once: it looks at what is recorded when a byte arrives, and may go away.
type wire struct {
	bytes.Buffer
	office  *office
	atFirst []string
	most    int
}

func (w *wire) Write(b []byte) (int, error) {
	if w.Len() == 0 {
		w.atFirst = w.office.told()
	}
	if w.most > 0 && w.Len()+len(b) > w.most {
		return 0, io.ErrClosedPipe
	}
	return w.Buffer.Write(b)
}

func TestDirect(t *testing.T) {
	o := newOffice(t, 500)
	d, err := o.Direct(auditor, export.Request{Format: "csv"})
	if err != nil {
		t.Fatal(err)
	}
	for rows, want := range map[int]bool{499: false, 500: true, 10_000: true} {
		if fits, err := d.Fits(t.Context(), rows); err != nil || fits != want {
			t.Errorf("Fits(%d) = %v %v", rows, fits, err)
		}
	}
	if len(o.store.Events) != 0 {
		t.Errorf("recorded before it is written: %q", o.told())
	}
	w := &wire{office: o}
	sum, err := d.Write(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	want := o.want(t, sheet.NewCSV(time.UTC), 499, 0)
	hash := sha256.Sum256([]byte(want))
	if w.String() != want || sum != (export.Summary{Rows: 500, Bytes: int64(len(want)), SHA256: hex.EncodeToString(hash[:])}) {
		t.Errorf("%d bytes, %+v", w.Len(), sum)
	}
	before := []string{
		"audit.export_requested success: Asked for an export of the audit log as CSV",
		"audit.export_downloaded success: Downloaded an export of the audit log at once as CSV",
	}
	if diff := cmp.Diff(before, sorted(w.atFirst)); diff != "" {
		t.Errorf("recorded when the first byte left: %s", diff)
	}
	if told := o.told(); len(told) != 3 || told[2] != "audit.export_completed success: The export of the audit log is complete with 500 rows" {
		t.Errorf("events = %q", told)
	}
	if d.FileName() != "audit-log-2026-07-01-000000.csv" {
		t.Errorf("file name = %s", d.FileName())
	}
}

// sorted puts the leading event of an operation first, as the ledger does.
func sorted(told []string) []string {
	if len(told) == 2 && strings.HasPrefix(told[0], "audit.export_downloaded") {
		told[0], told[1] = told[1], told[0]
	}
	return told
}

func TestDirectBreaksOff(t *testing.T) {
	o := newOffice(t, 2000)
	d, err := o.Direct(auditor, export.Request{Format: "jsonl"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w := &wire{office: o, most: 200 << 10}
	o.log.onPage = func(page int, _ audit.Query) {
		if page > 2 {
			cancel() // as net/http does when the reader goes away
		}
	}
	if _, err := d.Write(ctx, w); err == nil {
		t.Fatal("no error")
	}
	told := o.told()
	if last := told[len(told)-1]; len(told) != 3 || !strings.HasPrefix(last, "audit.export_completed failed: The export of the audit log broke off after ") {
		t.Errorf("events = %q", told)
	}
}

// TestNoEventNoByte: when the log cannot be written, nothing leaves.
func TestNoEventNoByte(t *testing.T) {
	o := newOffice(t, 10)
	d, err := o.Direct(auditor, export.Request{Format: "csv"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := &wire{office: o}
	if _, err := d.Write(ctx, w); err == nil || w.Len() > 0 || len(o.store.Events) > 0 {
		t.Errorf("%d bytes, %d events, %v", w.Len(), len(o.store.Events), err)
	}
}
