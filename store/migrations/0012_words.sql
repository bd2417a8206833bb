-- The index of words, by which searches find events: see wordindex.go. It is made of the events and may be made anew.
-- number is short for the account in the index, upto is how far it reaches: events with a higher seq are not in it yet.

-- +goose Up

CREATE TABLE word_marks (
	account {{.Text}} NOT NULL PRIMARY KEY,
	number  BIGINT NOT NULL,
	upto    BIGINT NOT NULL
){{.Clustered}};

{{wall "word_marks" "account"}}
{{.WordIndex}}
