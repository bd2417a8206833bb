-- Whoever looks after several accounts: their role, and which logs a session has looked at.

-- +goose Up

-- A table that an account changed already lets the role do what it may by default.
ALTER TABLE role_tables ADD COLUMN agency TEXT NOT NULL DEFAULT 'audit.read audit.export audit.restore records.read';

-- The last looks at logs as a JSON object: microseconds by account.
ALTER TABLE sessions ADD COLUMN audit_seen TEXT NOT NULL DEFAULT '';
