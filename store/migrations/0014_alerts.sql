-- Alerts on the audit log, and how far the log of an account was followed for them. state is JSON: what an alert has counted and
-- has yet to say.

-- +goose Up

CREATE TABLE alert_cursors (
	account  {{.Text}} NOT NULL PRIMARY KEY,
	seq      BIGINT NOT NULL,
	followed INTEGER NOT NULL
){{.Clustered}};
CREATE INDEX alert_cursors_followed ON alert_cursors (account) WHERE followed = 1;

CREATE TABLE alerts (
	account    {{.Text}} NOT NULL,
	id         {{.Text}} NOT NULL,
	name       TEXT NOT NULL,
	query      TEXT NOT NULL,
	number     INTEGER NOT NULL,
	minutes    INTEGER NOT NULL,
	per        TEXT NOT NULL,
	digest     TEXT NOT NULL,
	recipients TEXT NOT NULL,
	webhook    TEXT NOT NULL,
	secret     TEXT NOT NULL,
	enabled    INTEGER NOT NULL,
	paused     TEXT NOT NULL,
	owner_type TEXT NOT NULL,
	owner      {{.Text}} NOT NULL,
	owner_name TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	since      BIGINT NOT NULL,
	state      TEXT NOT NULL,
	due_at     BIGINT NOT NULL,
	fired_at   BIGINT NOT NULL,
	fired      {{.Text}} NOT NULL,
	sent_at    BIGINT NOT NULL,
	failed_at  BIGINT NOT NULL,
	problem    TEXT NOT NULL,
	tested_at  BIGINT NOT NULL,
	PRIMARY KEY (account, id)
){{.Clustered}};
-- Servers look across accounts for what is due.
CREATE INDEX alerts_due ON alerts (due_at) WHERE due_at > 0;

{{wall "alert_cursors" "account"}}
{{wall "alerts" "account"}}
