-- A session remembers in which account it looked at the audit log last: a visit there is no visit elsewhere.

-- +goose Up

ALTER TABLE sessions ADD COLUMN audit_seen_in {{.Text}} NOT NULL DEFAULT '';
