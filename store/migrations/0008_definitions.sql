-- What the administrators of an account defined: custom objects, and custom fields of built-in ones. The version of an
-- account's schema changes with each of its definitions; whoever writes records reads it first.

-- +goose Up

CREATE TABLE definitions (
	account {{.Text}} NOT NULL,
	object  {{.Text}} NOT NULL,
	version BIGINT NOT NULL,
	body    TEXT NOT NULL,
	PRIMARY KEY (account, object)
);

CREATE TABLE schemas (
	account {{.Text}} NOT NULL PRIMARY KEY,
	version {{.Text}} NOT NULL
){{.Clustered}};

{{wall "definitions" "account"}}
{{wall "schemas" "account"}}
