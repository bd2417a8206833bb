-- The role of whoever looks after several accounts. A table that an account changed already lets it do what it may by default.

-- +goose Up

ALTER TABLE role_tables ADD COLUMN agency TEXT NOT NULL DEFAULT 'audit.read audit.export audit.restore records.read';
