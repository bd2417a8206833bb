-- How many letters and tests the alerts of an account have sent in the hour or day, whatever became of the alerts; and the jobs that ended,
-- by when.

-- +goose Up

CREATE TABLE alert_limits (
	account {{.Text}} NOT NULL,
	what    {{.Text}} NOT NULL,
	since   BIGINT NOT NULL,
	spent   INTEGER NOT NULL,
	PRIMARY KEY (account, what)
){{.Clustered}};

{{wall "alert_limits" "account"}}

CREATE INDEX jobs_ended ON jobs (kind, finished_at) WHERE finished_at > 0;
