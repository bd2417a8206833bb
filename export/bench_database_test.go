package export_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/backtrail/backtrail/export"
	"github.com/backtrail/backtrail/internal/dbtest"
	"github.com/backtrail/backtrail/jobs"
)

// BenchmarkDatabase measures whole exports of BACKTRAIL_BENCH_EVENTS events (100,000) in BACKTRAIL_BENCH_DIR, where
// they stay for the next run (a new folder when it is not set), and the most memory that the process ever held: for
// that, let the first run fill the folder and look at the second, one benchmark at a time.
func BenchmarkDatabase(b *testing.B) {
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
	s := database(b, db, jobs.Options{})
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

func measured(b *testing.B, events int) {
	b.ReportMetric(float64(b.N*events)/b.Elapsed().Seconds(), "rows/s")
	status, _ := os.ReadFile("/proc/self/status") // Linux
	if _, after, ok := strings.Cut(string(status), "VmHWM:"); ok {
		kB, _ := strconv.Atoi(strings.Fields(after)[0])
		b.ReportMetric(float64(kB)/1024, "MB-peak")
	}
}
