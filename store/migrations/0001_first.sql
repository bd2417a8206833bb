-- The first form of the database. One text for SQLite and PostgreSQL: what they say differently stands in braces.
-- Times are microseconds since 1970 in UTC; 0 in a column that may be empty.

-- +goose Up

CREATE TABLE accounts (
	id                  {{.Text}} NOT NULL PRIMARY KEY,
	name                {{.Text}} NOT NULL,
	timezone            {{.Text}} NOT NULL,
	restore_window_days INTEGER NOT NULL,
	retention_days      INTEGER NOT NULL,
	created_at          BIGINT NOT NULL
){{.Clustered}};

-- People and their sessions belong to no account.
CREATE TABLE people (
	id            {{.Text}} NOT NULL PRIMARY KEY,
	email         {{.Text}} NOT NULL UNIQUE,
	password_hash {{.Text}} NOT NULL,
	created_at    BIGINT NOT NULL
){{.Clustered}};

CREATE TABLE sessions (
	id            {{.Text}} NOT NULL PRIMARY KEY,
	token_hash    {{.Text}} NOT NULL UNIQUE,
	person        {{.Text}} NOT NULL,
	account       {{.Text}} NOT NULL,
	created_at    BIGINT NOT NULL,
	last_seen_at  BIGINT NOT NULL,
	expires_at    BIGINT NOT NULL,
	audit_seen_at BIGINT NOT NULL,
	audit_seen_in {{.Text}} NOT NULL,
	ip            {{.Text}} NOT NULL,
	user_agent    {{.Text}} NOT NULL
){{.Clustered}};
CREATE INDEX sessions_person ON sessions (person, last_seen_at);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE login_attempts (
	bucket   {{.Text}} NOT NULL PRIMARY KEY,
	failures INTEGER NOT NULL,
	since    BIGINT NOT NULL
){{.Clustered}};

CREATE TABLE api_keys (
	account       {{.Text}} NOT NULL,
	id            {{.Text}} NOT NULL,
	name          {{.Text}} NOT NULL,
	role          {{.Text}} NOT NULL,
	secret_hash   {{.Text}} NOT NULL,
	created_by    {{.Text}} NOT NULL,
	created_at    BIGINT NOT NULL,
	last_used_at  BIGINT NOT NULL,
	audit_seen_at BIGINT NOT NULL,
	revoked_at    BIGINT NOT NULL,
	PRIMARY KEY (account, id)
){{.Clustered}};

-- The log: events as they were committed, then as the sealer put them in their place. body holds the exact bytes.
-- The narrow columns that filters look at stand before the wide one.
CREATE TABLE pending (
	account     {{.Text}} NOT NULL,
	tx          BIGINT NOT NULL,
	id          {{.Text}} NOT NULL,
	occurred_at BIGINT NOT NULL,
	recorded_at BIGINT NOT NULL,
	actor       {{.Text}} NOT NULL,
	type        {{.Text}} NOT NULL,
	module      {{.Text}} NOT NULL,
	action      {{.Text}} NOT NULL,
	outcome     {{.Text}} NOT NULL,
	channel     {{.Text}} NOT NULL,
	object      {{.Text}} NOT NULL,
	record_id   {{.Text}} NOT NULL,
	operation   {{.Text}} NOT NULL,
	cause       {{.Text}} NOT NULL,
	undo_of     {{.Text}} NOT NULL,
	body        TEXT NOT NULL,
	PRIMARY KEY (account, tx, id)
);
CREATE UNIQUE INDEX pending_id ON pending (account, id);

CREATE TABLE events (
	account     {{.Text}} NOT NULL,
	seq         BIGINT NOT NULL,
	id          {{.Text}} NOT NULL,
	occurred_at BIGINT NOT NULL,
	recorded_at BIGINT NOT NULL,
	actor       {{.Text}} NOT NULL,
	type        {{.Text}} NOT NULL,
	module      {{.Text}} NOT NULL,
	action      {{.Text}} NOT NULL,
	outcome     {{.Text}} NOT NULL,
	channel     {{.Text}} NOT NULL,
	object      {{.Text}} NOT NULL,
	record_id   {{.Text}} NOT NULL,
	operation   {{.Text}} NOT NULL,
	cause       {{.Text}} NOT NULL,
	undo_of     {{.Text}} NOT NULL,
	body        TEXT NOT NULL,
	PRIMARY KEY (account, seq)
);
-- The log in its order, with what filters ask for, so that those that find little walk over short rows.
CREATE INDEX events_time ON events (account, occurred_at, id, seq, actor, type, module, action, outcome, channel, object);
CREATE INDEX events_record ON events (account, record_id, seq);
CREATE UNIQUE INDEX events_id ON events (account, id);
CREATE INDEX events_cause ON events (account, cause) WHERE cause <> '';

