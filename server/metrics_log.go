package server

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// logNumbers are the metrics of the log. The numbers are asked for once for each scrape.
type logNumbers struct {
	ask func(context.Context) (LogNumbers, error)
}

// logMetric is one of them.
type logMetric struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(LogNumbers) float64
}

func logMetricOf(kind prometheus.ValueType, name, help string, value func(LogNumbers) float64) logMetric {
	return logMetric{prometheus.NewDesc(name, help, nil, nil), kind, value}
}

var logMetrics = []logMetric{
	logMetricOf(prometheus.CounterValue, "backtrail_events_recorded_total", "Events that this process committed to the log.",
		func(n LogNumbers) float64 { return float64(n.Recorded) }),
	logMetricOf(prometheus.CounterValue, "backtrail_events_sealed_total", "Events that this process gave their place in the ledger.",
		func(n LogNumbers) float64 { return float64(n.Sealed) }),
	logMetricOf(prometheus.CounterValue, "backtrail_seal_failures_total", "Rounds of this process's sealer that failed.",
		func(n LogNumbers) float64 { return float64(n.SealFailures) }),
	logMetricOf(prometheus.GaugeValue, "backtrail_events_pending", "Events that wait for the sealer, whichever process recorded them.",
		func(n LogNumbers) float64 { return float64(n.Waiting) }),
	logMetricOf(prometheus.GaugeValue, "backtrail_events_pending_seconds", "How long the oldest event has waited for the sealer; 0 when none waits.",
		func(n LogNumbers) float64 { return ageSeconds(n.WaitingSince) }),
	logMetricOf(prometheus.GaugeValue, "backtrail_open_transaction_seconds", "How long the oldest transaction of the database server has been open that holds the sealer up; 0 on SQLite.",
		func(n LogNumbers) float64 { return n.OpenTransaction.Seconds() }),
}

func ageSeconds(since time.Time) float64 {
	if since.IsZero() {
		return 0
	}
	return max(0, time.Since(since).Seconds())
}

// Describe implements prometheus.Collector.
func (logNumbers) Describe(to chan<- *prometheus.Desc) {
	for _, m := range logMetrics {
		to <- m.desc
	}
}

// scrapeTimeout is how long a scrape waits for the database.
const scrapeTimeout = 5 * time.Second

// Collect implements prometheus.Collector. While the database does not answer, the metrics are not there: a zero would
// say that all is well.
func (l logNumbers) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	n, err := l.ask(ctx)
	for _, m := range logMetrics {
		if err != nil {
			to <- prometheus.NewInvalidMetric(m.desc, err)
			continue
		}
		to <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value(n))
	}
}
