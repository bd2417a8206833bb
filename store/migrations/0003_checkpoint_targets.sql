-- Where an account's checkpoints are sent, when the next copy is due, and how the last deliveries went.

-- +goose Up

CREATE TABLE checkpoint_targets (
	account           {{.Text}} NOT NULL PRIMARY KEY,
	webhook           {{.Text}} NOT NULL,
	email             {{.Text}} NOT NULL,
	schedule          {{.Text}} NOT NULL,
	due_at            BIGINT NOT NULL,
	asked_at          BIGINT NOT NULL,
	webhook_sent_at   BIGINT NOT NULL,
	webhook_size      BIGINT NOT NULL,
	webhook_failed_at BIGINT NOT NULL,
	webhook_error     TEXT NOT NULL,
	email_sent_at     BIGINT NOT NULL,
	email_size        BIGINT NOT NULL,
	email_failed_at   BIGINT NOT NULL,
	email_error       TEXT NOT NULL
){{.Clustered}};
-- The scheduler looks across accounts for what is due.
CREATE INDEX checkpoint_targets_due ON checkpoint_targets (due_at) WHERE due_at > 0;

{{wall "checkpoint_targets" "account"}}
