-- Histories of records are read in the order of the log, however long they are; and the index of words says which records
-- an event is about, so it is made anew.

-- +goose Up

DROP INDEX events_record;
CREATE INDEX events_record ON events (account, record_id, occurred_at);

{{.ClearWords}};
UPDATE word_marks SET upto = 0;
