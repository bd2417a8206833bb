-- Filters of the audit log under a name. shared is 1 for those that everybody of the account sees.

-- +goose Up

CREATE TABLE saved_views (
	account    {{.Text}} NOT NULL,
	id         {{.Text}} NOT NULL,
	owner      {{.Text}} NOT NULL,
	owner_name TEXT NOT NULL,
	name       TEXT NOT NULL,
	query      TEXT NOT NULL,
	shared     INTEGER NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	PRIMARY KEY (account, id)
){{.Clustered}};

{{wall "saved_views" "account"}}
