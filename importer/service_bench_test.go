package importer_test

import (
	"testing"
	"time"

	"github.com/backtrail/backtrail/importer"
)

// BenchmarkImport imports the real files on SQLite: rows a second, beside the time of a whole import.
func BenchmarkImport(b *testing.B) {
	bench := func(name, file string, r importer.Request, prepare func(*world)) {
		b.Run(name, func(b *testing.B) {
			rows, took := 0, time.Duration(0)
			for b.Loop() {
				b.StopTimer()
				w := newWorld(b)
				prepare(w)
				b.StartTimer()
				start := time.Now()
				res, _ := w.real(r, file)
				took += time.Since(start)
				rows += res.Rows
			}
			b.ReportMetric(float64(rows)/took.Seconds(), "rows/s")
		})
	}
	bench("pipeline", "crm-sales/sales_pipeline.csv", pipelineFile, func(w *world) {
		w.real(accounts, "crm-sales/accounts.csv")
		w.pipeline("Sales", "Prospecting", "Engaging", "Won", "Lost")
	})
	bench("customers", "customers-10000.csv", customersFile, func(*world) {})
	again := customersFile
	again.MatchOn, again.LeaveEmpty = "email", true
	bench("unchanged", "customers-10000.csv", again, func(w *world) { w.real(again, "customers-10000.csv") })
}