{{refuse "pending" "UPDATE" "an event that was committed cannot be changed"}}
{{refuse "events" "UPDATE" "a sealed event cannot be changed"}}
{{refuse "events" "DELETE" "a sealed event cannot be deleted"}}

CREATE TABLE heads (
	account {{.Text}} NOT NULL PRIMARY KEY,
	size    BIGINT NOT NULL
){{.Clustered}};

CREATE TABLE undone (
	account   {{.Text}} NOT NULL,
	event     {{.Text}} NOT NULL,
	undone_by {{.Text}} NOT NULL,
	PRIMARY KEY (account, event)
){{.Clustered}};

-- The records. beside holds the links and unique values of the record, so that they are found again without its schema.
CREATE TABLE records (
	account    {{.Text}} NOT NULL,
	object     {{.Text}} NOT NULL,
	id         {{.Text}} NOT NULL,
	version    BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	sort_name  {{.Text}} NOT NULL,
	name       {{.Text}} NOT NULL,
	search     {{.Text}} NOT NULL,
	fields     {{.JSON}} NOT NULL,
	beside     TEXT NOT NULL,
	PRIMARY KEY (account, object, id)
);

CREATE TABLE links (
	account {{.Text}} NOT NULL,
	target  {{.Text}} NOT NULL,
	object  {{.Text}} NOT NULL,
	field   {{.Text}} NOT NULL,
	id      {{.Text}} NOT NULL,
	PRIMARY KEY (account, target, object, field, id)
){{.Clustered}};

CREATE TABLE uniques (
	account {{.Text}} NOT NULL,
	object  {{.Text}} NOT NULL,
	field   {{.Text}} NOT NULL,
	within  {{.Text}} NOT NULL,
	value   {{.Text}} NOT NULL,
	id      {{.Text}} NOT NULL,
	PRIMARY KEY (account, object, field, within, value)
){{.Clustered}};
-- A login knows an email and no account.
CREATE INDEX uniques_staff_email ON uniques (value) WHERE object = 'staff' AND field = 'email';

CREATE TABLE secrets (
	account {{.Text}} NOT NULL,
	object  {{.Text}} NOT NULL,
	id      {{.Text}} NOT NULL,
	field   {{.Text}} NOT NULL,
	value   {{.Text}} NOT NULL,
	PRIMARY KEY (account, object, id, field)
){{.Clustered}};

CREATE TABLE jobs (
	account      {{.Text}} NOT NULL,
	id           {{.Text}} NOT NULL,
	kind         {{.Text}} NOT NULL,
	status       {{.Text}} NOT NULL,
	requested_by {{.Text}} NOT NULL,
	payload      TEXT NOT NULL,
	state        TEXT NOT NULL,
	result       TEXT NOT NULL,
	error        TEXT NOT NULL,
	done         BIGINT NOT NULL,
	total        BIGINT NOT NULL,
	created_at   BIGINT NOT NULL,
	started_at   BIGINT NOT NULL,
	finished_at  BIGINT NOT NULL,
	heartbeat    BIGINT NOT NULL,
	expires_at   BIGINT NOT NULL,
	has_file     INTEGER NOT NULL,
	attempts     INTEGER NOT NULL,
	claim        BIGINT NOT NULL,
	PRIMARY KEY (account, id)
);
-- The runner looks across accounts for work, and for files that are due.
CREATE INDEX jobs_waiting ON jobs (id) WHERE status IN ('queued', 'running');
CREATE INDEX jobs_expiry ON jobs (expires_at) WHERE has_file = 1 AND expires_at > 0;

CREATE TABLE job_chunks (
	account {{.Text}} NOT NULL,
	job     {{.Text}} NOT NULL,
	n       INTEGER NOT NULL,
	size    BIGINT NOT NULL,
	data    {{.Blob}} NOT NULL,
	PRIMARY KEY (account, job, n)
);
