-- The ledger: a Merkle tree for each account, over the events in the order of their seq. Every event gets a salt, of
-- which its leaf is made (docs/ledger.md). On PostgreSQL each table of accounts gets its policy.

-- +goose Up

ALTER TABLE pending ADD COLUMN salt {{.Blob}} NOT NULL DEFAULT {{.NoBytes}};
ALTER TABLE events ADD COLUMN salt {{.Blob}} NOT NULL DEFAULT {{.NoBytes}};

-- Events that were sealed before there was a ledger wait again, in their order, and are sealed into it from the first.
-- The numbers of their transactions are below all others.
{{permit "pending" "UPDATE"}}
UPDATE pending SET salt = {{.RandomSalt}};
{{refuse "pending" "UPDATE" "an event that was committed cannot be changed"}}
{{permit "events" "DELETE"}}
INSERT INTO pending (account, tx, id, occurred_at, recorded_at, actor, type, module, action, outcome, channel, object, record_id, operation, cause, undo_of, body, salt)
	SELECT account, seq - 1000000000000000, id, occurred_at, recorded_at, actor, type, module, action, outcome, channel, object, record_id, operation, cause, undo_of, body, {{.RandomSalt}} FROM events;
DELETE FROM events;
{{refuse "events" "DELETE" "a sealed event cannot be deleted"}}
{{keep "pending" "events" "an event that was committed can only be sealed" "account" "id" "body" "salt"}}

-- The head of an account's ledger, with its signed form and the key that signed it; it moves by compare-and-swap.
DROP TABLE heads;
CREATE TABLE heads (
	account    {{.Text}} NOT NULL PRIMARY KEY,
	size       BIGINT NOT NULL,
	root       {{.Blob}} NOT NULL,
	checkpoint TEXT NOT NULL,
	signed_by  {{.Text}} NOT NULL,
	sealed_at  BIGINT NOT NULL
){{.Clustered}};

-- The hashes of the tree, 256 to a tile: tile n of a level holds those of complete subtrees of 256^level leaves.
CREATE TABLE tiles (
	account {{.Text}} NOT NULL,
	level   INTEGER NOT NULL,
	n       BIGINT NOT NULL,
	hashes  {{.Blob}} NOT NULL,
	PRIMARY KEY (account, level, n)
);

{{wall "accounts" "id"}}
{{wall "api_keys" "account"}}
{{wall "pending" "account"}}
{{wall "events" "account"}}
{{wall "heads" "account"}}
{{wall "tiles" "account"}}
{{wall "undone" "account"}}
{{wall "records" "account"}}
{{wall "links" "account"}}
{{wall "uniques" "account"}}
{{wall "secrets" "account"}}
{{wall "jobs" "account"}}
{{wall "job_chunks" "account"}}
