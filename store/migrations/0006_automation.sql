-- Workflows that run: how far the log of an account was followed, and what came of the events that triggered one.

-- +goose Up

CREATE TABLE automation_cursors (
	account  {{.Text}} NOT NULL PRIMARY KEY,
	seq      BIGINT NOT NULL,
	followed INTEGER NOT NULL
){{.Clustered}};

CREATE TABLE workflow_runs (
	account    {{.Text}} NOT NULL,
	id         {{.Text}} NOT NULL,
	workflow   {{.Text}} NOT NULL,
	event      {{.Text}} NOT NULL,
	status     {{.Text}} NOT NULL,
	due_at     BIGINT NOT NULL,
	claim      BIGINT NOT NULL,
	next       INTEGER NOT NULL,
	attempts   INTEGER NOT NULL,
	depth      INTEGER NOT NULL,
	started_at BIGINT NOT NULL,
	ended_at   BIGINT NOT NULL,
	name       TEXT NOT NULL,
	type       TEXT NOT NULL,
	subject    TEXT NOT NULL,
	object     TEXT NOT NULL,
	record_id  TEXT NOT NULL,
	record     TEXT NOT NULL,
	steps      TEXT NOT NULL,
	reason     TEXT NOT NULL,
	trail      TEXT NOT NULL,
	PRIMARY KEY (account, id)
);
-- An event begins a workflow once.
CREATE UNIQUE INDEX workflow_runs_event ON workflow_runs (account, workflow, event);
CREATE INDEX workflow_runs_workflow ON workflow_runs (account, workflow, id);
-- The runner looks across accounts for what is due.
CREATE INDEX workflow_runs_due ON workflow_runs (due_at) WHERE status IN ('running', 'waiting');

{{wall "automation_cursors" "account"}}
{{wall "workflow_runs" "account"}}
