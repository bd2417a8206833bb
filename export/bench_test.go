package export_test

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"testing"
	"time"

	"github.com/backtrail/backtrail/audit"
	"github.com/backtrail/backtrail/audit/audittest"
	"github.com/backtrail/backtrail/export"
	"github.com/backtrail/backtrail/sheet"
)

// BenchmarkRow measures the appender, from the stored bytes, against encoding/csv: from an event that was parsed before,
// and with the parsing. x-ours is the ratio of one run.
func BenchmarkRow(b *testing.B) {
	s := audittest.Stored(audittest.Sample(1), 1)
	var ours time.Duration
	b.Run("csv", func(b *testing.B) {
		enc, buf := sheet.NewCSV(zone(b, "Europe/Lisbon")), make([]byte, 0, 4096)
		b.ReportAllocs()
		for b.Loop() {
			var err error
			if buf, err = enc.Append(buf[:0], s); err != nil {
				b.Fatal(err)
			}
		}
		ours = b.Elapsed() / time.Duration(b.N)
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
	for name, parse := range map[string]bool{"encoding-csv": false, "parse-and-encoding-csv": true} {
		b.Run(name, func(b *testing.B) {
			w, loc := csv.NewWriter(io.Discard), zone(b, "Europe/Lisbon")
			e, err := s.Event()
			b.ReportAllocs()
			for b.Loop() {
				if parse {
					e, err = s.Event()
				}
				if err == nil {
					err = w.Write(row(e, s.Seq, loc))
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			if ours > 0 {
				b.ReportMetric(float64(b.Elapsed()/time.Duration(b.N))/float64(ours), "x-ours")
			}
		})
	}
	b.Run("jsonl", func(b *testing.B) {
		buf := make([]byte, 0, 4096)
		b.ReportAllocs()
		for b.Loop() {
			buf, _ = export.JSONL{}.Append(buf[:0], s)
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}

func row(e *audit.Event, seq int64, loc *time.Location) []string {
	changes, _ := json.Marshal(e.Changes)
	return []string{e.OccurredAt.In(loc).Format(time.RFC3339Nano), e.Actor.Name, string(e.Type), e.Description,
		e.Record.Name, e.Module, string(e.Action), string(e.Outcome), e.Record.Object, string(e.Record.ID),
		string(e.Actor.ID), string(e.Actor.Type), "", string(e.Channel), e.Context.IP, e.Context.UserAgent,
		string(changes), string(e.ID), string(e.Operation), string(e.Cause), strconv.FormatInt(seq, 10)}
}
