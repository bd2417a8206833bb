package export_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/evidence"
	"github.com/backtrail/backtrail/export"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/jobs"
)

// BenchmarkDatabase measures whole exports of BACKTRAIL_BENCH_EVENTS events (100,000) in BACKTRAIL_BENCH_DIR, where
// they stay for the next run (a new folder when it is not set), and the most memory that the process ever held: for
// that, let the first run fill the folder and look at the second, one benchmark at a time.
func BenchmarkDatabase(b *testing.B) {
	s, events := benchDatabase(b)
	request := export.Request{Format: "csv", Timezone: "Europe/Lisbon", Filter: map[string][]string{"module": {"opportunities"}}}
	b.Run("direct", func(b *testing.B) {
		for b.Loop() {
			d, err := s.Direct(auditor, request)
			if err != nil {
				b.Fatal(err)
			}
			if sum, err := d.Write(b.Context(), io.Discard); err != nil || sum.Rows != int64(events) {
				b.Fatal(sum, err)
			}
		}
		measured(b, events)
	})
	b.Run("job", func(b *testing.B) {
		for b.Loop() {
			e, err := s.Request(b.Context(), auditor, request)
			if err != nil {
				b.Fatal(err)
			}
			if e = await(b, s, e.ID); e.Status != jobs.Done || e.Rows != int64(events) {
				b.Fatal(e.Status, e.Error)
			}
		}
		measured(b, events)
	})
}

// benchDatabase is a service on the database of the benchmarks, and the number of its opportunities' events.
func benchDatabase(b *testing.B) (s *export.Service, events int) {
	events, err := strconv.Atoi(os.Getenv("BACKTRAIL_BENCH_EVENTS"))
	if err != nil {
		events = 100_000
	}
	dir := os.Getenv("BACKTRAIL_BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	path := filepath.Join(dir, fmt.Sprintf("bench-%d.db", events))
	_, missing := os.Stat(path)
	db := dbtest.Reopen(b, path)
	if missing != nil {
		fill(b, db, events)
	}
	return database(b, db, jobs.Options{}), events
}

// BenchmarkPack measures evidence packs of the same events: making one at once, as a job, which checks it too, and the
// check alone, of a file. The key is another one in every run, so its folder cannot be used again: leave
// BACKTRAIL_BENCH_DIR unset, and look at MB-peak less what the filling took.
func BenchmarkPack(b *testing.B) {
	s, events := benchDatabase(b)
	for _, bb := range []struct {
		name    string
		request export.Request
	}{
		{"whole", export.Request{Format: "evidence", Complete: true, Filter: map[string][]string{"module": {"opportunities"}}}},
		{"withheld", export.Request{Format: "evidence", Complete: true, Withhold: []string{"email", "ip"}, Filter: map[string][]string{"module": {"opportunities"}}}},
		{"headers", export.Request{Format: "evidence", Complete: true, Filter: map[string][]string{"module": {"audit"}}}},
	} {
		b.Run(bb.name+"/direct", func(b *testing.B) {
			for b.Loop() {
				d, err := s.Direct(auditor, bb.request)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := d.Write(b.Context(), io.Discard); err != nil {
					b.Fatal(err)
				}
			}
			measured(b, events)
		})
		var pack []byte
		b.Run(bb.name+"/job", func(b *testing.B) {
			for b.Loop() {
				e, err := s.Request(b.Context(), auditor, bb.request)
				if err != nil {
					b.Fatal(err)
				}
				if e = await(b, s, e.ID); e.Status != jobs.Done {
					b.Fatal(e.Status, e.Error)
				}
				pack = fileOf(b, s, e.ID)
			}
			measured(b, events)
			b.ReportMetric(float64(len(pack))/float64(events), "B/row")
		})
		b.Run(bb.name+"/check", func(b *testing.B) {
			for b.Loop() {
				verified(b, pack, evidence.Options{Complete: true})
			}
			measured(b, events)
		})
	}
}

func measured(b *testing.B, events int) {
	b.ReportMetric(float64(b.N*events)/b.Elapsed().Seconds(), "rows/s")
	status, _ := os.ReadFile("/proc/self/status") // Linux
	if _, after, ok := strings.Cut(string(status), "VmHWM:"); ok {
		kB, _ := strconv.Atoi(strings.Fields(after)[0])
		b.ReportMetric(float64(kB)/1024, "MB-peak")
	}
}
