package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/backtrail/backtrail/errs"
)

func TestBrokenPromiseFailsTheBench(t *testing.T) {
	var out bytes.Buffer
	r := &benchReport{out: &out}
	bound(r, "time of the deletion", 2*time.Second, 15*time.Second, showDuration)
	if err := r.verdict(); err != nil {
		t.Fatalf("a promise that holds: %v", err)
	}
	bound(r, "peak memory of the export", 101_000_000, int64(maxExportMemory), showBytes)
	err := r.verdict()
	if errs.Of(err).Kind.Exit() != 1 || !strings.Contains(err.Error(), "peak memory of the export: 101 MB, promised are at most 100 MB") {
		t.Errorf("a broken promise gives %v", err)
	}
	if !strings.Contains(out.String(), "Measured: 101 MB. It is broken.") {
		t.Errorf("the report does not say it:\n%s", &out)
	}
}

func TestReportTable(t *testing.T) {
	var out bytes.Buffer
	r := &benchReport{out: &out}
	r.table([]string{"Filter", "p50", "p99"}, [][]string{{"user", "1 ms", "10 ms"}, {"no filter", "", "120 µs"}})
	want := `
| Filter    |  p50 |    p99 |
|-----------|-----:|-------:|
| user      | 1 ms |  10 ms |
| no filter |      | 120 µs |

`
	if got := "\n" + out.String(); got != want {
		t.Errorf("got%swant%s", got, want)
	}
}

func TestQuantile(t *testing.T) {
	var ds []time.Duration
	for i := range 200 {
		ds = append(ds, time.Duration(200-i))
	}
	for q, want := range map[float64]time.Duration{0: 1, 0.5: 101, 0.99: 199, 1: 200} {
		if got := quantile(ds, q); got != want {
			t.Errorf("quantile %v is %d, want %d", q, got, want)
		}
	}
	if got := quantile(nil, 0.5); got != 0 {
		t.Errorf("the quantile of nothing is %d", got)
	}
}

func TestShow(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "not known here", 400 * time.Nanosecond: "0 µs", 123456 * time.Nanosecond: "123 µs",
		1234567 * time.Nanosecond: "1.23 ms", 12 * time.Millisecond: "12.0 ms", 345 * time.Millisecond: "345 ms", 15 * time.Second: "15.00 s"} {
		if got := showDuration(d); got != want {
			t.Errorf("%d ns are shown as %q, want %q", d, got, want)
		}
	}
	if got := showPercent(1.234); got != "+23 %" {
		t.Errorf("a ratio of 1.234 is shown as %q", got)
	}
	if got := showBytes(99_900_000); got != "100 MB" {
		t.Errorf("got %q", got)
	}
}
