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
	logMetricOf(prometheus.GaugeValue, "backtrail_ledger_refused", "Accounts whose ledger this process's sealer refuses to go on with; the log says why.",
		func(n LogNumbers) float64 { return float64(n.Refused) }),
	logMetricOf(prometheus.CounterValue, "backtrail_checkpoints_published_total", "Checkpoints that this process wrote to its folder.",
		func(n LogNumbers) float64 { return float64(n.Published) }),
	logMetricOf(prometheus.CounterValue, "backtrail_checkpoints_failed_total", "Attempts of this process to write a checkpoint to its folder that failed.",
		func(n LogNumbers) float64 { return float64(n.PublishFailures) }),
	logMetricOf(prometheus.GaugeValue, "backtrail_checkpoint_oldest_unpublished_seconds", "How long the oldest checkpoint has waited that could not be written to the folder; 0 for none.",
		func(n LogNumbers) float64 { return n.PublishLate.Seconds() }),
	logMetricOf(prometheus.GaugeValue, "backtrail_checkpoint_published_timestamp_seconds", "When this process last wrote a checkpoint to its folder, in seconds since 1970; 0 for never.",
		func(n LogNumbers) float64 { return unixSeconds(n.PublishedAt) }),
	logMetricOf(prometheus.CounterValue, "backtrail_checkpoint_deliveries_failed_total", "Copies of checkpoints to webhooks and emails that this process gave up.",
		func(n LogNumbers) float64 { return float64(n.DeliveryFailures) }),

	logMetricOf(prometheus.GaugeValue, "backtrail_workflow_events_behind", "Sealed events, of accounts with workflows, that no server has looked at yet.",
		func(n LogNumbers) float64 { return float64(n.Unfollowed) }),
	logMetricOf(prometheus.GaugeValue, "backtrail_workflow_lag_seconds", "How long ago the oldest of these events was recorded; 0 when there is none.",
		func(n LogNumbers) float64 { return ageSeconds(n.UnfollowedSince) }),
	logMetricOf(prometheus.GaugeValue, "backtrail_workflow_runs_due", "Runs of workflows whose next step is due.",
		func(n LogNumbers) float64 { return float64(n.RunsDue) }),
	logMetricOf(prometheus.GaugeValue, "backtrail_workflow_runs_due_seconds", "For how long the first of these steps has been due; 0 when none is.",
		func(n LogNumbers) float64 { return ageSeconds(n.RunsDueSince) }),
	logMetricOf(prometheus.CounterValue, "backtrail_workflow_runs_done_total", "Runs of workflows that this process ended with their last step.",
		func(n LogNumbers) float64 { return float64(n.RunsDone) }),
	logMetricOf(prometheus.CounterValue, "backtrail_workflow_runs_failed_total", "Runs of workflows that failed in this process; the log of the account says why.",
		func(n LogNumbers) float64 { return float64(n.RunsFailed) }),
	logMetricOf(prometheus.CounterValue, "backtrail_workflow_runs_stopped_total", "Runs of workflows that this process stopped because they came too late.",
		func(n LogNumbers) float64 { return float64(n.RunsStopped) }),
	logMetricOf(prometheus.CounterValue, "backtrail_workflow_steps_retried_total", "Steps of workflows that did not work in this process and are tried again.",
		func(n LogNumbers) float64 { return float64(n.StepsRetried) }),

	logMetricOf(prometheus.CounterValue, "backtrail_alerts_fired_total", "Times that an alert on a log fired in this process.",
		func(n LogNumbers) float64 { return float64(n.AlertsFired) }),
	logMetricOf(prometheus.CounterValue, "backtrail_alert_deliveries_failed_total", "Messages of alerts that this process gave up; the log of the account says why.",
		func(n LogNumbers) float64 { return float64(n.AlertsUndelivered) }),
	logMetricOf(prometheus.GaugeValue, "backtrail_alert_events_behind", "Sealed events, of accounts with alerts that are on, that no server has looked at yet.",
		func(n LogNumbers) float64 { return float64(n.Unwatched) }),
	logMetricOf(prometheus.GaugeValue, "backtrail_alert_lag_seconds", "How long ago the oldest of these events was recorded; 0 when there is none.",
		func(n LogNumbers) float64 { return ageSeconds(n.UnwatchedSince) }),
}

func unixSeconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
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
