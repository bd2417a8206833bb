-- What the roles of an account may do, where it differs from the defaults. version counts the changes.

-- +goose Up

CREATE TABLE role_tables (
	account    {{.Text}} NOT NULL PRIMARY KEY,
	version    BIGINT NOT NULL,
	admin      TEXT NOT NULL,
	member     TEXT NOT NULL,
	changed_at BIGINT NOT NULL
){{.Clustered}};

{{wall "role_tables" "account"}}
