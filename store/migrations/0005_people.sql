-- People: invitations, links to a new password, the second factor, and sessions in which somebody acts as another.

-- +goose Up

-- The account whose link gave the person their password, empty for the operator or themselves.
ALTER TABLE people ADD COLUMN vouched_by {{.Text}} NOT NULL DEFAULT '';

ALTER TABLE sessions ADD COLUMN acting TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN acting_until BIGINT NOT NULL DEFAULT 0;
CREATE INDEX sessions_acting ON sessions (acting_until) WHERE acting_until > 0;

CREATE TABLE invitations (
	account     {{.Text}} NOT NULL,
	staff       {{.Text}} NOT NULL,
	email       {{.Text}} NOT NULL,
	secret_hash {{.Text}} NOT NULL,
	created_at  BIGINT NOT NULL,
	expires_at  BIGINT NOT NULL,
	accepted_at BIGINT NOT NULL,
	PRIMARY KEY (account, staff)
){{.Clustered}};

-- What follows belongs to people, and so to no account.
CREATE TABLE password_links (
	token_hash {{.Text}} NOT NULL PRIMARY KEY,
	person     {{.Text}} NOT NULL,
	vouched_by {{.Text}} NOT NULL,
	account    {{.Text}} NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
){{.Clustered}};
CREATE INDEX password_links_person ON password_links (person);
CREATE INDEX password_links_expiry ON password_links (expires_at);

CREATE TABLE second_factors (
	person     {{.Text}} NOT NULL PRIMARY KEY,
	secret     TEXT NOT NULL,
	recovery   TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	enabled_at BIGINT NOT NULL,
	last_step  BIGINT NOT NULL
){{.Clustered}};

-- Logins whose password was right and whose code is waited for.
CREATE TABLE second_steps (
	token_hash {{.Text}} NOT NULL PRIMARY KEY,
	person     {{.Text}} NOT NULL,
	expires_at BIGINT NOT NULL
){{.Clustered}};
CREATE INDEX second_steps_person ON second_steps (person);
CREATE INDEX second_steps_expiry ON second_steps (expires_at);

{{wall "invitations" "account"}}
