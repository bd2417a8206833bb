-- How long the files of an account's exports are kept.

-- +goose Up

ALTER TABLE accounts ADD COLUMN export_expiry_days INTEGER NOT NULL DEFAULT 30;
